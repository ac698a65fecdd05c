/** Certification over every sandbox: what works is said to work, open questions are answered as dialled, and nothing stays behind. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { questions as growthQuestions } from '../../connectors/hubspot/questions.ts'
import { questions as portalQuestions } from '../../connectors/partnerstack/questions.ts'
import { questions as salesQuestions } from '../../connectors/salesforce/questions.ts'
import { startSandboxes, type RunningSandboxes } from '../../sandbox/main.ts'
import { serviceKey } from '../../sandbox/hubspot/world.ts'
import { partnerstackKeys } from '../../sandbox/partnerstack/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { checkSettings } from '../../src/runtime/compose.ts'
import { parseConfig } from '../../src/runtime/config/load.ts'
import { certifyConnection } from '../../src/runtime/certify/open.ts'
import { isCertified, type CertifyReport } from '../../src/runtime/certify/report.ts'

let sandboxes: RunningSandboxes
afterEach(() => sandboxes.close())

async function start() {
  sandboxes = await startSandboxes({ ports: { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 } })
  const { partnerstack, salesforce, hubspot } = sandboxes
  if (!partnerstack || !salesforce || !hubspot) throw new Error('a sandbox is missing')
  await partnerstack.control.seed({
    partnerships: [{ partner_key: 'own', email: 'own@vendor.example', company: 'Own' }],
  })
  const { publicKey, secretKey } = partnerstackKeys.production
  const config = parseConfig(
    'test.yaml',
    `
connections:
  portal: { vendor: partnerstack, role: portal, settings: { baseUrl: "${partnerstack.url}/api/v2", publicKey: "${publicKey}", secretKey: "${secretKey}", certifyPartner: own } }
  sales: { vendor: salesforce, role: crm, settings: { loginUrl: "${salesforce.url}", clientId: "${app.clientId}", clientSecret: "${app.clientSecret}" } }
  growth: { vendor: hubspot, role: crm, settings: { baseUrl: "${hubspot.url}", accessToken: "${serviceKey}", searchLagMs: 200 } }
routing: [{ to: sales }]
`,
    {},
    checkSettings,
  )
  return {
    partnerstack,
    salesforce,
    hubspot,
    certify: (connection: string, signal = new AbortController().signal, say: () => void = () => undefined) =>
      certifyConnection(config, { connection, signal, say }),
  }
}

/** Every question that the vendors' documentation leaves open, and those of them that nothing tried from outside can answer. */
const open = {
  portal: {
    questions: portalQuestions,
    untriable: ['webhook-signature', 'webhook-retries', 'deal-approval', 'oauth-app'],
  },
  sales: { questions: salesQuestions, untriable: ['locator-lifetime'] },
  growth: { questions: growthQuestions, untriable: ['webhook-sources', 'webhook-batches', 'end-of-routes'] },
}

/** Each question has its answer, or says why none can be had and what is assumed. */
function expectAnswers(
  { steps }: CertifyReport,
  { questions, untriable }: (typeof open)['portal' | 'sales' | 'growth'],
) {
  const asked = steps.filter(({ seen }) => questions.some(({ question }) => seen.startsWith(`${question} `)))
  expect(asked.map(({ what, result }) => [what, result])).toEqual(
    questions.map(({ name }) => [name, untriable.includes(name) ? 'not tried' : 'answer']),
  )
  const untried = asked.filter(({ what }) => untriable.includes(what))
  for (const { seen } of untried) expect(seen).toMatch(/ This cannot be tried, because .+\. .+\. .+\.$/)
}

const failed = ({ steps }: CertifyReport) => steps.filter(({ result }) => result === 'fails')

describe('certify', () => {
  it('tries a portal, answers its open questions as dialled, and archives what it made', async () => {
    const world = await start()
    await world.partnerstack.control.switches.set({ duplicateKeyStatus: 409 })
    const report = await world.certify('portal')
    expect(failed(report)).toEqual([])
    expect(isCertified(report)).toBe(true)
    expectAnswers(report, open.portal)
    expect(report.steps.find(({ what }) => what === 'duplicate-key')?.seen).toContain('HTTP 409')
    expect(JSON.stringify(await live(world.partnerstack))).not.toMatch(/certify/i)
  })

  for (const connection of ['sales', 'growth'] as const)
    it(`tries ${connection}: every kind is made, found, made again, changed and removed`, async () => {
      const world = await start()
      const report = await world.certify(connection)
      expect(failed(report)).toEqual([])
      expect(report.left).toEqual([])
      const worked = new Set(report.steps.filter(({ result }) => result === 'works').map(({ what }) => what))
      const hoped = ['check', 'describe', 'upsert', 'read by key', 'upsert again', 'update', 'remove', 'list']
      expect(hoped.filter((what) => !worked.has(what))).toEqual([])
      expectAnswers(report, open[connection])
    })

  it('says what fails, removes what it made all the same, and is not certified', async () => {
    const world = await start()
    await world.salesforce.control.seed({ hideFields: ['Opportunity.Registration_Status__c'] })
    const report = await world.certify('sales')
    expect(isCertified(report)).toBe(false)
    expect(failed(report).map(({ object }) => object)).toContain('Opportunity')
    expect(report.left).toEqual([])
  })

  it('clears away when it is ended in the middle', async () => {
    const world = await start()
    const stop = new AbortController()
    let steps = 0
    const report = await world
      .certify('sales', stop.signal, () => {
        steps += 1
        if (steps === 12) stop.abort()
      })
      .catch(() => null)
    const left = await liveAccounts(world.salesforce.url)
    expect(left).toBe(0)
    expect(report === null || report.left.length === 0).toBe(true)
  })
})

const tokenSchema = z.object({ access_token: z.string() })
const countSchema = z.looseObject({ totalSize: z.number() })

/** How many live marked accounts the org has. */
async function liveAccounts(url: string): Promise<number> {
  const granted = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: app.clientId,
      client_secret: app.clientSecret,
    }),
  })
  const { access_token: token } = tokenSchema.parse(await granted.json())
  const query = encodeURIComponent("SELECT Id FROM Account WHERE Name LIKE 'Causeway certify%'")
  const found = await fetch(`${url}/services/data/v67.0/query?q=${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return countSchema.parse(await found.json()).totalSize
}

const rows = z.array(z.looseObject({ archived: z.boolean() }))
const stateSchema = z.looseObject({ deals: rows, leads: rows, partnerships: rows })

/** What the portal holds and has not archived. */
async function live(portal: NonNullable<RunningSandboxes['partnerstack']>): Promise<unknown[]> {
  const { deals, leads, partnerships } = stateSchema.parse(await portal.control.state())
  return [...deals, ...leads, ...partnerships].filter(({ archived }) => !archived)
}

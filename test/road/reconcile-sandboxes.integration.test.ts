/** What no event and no modification date tells of, at each vendor: found within one reconciliation, by record, and repaired. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { unlimitedBudget } from '../../connectors/budget.ts'
import type { Connector } from '../../connectors/contract.ts'
import { createHttp } from '../../connectors/http.ts'
import { startRig } from '../../connectors/hubspot/rig.test-support.ts'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { silentLog } from '../../connectors/log.ts'
import { partnerstack } from '../../connectors/partnerstack/index.ts'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startSandbox } from '../../sandbox/framework/start.ts'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import type { ObjectMapping } from '../../src/mapping/definition.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { reconcileAll } from '../setup/reconcile.ts'

/** What people do at a vendor that it tells nobody of. */
interface Hands {
  bench: Bench
  object: string
  /** Makes three records as people do. */
  make(): Promise<string[]>
  /** Changes the name, or company, of a record and no date. */
  plant(id: string, name: string): Promise<void>
  vanish(id: string): Promise<void>
  /** Makes a record that looks as old as the vendor. */
  slipIn(name: string): Promise<string>
  /** The names that we know. */
  names(): Promise<string[]>
  close(): Promise<void>
}

const long = '2020-01-01T00:00:00.000Z'
const accountNames = async (bench: Bench) =>
  (await bench.rows<{ name: string }>(`select name from accounts where name is not null order by name`)).map(
    ({ name }) => name,
  )

const madeAccounts = z.object({ accounts: z.array(z.string()) })

function besideCrm(connector: Connector, mappings: ObjectMapping[]): Promise<Bench> {
  return startBench({ sales: { role: 'crm', capabilities: [...connector.capabilities], mappings, connector } })
}

async function salesforceHands(): Promise<Hands> {
  const org = await startOrg({ settleMs: 1000 })
  const bench = await besideCrm(org.connector, salesforce.mappings(org.settings))
  const seed = (document: unknown) => org.sandbox.control.seed(document)
  const make = async (accounts: object[]) => madeAccounts.parse(await seed({ accounts })).accounts
  return {
    bench,
    object: 'Account',
    make: () => make(['Acme', 'Bolt', 'Core'].map((Name) => ({ Name }))),
    plant: async (id, Name) => void (await seed({ plant: [{ object: 'Account', id, fields: { Name } }] })),
    vanish: async (id) => void (await seed({ purge: [{ object: 'Account', id }] })),
    slipIn: async (Name) =>
      (await make([{ Name, SystemModstamp: long, LastModifiedDate: long, CreatedDate: long }]))[0] ?? '',
    names: () => accountNames(bench),
    async close() {
      await bench.close()
      await org.close()
    },
  }
}

const created = z.object({ created: z.array(z.string()) })

async function hubspotHands(): Promise<Hands> {
  const rig = await startRig()
  const bench = await besideCrm(rig.connect(), hubspot.mappings(rig.settings()))
  const seed = (document: unknown) => rig.sandbox.control.seed(document)
  const type = 'companies'
  const make = async (names: string[], at?: number) => {
    const create = names.map((name) => ({ type, properties: { name } }))
    return created.parse(await seed({ create, ...(at === undefined ? {} : { at }) })).created
  }
  return {
    bench,
    object: 'companies',
    make: () => make(['Acme', 'Bolt', 'Core']),
    plant: async (id, name) => void (await seed({ plant: [{ type, id, properties: { name } }] })),
    vanish: async (id) => void (await seed({ erase: [{ type, id }] })),
    slipIn: async (name) => (await make([name], Date.parse(long)))[0] ?? '',
    names: () => accountNames(bench),
    async close() {
      await bench.close()
      await rig.close()
    },
  }
}

const madeDeals = z.object({ deals: z.array(z.string()) })

async function partnerstackHands(): Promise<Hands & { archive(id: string): Promise<void> }> {
  const sandbox = await startSandbox(partnerstackSandbox)
  const settings = partnerstack.settings.parse({
    baseUrl: `${sandbox.url}/api/v2`,
    ...partnerstackKeys.production,
    visibilityLagMs: 0,
    // Else the stream itself reads what is young once more, and finds what was planted in it.
    overlapMs: 0,
  })
  const http = createHttp({ connection: 'portal', budget: unlimitedBudget, log: silentLog })
  const tokens = { current: () => Promise.resolve(null), renew: () => Promise.reject(new Error('no tokens')) }
  const connector = partnerstack.create(settings, { http, tokens, nowMs: Date.now })
  const bench = await startBench({
    portal: {
      role: 'portal',
      capabilities: [...connector.capabilities],
      mappings: partnerstack.mappings(settings),
      connector,
    },
  })
  await sandbox.control.seed({
    partnerships: [{ email: 'channel@nordwind.example', partner_key: 'nordwind', company: 'Nordwind' }],
  })
  const make = async (names: string[], dates = {}) =>
    madeDeals.parse(
      await sandbox.control.seed({
        deals: names.map((account_name) => ({
          partner_key: 'nordwind',
          account_name,
          amount: 100_000,
          fields: {
            company_domain: `${account_name.toLowerCase()}.com`,
            contact_email: `buyer@${account_name.toLowerCase()}.com`,
          },
          ...dates,
        })),
      }),
    ).deals
  const archive = async (id: string) => {
    const { publicKey, secretKey } = partnerstackKeys.production
    const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`
    const answer = await fetch(`${sandbox.url}/api/v2/deals/${id}`, { method: 'DELETE', headers: { authorization } })
    expect(answer.status).toBe(200)
  }
  return {
    bench,
    object: 'deals',
    make: () => make(['Acme', 'Bolt', 'Core']),
    plant: async (deal, account_name) =>
      void (await sandbox.control.seed({ plant: [{ deal, fields: { account_name } }] })),
    vanish: archive,
    archive,
    slipIn: async (name) => (await make([name], { created_at: long, updated_at: long }))[0] ?? '',
    names: async () =>
      (await bench.rows<{ company: string }>(`select company from registrations order by company`)).map(
        ({ company }) => company,
      ),
    async close() {
      await bench.close()
      http.close()
      await sandbox.close()
    },
  }
}

let hands: { close(): Promise<void> }
afterEach(() => hands.close())

describe.each([
  ['Salesforce', salesforceHands],
  ['HubSpot', hubspotHands],
  ['PartnerStack', partnerstackHands],
])('at %s a reconciliation', (_, start) => {
  it('finds what was planted, what is gone and what was never told of, in one cycle each, and nothing afterwards', async () => {
    const at = await start()
    hands = at
    const [connection = ''] = at.bench.systems.keys()
    const [first = '', second = ''] = await at.make()
    await at.bench.settle()
    expect(await at.names()).toEqual(['Acme', 'Bolt', 'Core'])
    const reconcile = async () =>
      (await reconcileAll(at.bench, connection, at.object)).map(({ kind, external_id, repaired }) => [
        kind,
        external_id,
        repaired,
      ])
    expect(await reconcile()).toEqual([])

    await at.plant(first, 'Acme Renamed')
    expect(await reconcile()).toEqual([['field', first, true]])
    expect(await at.names()).toEqual(['Acme Renamed', 'Bolt', 'Core'])

    await at.vanish(second)
    expect(await reconcile()).toEqual([['gone-there', second, true]])
    expect(await at.bench.rows(`select external_id from links where gone`)).toEqual([{ external_id: second }])

    const third = await at.slipIn('Dune')
    expect(await reconcile()).toEqual([['unknown-here', third, true]])
    expect(await at.names()).toContain('Dune')
    expect(await reconcile()).toEqual([])
  })
})

/** Partners' parts in deals, which are records of their own: there or not, and the deal knows nothing of it. */
interface PartHands {
  bench: Bench
  object: string
  /** The vendor's id of the part that is in step. */
  held: string
  takeAway(): Promise<void>
  /** Gives another partner a part, or the first one again; answers the part's id. */
  give(): Promise<string>
  giveBack(): Promise<string>
  close(): Promise<void>
}

async function hubspotParts(): Promise<PartHands> {
  const rig = await startRig({ searchPerSecond: 1000, associationsTouch: false }, { searchesPerSecond: 1000 })
  const bench = await besideCrm(rig.connect(), hubspot.mappings(rig.settings()))
  const [north = '', south = '', d = ''] = created.parse(
    await rig.sandbox.control.seed({
      create: [
        { type: 'companies', properties: { name: 'North', type: 'PARTNER' } },
        { type: 'companies', properties: { name: 'South', type: 'PARTNER' } },
        { type: 'deals', properties: { dealname: 'D', dealstage: 'contractsent', pipeline: 'default' } },
      ],
    }),
  ).created
  const link = async (company: string, remove = false) => {
    const ends = { from: { type: 'deals', id: d }, to: { type: 'companies', id: company } }
    await rig.sandbox.control.seed({ associate: [{ ...ends, label: 'Sourcing partner', remove }] })
    return `${d}:${company}:sourcing`
  }
  const held = await link(north)
  await bench.settle()
  // Else the stream itself reads the young deal once more, and finds what was done to its links.
  await rig.tick(3_600_000)
  return {
    bench,
    object: 'deal-companies',
    held,
    takeAway: async () => void (await link(north, true)),
    give: () => link(south),
    giveBack: () => link(north),
    async close() {
      await bench.close()
      await rig.close()
    },
  }
}

const madeParts = z.object({
  accounts: z.array(z.string()),
  opportunities: z.array(z.string()),
  records: z.array(z.string()),
})

async function salesforceParts(): Promise<PartHands> {
  const org = await startOrg({ objects: ['Partner'], settleMs: 1000 })
  const bench = await besideCrm(org.connector, salesforce.mappings(org.settings))
  const seed = async (document: unknown) => madeParts.parse(await org.sandbox.control.seed(document))
  const { accounts } = await seed({
    accounts: [
      { Name: 'North', Type: 'Partner' },
      { Name: 'South', Type: 'Partner' },
    ],
  })
  const [north = '', south = ''] = accounts
  const deal = { Name: 'D', StageName: 'Prospecting', CloseDate: '2030-01-01' }
  const [OpportunityId = ''] = (await seed({ opportunities: [deal] })).opportunities
  const link = async (AccountToId: string, dates = {}) => {
    const fields = { OpportunityId, AccountToId, Role: 'Sourcing', ...dates }
    return (await seed({ records: [{ object: 'Partner', fields }] })).records[0] ?? ''
  }
  const held = await link(north)
  await bench.settle()
  const dates = { SystemModstamp: long, LastModifiedDate: long, CreatedDate: long }
  return {
    bench,
    object: 'Partner',
    held,
    takeAway: async () => void (await seed({ purge: [{ object: 'Partner', id: held }] })),
    give: () => link(south, dates),
    giveBack: () => link(north, dates),
    async close() {
      await bench.close()
      await org.close()
    },
  }
}

describe.each([
  ['HubSpot', hubspotParts],
  ['Salesforce', salesforceParts],
])('at %s a reconciliation of partners’ parts in deals', (_, start) => {
  it('finds one that was taken away or given without a trace, in one cycle each, and lets it go and come', async () => {
    const { bench, object, held, ...people } = await start()
    hands = people
    const parts = () =>
      bench.rows(`select r.name as of, l.gone from parties p
        join links l on l.record_id = p.id join partners r on r.id = p.partner_id order by 1, l.created_at`)
    const reconcile = async () =>
      (await reconcileAll(bench, 'sales', object)).map(({ kind, external_id, repaired }) => [
        kind,
        external_id,
        repaired,
      ])
    expect(await parts()).toEqual([{ of: 'North', gone: false }])
    expect(await reconcile()).toEqual([])

    await people.takeAway()
    await bench.round()
    expect(await parts()).toEqual([{ of: 'North', gone: false }])
    expect(await reconcile()).toEqual([['gone-there', held, true]])
    expect(await parts()).toEqual([{ of: 'North', gone: true }])

    const given = await people.give()
    await bench.round()
    expect(await parts()).toEqual([{ of: 'North', gone: true }])
    expect(await reconcile()).toEqual([['unknown-here', given, true]])
    expect(await parts()).toEqual([
      { of: 'North', gone: true },
      { of: 'South', gone: false },
    ])

    const back = await people.giveBack()
    expect(await reconcile()).toEqual([['unknown-here', back, true]])
    expect(await parts()).toContainEqual({ of: 'North', gone: false })
    expect(await reconcile()).toEqual([])
  })
})

it('withdraws the registration of a deal that was archived in its portal without an event, within one cycle', async () => {
  const portal = await partnerstackHands()
  hands = portal
  const [deal = ''] = await portal.make()
  await portal.bench.settle()
  await portal.archive(deal)
  await portal.bench.settle()
  const taken = () => portal.bench.rows(`select company from registrations where withdrawn_at is not null`)
  expect(await taken()).toEqual([])
  await reconcileAll(portal.bench, 'portal', 'deals')
  expect(await taken()).toEqual([{ company: 'Acme' }])
  const woken = await portal.bench
    .rows(`select count(*)::int as n from nudges n join registrations r on n.workflow_id = 'registration/' || r.id
    where r.withdrawn_at is not null`)
  expect(woken).not.toEqual([{ n: 0 }])
})

/** What no event and no modification date tells of, at each vendor: found within one reconciliation, by record, and repaired. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { createHttp } from '../../connectors/http.ts'
import { startRig } from '../../connectors/hubspot/rig.test-support.ts'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { silentLog } from '../../connectors/log.ts'
import { partnerstack } from '../../connectors/partnerstack/index.ts'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startSandbox } from '../../sandbox/framework/start.ts'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
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

async function salesforceHands(): Promise<Hands> {
  const org = await startOrg({ settleMs: 1000 })
  const { capabilities } = org.connector
  const mappings = salesforce.mappings(org.settings)
  const bench = await startBench({
    sales: { role: 'crm', capabilities: [...capabilities], mappings, connector: org.connector },
  })
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
  const connector = rig.connect()
  const bench = await startBench({
    sales: {
      role: 'crm',
      capabilities: [...connector.capabilities],
      mappings: hubspot.mappings(rig.settings()),
      connector,
    },
  })
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

let hands: Hands | undefined
afterEach(() => hands?.close())

describe.each([
  ['Salesforce', salesforceHands],
  ['HubSpot', hubspotHands],
  ['PartnerStack', partnerstackHands],
])('at %s a reconciliation', (_, start) => {
  it('finds what was planted, what is gone and what was never told of, in one cycle each, and nothing afterwards', async () => {
    const at = (hands = await start())
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

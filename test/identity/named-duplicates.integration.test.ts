/** Creates that a real connector's vendor refuses because it holds the record already, and names it: asked about, and one afterwards. */
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { faultOf } from '../../connectors/contract.ts'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig } from '../../connectors/hubspot/rig.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import { acceptMatch, rejectMatch } from '../../src/apply/decide-match.ts'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type { Candidate } from '../../src/db/schema/index.ts'
import { listMatches } from '../../src/reports/matches.ts'
import { retryWrites } from '../../src/write/parked.ts'
import { field, startBench, type Bench, type Side } from '../setup/bench.ts'
import { crm, recordOf } from './sides.ts'

interface Vendor {
  object: string
  side: Side
  /** A deal as the vendor's people made it. Answers its id. */
  make(name: string, amount: number): Promise<string>
  /** All deals there, with what they hold of name, amount and registration. */
  deals(): Promise<{ id: string; name: unknown; amount: number; registration: unknown }[]>
  /** Until its lists show what is there. */
  show(): Promise<void>
  close(): Promise<void>
}

const records = z.array(z.looseObject({}))

/** An org with a duplicate rule on the names of opportunities. */
async function startSalesforce(): Promise<Vendor> {
  const org = await startOrg()
  await org.sandbox.control.seed({ duplicateRules: [{ object: 'Opportunity', match: ['Name'], name: 'Same_name' }] })
  const { connector } = org
  const state = z.object({ objects: z.object({ Opportunity: records.default([]) }) })
  return {
    object: 'Opportunity',
    side: {
      role: 'crm',
      capabilities: [...connector.capabilities],
      mappings: salesforce.mappings(org.settings),
      connector,
    },
    async make(Name, Amount) {
      const opportunities = [{ Name, Amount, StageName: 'Qualification', CloseDate: '2027-05-31' }]
      const made = await org.sandbox.control.seed({ opportunities })
      return z.object({ opportunities: z.array(z.string()) }).parse(made).opportunities[0] ?? ''
    },
    async deals() {
      const { objects } = state.parse(await org.sandbox.control.state())
      return objects.Opportunity.map((row) => ({
        id: String(row['Id']),
        name: row['Name'],
        amount: Number(row['Amount']),
        registration: row['Registration_Status__c'],
      }))
    },
    show: () => Promise.resolve(),
    close: () => org.close(),
  }
}

/** A portal whose people gave deals a number that is unique; its search shows what is new much later than reading by id does. */
async function startHubSpot(): Promise<Vendor> {
  const rig = await startRig({ searchPerSecond: 1000, searchLagMs: 30_000 }, { searchesPerSecond: 1000 })
  const property = { name: 'order', label: 'Order', type: 'string', fieldType: 'text', groupName: 'causeway' }
  const answer = await fetch(`${rig.sandbox.url}/crm/v3/properties/deals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...property, hasUniqueValue: true }),
  })
  expect(answer.status).toBe(201)
  const connector = rig.connect()
  const state = z.object({
    deals: z.array(z.looseObject({ id: z.string(), properties: z.record(z.string(), z.unknown()) })),
  })
  return {
    object: 'deals',
    side: {
      role: 'crm',
      capabilities: [...connector.capabilities],
      mappings: hubspot
        .mappings(rig.settings())
        .map((mapping) =>
          mapping.kind === 'deal'
            ? { ...mapping, fields: [...mapping.fields, field('custom.order', 'order')] }
            : mapping,
        ),
      connector,
    },
    async make(name, amount) {
      const properties = { dealname: name, amount, order: name, dealstage: 'contractsent', pipeline: 'default' }
      const made = await rig.sandbox.control.seed({ create: [{ type: 'deals', properties }] })
      return z.object({ created: z.array(z.string()) }).parse(made).created[0] ?? ''
    },
    async deals() {
      const { deals } = state.parse(await rig.sandbox.control.state())
      return deals.map(({ id, properties }) => ({
        id,
        name: properties['dealname'],
        amount: Number(properties['amount']),
        registration: properties['registration_status'],
      }))
    },
    show: () => rig.tick(31_000),
    close: () => rig.close(),
  }
}

const company = (Name: string, Site: string | null = null) => ({ Name, Site, Type: 'Customer' })
const by = { actor: 'key:1', label: 'Ada' }

describe.each([
  ['Salesforce', startSalesforce],
  ['HubSpot', startHubSpot],
])('a deal that %s refuses as a duplicate of one that it names', (_, startVendor) => {
  let vendor: Vendor
  let bench: Bench
  afterEach(async () => {
    await bench.close()
    await vendor.close()
  })

  async function start(): Promise<void> {
    vendor = await startVendor()
    bench = await startBench({ sales: vendor.side })
  }

  /** A deal of ours that is to be kept there. */
  async function wish(name: string): Promise<string> {
    const id = randomUUID()
    const values = { name, amount: '700', closeDate: '2027-03-31', home: 'sales', registrationStatus: 'Approved' }
    await bench.db.transaction(async (tx) => {
      await insertRecords(tx, 'deal', [{ id, values: { ...values, status: 'open', 'custom.order': name } }])
      await ensureLinks(tx, [{ connection: 'sales', object: vendor.object, kind: 'deal', recordId: id }])
      await planWrites(tx, [id])
    })
    return id
  }

  const rounds = async () => {
    for (let n = 0; n < 3; n += 1) await bench.round()
  }
  const again = async () => {
    await retryWrites(bench.db, { code: 'CW_RECORD_DUPLICATE' })
    await rounds()
  }
  const proposals = () =>
    bench.rows<{ id: string; external: string; state: string; candidates: Candidate[] }>(
      `select id::text, external_id as external, state, candidates from proposals`,
    )
  const open = () => bench.rows(`select status, code from writes where status <> 'done'`)

  it.each(['before', 'after'])(
    'is proposed once with the vendor’s word, that one read %s the refusal',
    async (when) => {
      await start()
      const there = await vendor.make('Hafen 2027', 500)
      if (when === 'before') {
        await vendor.show()
        await bench.pull('sales', vendor.object)
      }
      const known = await bench.rows(`select external_id from links where kind = 'deal'`)
      expect(known).toHaveLength(when === 'before' ? 1 : 0)
      const ours = await wish('Hafen 2027')
      await bench.age()
      await bench.drain('sales')
      expect(await open()).toEqual([{ status: 'parked', code: 'CW_RECORD_DUPLICATE' }])
      expect(await proposals()).toHaveLength(known.length)
      await bench.pull('sales', vendor.object)
      const asked = [
        { external: there, state: 'open', candidates: [{ recordId: ours, score: 100, why: ['duplicate-there'] }] },
      ]
      expect(await proposals()).toMatchObject(asked)
      expect(await listMatches(bench.db, { state: 'open', limit: 5, after: null })).toMatchObject([
        { candidates: [{ reasons: ['the vendor says that it is the same'] }] },
      ])
      // Tried again, it waits for the answer and is not sent in vain.
      await again()
      expect(await open()).toEqual([{ status: 'parked', code: 'CW_MATCH_PROPOSED' }])
      expect(await proposals()).toMatchObject(asked)
      expect(await vendor.deals()).toHaveLength(1)
    },
  )

  it('accepted: it is the vendor’s record from then on, and sent as its update by the fields’ rules', async () => {
    await start()
    const there = await vendor.make('Hafen 2027', 500)
    const ours = await wish('Hafen 2027')
    await rounds()
    const [proposal] = await proposals()
    await acceptMatch(bench.db, bench.systems, { id: proposal?.id ?? '', recordId: undefined, by })
    await rounds()
    // The amount is edited there and its own stands; the registration is ours to say.
    expect(await vendor.deals()).toEqual([{ id: there, name: 'Hafen 2027', amount: 500, registration: 'Approved' }])
    expect(await bench.rows(`select id::text, amount::float from deals`)).toEqual([{ id: ours, amount: 500 }])
    expect(
      await bench.rows(`select record_id::text as id, external_id as there from links where kind = 'deal'`),
    ).toEqual([{ id: ours, there }])
    expect(await open()).toEqual([])
    const written = () => bench.rows(`select sum(attempt)::int as n from writes`)
    const before = await written()
    await rounds()
    expect(await written()).toEqual(before)
    expect(await proposals()).toMatchObject([{ state: 'accepted' }])
  })

  it('rejected: it stays parked with the vendor’s refusal, and is not proposed again however often it is tried', async () => {
    await start()
    await vendor.make('Hafen 2027', 500)
    const ours = await wish('Hafen 2027')
    await rounds()
    const [proposal] = await proposals()
    await rejectMatch(bench.db, { id: proposal?.id ?? '', by })
    const refused = [{ status: 'parked', code: 'CW_RECORD_DUPLICATE' }]
    await rounds()
    expect(await open()).toEqual(refused)
    await again()
    await bench.db.transaction(async (tx) => {
      await updateRecords(tx, 'deal', [{ id: ours, values: { amount: '800' } }])
      await planWrites(tx, [ours])
    })
    await rounds()
    expect(await open()).toEqual(refused)
    expect(await proposals()).toMatchObject([{ state: 'rejected' }])
    expect(await vendor.deals()).toMatchObject([{ amount: 500 }])
  })

  it('is not proposed where the named one is another record of ours', async () => {
    await start()
    await wish('Hafen 2027')
    await rounds()
    expect(await open()).toEqual([])
    await wish('Hafen 2027')
    await rounds()
    await again()
    expect(await open()).toEqual([{ status: 'parked', code: 'CW_RECORD_DUPLICATE' }])
    expect(await proposals()).toEqual([])
    expect(await vendor.deals()).toHaveLength(1)
  })
})

describe('an account that a CRM refuses as a duplicate', () => {
  let bench: Bench
  afterEach(() => bench.close())

  async function make(): Promise<string> {
    const id = randomUUID()
    await bench.db.transaction((tx) => insertRecords(tx, 'account', [{ id, values: { name: 'Kontor' } }]))
    return id
  }

  /** The account is wished there too, and refused with these ids of the CRM. */
  async function refused(recordId: string, existingIds: string[]): Promise<void> {
    bench.vendor('alpha').refuse = ({ id }) =>
      id === null ? faultOf('CW_RECORD_DUPLICATE', 'is there', { existingIds }) : null
    await bench.db.transaction(async (tx) => {
      await ensureLinks(tx, [{ connection: 'alpha', object: 'companies', kind: 'account', recordId }])
      await planWrites(tx, [recordId], { only: 'alpha' })
    })
    await bench.age()
    await bench.drain('alpha')
  }
  const proposed = () =>
    bench.rows<{ id: string; candidates: Candidate[] }>(
      'select external_id as id, candidates from proposals order by external_id',
    )

  it('is asked about once for each record that is named, and accepting one ends the others', async () => {
    bench = await startBench({ alpha: crm })
    const alpha = bench.vendor('alpha')
    alpha.put('companies', company('Hafen Nord'), null, 'a1')
    await bench.settle()
    alpha.put('companies', company('Werft Sued'), null, 'a2')
    const ours = await make()
    await refused(ours, ['a1', 'a2'])
    expect(await proposed()).toMatchObject([{ id: 'a1' }])
    await bench.settle()
    const why = { recordId: ours, why: ['duplicate-there'] }
    expect(await proposed()).toMatchObject([
      { id: 'a1', candidates: [why] },
      { id: 'a2', candidates: [why] },
    ])
    const [first] = await bench.rows<{ id: string }>(`select id::text from proposals where external_id = 'a1'`)
    await acceptMatch(bench.db, bench.systems, { id: first?.id ?? '', recordId: undefined, by })
    await bench.settle()
    expect(await bench.rows('select state from proposals order by external_id')).toEqual([
      { state: 'accepted' },
      { state: 'overtaken' },
    ])
    expect(await bench.rows(`select status from writes where status <> 'done'`)).toEqual([])
    expect(alpha.of('companies')).toHaveLength(2)
  })

  it('goes on by itself where the named one is certainly the same once it is read', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    const alpha = bench.vendor('alpha')
    bench.vendor('beta').put('companies', company('Werft', 'werft.com'), null, 'b1')
    await bench.settle()
    const ours = await recordOf(bench, 'beta', 'b1')
    alpha.put('companies', company('Werft GmbH', 'werft.com'), null, 'a1')
    await refused(ours, ['a1'])
    expect(await bench.rows('select code from writes')).toEqual([{ code: 'CW_RECORD_DUPLICATE' }])
    await bench.settle()
    expect(await proposed()).toEqual([])
    expect(await bench.rows(`select record_id::text as id from links where external_id = 'a1'`)).toEqual([{ id: ours }])
    expect(await bench.rows(`select status from writes where status <> 'done'`)).toEqual([])
  })

  it('is not proposed where another system has the named one too', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    bench.vendor('alpha').put('companies', company('Hafen AG', 'hafen.com'), null, 'a1')
    await bench.settle()
    bench.vendor('beta').put('companies', company('Hafen', 'hafen.com'), null, 'b1')
    await bench.settle()
    await refused(await make(), ['a1'])
    await bench.settle()
    expect(await proposed()).toEqual([])
    expect(await bench.rows(`select code from writes where status = 'parked'`)).toEqual([
      { code: 'CW_RECORD_DUPLICATE' },
    ])
  })
})

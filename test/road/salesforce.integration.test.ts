/** The default mapping of a Salesforce org over the whole road: what its objects become here, and what goes back. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg, type Org } from '../../connectors/salesforce/org.test-support.ts'
import { idFor } from '../../src/db/ids.ts'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureMirrors } from '../../src/db/mirrors.ts'
import { ensureLinks, planLinks, planWrites } from '../../src/db/outbox.ts'
import type { RecordKind } from '../../src/domain/records.ts'
import { mirrorPlaces } from '../../src/mapping/mirrors.ts'
import { startBench, type Bench, type Side } from '../setup/bench.ts'

let org: Org
let bench: Bench
beforeEach(async () => {
  org = await startOrg()
  bench = await startBench({ sales: side(org) })
})
afterEach(async () => {
  await bench.close()
  await org.close()
})

const side = ({ connector, settings }: Org): Side => ({
  role: 'crm',
  capabilities: [...connector.capabilities],
  mappings: salesforce.mappings(settings),
  connector,
})

const stateSchema = z.object({ objects: z.record(z.string(), z.array(z.looseObject({}))) })
const madeSchema = z.object({
  accounts: z.array(z.string()),
  opportunities: z.array(z.string()),
  users: z.array(z.string()),
  records: z.array(z.string()),
})
const seed = async (document: unknown) => madeSchema.parse(await org.sandbox.control.seed(document))
const record = (object: string, fields: object) => ({ object, fields })
const parked = () => bench.rows<{ code: string }>(`select code from changes where status = 'parked'`)

/** An org whose records name each other. */
async function programme() {
  const { users, accounts } = await seed({
    users: [{ FirstName: 'Ada', LastName: 'Lovelace', Email: 'ada@meridian.example' }],
    accounts: [
      { Name: 'Nordwind', Type: 'Partner', Website: 'nordwind.com' },
      { Name: 'Hafen AG', Website: 'hafen-ag.com' },
    ],
  })
  const [ada = ''] = users
  const [partner = '', customer = ''] = accounts
  const { opportunities } = await seed({
    opportunities: [
      {
        Name: 'Hafen 2027',
        StageName: 'Qualification',
        CloseDate: '2027-03-31',
        AccountId: customer,
        OwnerId: ada,
        Partner_Account_Manager__c: ada,
        Partner_Account__c: partner,
      },
    ],
  })
  const [deal = ''] = opportunities
  const { records } = await seed({
    records: [
      record('Contact', { FirstName: 'Ana', LastName: 'Silva', AccountId: partner, Email: 'ana@nordwind.example' }),
      record('Contact', { LastName: 'Customer', AccountId: customer, Email: 'kai@hafen.example' }),
      record('Lead', { Company: 'Werft GmbH', LastName: 'Ohm', Partner_Account__c: partner, OwnerId: ada }),
      record('Lead', { Company: 'Nobody’s', LastName: 'Kim' }),
      record('Partner', { OpportunityId: deal, AccountToId: partner, Role: 'Influencing' }),
    ],
  })
  return { ada, partner, customer, deal, contact: records[0] ?? '', lead: records[2] ?? '', party: records[4] ?? '' }
}

it('takes in users, partners’ people, leads and the partners of deals, in whatever order they are read', async () => {
  await programme()
  for (const object of ['Partner', 'Contact', 'Lead', 'Opportunity', 'User', 'Account'])
    await bench.pull('sales', object)
  await bench.settle()
  expect(await parked()).toEqual([])
  expect(
    await bench.rows(
      `select c.name, c.state, p.name as partner from contacts c join partners p on p.id = c.partner_id`,
    ),
  ).toEqual([{ name: 'Ana Silva', state: 'active', partner: 'Nordwind' }])
  expect(
    await bench.rows(`select l.company, l.state, l.direction, p.name as partner, u.email as owner
      from leads l left join partners p on p.id = l.partner_id left join users u on u.id = l.owner_id
      order by l.company desc`),
  ).toEqual([
    {
      company: 'Werft GmbH',
      state: 'new',
      direction: 'to-partner',
      partner: 'Nordwind',
      owner: 'ada@meridian.example',
    },
    { company: 'Nobody’s', state: 'new', direction: 'to-partner', partner: null, owner: 'causeway@meridian.example' },
  ])
  expect(
    await bench.rows(`select d.name, d.home, o.email as owner, m.email as manager, a.name as account
      from deals d join users o on o.id = d.owner_id join users m on m.id = d.manager_id join accounts a on a.id = d.account_id`),
  ).toEqual([
    {
      name: 'Hafen 2027',
      home: 'sales',
      owner: 'ada@meridian.example',
      manager: 'ada@meridian.example',
      account: 'Hafen AG',
    },
  ])
  expect(
    await bench.rows(`select d.name as deal, p.name as partner, y.role from parties y
      join deals d on d.id = y.deal_id join partners p on p.id = y.partner_id`),
  ).toEqual([{ deal: 'Hafen 2027', partner: 'Nordwind', role: 'influencing' }])
  // Since when its people have it, as the org itself keeps it.
  const { objects } = stateSchema.parse(await org.sandbox.control.state())
  const [opened] = await bench.rows<{ at: string }>(`select opened_at as at from deals`)
  expect(new Date(opened?.at ?? '').toISOString()).toBe(
    new Date(String(objects['Opportunity']?.[0]?.['CreatedDate'])).toISOString(),
  )
  // Nothing of it is ours to write.
  expect(org.exchanges.filter(({ effect }) => effect === 'write')).toEqual([])
})

it('hears of a lead’s conversion with its deal, of a leaver, and of a partner who is in a deal no more', async () => {
  const { lead, contact, customer, deal, party } = await programme()
  await bench.settle()
  await bench.settle()
  await seed({
    convert: [{ lead, account: customer, opportunity: deal }],
    edit: [{ object: 'Contact', id: contact, fields: { Partner_Contact_Status__c: 'left' } }],
    delete: [{ object: 'Partner', id: party }],
  })
  await bench.settle()
  expect(await bench.rows(`select l.state, d.name as deal from leads l join deals d on d.id = l.deal_id`)).toEqual([
    { state: 'converted', deal: 'Hafen 2027' },
  ])
  expect(await bench.rows(`select state from contacts`)).toEqual([{ state: 'left' }])
  expect(await bench.rows(`select gone from links where object = 'Partner'`)).toEqual([{ gone: true }])
})

it('writes a partner’s person, lead and part in a deal, and its own echo is nobody’s edit', async () => {
  const { partner, deal } = await programme()
  await bench.settle()
  const partnerId = await idOf('Account', partner)
  const dealId = await idOf('Opportunity', deal)
  const ids = {
    contact: idFor('test', 'contact', '1'),
    lead: idFor('test', 'lead', '1'),
    party: idFor('test', 'party', '1'),
  }
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'contact', [
      { id: ids.contact, values: { partnerId, name: 'Ben  Costa', email: 'ben@nordwind.example', state: 'invited' } },
    ])
    await insertRecords(tx, 'lead', [
      {
        id: ids.lead,
        values: {
          partnerId,
          direction: 'from-partner',
          company: 'Kran KG',
          contactName: 'Eva Lind',
          state: 'submitted',
        },
      },
    ])
    await insertRecords(tx, 'party', [{ id: ids.party, values: { dealId, partnerId, role: 'fulfilment' } }])
    const objects: [RecordKind, string, string][] = [
      ['contact', 'Contact', ids.contact],
      ['lead', 'Lead', ids.lead],
      ['party', 'Partner', ids.party],
    ]
    await ensureLinks(
      tx,
      objects.map(([kind, object, recordId]) => ({ connection: 'sales', object, kind, recordId })),
    )
    await planWrites(tx, Object.values(ids), {})
  })
  await bench.settle()
  await bench.settle()
  const state = stateSchema.parse(await org.sandbox.control.state()).objects
  expect(state.Contact).toContainEqual(
    expect.objectContaining({
      FirstName: 'Ben',
      LastName: 'Costa',
      AccountId: partner,
      Partner_Contact_Status__c: 'invited',
    }),
  )
  expect(state.Lead).toContainEqual(
    expect.objectContaining({ Company: 'Kran KG', LastName: 'Lind', Partner_Account__c: partner }),
  )
  expect(state.Partner).toContainEqual(
    expect.objectContaining({ OpportunityId: deal, AccountToId: partner, Role: 'Fulfilment' }),
  )
  expect([state.Contact?.length, state.Lead?.length, state.Partner?.length]).toEqual([3, 3, 2])
  expect(await bench.rows(`select state from leads where company = 'Kran KG'`)).toEqual([{ state: 'submitted' }])
  expect(await bench.rows(`select state from contacts where email = 'ben@nordwind.example'`)).toEqual([
    { state: 'invited' },
  ])
  org.exchanges.length = 0
  await bench.round()
  expect(org.exchanges.filter(({ effect }) => effect === 'write')).toEqual([])
  expect(await bench.rows(`select status, code from writes where status <> 'done'`)).toEqual([])
})

it('waits while somebody holds the lock of a deal’s account, and then writes the deal once', async () => {
  const { deal, customer } = await programme()
  await bench.settle()
  const { opportunities } = await seed({
    opportunities: [{ Name: 'Other', StageName: 'Qualification', CloseDate: '2027-03-31', AccountId: customer }],
  })
  const dealId = await idOf('Opportunity', deal)
  await org.sandbox.control.switches.set({ rowLockWindowMs: 60_000 })
  // A user saves another deal of the same account.
  await seed({ edit: [{ object: 'Opportunity', id: opportunities[0], fields: { NextStep: 'Call' } }] })
  await bench.db.transaction(async (tx) => {
    await updateRecords(tx, 'deal', [{ id: dealId, values: { registrationStatus: 'approved' } }])
    await planWrites(tx, [dealId])
  })
  org.exchanges.length = 0
  const sent = () => org.exchanges.filter(({ effect }) => effect === 'write').length
  const there = async () =>
    stateSchema.parse(await org.sandbox.control.state()).objects.Opportunity?.find(({ Id }) => Id === deal)
  const waiting = () =>
    bench.rows<{ s: number }>(`select w.status, w.code, w.detail ->> 'vendorCode' as why, w.failures,
      extract(epoch from w.not_before - w.updated_at)::float8 as s from writes w where w.status <> 'done'`)

  const { waitMs } = await bench.drain('sales')
  const refused = { status: 'planned', code: 'CW_VENDOR_LOCKED', why: 'UNABLE_TO_LOCK_ROW' }
  const [first, ...others] = await waiting()
  expect([first, others]).toMatchObject([{ ...refused, failures: 1 }, []])
  expect(first?.s).toBeGreaterThanOrEqual(1)
  expect(first?.s).toBeLessThanOrEqual(3)
  expect(waitMs).toBeGreaterThan(0)
  expect([sent(), (await there())?.['Registration_Status__c']]).toEqual([1, undefined])

  // Still held when it is tried again, and free at last.
  await bench.age()
  await bench.drain('sales')
  expect(await waiting()).toMatchObject([{ ...refused, failures: 2 }])
  await org.sandbox.control.clock.advance(60_000)
  await bench.settle()
  await bench.settle()
  expect(await waiting()).toEqual([])
  expect([sent(), (await there())?.['Registration_Status__c']]).toEqual([3, 'approved'])
  expect(
    await bench.rows(`select count(*)::int as n from audit where what = 'write' and external_id = '${deal}'`),
  ).toEqual([{ n: 1 }])
})

it('merges what users changed while an approval locked the deal, before it sends what waited for its end', async () => {
  const { deal } = await programme()
  await bench.settle()
  const dealId = await idOf('Opportunity', deal)
  /** An administrator edits what is locked for everybody else. */
  const edit = async (fields: object) => {
    await org.sandbox.control.clock.advance(2000)
    await seed({ unlock: [deal] })
    await seed({ edit: [{ object: 'Opportunity', id: deal, fields }], lock: [deal] })
  }
  const there = async () =>
    stateSchema.parse(await org.sandbox.control.state()).objects.Opportunity?.find(({ Id }) => Id === deal)
  const write = vi.spyOn(org.connector, 'write')
  const asked = () => write.mock.calls.map(([batch]) => batch.map(({ fields }) => fields))
  const waiting = () =>
    bench.rows<{ s: number }>(`select w.status, w.detail ->> 'vendorCode' as why,
      extract(epoch from w.not_before - w.updated_at)::float8 as s from writes w where w.status <> 'done'`)
  const ours = { name: 'Hafen 2028', closeDate: '2027-06-30', amount: '500', registrationStatus: 'approved' }
  await bench.db.transaction(async (tx) => {
    await updateRecords(tx, 'deal', [{ id: dealId, values: ours }])
    await planWrites(tx, [dealId])
  })
  await seed({ lock: [deal] })
  await bench.drain('sales')
  expect(await waiting()).toEqual([{ status: 'planned', why: 'ENTITY_IS_LOCKED', s: 300 }])

  // One edit is heard of by the stream while the write waits. Trying again finds the lock, and reads anew.
  await edit({ CloseDate: '2027-09-30', Registration_Status__c: 'mine' })
  while ((await bench.pull('sales', 'Opportunity')).waitMs === 0);
  await bench.age()
  await bench.drain('sales')
  expect(await waiting()).toEqual([{ status: 'planned', why: 'ENTITY_IS_LOCKED', s: 300 }])
  expect(await there()).toMatchObject({ Name: 'Hafen 2027', CloseDate: '2027-09-30', Registration_Status__c: 'mine' })
  // Another is found by the reading just before the write alone, after the approval has ended.
  await edit({ Name: 'Hafen Nord', NextStep: 'Call' })
  await seed({ unlock: [deal] })
  await bench.age()
  await bench.drain('sales')
  expect(await waiting()).toEqual([])

  const undisputed = { Home_System__c: 'sales', Amount: '500', Registration_Status__c: 'approved' }
  const named = { ...undisputed, Name: 'Hafen 2028' }
  expect(asked()).toEqual([[{ ...named, CloseDate: '2027-06-30' }], [named], [undisputed]])
  const merged = { Name: 'Hafen Nord', CloseDate: '2027-09-30', NextStep: 'Call' }
  expect(await there()).toMatchObject({ ...merged, Amount: 500, Registration_Status__c: 'approved' })
  expect(await bench.rows(`select name, close_date::text as close, registration_status as status from deals`)).toEqual([
    { name: 'Hafen Nord', close: '2027-09-30', status: 'approved' },
  ])
  // What lost is kept.
  expect(await bench.rows(`select field, ours, theirs, winner from clashes order by field`)).toEqual([
    { field: 'closeDate', ours: '2027-06-30', theirs: '2027-09-30', winner: 'theirs' },
    { field: 'name', ours: 'Hafen 2028', theirs: 'Hafen Nord', winner: 'theirs' },
  ])
  await bench.settle()
  expect(asked()).toHaveLength(3)
  expect(await there()).toMatchObject(merged)
})

it('writes very many records by a bulk job, each once and each known afterwards', async () => {
  const ids = Array.from({ length: 2100 }, (_, n) => idFor('test', 'account', String(n)))
  await bench.db.transaction(async (tx) => {
    await insertRecords(
      tx,
      'account',
      ids.map((id, n) => ({ id, values: { name: `Customer ${String(n)}`, accountType: 'prospect' } })),
    )
    await ensureLinks(
      tx,
      ids.map((recordId) => ({ connection: 'sales', object: 'Account', kind: 'account' as const, recordId })),
    )
    await planWrites(tx, ids, {})
  })
  await bench.settle()
  expect(await bench.rows(`select status, count(*)::int from writes group by 1`)).toEqual([
    { status: 'done', count: 2100 },
  ])
  expect(await bench.rows(`select count(external_id)::int from links where object = 'Account'`)).toEqual([
    { count: 2100 },
  ])
  const page = await org.connector.list?.(
    { object: 'Account', cursor: null, fields: [] },
    { signal: new AbortController().signal, priority: 'sync' },
  )
  expect(page?.total).toBe(2100)
  const routes = org.exchanges.filter(({ effect }) => effect === 'write').map(({ route }) => route)
  expect(routes).toEqual(['POST /jobs/ingest', 'PUT /jobs/ingest/:id/batches', 'PATCH /jobs/ingest/:id'])
}, 60_000)

it('keeps a deal of another org as a mirror with its account and its partner’s part, in a stage of its own', async () => {
  const group = await startOrg({ stages: { open: 'Prospecting' } })
  const two = await startBench({
    sales: side(org),
    group: { ...side(group), mirrors: true },
  })
  try {
    await programme()
    await two.settle()
    const [home] = await two.rows<{ id: string; account: string }>('select id, account_id as account from deals')
    const customer = { dealId: home?.id ?? null, accountId: home?.account ?? null, partnerId: null, role: 'customer' }
    await two.db.transaction(async (tx) => {
      await insertRecords(tx, 'party', [{ id: idFor('test', 'party', 'customer'), values: customer }])
      await planLinks(tx, await ensureMirrors(tx, mirrorPlaces(two.systems), [home?.id ?? '']))
    })
    // The vendors in memory are not asked, so that only the rounds themselves tell when all is written.
    for (let round = 0; round < 4; round += 1) await two.round()
    const { objects } = stateSchema.parse(await group.sandbox.control.state())
    expect(objects.Opportunity).toMatchObject([
      {
        Name: 'Hafen 2027',
        StageName: 'Prospecting',
        Home_System__c: 'sales',
        Partner_Account__c: expect.any(String) as unknown,
      },
    ])
    expect(objects.Account?.map(({ Name }) => Name)).toEqual(expect.arrayContaining(['Hafen AG', 'Nordwind']))
    expect(objects.Partner).toMatchObject([{ Role: 'Influencing' }])
    expect(await two.rows(`select object, status, code from writes where status <> 'done'`)).toEqual([])
  } finally {
    await two.close()
    await group.close()
  }
}, 60_000)

async function idOf(object: string, externalId: string): Promise<string> {
  const [row] = await bench.rows<{ id: string }>(
    `select record_id as id from links where object = '${object}' and external_id = '${externalId}'`,
  )
  return row?.id ?? ''
}

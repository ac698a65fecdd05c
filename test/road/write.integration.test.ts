import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { faultOf } from '../../connectors/contract.ts'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { capability, crm, crmMappings, startBench, type Bench, type Side } from '../setup/bench.ts'
import { until } from '../setup/until.ts'
import { claimWrites } from '../../src/write/claim.ts'
import { settleWrites } from '../../src/write/settle.ts'

let bench: Bench
afterEach(() => bench.close())
/** The vendors were read to their end once: before, nobody is made there. */
async function start(sides: Record<string, Side> = { alpha: crm }): Promise<void> {
  bench = await startBench(sides)
  await bench.round()
}

const objects = { account: 'accounts', deal: 'deals' } as const

/** A new record of ours that is to be kept at a connection. */
async function make(
  kind: keyof typeof objects,
  values: Record<string, string | null>,
  connection = 'alpha',
): Promise<string> {
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, kind, [{ id, values }])
    await ensureLinks(tx, [{ connection, object: objects[kind], kind, recordId: id }])
    await planWrites(tx, [id])
  })
  return id
}

async function change(kind: keyof typeof objects, id: string, values: Record<string, string | null>): Promise<void> {
  await bench.db.transaction(async (tx) => {
    await updateRecords(tx, kind, [{ id, values }])
    await planWrites(tx, [id])
  })
}

const states = async () =>
  (
    await bench.rows<{ s: string }>(
      `select w.status || coalesce(' ' || w.code, '') as s from writes w join links l on l.id = w.link_id order by l.created_at, l.id`,
    )
  ).map((r) => r.s)

it('creates without a read, and updates our own fields without one', async () => {
  await start()
  const id = await make('deal', { name: 'Big', registrationStatus: 'approved' })
  await bench.drain('alpha')
  await change('deal', id, { registrationStatus: 'won' })
  await bench.drain('alpha')
  const crmSide = bench.vendor('alpha')
  expect(crmSide.of('deals')[0]?.fields).toMatchObject({ Title: 'Big', RegStatus: 'won' })
  expect([crmSide.count('write'), crmSide.count('read')]).toEqual([2, 0])
})

it('reads a record once before it writes a field that users edit too, and keeps their edit', async () => {
  await start()
  const id = await make('deal', { name: 'Big', amount: '10' })
  await bench.drain('alpha')
  const vendor = bench.vendor('alpha')
  const [deal] = vendor.of('deals')
  vendor.edit(deal?.id ?? '', { Amount: '99' })
  await change('deal', id, { name: 'Bigger' })
  await bench.drain('alpha')
  expect(vendor.of('deals')[0]?.fields).toMatchObject({ Title: 'Bigger', Amount: '99' })
  expect(await bench.rows('select amount::float8 as amount from deals')).toEqual([{ amount: 99 }])
  expect(vendor.count('read')).toBe(1)
})

it('does not swallow a user’s edit that the answer to our write brings along', async () => {
  await start()
  const id = await make('deal', { name: 'Big', amount: '10', registrationStatus: 'approved' })
  await bench.drain('alpha')
  const vendor = bench.vendor('alpha')
  vendor.edit(vendor.of('deals')[0]?.id ?? '', { Amount: '99' })
  await change('deal', id, { registrationStatus: 'won' }) // only a field of ours: no read before
  await bench.drain('alpha')
  await bench.settle()
  expect(vendor.of('deals')[0]?.fields).toMatchObject({ Amount: '99', RegStatus: 'won' })
  expect(await bench.rows('select amount::float8 as amount from deals')).toEqual([{ amount: 99 }])
})

it('finds a create that the vendor took before the answer was lost, and makes no second one', async () => {
  await start()
  await make('account', { name: 'Acme' })
  const vendor = bench.vendor('alpha')
  vendor.fate = () => ({ do: 'commit, then break' })
  await bench.drain('alpha')
  vendor.fate = () => ({ do: 'commit' })
  await bench.age()
  await bench.drain('alpha')
  expect(await states()).toEqual(['done'])
  expect([vendor.of('accounts').length, vendor.count('write')]).toEqual([1, 1])
})

it('makes no company at a vendor that was not read to its end once, and then the one that it does not keep already', async () => {
  bench = await startBench({ alpha: crm })
  const vendor = bench.vendor('alpha')
  const theirs = vendor.put('accounts', { Name: 'Acme', Site: 'acme.com', Country: null })
  await make('account', { name: 'Acme', domain: 'acme.com' })
  const other = await make('account', { name: 'Other', domain: 'other.com' })
  await make('deal', { name: 'Big' })
  await bench.drain('alpha')
  expect([vendor.of('accounts').length, vendor.of('deals').length]).toEqual([1, 1])
  await bench.settle()
  expect(vendor.of('accounts').map(({ id, key }) => (id === theirs ? 'theirs' : key))).toEqual(['theirs', other])
})

it('puts a field of ours right that somebody changed while our write of it was under way', async () => {
  await start()
  const id = await make('deal', { name: 'Big', registrationStatus: 'approved' })
  await bench.settle()
  await change('deal', id, { registrationStatus: 'won' })
  const vendor = bench.vendor('alpha')
  const wish = { limit: 10, deadlineMs: 20_000 }
  const { writes } = await claimWrites(bench.db, bench.system('alpha'), 'deals', wish)
  const outcomes = await vendor.write(writes)
  vendor.edit(vendor.of('deals')[0]?.id ?? '', { RegStatus: 'mine' })
  await bench.pull('alpha', 'deals') // what they say is known before what we sent is
  await settleWrites(bench.db, bench.system('alpha'), writes, outcomes)
  await bench.settle()
  expect(vendor.of('deals')[0]?.fields['RegStatus']).toBe('won')
})

it('creates once what was lost before the vendor took it', async () => {
  await start()
  await make('account', { name: 'Acme' })
  const vendor = bench.vendor('alpha')
  vendor.fate = () => ({ do: 'drop' })
  await bench.drain('alpha')
  vendor.fate = () => ({ do: 'commit' })
  await bench.age()
  await bench.drain('alpha')
  expect(await states()).toEqual(['done'])
  expect([vendor.of('accounts').length, vendor.created]).toEqual([1, 1])
})

it('links a found create even when its record cannot be taken in, and makes no second one', async () => {
  await start({
    alpha: {
      ...crm,
      capabilities: [
        capability('accounts', ['account'], { write: 'create' }),
        capability('deals', ['deal'], { write: 'create' }),
      ],
    },
  })
  await make('deal', { name: 'Big', amount: '5' })
  const vendor = bench.vendor('alpha')
  vendor.keeps = (fields) => ({ ...fields, Amount: 'a lot' })
  vendor.fate = () => ({ do: 'commit, then break' })
  await bench.drain('alpha')
  vendor.fate = () => ({ do: 'commit' })
  vendor.keeps = (fields) => fields
  for (let i = 0; i < 3; i += 1) {
    await bench.age()
    await bench.drain('alpha')
  }
  expect(vendor.of('deals')).toHaveLength(1)
})

it('settles a dead sender’s create by reading it after the visibility lag and not before', async () => {
  await start({ alpha: { ...crm, capabilities: crm.capabilities.map((c) => ({ ...c, visibleAfterMs: 60_000 })) } })
  await make('account', { name: 'Acme' })
  const vendor = bench.vendor('alpha')
  await claimWrites(bench.db, bench.system('alpha'), 'accounts', { limit: 20, deadlineMs: 20_000 }) // and is killed
  await bench.db.execute(`update writes set lease_until = now() - interval '1 second'`)
  await bench.drain('alpha')
  expect(await states()).toEqual(['unclear'])
  expect(vendor.count('read')).toBe(0)
})

it('sends what was wished while a request was in flight, afterwards', async () => {
  await start()
  const id = await make('account', { name: 'Acme' })
  const vendor = bench.vendor('alpha')
  const gate = Promise.withResolvers<void>()
  vendor.fate = () => ({ do: 'wait', until: gate.promise })
  const draining = bench.drain('alpha')
  await until(() => vendor.count('write') === 1)
  await change('account', id, { name: 'Acme 2' })
  await bench.drain('alpha') // a second sender finds nothing to send
  expect(vendor.count('write')).toBe(1)
  vendor.fate = () => ({ do: 'commit' })
  gate.resolve()
  await draining
  expect(vendor.of('accounts').map((a) => a.fields['Name'])).toEqual(['Acme 2'])
  expect(await states()).toEqual(['done'])
})

it('ignores the late answer of a request whose lease ended when a newer one is under way', async () => {
  await start()
  const id = await make('account', { name: 'Acme' })
  await bench.drain('alpha')
  const vendor = bench.vendor('alpha')
  const gate = Promise.withResolvers<void>()
  vendor.fate = () => ({ do: 'wait', until: gate.promise })
  await change('account', id, { name: 'Second' })
  const late = bench.drain('alpha')
  await until(() => vendor.count('write') === 2)
  // A newer attempt of another sender.
  await bench.db.execute(
    `update writes set attempt = attempt + 1, sent = desired, status = 'sending', lease_until = now() + interval '1 hour'`,
  )
  gate.resolve()
  await late
  expect(await states()).toEqual(['sending'])
})

it('lets two senders at once send one request a record', async () => {
  await start()
  for (let i = 0; i < 60; i += 1) await make('account', { name: `N${String(i)}` })
  const vendor = bench.vendor('alpha')
  await Promise.all([bench.drain('alpha'), bench.drain('alpha'), bench.drain('alpha')])
  const refs = vendor.requests.filter((r) => r.kind === 'write').flatMap((r) => r.refs)
  expect(new Set(refs).size).toBe(60)
  expect(refs).toHaveLength(60)
})

it.each(['rejected', 'unclear'] as const)(
  'cuts a batch that fails as a whole (%s) until the one to blame stands alone',
  async (as) => {
    await start()
    for (let i = 0; i < 20; i += 1) await make('account', { name: i === 13 ? 'poison' : `N${String(i)}` })
    const vendor = bench.vendor('alpha')
    vendor.fate = (batch) =>
      batch.some((w) => w.fields['Name'] === 'poison')
        ? {
            do: 'refuse',
            as,
            fault: faultOf('CW_RECORD_INVALID', 'no', {
              scope: batch.length > 1 ? 'batch' : as === 'rejected' ? 'record' : 'batch',
            }),
          }
        : { do: 'commit' }
    for (let i = 0; i < 14; i += 1) {
      await bench.age()
      await bench.drain('alpha')
    }
    expect(vendor.of('accounts')).toHaveLength(19)
    const left = (await states()).filter((s) => s !== 'done')
    expect(left).toHaveLength(1)
    expect(left[0]).toMatch(as === 'rejected' ? /^parked CW_RECORD_INVALID$/ : /^(planned|unclear)/)
    expect(vendor.count('write')).toBeLessThan(28)
  },
)

it('parks a record that stays locked, and sends it when the vendor’s record changes', async () => {
  await start()
  const id = await make('account', { name: 'Acme' })
  await bench.drain('alpha')
  const vendor = bench.vendor('alpha')
  vendor.refuse = () => faultOf('CW_VENDOR_LOCKED', 'approval')
  await change('account', id, { name: 'Acme 2' })
  for (let i = 0; i < 15; i += 1) {
    await bench.age()
    await bench.drain('alpha')
  }
  expect(await states()).toEqual(['parked CW_VENDOR_LOCKED'])
  vendor.refuse = () => null
  vendor.edit(vendor.of('accounts')[0]?.id ?? '', { Country: 'DE' })
  await bench.settle()
  expect(vendor.of('accounts')[0]?.fields).toMatchObject({ Name: 'Acme 2' })
})

it('tries locked batches again after waits that double and differ, each batch still as one', async () => {
  await start()
  for (let i = 0; i < 12; i += 1) await make('account', { name: `N${String(i)}` })
  const vendor = bench.vendor('alpha')
  vendor.refuse = () => faultOf('CW_VENDOR_LOCKED', 'in use')
  for (const base of [2, 4, 8]) {
    for (let batch = 0; batch < 6; batch += 1) {
      const wish = { limit: 2, deadlineMs: 20_000 }
      const { writes } = await claimWrites(bench.db, bench.system('alpha'), 'accounts', wish)
      await settleWrites(bench.db, bench.system('alpha'), writes, await vendor.write(writes))
    }
    const waits = await bench.rows<{ s: number }>(
      `select distinct round(extract(epoch from not_before - updated_at), 5)::float8 as s from writes order by 1`,
    )
    expect(waits).toHaveLength(6)
    expect(waits[0]?.s).toBeGreaterThanOrEqual(base * 0.5)
    expect(waits.at(-1)?.s).toBeLessThanOrEqual(base * 1.5)
    await bench.age()
  }
})

it('lets a record wait for its parked parent and go by itself afterwards', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.refuse = (w) => (w.object === 'accounts' ? faultOf('CW_RECORD_INVALID', 'no name') : null)
  const account = await make('account', { name: 'Acme' })
  await make('deal', { name: 'Big', accountId: account })
  await bench.drain('alpha')
  expect(await states()).toEqual(['parked CW_RECORD_INVALID', 'parked CW_PARENT_PARKED'])
  vendor.refuse = () => null
  await change('account', account, { name: 'Acme 2' })
  await bench.drain('alpha')
  expect(await states()).toEqual(['done', 'done'])
})

it('lets a parked child go when its parent is found at the vendor and not sent', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.refuse = (w) => (w.object === 'accounts' ? faultOf('CW_RECORD_DUPLICATE', 'is there') : null)
  const account = await make('account', { name: 'Acme' })
  await make('deal', { name: 'Big', accountId: account })
  await bench.drain('alpha')
  vendor.refuse = () => null
  vendor.put('accounts', { Name: 'Acme', Site: null, Country: null }, account) // a person gave it our key
  await bench.settle()
  expect(await states()).toEqual(['done', 'done'])
  expect(vendor.of('accounts')).toHaveLength(1)
})

it('makes a parent that nobody asked to be kept there', async () => {
  await start({ alpha: crm, beta: crm })
  const account = await make('account', { name: 'Acme' }, 'beta')
  await make('deal', { name: 'Big', accountId: account })
  await bench.drain('alpha')
  await bench.age()
  await bench.drain('alpha')
  expect(bench.vendor('alpha').of('accounts')).toHaveLength(1)
  expect(bench.vendor('alpha').of('deals')[0]?.fields['AccountId']).toBe(bench.vendor('alpha').of('accounts')[0]?.id)
})

it('refers to the winner of a merge', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  const [loser, winner] = [await make('account', { name: 'Loser' }), await make('account', { name: 'Winner' })]
  await bench.drain('alpha')
  const idOf = (key: string) => vendor.of('accounts').find((a) => a.key === key)?.id ?? ''
  const winnerId = idOf(winner)
  vendor.erase(idOf(loser), winnerId)
  await bench.settle()
  await make('deal', { name: 'Big', accountId: loser })
  await bench.drain('alpha')
  expect(vendor.of('deals')[0]?.fields['AccountId']).toBe(winnerId)
})

it('keeps everything planned while the connection refuses, asks once, and comes back', async () => {
  await start()
  for (let i = 0; i < 30; i += 1) await make(i % 2 === 0 ? 'account' : 'deal', { name: `N${String(i)}` })
  const vendor = bench.vendor('alpha')
  vendor.fate = () => ({
    do: 'refuse',
    as: 'rejected',
    fault: faultOf('CW_VENDOR_AUTH', 'expired', { scope: 'connection' }),
  })
  for (let i = 0; i < 20; i += 1) {
    await bench.age()
    await bench.drain('alpha')
  }
  expect(new Set((await states()).map((s) => s.split(' ')[0]))).toEqual(new Set(['planned']))
  expect(vendor.count('write')).toBe(20)
  vendor.fate = () => ({ do: 'commit' })
  await bench.age()
  await bench.drain('alpha')
  expect(vendor.held.size).toBe(30)
  expect(vendor.count('write')).toBe(22)
})

it('does not let a record that cannot be read hold up the others', async () => {
  await start()
  const ids = [await make('account', { name: 'A' }), await make('account', { name: 'B' })]
  const vendor = bench.vendor('alpha')
  vendor.fate = () => ({ do: 'drop' })
  await bench.drain('alpha')
  vendor.fate = () => ({ do: 'commit' })
  vendor.readFault = (ref) => (ref.value === ids[0] ? faultOf('CW_VENDOR_SCOPE', 'hidden') : null)
  for (let i = 0; i < 20; i += 1) {
    await bench.age()
    await bench.drain('alpha')
  }
  expect(vendor.of('accounts').map((a) => a.fields['Name'])).toEqual(['B'])
  expect(await states()).toEqual(['parked CW_WRITE_UNCLEAR', 'done'])
})

it('parks a create whose vendor id belongs to another record of ours, and settles the rest of the batch', async () => {
  await start()
  await make('account', { name: 'A' })
  await bench.drain('alpha')
  const vendor = bench.vendor('alpha')
  const taken = vendor.of('accounts')[0]?.id ?? ''
  await make('account', { name: 'B' })
  const same = await make('account', { name: 'C' })
  vendor.held.set(taken, { ...vendor.one(taken), key: same })
  await bench.drain('alpha')
  expect((await states()).toSorted()).toEqual(['done', 'done', 'parked CW_RECORD_DUPLICATE'])
})

it('does not ask a vendor in a circle that hangs up on an association', async () => {
  const party: Side = {
    capabilities: [
      ...crm.capabilities,
      capability('parties', ['party'], { read: 'by-id', write: 'set', update: false, key: null }),
    ],
    mappings: [
      ...crmMappings,
      {
        object: 'parties',
        kind: 'party',
        fields: [
          { field: 'role', path: 'role', conversion: { as: 'text' }, create: 'out', update: 'none', wins: 'ledger' },
        ],
      },
    ],
  }
  await start({ alpha: party })
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'party', [{ id, values: { role: 'customer' } }])
    await ensureLinks(tx, [{ connection: 'alpha', object: 'parties', kind: 'party', recordId: id }])
    await planWrites(tx, [id])
  })
  const vendor = bench.vendor('alpha')
  vendor.fate = () => ({ do: 'drop' })
  await bench.drain('alpha')
  expect(vendor.count('write')).toBe(1)
})

it('claims and settles a batch in a handful of statements', async () => {
  await start({ alpha: { ...crm, capabilities: [capability('accounts', ['account'], { batch: 200 })] } })
  for (let i = 0; i < 200; i += 1) await make('account', { name: `N${String(i)}` })
  const query = vi.spyOn(Client.prototype, 'query')
  const claimed = await claimWrites(bench.db, bench.system('alpha'), 'accounts', { limit: 200, deadlineMs: 20_000 })
  await settleWrites(bench.db, bench.system('alpha'), claimed.writes, await bench.vendor('alpha').write(claimed.writes))
  const statements = query.mock.calls.length
  query.mockRestore()
  expect(claimed.writes).toHaveLength(200)
  expect(statements).toBeLessThan(28)
  expect(new Set(await states())).toEqual(new Set(['done']))
})

/** An approved claim whose deal is about to be made. */
async function approvedClaim(): Promise<string> {
  await start()
  const [partner] = await bench.rows<{ id: string }>(`insert into partners (name) values ('North') returning id`)
  const dealId = await make('deal', { name: 'Big', registrationStatus: 'approved' })
  const [claim] = await bench.rows<{ id: string }>(
    `insert into registrations (partner_id, company, state, home, deal_id) values ('${partner?.id ?? ''}', 'Big', 'approved', 'alpha', '${dealId}') returning id`,
  )
  const id = claim?.id ?? ''
  await bench.rows(`update deals set registration_id = '${id}'`)
  return id
}
const reference = async () => bench.rows('select crm_reference from registrations')
const wakes = async (id: string) => bench.rows(`select 1 from nudges where workflow_id = 'registration/${id}'`)

describe('the CRM’s id of a claim’s deal', () => {
  it('is kept with the write that made the deal, and the claim’s process is not woken for it', async () => {
    const id = await approvedClaim()
    await bench.drain('alpha')
    expect(await reference()).toEqual([{ crm_reference: bench.vendor('alpha').of('deals')[0]?.id }])
    expect(await wakes(id)).toEqual([])
  })

  it('is left to the process where a step has the claim just then: neither waits for the other', async () => {
    const id = await approvedClaim()
    const step = new Client({ connectionString: bench.url })
    await step.connect()
    await step.query('begin')
    await step.query('select 1 from registrations for update')
    await bench.drain('alpha')
    await step.query('commit')
    await step.end()
    expect(await reference()).toEqual([{ crm_reference: null }])
    expect(await wakes(id)).toHaveLength(1)
  })
})

import { Client } from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { applyPending } from '../../src/apply/apply.ts'
import { registrations } from '../../src/db/schema/index.ts'
import { storeRecords } from '../../src/intake/store.ts'
import { findRivals } from '../../src/process/findings.ts'
import type { VendorRecord } from '../../connectors/contract.ts'
import { crm, portal, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())
const start = async (sides: Record<string, Side>) => (bench = await startBench(sides))

function record(
  object: string,
  id: string,
  at: number,
  fields: VendorRecord['fields'],
  more: Partial<VendorRecord> = {},
) {
  const modifiedAt = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString()
  return { object, id, key: null, version: String(at), modifiedAt, deleted: false, mergedInto: null, fields, ...more }
}

async function take(connection: string, records: VendorRecord[]) {
  await storeRecords(bench.db, connection, records)
  return applyPending(bench.db, bench.systems, connection, records[0]?.object ?? '')
}

const accounts = () =>
  bench.rows<{ id: string; name: string | null }>('select id, name, domain, country from accounts order by name')
const statuses = async () =>
  (
    await bench.rows<{ s: string }>(
      `select external_id || ' ' || status || coalesce(' ' || code, '') as s from changes order by id`,
    )
  ).map((r) => r.s)

it('takes in a deal before the account that it names, and fills the account when it comes', async () => {
  await start({ alpha: crm })
  expect(await take('alpha', [record('deals', 'd1', 1, { Title: 'Big', Amount: '10', AccountId: 'a1' })])).toEqual({
    applied: 1,
    noOp: 0,
    parked: 0,
  })
  await take('alpha', [record('accounts', 'a1', 2, { Name: 'Acme', Site: 'acme.com', Country: null })])
  expect(await accounts()).toMatchObject([{ name: 'Acme', domain: 'acme.com' }])
  expect(await bench.rows('select a.name from deals d join accounts a on a.id = d.account_id')).toEqual([
    { name: 'Acme' },
  ])
})

it('gives a filled account the identity of the one that another CRM holds by the same domain', async () => {
  await start({ alpha: crm, beta: crm })
  await take('alpha', [record('accounts', 'a1', 1, { Name: 'Acme', Site: 'acme.com' })])
  await take('beta', [record('deals', 'd1', 1, { Title: 'Big', AccountId: 'b1' })])
  await take('beta', [record('accounts', 'b1', 2, { Name: 'Acme', Site: 'www.acme.com' })])
  expect(await accounts()).toHaveLength(1)
  expect(await bench.rows('select a.name from deals d join accounts a on a.id = d.account_id')).toEqual([
    { name: 'Acme' },
  ])
})

it('knows two records of one domain in two CRMs as one account, and in one CRM as two', async () => {
  await start({ alpha: crm, beta: crm })
  await take('alpha', [
    record('accounts', 'a1', 1, { Name: 'Acme', Site: 'acme.com' }),
    record('accounts', 'a2', 2, { Name: 'Acme Two', Site: 'acme.com' }),
  ])
  await take('beta', [record('accounts', 'b1', 3, { Name: 'Acme', Site: 'acme.com' })])
  expect(await bench.rows('select connection, external_id from links order by record_id, connection')).toHaveLength(3)
  expect(await accounts()).toHaveLength(2)
})

it('claims the domain that an account gets later', async () => {
  await start({ alpha: crm, beta: crm })
  await take('alpha', [record('accounts', 'a1', 1, { Name: 'Acme', Site: null })])
  await take('alpha', [record('accounts', 'a1', 2, { Name: 'Acme', Site: 'acme.com' })])
  await take('beta', [record('accounts', 'b1', 3, { Name: 'Acme', Site: 'acme.com' })])
  expect(await accounts()).toHaveLength(1)
})

it('merges one record twice in one page and keeps the newest', async () => {
  await start({ alpha: crm })
  const done = await take('alpha', [
    record('accounts', 'a1', 1, { Name: 'One', Site: null }),
    record('accounts', 'a1', 3, { Name: 'Three', Site: null }),
    record('accounts', 'a1', 2, { Name: 'Two', Site: null }),
  ])
  expect(done).toEqual({ applied: 2, noOp: 1, parked: 0 })
  expect(await accounts()).toMatchObject([{ name: 'Three' }])
})

it('takes the good version of a record whose other version in the page is bad', async () => {
  await start({ portal })
  await take('portal', [record('partners', 'p', 1, { name: 'Nord' })])
  await take('portal', [
    record('claims', 'c1', 2, { partner: 'p', company: 'Hafen' }),
    record('claims', 'c1', 3, { partner: 'p', company: '' }),
  ])
  expect(await statuses()).toEqual(['p applied', 'c1 applied', 'c1 parked CW_FIELD_MISSING'])
})

it('parks the one poison record of a page with what PostgreSQL said, and applies the others', async () => {
  await start({ alpha: crm })
  const rows = Array.from({ length: 9 }, (_, i) =>
    record('deals', `d${String(i)}`, i, { Title: `T${String(i)}`, Amount: i === 4 ? '1'.repeat(30) : '5' }),
  )
  expect(await take('alpha', rows)).toEqual({ applied: 8, noOp: 0, parked: 1 })
})

it('stores and applies text that PostgreSQL cannot hold', async () => {
  await start({ alpha: crm })
  expect(await take('alpha', [record('accounts', 'a1', 1, { Name: 'A\u0000c\uD800me', Site: null })])).toMatchObject({
    applied: 1,
  })
})

it('tells an impossible date as a value and not as a fault of ours', async () => {
  await start({ portal })
  await take('portal', [record('partners', 'p', 1, { name: 'Nord' })])
  await take('portal', [record('claims', 'c1', 2, { partner: 'p', company: 'Hafen', close: '2026-02-31' })])
  expect((await statuses())[1]).toBe('c1 parked CW_FIELD_INVALID')
})

it('marks a deleted record, ignores what is older, and takes it back when it is restored', async () => {
  await start({ alpha: crm })
  await take('alpha', [record('accounts', 'a1', 5, { Name: 'Acme', Site: null })])
  await take('alpha', [record('accounts', 'a1', 7, {}, { deleted: true })])
  expect(await bench.rows('select gone from links')).toEqual([{ gone: true }])
  await take('alpha', [record('accounts', 'a1', 6, { Name: 'Old', Site: null })])
  expect(await bench.rows('select gone from links')).toEqual([{ gone: true }])
  await take('alpha', [record('accounts', 'a1', 8, { Name: 'New', Site: null })])
  expect(await bench.rows('select gone from links')).toEqual([{ gone: false }])
  expect(await accounts()).toMatchObject([{ name: 'New' }])
})

it('takes a record back that returns in the very version it had before', async () => {
  await start({ alpha: crm })
  const same = record('accounts', 'a1', 5, { Name: 'Acme', Site: null })
  await take('alpha', [same])
  await take('alpha', [{ ...record('accounts', 'a1', 5, {}), version: 'absent', deleted: true, modifiedAt: null }])
  await take('alpha', [same])
  expect(await bench.rows('select gone from links')).toEqual([{ gone: false }])
})

it('reads a record again that another read of the same version had overtaken', async () => {
  await start({ alpha: crm })
  const first = record('accounts', 'a1', 5, { Name: 'First', Site: null })
  const second = record('accounts', 'a1', 5, { Name: 'Second', Site: null })
  await take('alpha', [second])
  await take('alpha', [first]) // read earlier, stored later
  await take('alpha', [second]) // the overlap
  expect(await accounts()).toMatchObject([{ name: 'Second' }])
})

it('deletes and recreates within one page', async () => {
  await start({ alpha: crm })
  await take('alpha', [record('accounts', 'a1', 1, { Name: 'Acme', Site: null })])
  await take('alpha', [
    record('accounts', 'a1', 2, {}, { deleted: true }),
    record('accounts', 'a1', 3, { Name: 'Back', Site: null }),
  ])
  expect(await bench.rows("select gone, fields ->> 'Name' as n from links join shadows on link_id = id")).toEqual([
    { gone: false, n: 'Back' },
  ])
})

it('withdraws a registration that its portal deleted', async () => {
  await start({ portal })
  await take('portal', [record('partners', 'p', 1, { name: 'Nord' })])
  await take('portal', [record('claims', 'c1', 2, { partner: 'p', company: 'Hafen' })])
  await take('portal', [record('claims', 'c1', 3, {}, { deleted: true })])
  expect(await bench.rows('select withdrawn_at is not null as w from registrations')).toEqual([{ w: true }])
})

it('follows a merge: the loser’s id leads to the winner, whichever of the two is known', async () => {
  await start({ alpha: crm })
  await take('alpha', [
    record('accounts', 'a1', 1, { Name: 'Loser', Site: null }),
    record('accounts', 'a2', 1, { Name: 'Winner', Site: null }),
  ])
  await take('alpha', [
    record('accounts', 'a1', 2, {}, { deleted: true, mergedInto: 'a2' }),
    record('accounts', 'a2', 2, { Name: 'Winner 2', Site: null }),
  ])
  await take('alpha', [
    record('accounts', 'a2', 3, {}, { mergedInto: 'a9', modifiedAt: null, version: 'merged' }),
    record('accounts', 'a9', 3, { Name: 'Heir', Site: null }),
  ])
  expect(
    await take('alpha', [record('accounts', 'x', 4, {}, { mergedInto: 'y', modifiedAt: null, version: 'merged' })]),
  ).toEqual({ applied: 0, noOp: 1, parked: 0 })
  expect((await accounts()).map((a) => a.name)).toEqual(['Heir', 'Loser'])
  expect((await statuses()).every((s) => !s.includes('parked'))).toBe(true)
  await take('alpha', [record('deals', 'd1', 5, { Title: 'T', AccountId: 'a1' })])
  expect(await bench.rows('select a.name from deals d join accounts a on a.id = d.account_id')).toEqual([
    { name: 'Heir' },
  ])
})

it('retries what named an unknown partner when the partner comes, also when the two passed each other', async () => {
  await start({ portal })
  await take('portal', [record('claims', 'c1', 2, { partner: 'p', company: 'Hafen' })])
  expect(await statuses()).toEqual(['c1 parked CW_PARTNER_UNKNOWN'])
  await take('portal', [record('partners', 'p', 1, { name: 'Nord' })])
  await bench.db.execute(
    `update changes set status = 'parked', code = 'CW_PARTNER_UNKNOWN', detail = '{"fields":[{"field":"partnerId","path":"partner","code":"CW_PARTNER_UNKNOWN","found":"p"}]}' where external_id = 'c1'`,
  )
  await applyPending(bench.db, bench.systems, 'portal', 'claims')
  expect(await statuses()).toEqual(['c1 applied', 'p applied'])
})

it('recognises a record of ours by its key in any case, and keeps its kind', async () => {
  await start({ alpha: crm, beta: crm })
  await take('alpha', [record('accounts', 'a1', 1, { Name: 'Acme', Site: null })])
  const [row] = await accounts()
  await take('beta', [
    record('accounts', 'b1', 1, { Name: 'Acme B', Site: null }, { key: row?.id.toUpperCase() ?? null }),
  ])
  await take('beta', [record('accounts', 'b2', 1, { Name: 'Copy', Site: null }, { key: row?.id ?? null })])
  await take('beta', [record('deals', 'bd', 1, { Title: 'Not an account' }, { key: row?.id ?? null })])
  expect(
    await bench.rows(
      "select connection, external_id, record_id from links where record_id = (select record_id from links where external_id = 'a1') order by 1",
    ),
  ).toHaveLength(2)
  expect((await statuses()).every((s) => s.endsWith('applied'))).toBe(true)
})

it('lets two workers take one record in at once', async () => {
  await start({ alpha: crm })
  for (let i = 0; i < 5; i += 1) {
    const ids = Array.from({ length: 20 }, (_, n) => `a${String(i)}-${String(n)}`)
    await storeRecords(
      bench.db,
      'alpha',
      ids.map((id) => record('accounts', id, 1, { Name: id, Site: null })),
    )
    await storeRecords(
      bench.db,
      'alpha',
      ids.map((id) => record('accounts', id, 2, { Name: `${id} new`, Site: null })),
    )
    await Promise.all(Array.from({ length: 4 }, () => applyPending(bench.db, bench.systems, 'alpha', 'accounts')))
  }
  expect(await bench.rows(`select count(*)::int as n from accounts where name like '% new'`)).toEqual([{ n: 100 }])
  expect(await bench.rows(`select count(*)::int as n from changes where status not in ('applied', 'no-op')`)).toEqual([
    { n: 0 },
  ])
})

it('takes for gone what was deleted before anything referred to it', async () => {
  await start({ alpha: crm })
  await take('alpha', [record('accounts', 'a1', 2, {}, { deleted: true })])
  expect(await statuses()).toEqual(['a1 no-op'])
  await take('alpha', [record('deals', 'd1', 1, { Title: 'Big', AccountId: 'a1' })])
  expect(await statuses()).toEqual(['a1 pending', 'd1 applied'])
  await applyPending(bench.db, bench.systems, 'alpha', 'accounts')
  expect(await bench.rows(`select gone from links where object = 'accounts'`)).toEqual([{ gone: true }])
})

it('ends between two pages when its worker is told to stop, and goes on where it was', async () => {
  await start({ alpha: crm })
  const many = Array.from({ length: 1_200 }, (_, n) =>
    record('deals', `d${String(n)}`, n, { Title: `Deal ${String(n)}` }),
  )
  await storeRecords(bench.db, 'alpha', many)
  const stop = new AbortController()
  const apply = () => applyPending(bench.db, bench.systems, 'alpha', 'deals', stop.signal)
  const first = apply()
  stop.abort()
  expect(await first).toEqual({ applied: 0, noOp: 0, parked: 0 })
  expect(await applyPending(bench.db, bench.systems, 'alpha', 'deals', new AbortController().signal)).toEqual({
    applied: 1_200,
    noOp: 0,
    parked: 0,
  })
})

it('applies a page of 200 in a handful of statements', async () => {
  await start({ alpha: crm })
  await storeRecords(
    bench.db,
    'alpha',
    Array.from({ length: 200 }, (_, i) =>
      record('accounts', `a${String(i)}`, 1, { Name: `N${String(i)}`, Site: `n${String(i)}.com` }),
    ),
  )
  const query = vi.spyOn(Client.prototype, 'query')
  await applyPending(bench.db, bench.systems, 'alpha', 'accounts')
  const statements = query.mock.calls.length
  query.mockRestore()
  expect(statements).toBeGreaterThan(5)
  expect(statements).toBeLessThan(40)
})

it('lets a deal that its CRM deleted hinder no claim', async () => {
  await start({ alpha: crm })
  await take('alpha', [record('accounts', 'a1', 1, { Name: 'Acme', Site: 'acme.com' })])
  await take('alpha', [record('deals', 'd1', 1, { Title: 'Direct', AccountId: 'a1' })])
  await bench.db.execute(`update deals set status = 'open'`)
  const [claim] = await bench.db.insert(registrations).values({ domain: 'acme.com' }).returning()
  if (claim === undefined) throw new Error('no claim')
  const rivals = () => bench.db.transaction((tx) => findRivals(tx, claim, { aliases: [] }))
  expect(await rivals()).toHaveLength(1)
  await take('alpha', [record('deals', 'd1', 2, {}, { deleted: true })])
  expect(await rivals()).toEqual([])
})

import { sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { faultOf } from '../../connectors/contract.ts'
import { receiveHints } from '../../src/intake/hints.ts'
import { databaseNow } from '../../src/db/connection.ts'
import { isCrowded } from '../../src/intake/pace.ts'
import { storePage } from '../../src/intake/store.ts'
import { until } from '../setup/until.ts'
import { capability, crm, crmMappings, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())
const start = async (sides: Record<string, Side> = { alpha: crm }) => (bench = await startBench(sides))
const account = (name: string) => ({ Name: name, Site: null, Country: null })
const pullAll = async () => {
  while ((await bench.pull('alpha', 'accounts')).waitMs === 0);
}
const hint = (id: string) => receiveHints(bench.db, 'alpha', '{}', [{ object: 'accounts', id }])
const count = async (query: string) =>
  (await bench.rows<{ n: number }>(`select count(*)::int as n from ${query}`))[0]?.n

it('takes in every one of thousands of records of one instant, once, whatever the page size', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.stillAt = '2026-01-01T00:00:00.000Z'
  let total = 0
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 40, max: 300 }), async (many, pageSize) => {
      vendor.pageSize = pageSize
      for (let i = 0; i < many; i += 1) vendor.put('accounts', account(`N${String(i)}`))
      total += many
      await pullAll()
      expect(await count('accounts')).toBe(total)
      expect(await count('changes')).toBe(total)
      expect(await count(`changes where status <> 'applied'`)).toBe(0)
    }),
    { numRuns: 8 },
  )
  expect(total).toBeGreaterThan(1_000)
})

it('moves its place only together with its page', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.put('accounts', account('A'))
  await bench.pull('alpha', 'accounts')
  const bad = {
    object: 'accounts',
    id: 'x',
    key: null,
    version: '1',
    modifiedAt: null,
    deleted: false,
    mergedInto: null,
    fields: {},
  }
  const page = {
    records: [bad],
    more: false,
    cursor: '99',
    coveredThrough: 'no instant',
    beganAt: new Date().toISOString(),
  }
  await expect(storePage(bench.db, 'alpha', 'accounts', page)).rejects.toThrow('Failed query')
  expect(await bench.rows('select cursor from streams')).toEqual([{ cursor: '1' }])
  expect(await count(`changes where external_id = 'x'`)).toBe(0)
})

it('reads a hinted record that the list does not show yet, known or not, once', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  const id = vendor.put('accounts', account('A'))
  vendor.changes = () =>
    Promise.resolve({ records: [], more: false, cursor: '0', coveredThrough: new Date().toISOString() })
  await hint(id)
  await hint(id)
  await bench.pull('alpha', 'accounts')
  await bench.pull('alpha', 'accounts')
  expect(await count('accounts')).toBe(1)
  expect(vendor.count('read')).toBe(1)
})

it('believes that a known record is gone only after the visibility lag', async () => {
  await start({ alpha: { ...crm, capabilities: [capability('accounts', ['account'], { visibleAfterMs: 60_000 })] } })
  const vendor = bench.vendor('alpha')
  const id = vendor.put('accounts', account('A'))
  await bench.pull('alpha', 'accounts')
  vendor.held.delete(id)
  await hint(id)
  await bench.pull('alpha', 'accounts')
  expect(await bench.rows('select gone from links')).toEqual([{ gone: false }])
  await bench.db.execute(`update hints set received_at = now() - interval '2 minutes'`)
  await bench.pull('alpha', 'accounts')
  expect(await bench.rows('select gone from links')).toEqual([{ gone: true }])
  await hint(id)
  await bench.pull('alpha', 'accounts')
  expect(await count('changes')).toBe(2)
})

it('makes nothing of an absent record that it never knew', async () => {
  await start()
  await hint('nobody')
  await bench.pull('alpha', 'accounts')
  expect(await count('changes')).toBe(0)
  expect(await count('hints where read_at is null')).toBe(0)
})

it('reads by id what a list shows again after its death, and takes it back only if it lives', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  const id = vendor.put('accounts', account('A'))
  await bench.pull('alpha', 'accounts')
  const held = vendor.one(id)
  vendor.held.delete(id)
  await hint(id)
  await bench.pull('alpha', 'accounts')
  const list = { more: false, cursor: '1', coveredThrough: new Date().toISOString() }
  vendor.changes = () =>
    Promise.resolve({ ...list, records: [{ ...held, version: String(held.seq), fields: { ...held.fields } }] })
  for (let i = 0; i < 3; i += 1) await bench.pull('alpha', 'accounts')
  expect(await bench.rows('select gone from links')).toEqual([{ gone: true }])
  vendor.held.set(id, held)
  for (let i = 0; i < 3; i += 1) await bench.pull('alpha', 'accounts')
  expect(await bench.rows('select gone from links')).toEqual([{ gone: false }])
})

it('goes on with the stream although one hinted record cannot be read', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.readFault = () => faultOf('CW_VENDOR_SCOPE', 'hidden')
  await hint('hidden')
  vendor.put('accounts', account('A'))
  await bench.pull('alpha', 'accounts')
  expect(await count('accounts')).toBe(1)
  expect(await bench.rows('select code from streams')).toEqual([{ code: null }])
  await bench.db.execute(`update hints set received_at = now() - interval '2 hours'`)
  await bench.pull('alpha', 'accounts')
  expect(await count('hints where read_at is null')).toBe(0)
})

it('stops at a list that says more follows and does not move on', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.changes = () =>
    Promise.resolve({ records: [], more: true, cursor: '7', coveredThrough: new Date().toISOString() })
  expect((await bench.pull('alpha', 'accounts')).waitMs).toBeGreaterThan(0)
  expect(await bench.rows('select code from streams')).toEqual([{ code: 'CW_VENDOR_ANSWER' }])
})

it('stores the overlap of two readings once', async () => {
  await start({ alpha: { ...crm, mappings: crmMappings } })
  const vendor = bench.vendor('alpha')
  vendor.put('accounts', account('A'))
  await bench.pull('alpha', 'accounts')
  await bench.db.execute(`update streams set cursor = '0'`)
  vendor.put('accounts', account('B'))
  await bench.pull('alpha', 'accounts')
  expect(await count('changes')).toBe(2)
})

it('applies a page while the next one is read', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.pageSize = 10
  for (let n = 0; n < 25; n += 1) vendor.put('accounts', account(`N${String(n)}`))
  const read = vendor.changes.bind(vendor)
  vendor.changes = async (query) => {
    const before = Number(query.cursor ?? 0)
    // Answered only once everything before it stands in the ledger.
    await until(async () => (await count('accounts')) === before)
    return read(query)
  }
  await pullAll()
  expect(await count('accounts')).toBe(25)
  expect(await count(`changes where status <> 'applied'`)).toBe(0)
})

/** The vendor's next free turn is so far ahead. */
const fill = (seconds: number) =>
  bench.db.execute(sql`
    insert into budgets (connection, bucket, tat) values ('alpha', 'short', extract(epoch from clock_timestamp()) + ${seconds}::float8)
    on conflict (connection, bucket) do update set tat = excluded.tat`)

const OLD = 500
/** Each record that is known so far is to be written. */
const due = (state: string) =>
  bench.db.execute(sql`
    insert into writes (link_id, connection, object, desired, status, not_before)
    select id, connection, object, 1, ${state}, now() from links
    on conflict (link_id) do update set status = excluded.status, not_before = excluded.not_before`)

/** Many of our writes are due and take each turn that the vendor allows. */
async function startCrowded() {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.pageSize = OLD
  for (let n = 0; n < OLD; n += 1) vendor.put('accounts', account(`Old ${String(n)}`))
  await pullAll()
  await due('planned')
  await fill(60)
  vendor.pageSize = 10
  return vendor
}
const why = () => bench.rows(`select interval_why from streams where object = 'accounts'`)

it('leaves the vendor’s window to our writes while they fill it: a page now, and the next one later', async () => {
  const vendor = await startCrowded()
  for (let n = 0; n < 25; n += 1) vendor.put('accounts', account(`N${String(n)}`))
  expect(await bench.pull('alpha', 'accounts')).toEqual({ waitMs: 30_000 })
  expect(await count('accounts')).toBe(OLD + 10)
  expect(await why()).toEqual([{ interval_why: 'crowded' }])
  await fill(-60)
  await pullAll()
  expect(await count('accounts')).toBe(OLD + 25)
})

it('says that all is known as of the time when the reading began, however many pulls it took', async () => {
  const vendor = await startCrowded()
  for (let n = 0; n < 25; n += 1) vendor.put('accounts', account(`N${String(n)}`))
  await bench.pull('alpha', 'accounts')
  const later = await databaseNow(bench.db)
  const readBefore = () => count(`streams where object = 'accounts' and read_at < '${later}' and reading_since is null`)
  expect(await count(`streams where object = 'accounts' and reading_since < '${later}'`)).toBe(1)
  await bench.pull('alpha', 'accounts')
  await bench.pull('alpha', 'accounts')
  expect(await count('accounts')).toBe(OLD + 25)
  expect(await readBefore()).toBe(1)
  await bench.pull('alpha', 'accounts')
  expect(await readBefore()).toBe(0)
})

it('reads to the end for somebody who waits for it, whatever fills the window, and once more if the reading had begun before', async () => {
  const vendor = await startCrowded()
  for (let n = 0; n < 25; n += 1) vendor.put('accounts', account(`N${String(n)}`))
  await bench.pull('alpha', 'accounts')
  await bench.db.execute(`update streams set wanted_through = clock_timestamp()`)
  expect(await bench.pull('alpha', 'accounts')).toEqual({ waitMs: 0 })
  expect(await count('accounts')).toBe(OLD + 25)
  expect(await bench.pull('alpha', 'accounts')).toEqual({ waitMs: 60_000 })
  expect(await count('streams where read_at >= wanted_through')).toBe(1)
})

it('takes the window for full only while many writes may leave and turns are taken as fast as they come', async () => {
  await startCrowded()
  const crowded = () => isCrowded(bench.db, 'alpha')
  expect(await crowded()).toBe(true)
  await fill(-1)
  expect(await crowded()).toBe(false)
  await fill(60)
  await due('parked')
  expect(await crowded()).toBe(false)
  await due('sending')
  expect(await crowded()).toBe(true)
  await bench.db.execute(`update connections set mode = 'observe' where name = 'alpha'`)
  expect(await crowded()).toBe(false)
})

it('reads what hints point at while our writes fill the window, however many they are', async () => {
  const vendor = await startCrowded()
  const ids = Array.from({ length: 450 }, (_, n) => vendor.put('accounts', account(`N${String(n)}`)))
  for (const id of ids) await hint(id)
  await pullAll()
  expect(await count('accounts')).toBe(OLD + 450)
  expect(await count('hints where read_at is null')).toBe(0)
  expect(await why()).toEqual([{ interval_why: 'crowded' }])
})

/** Streams that a person tells to rest, and streams whose webhooks fall silent. */
import { afterEach, expect, it } from 'vitest'
import { receiveHints } from '../../src/intake/hints.ts'
import { pauseStream, pokeStream, resumeStream } from '../../src/intake/control.ts'
import { nudgeOverdue } from '../../src/process/relay.ts'
import { streamStates } from '../../src/reports/streams.ts'
import { capability, crm, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())
const hintedCrm: Side = {
  ...crm,
  capabilities: [
    capability('accounts', ['account'], { hinted: true }),
    capability('deals', ['deal'], { hinted: true }),
  ],
}
const start = async (side: Side = crm) => (bench = await startBench({ alpha: side }))
const account = (name: string) => ({ Name: name, Site: null, Country: null })
const pull = () => bench.pull('alpha', 'accounts')
const hint = (id: string) => receiveHints(bench.db, 'alpha', '{}', [{ object: 'accounts', id }])
const count = async (query: string) =>
  (await bench.rows<{ n: number }>(`select count(*)::int as n from ${query}`))[0]?.n
const state = async () => {
  const [found] = await streamStates(bench.db, ['alpha'])
  if (found === undefined) throw new Error('no stream')
  return found
}
const by = { actor: 'key:1', label: 'Ada' }
const pause = () => pauseStream(bench.db, 'alpha', 'accounts', by)
const resume = () => resumeStream(bench.db, 'alpha', 'accounts', by)

it('reads nothing while it is paused, keeps the hints, and reads all of it afterwards', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.put('accounts', account('A'))
  await pull()
  await pause()
  await pause()
  const asked = vendor.requests.length
  const id = vendor.put('accounts', account('B'))
  await hint(id)
  expect((await pull()).waitMs).toBeGreaterThan(3_600_000)
  expect(vendor.requests).toHaveLength(asked)
  expect(await count('hints where read_at is null')).toBe(1)
  expect(await state()).toMatchObject({ pausedBy: 'Ada', notes: ['CW_STREAM_PAUSED'] })
  await resume()
  await pull()
  expect(await count('accounts')).toBe(2)
  expect(await count('hints where read_at is null')).toBe(0)
  expect(await state()).toMatchObject({ pausedAt: null, notes: [] })
  expect(await bench.rows(`select what, actor from audit where what like 'stream.%' order by at, id`)).toEqual([
    { what: 'stream.paused', actor: 'key:1' },
    { what: 'stream.resumed', actor: 'key:1' },
  ])
})

it('stops at the page that is under way when it is paused meanwhile', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.pageSize = 2
  for (let i = 0; i < 10; i += 1) vendor.put('accounts', account(`N${String(i)}`))
  const changes = vendor.changes.bind(vendor)
  vendor.changes = async (q) => {
    const page = await changes(q)
    if (q.cursor !== null) await pause()
    return page
  }
  await pull()
  expect(await count('changes')).toBe(4)
  vendor.changes = changes
  await resume()
  await pull()
  expect(await count('changes')).toBe(10)
})

it('is not woken for its clock while it is paused, and is when it is resumed', async () => {
  await start()
  await pull()
  await pause()
  await bench.db.execute(`update streams set next_at = now() - interval '1 hour'`)
  await bench.db.execute('delete from nudges')
  await nudgeOverdue(bench.db)
  expect(await count('nudges')).toBe(0)
  await resume()
  expect(await bench.rows('select workflow_id from nudges')).toEqual([{ workflow_id: 'stream/alpha/accounts' }])
})

it('reads now when it is poked, and says that it is paused when it is', async () => {
  await start()
  await pokeStream(bench.db, 'alpha', 'accounts', by)
  expect(await count(`nudges where workflow_id = 'stream/alpha/accounts'`)).toBe(1)
  await pause()
  await expect(pokeStream(bench.db, 'alpha', 'accounts', by)).rejects.toMatchObject({ code: 'CW_STREAM_PAUSED' })
})

/** Lets so many seconds pass for the stream, by moving what it remembers back. */
async function pass(seconds: number): Promise<void> {
  await bench.db.execute(`update streams set
    hinted_at = hinted_at - interval '${String(seconds)} seconds', read_at = read_at - interval '${String(seconds)} seconds',
    untold = coalesce((select jsonb_object_agg(key, to_char((value #>> '{}')::timestamptz at time zone 'UTC' - interval '${String(seconds)} seconds', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) from jsonb_each(untold)), '{}')`)
}

it('notices that changes come without their hints, polls as without any, and ends it with the next hint', async () => {
  await start(hintedCrm)
  const vendor = bench.vendor('alpha')
  const ids = ['A', 'B', 'C', 'D'].map((name) => vendor.put('accounts', account(name)))
  await pull()
  // The first reading of everything is no news that a hint could have told of.
  expect(await count(`streams where untold <> '{}'`)).toBe(0)
  await hint(ids[0] ?? '')
  await pull()
  expect(await state()).toMatchObject({ intervalMs: 300_000, intervalWhy: 'hinted', silentSince: null })
  for (const id of ids.slice(0, 3)) {
    vendor.edit(id, { Name: `New ${id}` })
    await pull()
    expect(await state()).toMatchObject({ intervalMs: 60_000, silentSince: null })
    await pass(61)
  }
  await pull()
  const silent = await state()
  expect(silent).toMatchObject({ intervalMs: 60_000, intervalWhy: 'silent', notes: ['CW_FEED_SILENT'] })
  expect(silent.silentSince).not.toBeNull()
  await hint(ids[3] ?? '')
  await pull()
  expect(await state()).toMatchObject({ silentSince: null, intervalWhy: 'hinted', notes: [] })
})

it('takes neither echoes of our own writes nor deletions for changes that a feed owed us', async () => {
  await start(hintedCrm)
  const vendor = bench.vendor('alpha')
  vendor.tellsStored = false
  const ids = ['A', 'B', 'C', 'D'].map((name) => vendor.put('accounts', account(name)))
  await pull()
  await hint(ids[0] ?? '')
  await pull()
  // We write to all of them, and the vendor keeps another form of what we sent.
  vendor.keeps = (fields) => ({ ...fields, Country: 'Ruritania' })
  await bench.db.execute(`update accounts set name = name || ' Inc'`)
  await bench.db.execute(
    `insert into writes (link_id, connection, object, desired) select id, connection, object, 1 from links`,
  )
  await bench.drain('alpha')
  expect(vendor.count('write')).toBeGreaterThan(0)
  await pull()
  vendor.erase(ids[1] ?? '')
  await pull()
  for (let i = 0; i < 5; i += 1) {
    await pass(61)
    await pull()
  }
  expect(await state()).toMatchObject({ silentSince: null })
  expect(await bench.rows('select unhinted, untold from streams')).toEqual([{ unhinted: 0, untold: {} }])
})

it('expects no hints of a vendor that has no webhooks, nor where none was ever set up', async () => {
  for (const side of [crm, hintedCrm]) {
    await start(side)
    const vendor = bench.vendor('alpha')
    const ids = ['A', 'B', 'C', 'D'].map((name) => vendor.put('accounts', account(name)))
    await pull()
    for (const id of ids) {
      vendor.edit(id, { Name: `New ${id}` })
      await pull()
      await pass(61)
    }
    await pull()
    expect(await state()).toMatchObject({ silentSince: null, intervalMs: 60_000, intervalWhy: 'poll' })
    if (side === crm) await bench.close()
  }
})

it('does not blame the feed for what happened while the stream itself was away', async () => {
  await start(hintedCrm)
  const vendor = bench.vendor('alpha')
  const ids = ['A', 'B', 'C', 'D'].map((name) => vendor.put('accounts', account(name)))
  await pull()
  await hint(ids[0] ?? '')
  await pull()
  await pass(3_600)
  for (const id of ids) vendor.edit(id, { Name: `New ${id}` })
  await pull()
  await pass(61)
  await pull()
  expect(await bench.rows('select unhinted from streams')).toEqual([{ unhinted: 0 }])
})

it('sleeps longer when the day’s allowance would not last', async () => {
  await start()
  await bench.db.execute(`insert into budgets (connection, bucket, daily_limit) values ('alpha', 'short', 2)`)
  await pull()
  expect(await state()).toMatchObject({ intervalMs: 900_000, intervalWhy: 'budget' })
})

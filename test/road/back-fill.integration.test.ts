/** Reading everything anew: beside the live stream, over kills, and with its progress shown. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { ConnectorError, faultOf } from '../../connectors/contract.ts'
import { applyPending } from '../../src/apply/apply.ts'
import {
  cancelBackFill,
  pauseBackFill,
  resumeBackFill,
  startBackFills,
  type BackFillWish,
} from '../../src/intake/back-fill-control.ts'
import { listBackFills } from '../../src/reports/back-fills.ts'
import { countedSystem } from '../setup/counted-vendor.ts'
import { capability, crm, startBench, type Bench } from '../setup/bench.ts'
import { until } from '../setup/until.ts'

let bench: Bench
afterEach(() => bench.close())
const start = async () => (bench = await startBench({ alpha: crm }))
const by = { actor: 'key:1', label: 'Ada' }
const account = (name: string) => ({ Name: name, Site: null, Country: null })
const count = async (query: string) =>
  (await bench.rows<{ n: number }>(`select count(*)::int as n from ${query}`))[0]?.n
const shown = async () => {
  const [first] = await listBackFills(bench.db, { limit: 1 })
  if (first === undefined) throw new Error('no back-fill')
  return first
}
async function begin(more: Partial<BackFillWish> = {}): Promise<string> {
  const wish = { connection: 'alpha', object: 'accounts', lists: true, from: null, ...more }
  const [run] = await startBackFills(bench.db, [wish], by)
  if (run === undefined) throw new Error('not started')
  return run.id
}
async function pullAll(): Promise<number> {
  for (let turns = 1; ; turns += 1) if ((await bench.pull('alpha', 'accounts')).waitMs > 0) return turns
}

/** Lets a worker read until it is done (true), or is killed so many ms after so many pages: in a request, a transaction, or between. */
async function worksThrough(total: number, kill: { pages: number; ms: number } | null): Promise<boolean> {
  const child = fork(new URL('./back-fill.child.ts', import.meta.url), [bench.url, String(total)])
  const told: unknown[] = []
  child.on('message', (message) => {
    told.push(message)
    const pages = told.filter((one) => one === 'page').length
    if (kill !== null && pages === kill.pages) setTimeout(() => child.kill('SIGKILL'), kill.ms)
  })
  await once(child, 'exit')
  return told.includes('done')
}

it('reads each of 5,000 records once, however often its worker is killed', async () => {
  await start()
  const total = 5_000
  await begin({ connection: 'counted' })
  let kills = 0
  while (!(await worksThrough(total, kills < 6 ? { pages: 3 + kills * 2, ms: kills * 1.3 } : null))) kills += 1
  expect(kills).toBe(6)
  expect(await shown()).toMatchObject({ state: 'done', done: total, total, leftMs: 0, counts: { news: total } })
  expect(await count('changes')).toBe(total)
  expect(await count('(select distinct external_id from changes) as x')).toBe(total)
  expect(await count('streams')).toBe(0)
  await applyPending(bench.db, new Map([['counted', countedSystem]]), 'counted', 'accounts')
  expect(await count('accounts')).toBe(total)
}, 120_000)

it('takes in, applies and plans each record once, however often the stream is killed while it does both', async () => {
  await start()
  const total = 5_000
  const applied = async () => (await count(`changes where status = 'applied'`)) ?? 0
  for (let kills = 0; kills <= 4; kills += 1) {
    const before = await applied()
    const child = fork(new URL('./back-fill.child.ts', import.meta.url), [bench.url, String(total), 'stream'])
    const ended = once(child, 'exit')
    // In the overlap: it applied some, some are stored and not applied, and more are unread.
    const isBoth = async () =>
      (await applied()) > before &&
      (await count(`changes where status = 'pending'`)) !== 0 &&
      (await count('changes')) !== total
    if (kills < 4) await until(isBoth, { deadlineMs: 60_000, everyMs: 5 })
    if (kills < 4) child.kill('SIGKILL')
    await ended
  }
  expect(await bench.rows('select status, count(*)::int as n from changes group by 1')).toEqual([
    { status: 'applied', n: total },
  ])
  expect(await count('(select distinct external_id from changes) as x')).toBe(total)
  expect(await shown()).toMatchObject({ state: 'done', done: total, total })
  expect(await count('partners')).toBe(total)
  expect(
    await bench.rows('select connection, count(external_id)::int as there from links group by 1 order by 1'),
  ).toEqual([
    { connection: 'alpha', there: 0 },
    { connection: 'counted', there: total },
  ])
  // One wish for each.
  expect(
    await bench.rows('select connection, status, desired, count(*)::int as n from writes group by 1, 2, 3'),
  ).toEqual([{ connection: 'alpha', status: 'planned', desired: 1, n: total }])
}, 240_000)

it('reads what the live stream has passed, leaves its position alone, and lets it go first', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.pageSize = 10
  for (let i = 0; i < 300; i += 1) vendor.put('accounts', account(`N${String(i)}`))
  await pullAll()
  // Edited without a trace in the modification date: only a reading of everything finds it.
  for (const held of vendor.of('accounts').slice(0, 7))
    vendor.held.set(held.id, { ...held, fields: account('planted') })
  const [before] = await bench.rows('select cursor from streams')
  await begin()
  vendor.requests.length = 0
  const turns = await pullAll()
  expect(turns).toBe(2)
  expect(vendor.requests[0]?.kind).toBe('changes')
  expect(vendor.requests.filter(({ kind }) => kind === 'list')).toHaveLength(30)
  expect(vendor.requests.filter(({ kind }) => kind === 'changes')).toHaveLength(turns)
  expect(await bench.rows('select cursor from streams')).toEqual([before])
  expect(await shown()).toMatchObject({ state: 'done', done: 300, counts: { news: 7 } })
})

it('reads through changes where the vendor lists nothing, from the beginning or from an instant', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  for (let i = 0; i < 120; i += 1) vendor.put('accounts', account(`N${String(i)}`))
  await pullAll()
  const asked: unknown[] = []
  const changes = vendor.changes.bind(vendor)
  vendor.changes = (q) => {
    asked.push([q.cursor, q.from])
    return changes(q)
  }
  await begin({ lists: false })
  await pullAll()
  expect(await shown()).toMatchObject({ state: 'done', done: 120 })
  expect(asked).toEqual([
    ['120', null],
    [null, null],
    ['50', null],
    ['100', null],
  ])
  asked.length = 0
  const from = '2026-01-01T00:00:00.000Z'
  await begin({ from })
  await pullAll()
  expect(asked[1]).toEqual([null, from])
})

it('misses nothing of a list that users change under its cursor', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.pageSize = 20
  const ids = Array.from({ length: 200 }, (_, i) => vendor.put('accounts', account(`N${String(i)}`)))
  await begin()
  const list = vendor.list.bind(vendor)
  let page = 0
  vendor.list = async (q) => {
    const answer = await list(q)
    page += 1
    vendor.edit(ids[page * 3] ?? '', { Name: `Edited ${String(page)}` })
    vendor.edit(ids[199 - page] ?? '', { Name: `Edited late ${String(page)}` })
    if (page < 9) vendor.erase(ids[page * 20 + 5] ?? '')
    vendor.put('accounts', account(`Made ${String(page)}`))
    return answer
  }
  await pullAll()
  vendor.list = list
  await pullAll()
  const known = await bench.rows<{ name: string; gone: boolean }>(
    `select a.name, l.gone from links l join accounts a on a.id = l.record_id where not l.gone order by a.name collate "C"`,
  )
  expect(known.map(({ name }) => name)).toEqual(
    vendor
      .of('accounts')
      .map(({ fields }) => String(fields['Name']))
      .toSorted((a, b) => (a < b ? -1 : 1)),
  )
})

it('stops when it is paused, goes on where it was, and ends when it is cancelled', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.pageSize = 10
  for (let i = 0; i < 100; i += 1) vendor.put('accounts', account(`N${String(i)}`))
  await pullAll()
  const id = await begin()
  const list = vendor.list.bind(vendor)
  vendor.list = async (q) => {
    const page = await list(q)
    if (q.cursor === '30') await pauseBackFill(bench.db, id, by)
    return page
  }
  await pullAll()
  // The page that was under way when it was paused is not kept, and read again afterwards.
  expect(await shown()).toMatchObject({ state: 'paused', done: 30 })
  await pullAll()
  expect(await shown()).toMatchObject({ state: 'paused', done: 30 })
  vendor.list = list
  await resumeBackFill(bench.db, id, by)
  await pullAll()
  expect(await shown()).toMatchObject({ state: 'done', done: 100 })
  await expect(pauseBackFill(bench.db, id, by)).rejects.toMatchObject({ code: 'CW_RUN_STATE' })
  const other = await begin()
  await cancelBackFill(bench.db, other, by)
  const asked = vendor.requests.filter(({ kind }) => kind === 'list').length
  await pullAll()
  expect(vendor.requests.filter(({ kind }) => kind === 'list')).toHaveLength(asked)
  expect(await bench.rows(`select what from audit where what like 'back-fill.%' order by at, id`)).toEqual(
    ['started', 'paused', 'resumed', 'started', 'cancelled'].map((what) => ({ what: `back-fill.${what}` })),
  )
})

it('has one open back-fill an object, however many start at once', async () => {
  await start()
  const ids = await Promise.all(Array.from({ length: 5 }, () => begin()))
  expect(new Set(ids).size).toBe(1)
  expect(await count('runs')).toBe(1)
})

it('says why it waits, goes on by itself, and leaves the live stream alone', async () => {
  await start()
  const vendor = bench.vendor('alpha')
  vendor.put('accounts', account('A'))
  await pullAll()
  await begin()
  const list = vendor.list.bind(vendor)
  const fault = faultOf('CW_VENDOR_QUOTA', 'used up', { scope: 'connection' })
  vendor.list = () => Promise.reject(new ConnectorError(fault, 'no'))
  vendor.put('accounts', account('B'))
  const { waitMs } = await bench.pull('alpha', 'accounts')
  expect(waitMs).toBeGreaterThan(0)
  expect(waitMs).toBeLessThanOrEqual(30_000)
  expect(await shown()).toMatchObject({ state: 'running', code: 'CW_VENDOR_QUOTA' })
  expect(await bench.rows('select code from streams')).toEqual([{ code: null }])
  expect(await count('accounts')).toBe(2)
  vendor.list = list
  await pullAll()
  expect(await shown()).toMatchObject({ state: 'done', code: null })
})

it('shows the first reading of a stream as a back-fill that the stream itself reads', async () => {
  bench = await startBench({ alpha: { ...crm, capabilities: [capability('accounts', ['account'])] } })
  const vendor = bench.vendor('alpha')
  vendor.pageSize = 1
  for (let i = 0; i < 30; i += 1) vendor.put('accounts', account(`N${String(i)}`))
  const changes = vendor.changes.bind(vendor)
  const priorities: string[] = []
  vendor.changes = (q, ctx = { signal: new AbortController().signal, priority: 'sync' }) => {
    priorities.push(ctx.priority)
    return changes(q)
  }
  await bench.pull('alpha', 'accounts')
  const halfway = await shown()
  expect(halfway).toMatchObject({ state: 'running', done: 20, total: null, actor: 'system' })
  expect(halfway.rate).toBeGreaterThan(0)
  await expect(pauseBackFill(bench.db, halfway.id, by)).rejects.toMatchObject({ code: 'CW_RUN_STATE' })
  await pullAll()
  expect(await shown()).toMatchObject({ state: 'done', done: 30, total: 30 })
  vendor.put('accounts', account('later'))
  await pullAll()
  expect(await count('runs')).toBe(1)
  expect(new Set(priorities.slice(0, 30))).toEqual(new Set(['backfill']))
  expect(priorities.at(-1)).toBe('sync')
})

/** What makes vendors tell us of changes: subscriptions that are kept as they must be, and a change stream that one process listens to. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { ConnectorError, faultOf, type Connector, type Hint } from '../../connectors/contract.ts'
import { silentLog } from '../../connectors/log.ts'
import { databaseNow } from '../../src/db/connection.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { keepSubscriptions } from '../../src/intake/subscriptions.ts'
import { startFeeds } from '../../src/runtime/feeds.ts'
import { startListener, type Listener } from '../../src/runtime/listener.ts'
import { capability, crm, startBench, type Bench } from '../setup/bench.ts'
import { until } from '../setup/until.ts'

let bench: Bench
const listeners: Listener[] = []
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()))
  await bench.close()
})
async function start(mode: 'live' | 'observe' = 'live'): Promise<void> {
  const capabilities = [capability('accounts', ['account'], { hinted: true }), capability('deals', ['deal'])]
  bench = await startBench({ alpha: { ...crm, capabilities } })
  await bench.db.execute(`insert into connections (name, mode) values ('alpha', '${mode}')
    on conflict (name) do update set mode = excluded.mode`)
}
const url = 'https://causeway.example.com/hooks/alpha'
const ctx = { signal: new AbortController().signal, priority: 'sync' as const }

/** A vendor's subscriptions: names by the address that they point at. */
function subscribable(held: Map<string, string>) {
  const wished = ['account.changed', 'account.deleted']
  const here = (at: string) => [...held].filter(([, to]) => to === at).map(([name]) => name)
  const state = { compares: 0, reconciles: 0, fault: null as ErrorCode | null }
  const compare = (at: string) => {
    state.compares += 1
    if (state.fault !== null) return Promise.reject(new ConnectorError(faultOf(state.fault, 'no'), 'no'))
    return Promise.resolve({
      present: here(at).filter((name) => wished.includes(name)),
      missing: wished.filter((name) => !here(at).includes(name)),
      stray: here(at).filter((name) => !wished.includes(name)),
    })
  }
  const connector: Connector = Object.assign(bench.vendor('alpha'), {
    subscriptions: {
      compare,
      async reconcile(at: string) {
        state.reconciles += 1
        const { missing, stray } = await compare(at)
        for (const name of missing) held.set(name, at)
        for (const name of stray) held.delete(name)
        return { made: missing, removed: stray }
      },
    },
  })
  return { connector, state }
}
const row = async () =>
  (
    await bench.rows<{ subscriptions: unknown; ago: number }>(
      `select subscriptions, extract(epoch from now() - subscribed_at)::float8 as ago from connections where name = 'alpha'`,
    )
  )[0]

it('makes what is missing, removes what strayed, leaves other addresses alone, and looks again only when it is time', async () => {
  await start()
  const held = new Map([
    ['account.changed', url],
    ['contact.changed', url],
    ['theirs', 'https://elsewhere.example.com'],
  ])
  const { connector, state } = subscribable(held)
  const keep = async (startedAt: string) => keepSubscriptions(bench.db, 'alpha', connector, url, startedAt, ctx)
  const began = await databaseNow(bench.db)
  expect(await keep(began)).toEqual({
    present: ['account.changed', 'account.deleted'],
    missing: [],
    made: ['account.deleted'],
    removed: ['contact.changed'],
    code: null,
  })
  expect([...held.keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'account.changed',
    'account.deleted',
    'theirs',
  ])
  expect(await bench.rows(`select detail from audit where what = 'subscriptions.reconciled'`)).toEqual([
    { detail: { made: 1, removed: 1 } },
  ])
  expect(await keep(began)).toBeNull()
  // Some hours later; after the feed fell silent; after a start.
  await bench.db.execute(`update connections set subscribed_at = now() - interval '7 hours'`)
  expect(await keep(began)).toMatchObject({ made: [], removed: [] })
  await bench.db.execute(
    `insert into streams (connection, object, silent_since) values ('alpha', 'accounts', now() + interval '1 second')`,
  )
  held.delete('account.changed')
  expect(await keep(began)).toMatchObject({ made: ['account.changed'] })
  await bench.db.execute(`update streams set silent_since = null`)
  expect(await keep(began)).toBeNull()
  expect(await keep(await databaseNow(bench.db))).not.toBeNull()
  expect(state.reconciles).toBe(2)
})

it('touches no subscription of a connection that is only observed', async () => {
  await start('observe')
  const { connector, state } = subscribable(new Map())
  expect(await keepSubscriptions(bench.db, 'alpha', connector, url, await databaseNow(bench.db), ctx)).toBeNull()
  expect(state.compares).toBe(0)
})

it('keeps why it could not, and tries again soon', async () => {
  await start()
  const { connector, state } = subscribable(new Map())
  const began = await databaseNow(bench.db)
  state.fault = 'CW_VENDOR_SCOPE'
  expect(await keepSubscriptions(bench.db, 'alpha', connector, url, began, ctx)).toMatchObject({
    code: 'CW_VENDOR_SCOPE',
  })
  expect(await row()).toMatchObject({ subscriptions: { code: 'CW_VENDOR_SCOPE' } })
  state.fault = null
  expect(await keepSubscriptions(bench.db, 'alpha', connector, url, began, ctx)).toBeNull()
  await bench.db.execute(`update connections set subscribed_at = now() - interval '11 minutes'`)
  expect(await keepSubscriptions(bench.db, 'alpha', connector, url, began, ctx)).toMatchObject({ code: null })
})

it('is done by one of several processes that start together', async () => {
  await start()
  const { connector, state } = subscribable(new Map())
  const began = await databaseNow(bench.db)
  const all = Array.from({ length: 6 }, () => keepSubscriptions(bench.db, 'alpha', connector, url, began, ctx))
  expect((await Promise.all(all)).filter((one) => one !== null)).toHaveLength(1)
  expect(state.reconciles).toBe(1)
})

it('runs with the worker, and not where vendors cannot reach us', async () => {
  await start()
  const held = new Map<string, string>()
  const { connector, state } = subscribable(held)
  const wish = { db: bench.db, connectors: new Map([['alpha', connector]]), kick: () => undefined, log: silentLog }
  const silent = startFeeds({ ...wish, publicUrl: null, everyMs: 5 })
  await pause(50)
  await silent.close()
  expect(state.compares).toBe(0)
  const feeds = startFeeds({ ...wish, publicUrl: 'https://causeway.example.com/', everyMs: 5 })
  await until(() => held.get('account.deleted') === url)
  await feeds.close()
})

/** A change stream that the test tells from, breaks and watches. */
function streaming() {
  const open: { tell: (hints: Hint[]) => Promise<void>; fail: (error: Error) => void; objects: string[] }[] = []
  const state = { opened: 0, open, refuse: null as ErrorCode | null }
  const connector: Connector = Object.assign(bench.vendor('alpha'), {
    listen: (objects: string[], heard: (hints: Hint[]) => Promise<void>, { signal }: { signal: AbortSignal }) => {
      state.opened += 1
      if (state.refuse !== null) return Promise.reject(new ConnectorError(faultOf(state.refuse, 'no'), 'no'))
      return new Promise<void>((resolve, fail) => {
        const one = { tell: heard, fail, objects }
        open.push(one)
        signal.addEventListener('abort', () => {
          open.splice(open.indexOf(one), 1)
          resolve()
        })
      })
    },
  })
  return { connector, state }
}
function listen(connector: Connector, more: { leaseMs?: number } = {}): Listener {
  const listener = startListener({
    db: bench.db,
    connection: 'alpha',
    connector,
    kick: () => undefined,
    log: silentLog,
    everyMs: 10,
    leaseMs: 300,
    ...more,
  })
  listeners.push(listener)
  return listener
}
const listening = async () =>
  (
    await bench.rows<{ listener: string | null; code: string | null; retry: number | null }>(
      `select listener, listen_code as code, extract(epoch from listen_retry_at - now())::float8 as retry from connections where name = 'alpha'`,
    )
  )[0]

it('is listened to by one of several processes, whose hints are kept and wake their streams', async () => {
  await start()
  const { connector, state } = streaming()
  for (let i = 0; i < 4; i += 1) listen(connector)
  await until(() => state.open.length > 0)
  await pause(100)
  expect(state.open).toHaveLength(1)
  expect(state.open[0]?.objects).toEqual(['accounts'])
  await state.open[0]?.tell([{ object: 'accounts', id: 'a1' }])
  expect(await bench.rows(`select object, external_id, body <> '' as told from hints`)).toEqual([
    { object: 'accounts', external_id: 'a1', told: true },
  ])
  expect(await bench.rows(`select workflow_id from nudges`)).toEqual([{ workflow_id: 'stream/alpha/accounts' }])
})

it('is taken over when the process that listens stops, and when it dies without a word', async () => {
  await start()
  const { connector, state } = streaming()
  const first = listen(connector)
  await until(() => state.open.length === 1)
  const before = (await listening())?.listener
  listen(connector)
  await first.close()
  await until(async () => state.open.length === 1 && (await listening())?.listener !== before)
  // One that is dead no longer renews its lease.
  await bench.db.execute(`update connections set listener = 'dead', listen_until = now() + interval '400 milliseconds'`)
  await until(() => state.open.length === 0)
  await until(async () => state.open.length === 1 && (await listening())?.listener !== 'dead')
  expect(state.opened).toBe(3)
})

it('is opened again when it breaks, later each time, and the streams are read at once for what nobody heard', async () => {
  await start()
  const { connector, state } = streaming()
  listen(connector)
  const fault = new ConnectorError(faultOf('CW_VENDOR_UNREACHABLE', 'cut'), 'no')
  await until(() => state.open.length === 1)
  state.open.splice(0)[0]?.fail(fault)
  await until(async () => (await listening())?.code === 'CW_VENDOR_UNREACHABLE')
  expect((await listening())?.retry).toBeLessThanOrEqual(1)
  expect(await bench.rows(`select workflow_id from nudges`)).toEqual([{ workflow_id: 'stream/alpha/accounts' }])
  await until(() => state.open.length === 1)
  state.open.splice(0)[0]?.fail(fault)
  await until(async () => ((await listening())?.retry ?? 0) > 1.1)
  await until(() => state.open.length === 1)
  // One that holds is well again.
  await until(async () => (await listening())?.code === null)
})

it('remembers that an org has none, and asks again seldom', async () => {
  await start()
  const { connector, state } = streaming()
  state.refuse = 'CW_FEED_UNAVAILABLE'
  listen(connector)
  await until(async () => (await listening())?.code === 'CW_FEED_UNAVAILABLE')
  await pause(100)
  expect(state.opened).toBe(1)
  expect((await listening())?.retry).toBeGreaterThan(5 * 3_600)
  state.refuse = null
  await bench.db.execute(`update connections set listen_retry_at = now()`)
  await until(() => state.open.length === 1)
})

it('does not let polling rest on a change stream that is away', async () => {
  await start()
  await bench.db.execute(`insert into streams (connection, object, hinted_at) values ('alpha', 'accounts', now())`)
  const pace = async () => {
    await bench.pull('alpha', 'accounts')
    return (await bench.rows('select interval_why as why from streams'))[0]
  }
  expect(await pace()).toEqual({ why: 'hinted' })
  await bench.db.execute(`update connections set listen_code = 'CW_VENDOR_UNREACHABLE'`)
  expect(await pace()).toEqual({ why: 'poll' })
})

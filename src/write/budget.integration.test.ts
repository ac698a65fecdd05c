import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/database.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { databaseBudget } from './budget.ts'

let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase()
  database = openDatabase(test.url, 10)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

const noUsage = { dailyUsed: null, dailyLimit: null, windowRemaining: null }

it('lets eight processes use at least 90 % of a window and never more than it', async () => {
  const [requests, windowMs, forMs] = [40, 1_000, 6_000]
  const children = Array.from({ length: 8 }, () =>
    fork(new URL('./budget.child.ts', import.meta.url), [test.url, String(requests), String(windowMs), String(forMs)]),
  )
  const grants = (await Promise.all(children.map(grantsOf))).flat().toSorted((a, b) => a - b)
  const spanMs = (grants.at(-1) ?? 0) - (grants[0] ?? 0)
  for (const [i, at] of grants.entries()) {
    const within = grants.slice(i).findIndex((later) => later >= at + windowMs)
    expect(within === -1 ? grants.length - i : within).toBeLessThanOrEqual(requests)
  }
  expect(grants.length / ((spanMs / windowMs) * requests)).toBeGreaterThanOrEqual(0.9)
}, 30_000)

async function grantsOf(child: ChildProcess): Promise<number[]> {
  const told = new Promise<number[]>((resolve) => {
    child.once('message', (message) => resolve(Array.isArray(message) ? message.map(Number) : []))
  })
  await once(child, 'exit')
  return told
}

it('puts a person’s request before all that wait', async () => {
  const budget = databaseBudget(database.db, 'priorities', { window: { requests: 10, windowMs: 1_000 }, daily: null })
  const waiting = Array.from({ length: 40 }, () => budget.take('backfill'))
  const before = performance.now()
  const grant = await budget.take('user')
  const waitedMs = performance.now() - before + ('waitMs' in grant ? grant.waitMs : Infinity)
  expect(waitedMs).toBeLessThan(1_000) // forty others would take four seconds
  await Promise.all(waiting)
})

it('grants nothing during a pause and does not let all leave at its end', async () => {
  const budget = databaseBudget(database.db, 'paused', { window: { requests: 20, windowMs: 1_000 }, daily: null })
  await budget.pause(500)
  const before = Date.now()
  const grants = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const grant = await budget.take('sync')
      return Date.now() - before + ('waitMs' in grant ? grant.waitMs : Infinity)
    }),
  )
  const sorted = grants.toSorted((a, b) => a - b)
  expect(sorted[0]).toBeGreaterThanOrEqual(490)
  expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBeGreaterThan(250)
})

it('leaves no gap after callers that could not wait', async () => {
  const budget = databaseBudget(database.db, 'gone', { window: { requests: 100, windowMs: 1_000 }, daily: null })
  await budget.pause(90_000)
  for (let i = 0; i < 50; i += 1) expect(await budget.take('sync')).toHaveProperty('waitMs')
  await database.db.execute(sql`update budgets set paused_until = now(), tat = tat - 90 where connection = 'gone'`)
  const grant = await budget.take('sync')
  expect('waitMs' in grant && grant.waitMs).toBeLessThan(300)
})

it('takes no turn for who has given up, before or while waiting', async () => {
  const budget = databaseBudget(database.db, 'given-up', { window: { requests: 10, windowMs: 1_000 }, daily: null })
  const usedOf = async () =>
    (await database.db.execute<{ n: number }>(sql`select used_today as n from budgets where connection = 'given-up'`))
      .rows[0]?.n
  await budget.take('sync')
  await budget.take('sync', AbortSignal.abort())
  expect(await usedOf()).toBe(1)
  await database.db.execute(sql`update budgets set tat = tat + 1 where connection = 'given-up'`)
  const gone = new AbortController()
  const waiting = budget.take('sync', gone.signal)
  gone.abort()
  await waiting
  expect(await usedOf()).toBe(1)
})

it('stops at 80 % of the day for all but people, until the day ends, and follows what the vendor says', async () => {
  const budget = databaseBudget(database.db, 'daily', { window: null, daily: 10 })
  for (let i = 0; i < 8; i += 1) expect(await budget.take('sync')).toHaveProperty('waitMs')
  const refused = await budget.take('sync')
  expect(refused).toHaveProperty('refusedUntil')
  expect(await budget.take('user')).toHaveProperty('waitMs')
  await budget.learn({ ...noUsage, dailyLimit: 100 })
  expect(await budget.take('backfill')).toHaveProperty('waitMs')
  await budget.learn({ ...noUsage, dailyUsed: 80, dailyLimit: 100 })
  expect(await budget.take('sync')).toHaveProperty('refusedUntil')
  await database.db.execute(sql`update budgets set day = '2000-01-01' where connection = 'daily'`)
  expect(await budget.take('sync')).toHaveProperty('waitMs')
})

it('stops at a day’s allowance of nothing, lets people try, and goes on by itself when the vendor says that there is room', async () => {
  const { db } = database
  const budget = databaseBudget(db, 'zero', { window: null, daily: 0 })
  expect(await budget.take('sync')).toHaveProperty('refusedUntil')
  expect(await budget.take('backfill')).toHaveProperty('refusedUntil')
  expect(await budget.take('user')).toHaveProperty('waitMs')
  await db.execute(sql`insert into streams (connection, object) values ('zero', 'deals')`)
  await db.execute(sql`insert into streams (connection, object, paused_at) values ('zero', 'notes', now())`)
  const nudged = async () =>
    (await db.execute(sql`select workflow_id from nudges where workflow_id like '%/zero%' order by id`)).rows
  // A person's request brought an answer with headers; others have used the day up.
  await budget.learn({ ...noUsage, dailyUsed: 1_000, dailyLimit: 1_000 })
  expect(await nudged()).toEqual([])
  expect(await budget.take('sync')).toHaveProperty('refusedUntil')
  await budget.learn({ ...noUsage, dailyUsed: 300, dailyLimit: 1_000 })
  expect(await nudged()).toEqual([{ workflow_id: 'sender/zero' }, { workflow_id: 'stream/zero/deals' }])
  expect(await budget.take('sync')).toHaveProperty('waitMs')
  // Said once.
  await budget.learn({ ...noUsage, dailyUsed: 301, dailyLimit: 1_000 })
  expect(await nudged()).toHaveLength(2)
})

it('does not count back for an answer that was overtaken by others', async () => {
  const budget = databaseBudget(database.db, 'overtaken', { window: null, daily: 10_000 })
  await budget.take('sync')
  await budget.learn({ ...noUsage, dailyUsed: 500 })
  await budget.learn({ ...noUsage, dailyUsed: 470 })
  const used = async () =>
    (await database.db.execute(sql`select used_today as used from budgets where connection = 'overtaken'`)).rows[0]
  expect(await used()).toEqual({ used: 500 })
  await budget.learn({ ...noUsage, dailyUsed: 40 })
  expect(await used()).toEqual({ used: 40 })
})

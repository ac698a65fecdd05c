import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/database.ts'
import type { VendorLimits } from '../../connectors/contract.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { databaseBudget } from '../write/budget.ts'
import { budgetReports } from './budget.ts'

let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase()
  database = openDatabase(test.url, 3)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

const report = async (connection: string, limits: VendorLimits) => {
  const [found] = await budgetReports(database.db, new Map([[connection, limits]]))
  if (found === undefined) throw new Error('no report')
  return found
}

it('shows a connection that has asked nothing yet, and a vendor without limits', async () => {
  expect(await report('quiet', { window: { requests: 190, windowMs: 10_000 }, daily: 1_000 })).toEqual({
    connection: 'quiet',
    window: { requests: 190, windowMs: 10_000, used: 0, waitMs: { user: 0, sync: 0, backfill: 0 } },
    day: { limit: 1_000, used: 0, stopsAt: 800, reserve: 200, isStopped: false, resumesAt: null },
    usedToday: 0,
    pausedUntil: null,
  })
  expect(await report('free', { window: null, daily: null })).toMatchObject({ window: null, day: null })
})

it('shows what is in use, who waits how long, and the vendor’s pause', async () => {
  const limits = { window: { requests: 10, windowMs: 10_000 }, daily: null }
  const budget = databaseBudget(database.db, 'busy', limits)
  for (let i = 0; i < 2; i += 1) await budget.take('user')
  const { window, usedToday } = await report('busy', limits)
  expect(usedToday).toBe(2)
  expect(window?.used).toBeGreaterThanOrEqual(1)
  const { user = 0, sync = 0, backfill = 0 } = window?.waitMs ?? {}
  expect(user).toBeLessThan(sync)
  expect(sync).toBeLessThan(backfill)
  // What is told is what the next one waits.
  const grant = await databaseBudget(database.db, 'busy', limits).take('user')
  expect('waitMs' in grant && grant.waitMs).toBeLessThanOrEqual(user)
  await budget.pause(30_000)
  const paused = await report('busy', limits)
  expect(paused.pausedUntil).not.toBeNull()
  expect(paused.window?.waitMs.user).toBeGreaterThan(29_000)
})

it('says that the road has stopped for the day, what is left for people, and when it goes on', async () => {
  const limits = { window: null, daily: 10 }
  const budget = databaseBudget(database.db, 'spent', limits)
  for (let i = 0; i < 8; i += 1) await budget.take('sync')
  const { day } = await report('spent', limits)
  expect(day).toMatchObject({ limit: 10, used: 8, stopsAt: 8, reserve: 2, isStopped: true })
  expect(day?.resumesAt).toMatch(/T00:00:00\.000Z$/)
  expect(Date.parse(day?.resumesAt ?? '')).toBeGreaterThan(Date.now())
  await database.db.execute(sql`update budgets set day = '2000-01-01' where connection = 'spent'`)
  expect((await report('spent', limits)).day).toMatchObject({ used: 0, isStopped: false, resumesAt: null })
})

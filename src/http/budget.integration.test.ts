/** `GET /api/v1/budget`: what may still be asked of each vendor, in its window, today, and when again. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { databaseBudget } from '../write/budget.ts'
import { openRig, type Rig } from './rig.test-support.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig.close())

const limits = { window: { requests: 9, windowMs: 1_000 }, daily: 500 }
const shown = async () => {
  const { status, json } = await rig.call('manager', 'GET', '/api/v1/budget')
  expect(status).toBe(200)
  return json.items
}

it('shows each connection, also one that asked nothing and one without limits', async () => {
  expect(await shown()).toEqual([
    { connection: 'portal', window: null, day: null, usedToday: 0, pausedUntil: null },
    {
      connection: 'sales',
      window: { requests: 9, windowMs: 1_000, used: 0, waitMs: { user: 0, sync: 0, backfill: 0 } },
      day: { limit: 500, used: 0, stopsAt: 400, reserve: 100, isStopped: false, resumesAt: null },
      usedToday: 0,
      pausedUntil: null,
    },
  ])
})

it('shows what was asked, that the day is spent and when it goes on, and the vendor’s pause', async () => {
  const budget = databaseBudget(rig.db, 'sales', limits)
  await budget.take('user')
  await budget.pause(60_000)
  await rig.db.execute(sql`update budgets set used_today = 400 where connection = 'sales'`)
  const [, sales] = await shown()
  const now = Date.now()
  expect(sales).toMatchObject({
    usedToday: 400,
    day: { limit: 500, used: 400, stopsAt: 400, reserve: 100, isStopped: true, resumesAt: midnightAfter(now) },
  })
  const pausedFor = Date.parse(String(sales?.['pausedUntil'])) - now
  expect(pausedFor).toBeGreaterThan(30_000)
  expect(pausedFor).toBeLessThanOrEqual(60_000)
})

it('is for the people of the programme alone', async () => {
  expect((await rig.call('a', 'GET', '/api/v1/budget')).status).toBe(403)
  expect((await rig.call(null, 'GET', '/api/v1/budget')).status).toBe(401)
})

/** The count of a day begins anew at midnight in UTC. */
function midnightAfter(ms: number): string {
  const day = 86_400_000
  return new Date((Math.floor(ms / day) + 1) * day).toISOString()
}

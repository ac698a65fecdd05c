/**
 * A connection's request allowance, shared by all processes: the generic cell-rate algorithm in one SQL statement on database time.
 *
 * `tat` is the theoretical arrival time in seconds since 1970. A request moves it on by one interval; a request whose turn lies
 * further ahead than its burst has to wait. Steady rate and burst together stay within what the vendor allows in any window:
 * 92 % of it flows steadily, 8 % may come at once, and part of that is kept for people. The day's count stops all but people's
 * requests at 80 % of the daily allowance, for other programs share it.
 */
import { sql } from 'drizzle-orm'
import type { Budget } from '../../connectors/budget.ts'
import type { Ctx, Usage, VendorLimits } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'

/** Share of the window that may come at once, by priority. */
const BURST: Record<Ctx['priority'], number> = { user: 0.08, sync: 0.06, backfill: 0.03 }
const STEADY = 0.92
const DAILY_SHARE = 0.8

export function databaseBudget(db: Db, connection: string, limits: VendorLimits): Budget {
  const window = limits.window ?? { requests: 1_000, windowMs: 1_000 }
  const interval = window.windowMs / 1_000 / (window.requests * STEADY)
  const bucket = 'short'

  return {
    async take(priority) {
      const burst = (window.windowMs / 1_000) * BURST[priority]
      const { rows } = await db.execute<{ wait: number; used: number; daily: number | null; resumes: string }>(sql`
        insert into budgets as b (connection, bucket, tat, day, used_today, daily_limit)
        values (${connection}, ${bucket}, extract(epoch from clock_timestamp()) + ${interval}::float8, to_char(now() at time zone 'UTC', 'YYYY-MM-DD'), 1, ${limits.daily}::int)
        on conflict (connection, bucket) do update set
          tat = greatest(b.tat, extract(epoch from clock_timestamp())) + ${interval}::float8,
          used_today = case when b.day = excluded.day then b.used_today + 1 else 1 end,
          day = excluded.day
        returning
          greatest(0, b.tat - ${burst}::float8 - extract(epoch from clock_timestamp()),
                   coalesce(extract(epoch from b.paused_until - clock_timestamp()), 0))::float8 as wait,
          b.used_today as used, b.daily_limit as daily,
          (date_trunc('day', now() at time zone 'UTC') + interval '1 day') at time zone 'UTC' as resumes`)
      const [row] = rows
      if (row === undefined) return { waitMs: 0 }
      if (row.daily !== null && priority !== 'user' && row.used > row.daily * DAILY_SHARE)
        return { refusedUntil: new Date(row.resumes).toISOString() }
      return { waitMs: Math.ceil(row.wait * 1_000) }
    },

    async pause(ms) {
      await db.execute(sql`
        insert into budgets as b (connection, bucket, paused_until) values (${connection}, ${bucket}, clock_timestamp() + make_interval(secs => ${ms / 1_000}::float8))
        on conflict (connection, bucket) do update set paused_until = greatest(b.paused_until, excluded.paused_until)`)
    },

    async learn(usage: Usage) {
      if (usage.dailyUsed === null && usage.dailyLimit === null) return
      await db.execute(sql`
        update budgets set daily_limit = coalesce(${usage.dailyLimit}::int, daily_limit), used_today = greatest(used_today, coalesce(${usage.dailyUsed}::int, 0))
        where connection = ${connection} and bucket = ${bucket}`)
    },
  }
}

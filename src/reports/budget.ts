/** What may still be asked of each vendor: now, today, and when again. */
import { sql } from 'drizzle-orm'
import type { VendorLimits } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { burstS, DAILY_SHARE, turnS } from '../domain/allowance.ts'
import { iso } from './windows.ts'

export interface BudgetReport {
  connection: string
  /** The vendor's limit of requests in a short time; null: it has none. */
  window: {
    requests: number
    windowMs: number
    /** Requests whose turn is still to come although they were granted: the window's part that is in use. */
    used: number
    /** How long the next request would wait, by how urgent it is. */
    waitMs: { user: number; sync: number; backfill: number }
  } | null
  /** The vendor's daily allowance; null: it has none. */
  day: {
    limit: number
    used: number
    /** From here on only people's requests go out. */
    stopsAt: number
    /** What is then left for people and other programs. */
    reserve: number
    isStopped: boolean
    /** When the count begins anew; a vendor's answer may end the stop before. */
    resumesAt: string | null
  } | null
  usedToday: number
  /** The vendor asked for silence until then. */
  pausedUntil: string | null
}

interface Row extends Record<string, unknown> {
  connection: string
  /** Seconds until the turn of the next request, and until the end of a pause. */
  ahead: number
  paused: number
  pausedUntil: string | null
  used: number
  limit: number | null
  midnight: string
}

export async function budgetReports(db: Db, limits: ReadonlyMap<string, VendorLimits>): Promise<BudgetReport[]> {
  const { rows } = await db.execute<Row>(sql`
    select n.connection as "connection", greatest(0, b.tat - extract(epoch from now()))::float8 as "ahead",
      greatest(0, extract(epoch from b.paused_until - now()))::float8 as "paused",
      case when b.paused_until > now() then ${iso('b.paused_until')} end as "pausedUntil",
      case when b.day = to_char(now() at time zone 'UTC', 'YYYY-MM-DD') then b.used_today else 0 end as "used", b.daily_limit as "limit",
      to_char(date_trunc('day', now() at time zone 'UTC') + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as "midnight"
    from jsonb_array_elements_text(${JSON.stringify([...limits.keys()])}::jsonb) with ordinality as n(connection, place)
    left join budgets b on b.connection = n.connection and b.bucket = 'short' order by n.place`)
  return rows.map((row) => reportOf(row, limits.get(row.connection) ?? { window: null, daily: null }))
}

function reportOf(row: Row, { window, daily }: VendorLimits): BudgetReport {
  const { connection, used, pausedUntil } = row
  const limit = row.limit ?? daily
  const isStopped = limit !== null && used >= limit * DAILY_SHARE
  const stopsAt = limit === null ? 0 : Math.ceil(limit * DAILY_SHARE)
  return {
    connection,
    usedToday: used,
    pausedUntil,
    window: window === null ? null : { ...window, ...windowOf(row, window) },
    day:
      limit === null
        ? null
        : { limit, used, stopsAt, reserve: limit - stopsAt, isStopped, resumesAt: isStopped ? row.midnight : null },
  }
}

function windowOf({ ahead, paused }: Row, window: NonNullable<VendorLimits['window']>) {
  const turn = turnS(window)
  const wait = (priority: 'user' | 'sync' | 'backfill') =>
    Math.ceil(Math.max(0, paused, ahead - burstS(window, priority) + (ahead > 0 ? turn : 0)) * 1_000)
  return {
    used: Math.min(window.requests, Math.ceil(ahead / turn)),
    waitMs: { user: wait('user'), sync: wait('sync'), backfill: wait('backfill') },
  }
}

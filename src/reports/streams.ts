/** How far each stream is read, how often, and what there is to know about it. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { isSkewed } from '../domain/clock.ts'
import type { ErrorCode } from '../errors.ts'
import { iso } from './windows.ts'

export interface StreamState {
  connection: string
  object: string
  lastReadAt: string | null
  /** Nothing that changed up to here is missing, by the database's clock. */
  coveredThrough: string | null
  failingSince: string | null
  /** Why it fails. */
  code: ErrorCode | null
  nextAt: string
  pausedAt: string | null
  pausedBy: string | null
  /** Between polls at present, and why; null before the first. */
  intervalMs: number | null
  intervalWhy: string | null
  /** The last hint of a webhook or change stream. */
  hintedAt: string | null
  silentSince: string | null
  /** How far the vendor's clock is ahead of the database's. */
  skewMs: number | null
  /** What a person should know although nothing fails. */
  notes: ErrorCode[]
}

/** @param names the connections of the configuration; others that have rows left are not asked about */
export async function streamStates(db: Db, names: string[]): Promise<StreamState[]> {
  if (names.length === 0) return []
  const { rows } = await db.execute<Omit<StreamState, 'notes'> & Record<string, unknown>>(sql`
    select connection as "connection", object as "object", ${iso('read_at')} as "lastReadAt", ${iso('covered_through')} as "coveredThrough",
      ${iso('failing_since')} as "failingSince", code as "code", ${iso('next_at')} as "nextAt", ${iso('paused_at')} as "pausedAt",
      paused_by as "pausedBy", interval_ms as "intervalMs", interval_why as "intervalWhy", ${iso('hinted_at')} as "hintedAt",
      ${iso('silent_since')} as "silentSince", skew_ms as "skewMs"
    from streams where connection in ${names} order by connection, object`)
  return rows.map((row) => ({ ...row, notes: notesOf(row) }))
}

/** How far a vendor's clock is ahead of the database's, by the stream that was read last; null: not known. */
export async function skewOf(db: Db, connection: string): Promise<number | null> {
  const { rows } = await db.execute<{ ms: number }>(sql`
    select skew_ms as ms from streams where connection = ${connection} and skew_ms is not null
    order by read_at desc nulls last, object limit 1`)
  return rows[0]?.ms ?? null
}

function notesOf({ pausedAt, silentSince, skewMs }: Omit<StreamState, 'notes'>): ErrorCode[] {
  return [
    ...(pausedAt === null ? [] : (['CW_STREAM_PAUSED'] as const)),
    ...(silentSince === null ? [] : (['CW_FEED_SILENT'] as const)),
    ...(isSkewed(skewMs) ? (['CW_CLOCK_SKEW'] as const) : []),
  ]
}

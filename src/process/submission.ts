/** When a claim was submitted, by the database's clock: portals stamp it by their own, and those differ. */
import { sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { registrations } from '../db/schema/index.ts'
import { allowedSkew } from '../domain/clock.ts'
import { plus, type Instant } from '../domain/time.ts'

/**
 * How far the clock of the claim's portal was ahead when the claim was heard of, or is now if it was just heard of. For queries
 * that read `registrations` by this name.
 */
export const clockAhead = sql<number>`coalesce(registrations.clock_ahead_ms, (select s.skew_ms from streams s
  where s.connection = registrations.portal and s.skew_ms is not null order by s.read_at desc nulls last, s.object limit 1), 0)`

/** To be kept with the claim, so that a clock that is set later does not change who was first. */
export async function clockAheadOf(tx: Tx, id: string): Promise<number> {
  const { rows } = await tx.execute<{ ms: number }>(
    sql`select ${clockAhead} as ms from ${registrations} where id = ${id}`,
  )
  return rows[0]?.ms ?? 0
}

export function submissionOf(
  row: { submittedAt: Instant | null; createdAt: Instant },
  clockAheadMs: number | null,
): Instant {
  return row.submittedAt === null ? row.createdAt : plus(row.submittedAt, -allowedSkew(clockAheadMs))
}

/** Wakes the claims in screening that nothing hinders any more. */
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { registrations } from '../db/schema/index.ts'
import { behind } from './facts.ts'
import type { Programme } from './programme.ts'

/**
 * Called when a stream was read. Streams advance together, so the check is made for the claims in the order of their instants
 * and ends at the first that is not covered.
 */
export async function wakeCovered(db: Db, programme: Programme): Promise<number> {
  return db.transaction(async (tx) => {
    const waiting = await tx
      .select()
      .from(registrations)
      .where(eq(registrations.state, 'screening'))
      .orderBy(sql`least(${registrations.submittedAt}, ${registrations.createdAt})`)
    const [latest] = waiting.slice(-1)
    if (latest === undefined) return 0
    // Usually all are covered at once; only if not is each asked for itself.
    const all = (await behind(tx, programme, latest)).length === 0
    const covered = []
    for (const row of waiting) {
      if (!all && (await behind(tx, programme, row)).length > 0) break
      covered.push(row.id)
    }
    await nudge(tx, covered.map(workflowId.registration))
    return covered.length
  })
}

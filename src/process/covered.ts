/** Wakes the claims in screening that nothing hinders any more. */
import { and, eq, inArray, not, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { isObservedHere } from '../db/connections.ts'
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
      .where(and(eq(registrations.state, 'screening'), not(isObservedHere(registrations.portal))))
      .orderBy(
        sql`least(${registrations.submittedAt} - make_interval(secs => coalesce(${registrations.clockAheadMs}, 0) / 1000.0), ${registrations.createdAt})`,
      )
    const [latest] = waiting.slice(-1)
    if (latest === undefined) return 0
    // Usually all are covered at once; only if not is each asked for itself.
    const all = (await behind(tx, programme, latest)).length === 0
    const covered = []
    for (const row of waiting) {
      if (!all && (await behind(tx, programme, row)).length > 0) break
      covered.push(row.id)
    }
    const asleep = await wakeOnce(tx, covered)
    await nudge(tx, asleep.map(workflowId.registration))
    return asleep.length
  })
}

/**
 * Of these claims, those that still sleep until the end of their wait; they count as due from now on, so that the next stream
 * does not wake them again before they have looked. A wake that is lost is found by that instant as any other.
 */
async function wakeOnce(tx: Tx, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const asleep = and(inArray(registrations.id, ids), eq(registrations.wakeAt, registrations.screenBy))
  // In the order of their ids, as everyone who locks several.
  await tx.select({ id: registrations.id }).from(registrations).where(asleep).orderBy(registrations.id).for('update')
  const woken = await tx
    .update(registrations)
    .set({ wakeAt: sql`now()` })
    .where(asleep)
    .returning({ id: registrations.id })
  return woken.map(({ id }) => id)
}

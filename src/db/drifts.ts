/** What became of the differences that a reconciliation found. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { DriftKind } from '../domain/drift.ts'
import type { Db, Tx } from './connection.ts'
import type { Run } from './runs.ts'
import { changes, drifts, links, runs, writes } from './schema/index.ts'

/**
 * Marks what has been repaired by now: what was read anew is applied, what was behind is written. Asked for every object that has
 * unrepaired drifts, whenever its stream was read.
 */
export async function noteRepairs(db: Db, connection: string, object: string): Promise<void> {
  await db.execute(sql`
    update ${drifts} d set repaired_at = now()
    where d.connection = ${connection} and d.object = ${object} and d.confirmed_at is not null and d.repaired_at is null
      and case when d.kind = 'behind'
        then exists (select from ${links} l join ${writes} w on w.link_id = l.id
          where l.connection = d.connection and l.object = d.object and l.record_id = d.record_id
            and w.status = 'done' and w.updated_at >= d.confirmed_at)
        else exists (select from ${changes} c where c.connection = d.connection and c.object = d.object
          and c.external_id = d.external_id and c.status in ('applied', 'no-op') and c.settled_at >= d.confirmed_at)
      end`)
}

/** Ends a run: what was only suspected is forgotten, and what it found is counted by kind. */
export async function endReconciliation(tx: Tx, run: Pick<Run, 'id'>, state: 'done' | 'cancelled'): Promise<boolean> {
  const ended = await tx
    .update(runs)
    .set({ state, code: null, cursor: null, endedAt: sql`now()`, movedAt: sql`now()` })
    .where(and(eq(runs.id, run.id), sql`${runs.state} in ('running', 'paused')`))
    .returning({ id: runs.id })
  if (ended.length === 0) return false
  await tx.delete(drifts).where(and(eq(drifts.runId, run.id), isNull(drifts.confirmedAt)))
  const found = await tx
    .select({ kind: drifts.kind, n: sql<number>`count(*)::int` })
    .from(drifts)
    .where(eq(drifts.runId, run.id))
    .groupBy(drifts.kind)
  const counts: Record<DriftKind, number> = { field: 0, 'unknown-here': 0, 'gone-there': 0, behind: 0 }
  for (const { kind, n } of found) counts[kind] = n
  await tx.update(runs).set({ counts }).where(eq(runs.id, run.id))
  return true
}

/** Deletes and merges that were heard of before the record was referred to, or after another one had taken its place. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { changes } from '../db/schema/index.ts'

/** The condition that a change is a delete or a merge: it is about more than its own record. */
export const isEnd = sql<boolean>`((${changes.body} ->> 'deleted')::boolean or ${changes.body} ->> 'mergedInto' is not null)`

/**
 * Deletes and merges of records that stand for nothing of ours. Locked, so that a page which judges them at this moment either knows the
 * stubs that are made now, or has ended.
 */
export async function endsHeardOf(
  tx: Tx,
  connection: string,
  object: string,
  externalIds: string[],
): Promise<number[]> {
  if (externalIds.length === 0) return []
  const ends = await tx
    .select({ id: changes.id })
    .from(changes)
    .where(
      and(
        eq(changes.connection, connection),
        eq(changes.object, object),
        anyOf(changes.externalId, externalIds),
        isEnd,
      ),
    )
    .orderBy(changes.id)
    .for('update')
  return ends.map(({ id }) => id)
}

/** What ended before it is referred to is gone, and must not live on as a stub: the end is judged again, now that it is known of what. */
export async function hearAgain(tx: Tx, connection: string, object: string, ends: number[]): Promise<void> {
  if (ends.length === 0) return
  const heard = await tx
    .update(changes)
    .set({ status: 'pending', detail: null, settledAt: null })
    .where(and(anyOf(changes.id, ends), inArray(changes.status, ['no-op', 'applied'])))
    .returning({ id: changes.id })
  if (heard.length > 0) await nudge(tx, [workflowId.stream(connection, object)])
}

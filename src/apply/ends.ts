/** Deletes and merges of records that were heard of before anything was known of the record. */
import { and, eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { changes } from '../db/schema/index.ts'

/** Why such a change did nothing. */
export const NEVER_KNOWN = 'never known'

/**
 * Deletes and merges of records that nobody had referred to when they were heard of, or that are judged at this moment: locked, so
 * that the page which judges them either knows the stubs that are made now, or has ended.
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
        sql`((${changes.body} ->> 'deleted')::boolean or ${changes.body} ->> 'mergedInto' is not null)`,
      ),
    )
    .orderBy(changes.id)
    .for('update')
  return ends.map(({ id }) => id)
}

/** What ended before it was referred to is gone, and must not live on as a stub. */
export async function hearAgain(tx: Tx, connection: string, object: string, ends: number[]): Promise<void> {
  if (ends.length === 0) return
  const heard = await tx
    .update(changes)
    .set({ status: 'pending', detail: null, settledAt: null })
    .where(and(anyOf(changes.id, ends), eq(changes.status, 'no-op'), sql`${changes.detail} ->> 'why' = ${NEVER_KNOWN}`))
    .returning({ id: changes.id })
  if (heard.length > 0) await nudge(tx, [workflowId.stream(connection, object)])
}

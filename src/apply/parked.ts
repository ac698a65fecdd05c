/** What a person does with parked changes: try again, read anew, or skip with a reason that is kept beside the change. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { changes, hints } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'

/** One parked change, or a group: all of a code, or those of them of one connection and object. */
export type WhichChanges =
  { id: number } | { code: ErrorCode; connection?: string | undefined; object?: string | undefined }

/**
 * Makes parked changes pending again and wakes their streams. Answers how many.
 *
 * @param by who lets deletions pass that the brake holds
 */
export async function retryChanges(db: Db | Tx, which: WhichChanges, by: string): Promise<number> {
  return db.transaction(async (tx) => {
    const again = await tx
      .update(changes)
      .set({
        status: 'pending',
        code: null,
        settledAt: null,
        retryAt: null,
        confirmedBy: sql`case when ${changes.code} = 'CW_DELETE_BRAKE' then ${by} else ${changes.confirmedBy} end`,
      })
      .where(parked(which))
      .returning({ connection: changes.connection, object: changes.object })
    await nudge(
      tx,
      again.map(({ connection, object }) => workflowId.stream(connection, object)),
    )
    return again.length
  })
}

/**
 * Has the records of parked changes read anew by their ids, with the fields that the present mapping needs; what is read takes the
 * place of what is parked. Answers how many records.
 */
export async function rereadChanges(db: Db | Tx, which: WhichChanges): Promise<number> {
  return db.transaction(async (tx) => {
    const asked = await tx
      .selectDistinct({ connection: changes.connection, object: changes.object, externalId: changes.externalId })
      .from(changes)
      .where(parked(which))
    if (asked.length > 0) await tx.insert(hints).values(asked.map((record) => ({ ...record, body: '' })))
    await nudge(
      tx,
      asked.map(({ connection, object }) => workflowId.stream(connection, object)),
    )
    return asked.length
  })
}

/** Ends parked changes as no-ops. Answers how many: 0 when none was parked. */
export async function skipChanges(
  db: Db | Tx,
  which: WhichChanges,
  skipped: { reason: string; by: string },
): Promise<number> {
  const ended = await db
    .update(changes)
    .set({
      status: 'no-op',
      code: 'CW_SKIPPED',
      settledAt: sql`now()`,
      retryAt: null,
      detail: sql`coalesce(${changes.detail}, '{}') || jsonb_build_object('skipped', jsonb_build_object(
        'reason', ${skipped.reason}::text, 'by', ${skipped.by}::text, 'code', ${changes.code}))`,
    })
    .where(parked(which))
    .returning({ id: changes.id })
  return ended.length
}

function parked(which: WhichChanges) {
  if ('id' in which) return and(eq(changes.status, 'parked'), eq(changes.id, which.id))
  return and(
    eq(changes.status, 'parked'),
    eq(changes.code, which.code),
    which.connection === undefined ? undefined : eq(changes.connection, which.connection),
    which.object === undefined ? undefined : eq(changes.object, which.object),
  )
}

/** What a person does with parked changes: try again, or skip with a reason that is kept beside the change. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { changes } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'

/** One parked change, or all of a code. */
export type WhichChanges = { id: number } | { code: ErrorCode; connection?: string | undefined }

/** Makes parked changes pending again and wakes their streams. Answers how many. */
export async function retryChanges(db: Db, which: WhichChanges): Promise<number> {
  return db.transaction(async (tx) => {
    const again = await tx
      .update(changes)
      .set({ status: 'pending', code: null, settledAt: null })
      .where(parked(which))
      .returning({ connection: changes.connection, object: changes.object })
    await nudge(
      tx,
      again.map(({ connection, object }) => workflowId.stream(connection, object)),
    )
    return again.length
  })
}

/** Ends a parked change as a no-op. Answers how many: 0 when it was not parked. */
export async function skipChange(db: Db, id: number, skipped: { reason: string; by: string }): Promise<number> {
  const ended = await db
    .update(changes)
    .set({
      status: 'no-op',
      code: 'CW_SKIPPED',
      settledAt: sql`now()`,
      detail: sql`coalesce(${changes.detail}, '{}') || jsonb_build_object('skipped', jsonb_build_object(
        'reason', ${skipped.reason}::text, 'by', ${skipped.by}::text, 'code', ${changes.code}))`,
    })
    .where(parked({ id }))
    .returning({ id: changes.id })
  return ended.length
}

function parked(which: WhichChanges) {
  if ('id' in which) return and(eq(changes.status, 'parked'), eq(changes.id, which.id))
  return and(
    eq(changes.status, 'parked'),
    eq(changes.code, which.code),
    which.connection === undefined ? undefined : eq(changes.connection, which.connection),
  )
}

/** What a person does with parked writes: send again, or skip with a reason. A later wish for the same record is planned as ever. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { writes } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'

/** One parked write by its link, or a group: all of a code, or those of them of one connection and object. */
export type WhichWrites =
  { linkId: string } | { code: ErrorCode; connection?: string | undefined; object?: string | undefined }

/**
 * Plans parked writes again and wakes their senders. Answers how many. A write whose outcome is unclear and cannot be read is sent
 * again on a person's word, who has looked at the vendor's record.
 */
export async function retryWrites(db: Db | Tx, which: WhichWrites): Promise<number> {
  return db.transaction(async (tx) => {
    const again = await tx
      .update(writes)
      .set({
        status: 'planned',
        notBefore: sql`now()`,
        failures: 0,
        split: 0,
        code: null,
        detail: null,
        retryAt: null,
        updatedAt: sql`now()`,
      })
      .where(parked(which))
      .returning({ connection: writes.connection })
    await nudge(
      tx,
      again.map(({ connection }) => workflowId.sender(connection)),
    )
    return again.length
  })
}

/** Ends parked writes as done. Answers how many: 0 when none was parked. */
export async function skipWrites(
  db: Db | Tx,
  which: WhichWrites,
  skipped: { reason: string; by: string },
): Promise<number> {
  const ended = await db
    .update(writes)
    .set({
      status: 'done',
      runId: null,
      restore: null,
      code: 'CW_SKIPPED',
      retryAt: null,
      updatedAt: sql`now()`,
      detail: sql`coalesce(${writes.detail}, '{}') || jsonb_build_object('skipped', jsonb_build_object(
        'reason', ${skipped.reason}::text, 'by', ${skipped.by}::text, 'code', ${writes.code}))`,
    })
    .where(parked(which))
    .returning({ linkId: writes.linkId })
  return ended.length
}

function parked(which: WhichWrites) {
  if ('linkId' in which) return and(eq(writes.status, 'parked'), eq(writes.linkId, which.linkId))
  return and(
    eq(writes.status, 'parked'),
    eq(writes.code, which.code),
    which.connection === undefined ? undefined : eq(writes.connection, which.connection),
    which.object === undefined ? undefined : eq(writes.object, which.object),
  )
}

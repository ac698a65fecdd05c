/** Webhooks: stored before they are answered, read by the stream they belong to. A hint never carries data. */
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Hint } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { hints } from '../db/schema/index.ts'

/** Keeps a webhook with what it points at and wakes its streams, in one transaction. */
export async function receiveHints(db: Db, connection: string, body: string, pointed: Hint[]): Promise<void> {
  if (pointed.length === 0) return
  await db.transaction(async (tx) => {
    await tx.insert(hints).values(pointed.map(({ object, id }) => ({ connection, object, externalId: id, body })))
    await nudge(tx, new Set(pointed.map(({ object }) => workflowId.stream(connection, object))))
  })
}

export interface UnreadHints {
  /** The hints themselves, to be marked once read. */
  ids: number[]
  /** The vendor records that they point at, each once. */
  externalIds: string[]
}

export async function unreadHints(db: Db, connection: string, object: string, limit = 200): Promise<UnreadHints> {
  const rows = await db
    .select({ id: hints.id, externalId: hints.externalId })
    .from(hints)
    .where(and(eq(hints.connection, connection), eq(hints.object, object), isNull(hints.readAt)))
    .orderBy(asc(hints.id))
    .limit(limit)
  return { ids: rows.map((row) => row.id), externalIds: [...new Set(rows.map((row) => row.externalId))] }
}

export async function markRead(db: Db, ids: number[]): Promise<void> {
  if (ids.length > 0)
    await db
      .update(hints)
      .set({ readAt: sql`now()` })
      .where(inArray(hints.id, ids))
}

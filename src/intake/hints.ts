/** Webhooks: stored before they are answered, read by the stream they belong to. A hint never carries data. */
import { sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Hint } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { hints } from '../db/schema/index.ts'
import { plain } from './store.ts'

/**
 * Keeps a webhook, or what a change stream told, with what it points at and wakes its streams, in one transaction.
 *
 * @param body what came, never empty: hints of our own have none
 */
export async function receiveHints(db: Db, connection: string, body: string, pointed: Hint[]): Promise<void> {
  if (pointed.length === 0) return
  await db.transaction(async (tx) => {
    await tx
      .insert(hints)
      .values(pointed.map(({ object, id }) => ({ connection, object, externalId: plain(id), body: plain(body) })))
    await nudge(tx, new Set(pointed.map(({ object }) => workflowId.stream(connection, object))))
  })
}

export interface UnreadHint {
  externalId: string
  /** The hints themselves, to be marked once read. */
  ids: number[]
  /** Milliseconds since the first of them came. */
  ageMs: number
  /** A vendor told it; else we asked ourselves to read the record by its id. */
  isTold: boolean
  /** We asked for a reading by id: what a list shows of the record does not answer it. */
  isAsked: boolean
}

/** Each vendor record that unread hints point at, once, the longest waiting first. */
export async function unreadHints(db: Db, connection: string, object: string, limit: number): Promise<UnreadHint[]> {
  const { rows } = await db.execute<{
    external_id: string
    ids: string[]
    age_ms: string
    told: boolean
    asked: boolean
  }>(sql`
    select external_id, array_agg(id::text) as ids, bool_or(body <> '') as told, bool_or(body = '') as asked,
      (extract(epoch from now() - min(received_at)) * 1000)::float8::text as age_ms
    from ${hints} where connection = ${connection} and object = ${object} and read_at is null
    group by external_id order by min(id) limit ${limit}`)
  return rows.map((row) => ({
    externalId: row.external_id,
    ids: row.ids.map(Number),
    ageMs: Number(row.age_ms),
    isTold: row.told,
    isAsked: row.asked,
  }))
}

export async function markRead(db: Db, read: UnreadHint[]): Promise<void> {
  const ids = read.flatMap((hint) => hint.ids)
  if (ids.length > 0)
    await db
      .update(hints)
      .set({ readAt: sql`now()` })
      .where(anyOf(hints.id, ids))
}

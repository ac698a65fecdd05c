/** What a person may tell a stream: rest, go on, read now. The row says so; the stream's process looks at it. */
import { sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { streams } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import { at, type Stream } from './store.ts'

export interface Controller {
  /** As the audit names who did it: `key:<id>`. */
  actor: string
  /** As people know them. */
  label: string
}

/** From the page on that is under way nothing more is read, back-fills included; hints are kept. Repeating it changes nothing. */
export function pauseStream(db: Db, connection: string, object: string, by: Controller): Promise<void> {
  return control(db, connection, object, async (tx, stream) => {
    if (stream.pausedAt !== null) return
    await tx
      .update(streams)
      .set({ pausedAt: sql`now()`, pausedBy: by.label })
      .where(at(connection, object))
    await recordAudit(tx, [{ what: 'stream.paused', actor: by.actor, connection, object }])
  })
}

/** What changed meanwhile is read at once. Repeating it changes nothing. */
export function resumeStream(db: Db, connection: string, object: string, by: Controller): Promise<void> {
  return control(db, connection, object, async (tx, stream) => {
    if (stream.pausedAt === null) return
    await tx
      .update(streams)
      .set({ pausedAt: null, pausedBy: null, nextAt: sql`now()` })
      .where(at(connection, object))
    await recordAudit(tx, [{ what: 'stream.resumed', actor: by.actor, connection, object }])
    await nudge(tx, [workflowId.stream(connection, object)])
  })
}

/** @throws CW_STREAM_PAUSED */
export function pokeStream(db: Db, connection: string, object: string, by: Controller): Promise<void> {
  return control(db, connection, object, async (tx, stream) => {
    if (stream.pausedAt !== null)
      throw new CausewayError(
        'CW_STREAM_PAUSED',
        `${connection} ${object} is paused by ${stream.pausedBy ?? 'someone'}`,
      )
    await recordAudit(tx, [{ what: 'stream.poked', actor: by.actor, connection, object }])
    await nudge(tx, [workflowId.stream(connection, object)])
  })
}

async function control(
  db: Db,
  connection: string,
  object: string,
  work: (tx: Tx, stream: Stream) => Promise<void>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(streams).values({ connection, object }).onConflictDoNothing()
    const [stream] = await tx.select().from(streams).where(at(connection, object)).for('update')
    if (stream !== undefined) await work(tx, stream)
  })
}

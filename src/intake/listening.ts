/** Which process listens to a connection's change stream: a lease by the database's clock, so that only one does at a time. */
import { and, eq, isNull, lt, lte, or, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { connections } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'

const inMs = (ms: number) => sql`now() + make_interval(secs => ${ms / 1_000}::float8)`

/** Takes the lease where nobody has it and it is time to try. */
export async function claimListening(db: Db, connection: string, process: string, leaseMs: number): Promise<boolean> {
  const claimed = await db
    .update(connections)
    .set({ listener: process, listenUntil: inMs(leaseMs) })
    .where(
      and(
        eq(connections.name, connection),
        or(isNull(connections.listenUntil), lt(connections.listenUntil, sql`now()`), eq(connections.listener, process)),
        or(isNull(connections.listenRetryAt), lte(connections.listenRetryAt, sql`now()`)),
      ),
    )
    .returning({ name: connections.name })
  return claimed.length > 0
}

/** Whether the lease is still this process's. One that holds so long is well: what hindered it before is over. */
export async function renewListening(db: Db, connection: string, process: string, leaseMs: number): Promise<boolean> {
  const renewed = await db
    .update(connections)
    .set({ listenUntil: inMs(leaseMs), listenCode: null, listenRetryAt: null })
    .where(and(eq(connections.name, connection), eq(connections.listener, process)))
    .returning({ name: connections.name })
  return renewed.length > 0
}

/**
 * Gives the lease back, so that another process need not wait for its end.
 *
 * @param why why it ended and when it may be tried again; null: this process stops
 */
export async function releaseListening(
  db: Db,
  connection: string,
  process: string,
  why: { code: ErrorCode; retryMs: number } | null,
): Promise<void> {
  await db
    .update(connections)
    .set({
      listener: null,
      listenUntil: null,
      ...(why === null ? {} : { listenCode: why.code, listenRetryAt: inMs(why.retryMs) }),
    })
    .where(and(eq(connections.name, connection), eq(connections.listener, process)))
}

/** Has the streams read now: what happened while nobody listened was told to nobody. */
export async function catchUp(db: Db, connection: string, objects: string[]): Promise<void> {
  await db.transaction((tx) =>
    nudge(
      tx,
      objects.map((object) => workflowId.stream(connection, object)),
    ),
  )
}

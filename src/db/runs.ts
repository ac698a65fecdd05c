/** Runs: pieces of work that go on over many transactions, whose progress and findings are counted and shown together. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { ErrorCode } from '../errors.ts'
import type { Db, Tx } from './connection.ts'
import { runs, type RunKind } from './schema/index.ts'

export type Run = typeof runs.$inferSelect

/**
 * Starts a run unless one of its kind is open for the object. Answers its id, or that of the open one.
 *
 * @param wish.actor `system`, or who asked for it
 */
export async function startRun(
  tx: Tx,
  wish: { kind: RunKind; connection: string; object: string; actor: string },
): Promise<{ id: string; isNew: boolean }> {
  const { kind, connection, object } = wish
  // Two who start at once: the second sees the first's.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`run ${kind} ${connection} ${object}`}, 0))`)
  const open = await openRun(tx, kind, connection, object)
  if (open !== null) return { id: open.id, isNew: false }
  const [made] = await tx.insert(runs).values(wish).returning({ id: runs.id })
  if (made === undefined) throw new Error('a run was not made')
  return { id: made.id, isNew: true }
}

/** The run of this kind that is under way or paused, or null. */
export async function openRun(tx: Tx | Db, kind: RunKind, connection: string, object: string): Promise<Run | null> {
  const [open] = await tx
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.kind, kind),
        eq(runs.connection, connection),
        eq(runs.object, object),
        inArray(runs.state, ['running', 'paused']),
      ),
    )
    .limit(1)
  return open ?? null
}

/** Another worker moved the run on, or a person ended it: what this one found is not to be kept. */
export class RunMoved extends Error {
  override readonly name = 'RunMoved'
}

/**
 * Moves a run from its place to the next, in the transaction that keeps what was found in between. Answers it as it is then.
 *
 * @param next.rate records a second of late
 * @param next.counts added to what was counted so far
 * @throws RunMoved when it is no longer at this place
 */
export async function moveRun(
  tx: Tx,
  run: Pick<Run, 'id' | 'cursor'>,
  next: { cursor: string; done?: number; total?: number | null; rate?: number; counts?: Record<string, number> },
): Promise<Run> {
  const counts = Object.entries(next.counts ?? {}).reduce(
    (sum, [name, more]) =>
      sql`jsonb_set(${sum}, array[${name}::text], to_jsonb(coalesce((${runs.counts} ->> ${name}::text)::int, 0) + ${more}::int))`,
    sql`${runs.counts}`,
  )
  const [moved] = await tx
    .update(runs)
    .set({
      cursor: next.cursor,
      done: sql`${runs.done} + ${next.done ?? 0}`,
      counts,
      ...(next.total === undefined || next.total === null ? {} : { total: next.total }),
      ...(next.rate === undefined ? {} : { rate: next.rate }),
      code: null,
      movedAt: sql`now()`,
    })
    .where(
      and(eq(runs.id, run.id), eq(runs.state, 'running'), sql`${runs.cursor} is not distinct from ${run.cursor}::text`),
    )
    .returning()
  if (moved === undefined) throw new RunMoved(`run ${run.id} moved on`)
  return moved
}

/** Notes why a run does not move at present; one that has not moved for `patienceMs` has failed. */
export async function noteFault(db: Db, id: string, code: ErrorCode, patienceMs: number): Promise<void> {
  const isOver = sql`${runs.movedAt} < now() - make_interval(secs => ${patienceMs / 1000})`
  await db
    .update(runs)
    .set({
      code,
      state: sql`case when ${isOver} then 'failed' else ${runs.state} end`,
      endedAt: sql`case when ${isOver} then now() end`,
    })
    .where(and(eq(runs.id, id), eq(runs.state, 'running')))
}

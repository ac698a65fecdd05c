/** Starting, pausing, resuming and cancelling back-fills. The run's row says so; the stream's process reads it. */
import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { startRun, type Run } from '../db/runs.ts'
import { links, runs } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import { cursorOf, placeOf, type Place } from './back-fill-place.ts'
import type { Controller } from './control.ts'

export interface BackFillWish {
  connection: string
  object: string
  /** Whether the vendor lists everything; else what changed is read from the beginning. */
  lists: boolean
  /** Only what changed since; null: everything. */
  from: string | null
}

/**
 * Starts a back-fill for each object, or answers the one that is open for it. The live streams go on and have the first right to
 * the budget.
 */
export async function startBackFills(
  db: Db,
  wishes: BackFillWish[],
  by: Controller,
): Promise<{ id: string; connection: string; object: string; isNew: boolean }[]> {
  return db.transaction((tx) => startBackFillsWithin(tx, wishes, by))
}

/** The same within a transaction. */
export async function startBackFillsWithin(
  tx: Tx,
  wishes: BackFillWish[],
  by: Controller,
): Promise<{ id: string; connection: string; object: string; isNew: boolean }[]> {
  const started = []
  for (const wish of wishes.toSorted((a, b) => (a.object < b.object ? -1 : 1))) {
    const { connection, object } = wish
    const run = await startRun(tx, { kind: 'back-fill', connection, object, actor: by.actor })
    if (run.isNew) await begin(tx, run.id, wish, by)
    started.push({ ...run, connection, object })
  }
  await nudge(
    tx,
    started.map(({ connection, object }) => workflowId.stream(connection, object)),
  )
  return started
}

async function begin(tx: Tx, id: string, { connection, object, lists, from }: BackFillWish, by: Controller) {
  const place: Place = lists && from === null ? { by: 'list', at: null } : { by: 'changes', from, at: null }
  // Until the vendor says how many there are, it is what we know of.
  const known = sql`(select nullif(count(*), 0)::int from ${links} where ${and(
    eq(links.connection, connection),
    eq(links.object, object),
    sql`not ${links.gone} and ${links.externalId} is not null`,
  )})`
  await tx
    .update(runs)
    .set({ cursor: cursorOf(place), total: from === null ? known : null })
    .where(eq(runs.id, id))
  const detail = { from }
  await recordAudit(tx, [{ what: 'back-fill.started', actor: by.actor, runId: id, connection, object, detail }])
}

/** From the page on that is under way nothing more is read. */
export function pauseBackFill(db: Db, id: string, by: Controller): Promise<void> {
  return control(db, id, by, 'paused', ['running'])
}

/** Goes on where it was. */
export function resumeBackFill(db: Db, id: string, by: Controller): Promise<void> {
  return control(db, id, by, 'running', ['paused', 'failed'])
}

/** Ends it where it is; what was read stays. */
export function cancelBackFill(db: Db, id: string, by: Controller): Promise<void> {
  return control(db, id, by, 'cancelled', ['running', 'paused'])
}

const told = { paused: 'back-fill.paused', running: 'back-fill.resumed', cancelled: 'back-fill.cancelled' } as const

/** @throws CW_NOT_FOUND, CW_RUN_STATE */
async function control(db: Db, id: string, by: Controller, to: keyof typeof told, from: Run['state'][]): Promise<void> {
  await db.transaction(async (tx) => {
    const [run] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, id), eq(runs.kind, 'back-fill')))
      .for('update')
    if (run === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no back-fill ${id}`, { id })
    const { connection, object, state } = run
    if (placeOf(run.cursor).by === 'stream') {
      const message = `It is the first reading of ${connection} ${object ?? ''}: pause its stream instead`
      throw new CausewayError('CW_RUN_STATE', message, { state })
    }
    if (state === to) return
    if (!from.includes(state)) throw new CausewayError('CW_RUN_STATE', `The back-fill is ${state}`, { state })
    await tx
      .update(runs)
      // Its rate of late is that of when it last moved: the pause is no slowness.
      .set({ state: to, movedAt: sql`now()`, endedAt: to === 'cancelled' ? sql`now()` : null, code: null })
      .where(eq(runs.id, id))
    await recordAudit(tx, [{ what: told[to], actor: by.actor, runId: id, connection, object }])
    if (object !== null) await nudge(tx, [workflowId.stream(connection, object)])
  })
}

/**
 * Reconciliation: the vendor is read anew, whatever its modification dates and events say, and compared with what we hold.
 *
 * A difference is not believed at first sight, for records change while they are walked. It is suspected, and looked at again once
 * the stream was read past the end of the walk: what the stream brought by itself is no drift. What remains is read by its id, kept
 * as a change that counts as true, and applied like any other. Links that a whole walk did not meet are read by id too; only an
 * answer that the record is absent or deleted makes a tombstone. A walk that is not whole, or fails, says nothing.
 *
 * Each step keeps its findings and the run's place in one transaction, so that a run goes on after a kill where it was.
 */
import { and, eq, lte, sql } from 'drizzle-orm'
import { ConnectorError, type Fault } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { noteFault, openRun, RunMoved, startRun } from '../db/runs.ts'
import { streams } from '../db/schema/index.ts'
import type { System } from '../mapping/systems.ts'
import { confirmStep } from './reconcile-confirm.ts'
import { missingStep } from './reconcile-missing.ts'
import { placeOf, type Step } from './reconcile-step.ts'
import { walkStep } from './reconcile-walk.ts'

export interface Reconciled {
  /** Changes that were stored: they are to be applied before the next step. */
  stored: number
  /** There is more to do at once. */
  more: boolean
  /** What the ledger knows is to be compared: the run is at that phase. */
  compare: boolean
  fault: Fault | null
}

/** Pages or batches in one go, so that a long run yields to the stream's own reading. */
const STEPS = 20
/** A run that could not be moved for so long has failed, and the next one starts anew. */
const PATIENCE_MS = 24 * 3_600_000

/**
 * Starts what is due and moves the object's open run on.
 *
 * @param progress told after every step, so that a stuck read is noticed
 */
export async function reconcile(step: Step, progress: () => void): Promise<Reconciled> {
  const { db, system, object } = step
  const result: Reconciled = { stored: 0, more: false, compare: false, fault: null }
  await startDue(db, system, object)
  for (let steps = 0; steps < STEPS; steps += 1) {
    const run = await openRun(db, 'reconcile', system.name, object)
    if (run === null || run.state === 'paused') return result
    try {
      const place = placeOf(run.cursor)
      if (place.phase === 'behind') return { ...result, compare: true }
      const moved =
        place.phase === 'walk'
          ? await walkStep(step, run, place)
          : place.phase === 'confirm'
            ? await confirmStep(step, run, place)
            : await missingStep(step, run, place)
      progress()
      result.stored += moved.stored
      if (moved.pause !== null) return { ...result, more: moved.pause === 'briefly' }
    } catch (error) {
      // Another worker did this step, or a person ended the run.
      if (error instanceof RunMoved) return result
      if (!(error instanceof ConnectorError)) throw error
      await noteFault(db, run.id, error.fault.code, PATIENCE_MS)
      return { ...result, fault: error.fault }
    }
  }
  return { ...result, more: true }
}

/** Starts a run whose time has come. The first comes a whole interval after the stream began, for all was read then. */
async function startDue(db: Db, { name, reconcileMs }: System, object: string): Promise<void> {
  if (reconcileMs === null) return
  const next = sql`now() + make_interval(secs => ${reconcileMs / 1000})`
  const at = and(eq(streams.connection, name), eq(streams.object, object))
  await db.transaction(async (tx) => {
    const due = await tx
      .update(streams)
      .set({ reconcileAt: next })
      .where(and(at, lte(streams.reconcileAt, sql`now()`)))
      .returning({ object: streams.object })
    if (due.length > 0) await startRun(tx, { kind: 'reconcile', connection: name, object, actor: 'system' })
    // An interval that was shortened holds from now on.
    await tx
      .update(streams)
      .set({ reconcileAt: next })
      .where(and(at, sql`coalesce(${streams.reconcileAt} > ${next}, true)`))
  })
}

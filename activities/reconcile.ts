/** The stream's door to reconciliation: a slice of the object's open run, applied as it goes. */
import type { Connector, Ctx, Fault } from '../connectors/contract.ts'
import { applyPending } from '../src/apply/apply.ts'
import { endReconciliation, noteRepairs } from '../src/db/drifts.ts'
import { openRun } from '../src/db/runs.ts'
import { reconcile } from '../src/intake/reconcile.ts'
import { cursorOf, placeOf } from '../src/intake/reconcile-step.ts'
import type { System } from '../src/mapping/systems.ts'
import { planBehind } from '../src/write/behind.ts'
import type { ActivityDeps } from './deps.ts'

export interface Slice {
  connector: Connector
  system: System
  object: string
  ctx: Ctx
  progress: () => void
}

/** Moves the object's reconciliation on, if one is due or open. Answers whether more waits. */
export async function reconcileSlice(
  { db, programme, log }: ActivityDeps,
  { progress, ...step }: Slice,
): Promise<{ more: boolean; fault: Fault | null }> {
  const { system, object } = step
  const moved = await reconcile({ db, ...step }, progress)
  if (moved.stored > 0) await applyPending(db, programme.systems, system.name, object)
  if (moved.fault !== null)
    log.warn('reconciliation cannot go on', { connection: system.name, object, code: moved.fault.code })
  const isDone = moved.compare && !(await compareSlice())
  await noteRepairs(db, system.name, object)
  return { more: moved.more || (moved.compare && !isDone), fault: moved.fault }

  /** Compares with the ledger until the time of one slice is over. Answers whether more waits. */
  async function compareSlice(): Promise<boolean> {
    for (let batches = 0; batches < 20; batches += 1) {
      const run = await openRun(db, 'reconcile', system.name, object)
      if (run?.state !== 'running') return false
      const place = placeOf(run.cursor)
      if (place.phase !== 'behind') return true
      if (!(await planBehind(db, system, object, run, place.after, behindAt))) {
        await db.transaction((tx) => endReconciliation(tx, run, 'done'))
        log.info('reconciled', { connection: system.name, object, runId: run.id })
        return false
      }
      progress()
    }
    return true
  }
}

const behindAt = (linkId: string) => cursorOf({ phase: 'behind', after: linkId })

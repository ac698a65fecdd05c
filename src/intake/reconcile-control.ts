/** What a person may tell a reconciliation: begin now, end. The row says so; the stream's process carries it out. */
import { and, eq } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db } from '../db/connection.ts'
import { endReconciliation } from '../db/drifts.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { startRun } from '../db/runs.ts'
import { runs } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import type { Controller } from './control.ts'

export interface StartedReconciliation {
  id: string
  connection: string
  object: string
  /** False: one was open already. */
  isNew: boolean
}

export async function startReconciliations(
  db: Db,
  connection: string,
  objects: string[],
  { actor }: Controller,
): Promise<StartedReconciliation[]> {
  return db.transaction(async (tx) => {
    const started: StartedReconciliation[] = []
    for (const object of objects.toSorted()) {
      const run = await startRun(tx, { kind: 'reconcile', connection, object, actor })
      started.push({ ...run, connection, object })
    }
    const made = started.filter(({ isNew }) => isNew)
    await recordAudit(
      tx,
      made.map(({ id, object }) => ({ what: 'reconcile.started', actor, connection, object, runId: id })),
    )
    await nudge(
      tx,
      started.map(({ object }) => workflowId.stream(connection, object)),
    )
    return started
  })
}

/**
 * Ends a run where it is. What it found and repaired stays.
 *
 * @throws CW_NOT_FOUND, CW_RUN_STATE when it is over already
 */
export async function cancelReconciliation(db: Db, id: string, { actor }: Controller): Promise<void> {
  await db.transaction(async (tx) => {
    const [run] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, id), eq(runs.kind, 'reconcile')))
      .for('update')
    if (run === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no reconciliation ${id}`, { id })
    if (!(await endReconciliation(tx, run, 'cancelled')))
      throw new CausewayError('CW_RUN_STATE', `It is ${run.state}`, { id, state: run.state })
    const { connection, object } = run
    await recordAudit(tx, [{ what: 'reconcile.cancelled', actor, connection, object, runId: id }])
  })
}

/** A person's decision: committed here first, by compare-and-set on the task, whether or not Temporal is up. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { tasks } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'

export interface Decision {
  taskId: string
  decision: 'approve' | 'decline'
  /** Shown to the partner; a decline needs one. */
  reason: string | null
  /** Who decides: the label of the key or user. */
  by: string
}

/**
 * Decides a task once. Of two deciders the second is told who was first and when.
 *
 * @throws CW_NOT_FOUND, CW_TASK_DECIDED, CW_REQUEST_INVALID
 */
export async function decide(db: Db, { taskId, decision, reason, by }: Decision): Promise<typeof tasks.$inferSelect> {
  if (decision === 'decline' && (reason === null || reason.trim() === '')) {
    throw new CausewayError('CW_REQUEST_INVALID', 'A decline needs a reason; the partner is shown it', {
      field: 'reason',
    })
  }
  return db.transaction(async (tx) => {
    const [decided] = await tx
      .update(tasks)
      .set({ state: 'decided', decision, reason, decidedBy: by, decidedAt: sql`now()` })
      .where(and(eq(tasks.id, taskId), eq(tasks.state, 'open')))
      .returning()
    if (decided !== undefined) {
      await nudge(tx, [workflowId.registration(decided.subjectId)])
      return decided
    }
    const [task] = await tx.select().from(tasks).where(eq(tasks.id, taskId))
    if (task === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no task ${taskId}`, { taskId })
    const first = `${task.decidedBy ?? 'nobody'} at ${task.decidedAt ?? 'an unknown time'}`
    const how = task.state === 'decided' ? `already decided (${task.decision ?? ''}) by ${first}` : task.state
    throw new CausewayError('CW_TASK_DECIDED', `The task is ${how}`, {
      decidedBy: task.decidedBy,
      decidedAt: task.decidedAt,
      decision: task.decision,
      state: task.state,
    })
  })
}

/** A person's decision: committed here first, by compare-and-set on the task, whether or not Temporal is up. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { tasks } from '../db/schema/index.ts'
import { reasonFor, taskKinds, type Actor, type TaskDecision, type TaskKind } from '../domain/task-kinds.ts'
import { CausewayError } from '../errors.ts'

export interface Decision {
  taskId: string
  decision: TaskDecision
  /** Whoever the decision is about is shown it. */
  reason: string | null
  by: Actor
}

/** The process that reads the decision, by the task's subject. */
const woken = {
  registration: workflowId.registration,
  'direct-deal': workflowId.directDeal,
} satisfies Record<NonNullable<(typeof taskKinds)[TaskKind]['wakes']>, (id: string) => string>

/**
 * Decides a task once. Of two deciders the second is told who was first and when.
 *
 * @throws CW_NOT_FOUND, CW_TASK_DECIDED, CW_REQUEST_INVALID for an answer that the kind does not have, or one without its reason
 */
export async function decide(db: Db, { taskId, decision, reason, by }: Decision): Promise<typeof tasks.$inferSelect> {
  return db.transaction(async (tx) => {
    const [task] = await tx.select().from(tasks).where(eq(tasks.id, taskId))
    if (task === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no task ${taskId}`, { taskId })
    assertAnswer(task.kind, decision, reason)
    const [decided] = await tx
      .update(tasks)
      .set({
        state: 'decided',
        decision,
        reason,
        decidedBy: by.label,
        decidedDoor: by.door,
        decidedAt: sql`now()`,
      })
      .where(and(eq(tasks.id, taskId), eq(tasks.state, 'open')))
      .returning()
    if (decided === undefined) throw await second(tx, taskId)
    const { wakes } = taskKinds[decided.kind]
    if (wakes !== null) await nudge(tx, [woken[wakes](decided.subjectId)])
    return decided
  })
}

function assertAnswer(kind: TaskKind, decision: TaskDecision, reason: string | null): void {
  const rule = reasonFor(kind, decision)
  if (rule === null) {
    const possible = Object.keys(taskKinds[kind].decisions)
    const how = possible.length === 0 ? 'ends by what is done about it' : `is answered with ${possible.join(', ')}`
    throw new CausewayError('CW_REQUEST_INVALID', `A task ${kind} ${how}; found "${decision}"`, {
      field: 'decision',
      found: decision,
      possible: possible.join(' '),
    })
  }
  if (rule === 'needed' && (reason === null || reason.trim() === '')) {
    throw new CausewayError('CW_REQUEST_INVALID', `The answer "${decision}" needs a reason; the partner is shown it`, {
      field: 'reason',
    })
  }
}

/** What the second decider is told: who was first, and when. */
async function second(tx: Tx, taskId: string): Promise<CausewayError> {
  const [task] = await tx.select().from(tasks).where(eq(tasks.id, taskId))
  const first = `${task?.decidedBy ?? 'nobody'} at ${task?.decidedAt ?? 'an unknown time'}`
  const how = task?.state === 'decided' ? `already decided (${task.decision ?? ''}) by ${first}` : task?.state
  return new CausewayError('CW_TASK_DECIDED', `The task is ${how ?? 'gone'}`, {
    decidedBy: task?.decidedBy ?? null,
    decidedAt: task?.decidedAt ?? null,
    decidedDoor: task?.decidedDoor ?? null,
    decision: task?.decision ?? null,
    state: task?.state ?? null,
  })
}

/** A person's decision: committed here first, by compare-and-set on the task, whether or not Temporal is up. */
import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { tasks } from '../db/schema/index.ts'
import { reasonFor, taskKinds, type Actor, type TaskDecision, type TaskKind } from '../domain/task-kinds.ts'
import { instantText } from '../domain/time.ts'
import { CausewayError, type ErrorCode } from '../errors.ts'
import { assertMayDecide } from './authority.ts'
import { closeCrmTasks } from './crm-tasks.ts'

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
 * @throws CW_NOT_FOUND, CW_TASK_DECIDED, CW_DECIDER_NOT_ALLOWED and CW_DECIDER_LEFT, CW_REQUEST_INVALID for an answer that the kind does not have, or one without its reason
 */
export async function decide(db: Db, decision: Decision): Promise<typeof tasks.$inferSelect> {
  try {
    return await db.transaction((tx) => decideIn(tx, decision))
  } catch (error) {
    await keepRefusal(db, decision, error)
    throw error
  }
}

/** The same within a transaction of the caller's, such as one that uses a link up; the caller keeps the refusal. */
export async function decideIn(tx: Tx, { taskId, decision, reason, by }: Decision): Promise<typeof tasks.$inferSelect> {
  const [task] = await tx.select().from(tasks).where(eq(tasks.id, taskId))
  if (task === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no task ${taskId}`, { taskId })
  await assertMayDecide(tx, task, by)
  if (task.state !== 'open') throw await second(tx, taskId)
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
  await closeCrmTasks(tx, taskId, endOf(decided))
  const { wakes } = taskKinds[decided.kind]
  if (wakes !== null) await nudge(tx, [woken[wakes](decided.subjectId)])
  return decided
}

/** What is said where a task still stands: how it ended, by whom, when, and by which door. */
export function endOf(task: typeof tasks.$inferSelect): string {
  if (task.state !== 'decided') return `This is over: the task is ${task.state}.`
  const by = task.decidedBy ?? 'nobody'
  const at = task.decidedAt === null ? 'an unknown time' : instantText(task.decidedAt)
  return `Decided: ${task.decision ?? ''} by ${by} at ${at} (${doorWords[task.decidedDoor ?? 'system']}).`
}

const doorWords: Record<Actor['door'], string> = {
  api: 'by the API',
  cli: 'by the command line',
  crm: 'in the CRM',
  mail: 'by a mail’s link',
  chat: 'in the chat',
  portal: 'in the portal',
  system: 'by rule',
}

/** One who may not decide is refused, and that they tried is kept: ids and codes only. */
export async function keepRefusal(db: Db, { taskId, by }: Decision, error: unknown): Promise<void> {
  if (!(error instanceof CausewayError) || !refusals.has(error.code)) return
  await recordAudit(db, [
    { what: 'task.refused', actor: `door:${by.door}`, rule: error.code, detail: { taskId, door: by.door } },
  ])
}

const refusals: ReadonlySet<string> = new Set<ErrorCode>(['CW_DECIDER_NOT_ALLOWED', 'CW_DECIDER_LEFT'])

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
  const first = `${task?.decidedBy ?? 'nobody'} at ${task?.decidedAt ?? 'an unknown time'}, ${doorWords[task?.decidedDoor ?? 'system']}`
  const how = task?.state === 'decided' ? `already decided (${task.decision ?? ''}) by ${first}` : task?.state
  return new CausewayError('CW_TASK_DECIDED', `The task is ${how ?? 'gone'}`, {
    decidedBy: task?.decidedBy ?? null,
    decidedAt: task?.decidedAt ?? null,
    decidedDoor: task?.decidedDoor ?? null,
    decision: task?.decision ?? null,
    state: task?.state ?? null,
  })
}

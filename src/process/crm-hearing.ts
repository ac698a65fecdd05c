/**
 * What the users of a CRM chose on their tasks, and how an approval process of the org ended: each is decided by who chose it. What cannot
 * be is answered where it was chosen, and taken away, so that it can be chosen again.
 */
import { and, eq, isNotNull, not, or } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { crmTasks, registrations, tasks, users } from '../db/schema/index.ts'
import { askForUsers, isUnreadYet } from '../db/unread-users.ts'
import { standardReasons } from '../domain/standard-reasons.ts'
import type { System } from '../mapping/systems.ts'
import { sayOnCrmTask } from './crm-tasks.ts'
import { again, outcomeOf, refusalIn, userOf } from './crm-words.ts'
import { decide } from './decide.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { record } from './step.ts'

/** How many are heard in one go; the rest has its turn when the tasks are read next. */
const AT_ONCE = 100

interface Heard {
  id: string
  taskId: string | null
  decision: string | null
  reason: string | null
  by: string | null
  /** The claim whose record is in an approval process of the CRM, where that is what ended; null: a task. */
  approvalOf: string | null
}

/** What was chosen since: each is decided by who chose it. Who was not read yet is, before their word is judged. */
export async function hearCrmTasks(db: Db, programme: Programme, system: System): Promise<void> {
  const isHeard = and(
    eq(crmTasks.connection, system.name),
    eq(tasks.state, 'open'),
    or(isNotNull(crmTasks.decision), eq(crmTasks.status, 'done')),
  )
  const unread = await db
    .select({ id: crmTasks.changedById })
    .from(crmTasks)
    .innerJoin(tasks, eq(tasks.id, crmTasks.taskId))
    .where(and(isHeard, isUnreadYet(crmTasks.changedById)))
  await db.transaction((tx) =>
    askForUsers(
      tx,
      unread.map(({ id }) => id),
    ),
  )
  const chosen: Heard[] = await db
    .select({
      id: crmTasks.id,
      taskId: crmTasks.taskId,
      decision: crmTasks.decision,
      reason: crmTasks.reason,
      by: users.email,
      approvalOf: crmTasks.registrationId,
    })
    .from(crmTasks)
    .innerJoin(tasks, eq(tasks.id, crmTasks.taskId))
    .leftJoin(users, eq(users.id, crmTasks.changedById))
    .where(and(isHeard, not(isUnreadYet(crmTasks.changedById))))
    .orderBy(crmTasks.id)
    .limit(AT_ONCE)
  for (const one of chosen) {
    const isApproval = one.approvalOf !== null
    const refused = await judge(db, system, isApproval ? explained(programme, one) : one)
    if (refused === null) continue
    if (isApproval) await db.transaction((tx) => endApproval(tx, programme, one, refused))
    else
      await db.transaction((tx) => sayOnCrmTask(tx, one.id, `${refused} ${again}`, { status: 'open', decision: null }))
  }
}

/** Null: it is decided, or somebody else was first, which closes the task. Else why not, for who chose it. */
async function judge(db: Db, system: System, { taskId, decision, reason, by }: Heard): Promise<string | null> {
  if (taskId === null) return null
  if (decision === null) return 'This was closed without an outcome.'
  const outcome = outcomeOf(decision)
  if (outcome === undefined) return `“${decision}” is no outcome.`
  try {
    await decide(db, { taskId, decision: outcome, reason, by: userOf(system, by) })
    return null
  } catch (error) {
    const { code, message } = refusalIn(error)
    return code === 'CW_TASK_DECIDED' ? null : `${message}.`
  }
}

/** A rejection that says nothing why cannot be made again: that no comment was given is what the partner is told, unless the policy wants one. */
function explained({ policy }: Programme, one: Heard): Heard {
  if (!isUnexplained(one) || policy.decision.rejectionWithoutComment === 'ask') return one
  return { ...one, reason: standardReasons['no-comment'] }
}

const isUnexplained = ({ decision, reason }: Heard) => decision === 'decline' && (reason ?? '').trim() === ''

/**
 * An approval that is over and decided nothing cannot be given again: it is cut off from its task, which stays open for the other doors.
 * It is said on the tasks that stand beside it, and whose rejection lacks its reason is told so.
 */
async function endApproval(tx: Tx, programme: Programme, one: Heard, refused: string): Promise<void> {
  const words = `In the approval process: ${refused} Nothing was decided. Please decide here.`
  await tx.update(crmTasks).set({ taskId: null, body: words }).where(eq(crmTasks.id, one.id))
  if (one.taskId === null) return
  const beside = await tx
    .select({ id: crmTasks.id })
    .from(crmTasks)
    .where(and(eq(crmTasks.taskId, one.taskId), eq(crmTasks.status, 'open')))
    .orderBy(crmTasks.id)
  for (const { id } of beside) await sayOnCrmTask(tx, id, words, {})
  const [found] = await tx
    .select({ claim: registrations, task: tasks })
    .from(tasks)
    .innerJoin(registrations, eq(registrations.id, tasks.subjectId))
    .where(and(eq(tasks.id, one.taskId), eq(tasks.state, 'open')))
  if (found === undefined || one.by === null || !isUnexplained(one)) return
  const { claim, task } = found
  if (![task.assignee, task.escalatedTo].some((address) => address?.toLowerCase() === one.by?.toLowerCase())) return
  const event = await record(tx, programme, claim, {
    what: 'task.comment-missing',
    stepKey: `comment-missing:${one.id}`,
    actor: one.by,
    detail: { taskId: task.id },
  })
  await tell(tx, programme, claim, event, 'task.comment-missing', [{ as: 'manager', to: one.by }])
}

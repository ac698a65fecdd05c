/** Tasks of people who have left: they go to whom the policy names, who is asked anew. */
import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { conflictAuditRows, directReviews, events, registrations, tasks, users } from '../db/schema/index.ts'
import type { Policy } from '../domain/policy/policy.ts'
import { fallbackApprover } from '../domain/policy/terms.ts'
import type { TaskKind } from '../domain/task-kinds.ts'
import { AUDIT_TEMPLATES } from './audit-templates.ts'
import { hasLeft } from './authority.ts'
import { tellOfDeactivation } from './deactivations.ts'
import type { Registration } from './facts.ts'
import { planNotices } from './notices/plan.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { record } from './step.ts'

type Task = typeof tasks.$inferSelect

/** So many in one go; the rest has its turn when users are read next. */
const AT_ONCE = 200

/** Whose every user of the address has left. */
const isLeavers = sql`exists (select from ${users} u where lower(u.email) = lower(${tasks.assignee}) and u.state = 'left')
  and not exists (select from ${users} u where lower(u.email) = lower(${tasks.assignee}) and u.state is distinct from 'left')`

/** Gives the open tasks of leavers to the fallback; answers how many. What nobody else can be asked stays, and every admin may decide it. */
export async function passOnFromLeavers(db: Db, programme: Programme): Promise<number> {
  const theirs = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.state, 'open'), isLeavers))
    .orderBy(tasks.id)
    .limit(AT_ONCE)
  if (theirs.length === 0) return 0
  const to = await db.transaction((tx) => successor(tx, programme.policy))
  if (to === null) return 0
  let passed = 0
  // Each by itself: one that cannot be told of holds up no other.
  for (const task of theirs) if (await db.transaction((tx) => passOn(tx, programme, task, to))) passed += 1
  return passed
}

/** Whom the policy names and who is still there. */
async function successor(tx: Tx, policy: Policy): Promise<string | null> {
  for (const one of [fallbackApprover(policy), ...policy.decision.ladder.map(({ to }) => to)])
    if (one !== null && !(await hasLeft(tx, one))) return one
  return null
}

/** False: it is decided, or somebody else's, by now. */
async function passOn(tx: Tx, programme: Programme, found: Task, to: string): Promise<boolean> {
  // The claim before what is asked about it, as everyone who needs both.
  const claim = await claimOf(tx, found)
  const [task] = await tx
    .update(tasks)
    .set({ assignee: to })
    .where(and(eq(tasks.id, found.id), eq(tasks.state, 'open'), isLeavers))
    .returning()
  if (task === undefined) return false
  const detail = { taskId: task.id }
  await recordAudit(tx, [{ what: 'task.passed-on', actor: 'system', rule: 'approver-left', detail }])
  if (task.kind === 'rule-conflict') await tellOfAudit(tx, programme, found, to)
  if (task.kind === 'deactivate-contact')
    await tellOfDeactivation(tx, programme, task, `pass-on:${task.id}:${await databaseNow(tx)}`, to)
  const template = asks[task.kind]
  if (claim === undefined || template === null) return true
  const event = await record(tx, programme, claim.row, {
    what: 'task.passed-on',
    stepKey: `pass-on:${task.id}:${await databaseNow(tx)}`,
    rule: 'approver-left',
    detail: { ...detail, ...(claim.reviewId === null ? {} : { reviewId: claim.reviewId }) },
  })
  await tell(tx, programme, claim.row, event, template, [{ as: 'manager', to }])
  return true
}

/** By what notice each kind of task is asked; null: by none of a claim. */
const asks = {
  'approve-registration': 'task.opened',
  'extend-protection': 'extension.asked',
  'accept-change': 'change.proposed',
  'confirm-claim': 'claim.questioned',
  'review-direct-deal': 'direct-deal.asked',
  'rule-conflict': null,
  'invite-contact': null,
  'deactivate-contact': null,
  'name-colleague': null,
} as const satisfies Record<TaskKind, string | null>

/** The claim that is asked about, locked, also where that is about a direct deal beside it. */
async function claimOf(
  tx: Tx,
  { kind, subjectId }: Task,
): Promise<{ row: Registration; reviewId: string | null } | undefined> {
  const reviewId = kind === 'review-direct-deal' ? subjectId : null
  const [review] =
    reviewId === null
      ? []
      : await tx
          .select({ registrationId: directReviews.registrationId })
          .from(directReviews)
          .where(eq(directReviews.id, reviewId))
  const [row] = await tx
    .select()
    .from(registrations)
    .where(eq(registrations.id, review?.registrationId ?? subjectId))
    .for('update')
  return row === undefined ? undefined : { row, reviewId }
}

/** One notice of all rows of an audit that go to the same person. */
async function tellOfAudit(tx: Tx, programme: Programme, { subjectId, assignee }: Task, to: string): Promise<void> {
  const [row] = await tx
    .select({ auditId: conflictAuditRows.auditId, leaverId: users.id })
    .from(conflictAuditRows)
    .innerJoin(users, sql`lower(${users.email}) = lower(${assignee})`)
    .where(eq(conflictAuditRows.id, subjectId))
    .orderBy(users.id)
    .limit(1)
  if (row === undefined) return
  const [event] = await tx
    .insert(events)
    .values({
      subjectId: row.auditId,
      stepKey: `pass-on:${row.leaverId}`,
      what: 'task.passed-on',
      actor: 'system',
      rule: 'approver-left',
      policyVersion: programme.policy.version,
    })
    .onConflictDoNothing()
    .returning({ id: events.id })
  if (event === undefined) return
  const people = [{ address: to, audience: 'manager' as const }]
  const about = { eventId: event.id, subjectId: row.auditId, template: AUDIT_TEMPLATES.assigned }
  await planNotices(tx, programme, { ...about, people, portal: null })
}

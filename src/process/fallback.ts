/** Tasks of people who have left: they go to whom the policy names, who is asked anew. */
import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { registrations, tasks, users } from '../db/schema/index.ts'
import { fallbackApprover } from '../domain/policy/terms.ts'
import { hasLeft } from './authority.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { record } from './step.ts'

/** Gives the open tasks of leavers to the fallback; answers how many. What nobody else can be asked stays, and every admin may decide it. */
export async function passOnFromLeavers(db: Db, programme: Programme): Promise<number> {
  return db.transaction(async (tx) => {
    const theirs = await tx
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.state, 'open'),
          sql`exists (select from ${users} u where lower(u.email) = lower(${tasks.assignee}) and u.state = 'left')
            and not exists (select from ${users} u where lower(u.email) = lower(${tasks.assignee}) and u.state is distinct from 'left')`,
        ),
      )
      .orderBy(tasks.id)
      .limit(200)
      .for('update', { skipLocked: true })
    let passed = 0
    for (const task of theirs) if (await passOn(tx, programme, task)) passed += 1
    return passed
  })
}

async function passOn(tx: Tx, programme: Programme, task: typeof tasks.$inferSelect): Promise<boolean> {
  const candidates = [fallbackApprover(programme.policy), ...programme.policy.decision.ladder.map(({ to }) => to)]
  let to: string | null = null
  for (const one of candidates) if (to === null && one !== null && !(await hasLeft(tx, one))) to = one
  if (to === null) return false
  await tx.update(tasks).set({ assignee: to }).where(eq(tasks.id, task.id))
  await recordAudit(tx, [
    { what: 'task.passed-on', actor: 'system', rule: 'approver-left', detail: { taskId: task.id } },
  ])
  const [row] = await tx.select().from(registrations).where(eq(registrations.id, task.subjectId)).for('update')
  if (row === undefined) return true
  const event = await record(tx, programme, row, {
    what: 'task.passed-on',
    stepKey: `pass-on:${task.id}:${await leaverOf(tx, task)}`,
    rule: 'approver-left',
    detail: { taskId: task.id },
  })
  await tell(tx, programme, row, event, 'task.opened', [{ as: 'manager', to }])
  return true
}

/** The id of who left: of one person a task is passed on once. */
async function leaverOf(tx: Tx, { assignee }: typeof tasks.$inferSelect): Promise<string> {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(sql`lower(${users.email}) = lower(${assignee})`)
    .orderBy(users.id)
    .limit(1)
  return user?.id ?? 'unknown'
}

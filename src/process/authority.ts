/** Who may decide a task: whom it asks, whom it was escalated to, who stands in for them, and admins. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { apiKeys, contacts, users, type tasks } from '../db/schema/index.ts'
import type { Actor } from '../domain/task-kinds.ts'
import { CausewayError } from '../errors.ts'
import { standInsOf } from './delegations.ts'

type Task = Pick<typeof tasks.$inferSelect, 'id' | 'assignee' | 'escalatedTo'>

/**
 * A person is known by their address and decides what they are asked. A key that stands for no person decides for the whole programme,
 * as the program that uses it does.
 *
 * @throws CW_DECIDER_LEFT for somebody who works here no more, CW_DECIDER_NOT_ALLOWED for anybody else without authority over this task
 */
export async function assertMayDecide(tx: Tx, task: Task, by: Actor): Promise<void> {
  const detail = { taskId: task.id, door: by.door }
  if (by.email === null) {
    if (by.door === 'api' || by.door === 'cli' || by.door === 'system') return
    throw new CausewayError('CW_DECIDER_NOT_ALLOWED', 'It is not known which person decides', detail)
  }
  if (await hasLeft(tx, by.email))
    throw new CausewayError('CW_DECIDER_LEFT', 'Who decides works here no more; the task asks somebody else', detail)
  const { rows } = await tx.execute<{ may: boolean }>(sql`
    select exists (select from ${standInsOf([task.assignee, task.escalatedTo])} as s where s.address = lower(${by.email})) as may`)
  if (rows[0]?.may === true || (await isAdmin(tx, by.email))) return
  throw new CausewayError(
    'CW_DECIDER_NOT_ALLOWED',
    'The task asks somebody else, and who decides does not stand in for them',
    detail,
  )
}

/** A user of ours who left every CRM, or a person at a partner who left: unless somebody of the address is still there. */
export async function hasLeft(tx: Tx, address: string): Promise<boolean> {
  const { rows } = await tx.execute<{ left: boolean }>(sql`
    select coalesce(bool_and(state = 'left'), false) as left from (
      select state from ${users} where lower(email) = lower(${address})
      union all select state from ${contacts} where lower(email) = lower(${address})) people`)
  return rows[0]?.left === true
}

/** Whose key is an admin's. */
async function isAdmin(tx: Tx, address: string): Promise<boolean> {
  const found = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.role, 'admin'), isNull(apiKeys.revokedAt), sql`lower(${apiKeys.email}) = lower(${address})`))
    .limit(1)
  return found.length > 0
}

/** What a claim rested on has changed: a person says whether it stands. */
import { and, eq, max } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { tasks } from '../db/schema/index.ts'
import { approverFor } from '../domain/policy/terms.ts'
import { plus } from '../domain/time.ts'
import { claimFacts } from './claim-facts.ts'
import { confirmTask } from './confirm-task.ts'
import { partnerOf, type Situation } from './facts.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { record } from './step.ts'

export type Doubt = 'account-moved' | 'deal-reopened' | 'partner-offboarded' | 'won-after-lapse'

/**
 * Asks whether the claim stands, or adds the reason to the question that is open.
 *
 * @returns the task's id, to be kept with the claim
 */
export async function askConfirm(
  tx: Tx,
  programme: Programme,
  { row, now }: Pick<Situation, 'row' | 'now'>,
  why: Doubt,
): Promise<string> {
  const open = row.confirmTaskId === null ? undefined : await confirmTask(tx, row.confirmTaskId)
  if (open?.state === 'open') {
    await tx
      .update(tasks)
      .set({ why: [...new Set([...open.why, why])] })
      .where(eq(tasks.id, open.id))
    return open.id
  }
  const partner = await partnerOf(tx, row)
  const approver = approverFor(programme.policy, claimFacts(row, partner), partner?.managerEmail ?? null)
  const [last] = await tx
    .select({ round: max(tasks.round) })
    .from(tasks)
    .where(and(eq(tasks.kind, 'confirm-claim'), eq(tasks.subjectId, row.id)))
  const round = (last?.round ?? 0) + 1
  const [task] = await tx
    .insert(tasks)
    .values({
      kind: 'confirm-claim',
      subjectId: row.id,
      round,
      why: [why],
      assignee: approver?.to ?? null,
      dueAt: plus(now, programme.policy.decision.within),
    })
    .returning({ id: tasks.id })
  if (task === undefined) throw new Error('the task was not made')
  const event = await record(tx, programme, row, {
    what: 'claim.questioned',
    stepKey: `question:${String(round)}`,
    detail: { why, approver: approver?.rule ?? null, taskId: task.id },
  })
  await tell(tx, programme, row, event, 'claim.questioned', [{ as: 'manager', to: approver?.to ?? null }])
  return task.id
}

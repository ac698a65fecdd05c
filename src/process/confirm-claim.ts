/** What a claim rested on has changed: a person says whether it stands. */
import { and, eq, max } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { tasks } from '../db/schema/index.ts'
import { approverFor } from '../domain/policy/terms.ts'
import { plus } from '../domain/time.ts'
import { claimFacts } from './claim-facts.ts'
import { confirmTask } from './confirm-task.ts'
import { partnerOf, type Registration, type Situation } from './facts.ts'
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
    if (!open.why.includes(why)) await addDoubt(tx, programme, row, open, why)
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

/** Another reason for the question that is open: whoever is asked hears of it, and the timeline tells when it came. */
async function addDoubt(
  tx: Tx,
  programme: Programme,
  row: Registration,
  { id, round, why: known, assignee }: typeof tasks.$inferSelect,
  why: Doubt,
): Promise<void> {
  await tx
    .update(tasks)
    .set({ why: [...known, why] })
    .where(eq(tasks.id, id))
  const event = await record(tx, programme, row, {
    what: 'claim.questioned',
    stepKey: `question:${String(round)}:${why}`,
    detail: { why, taskId: id },
  })
  await tell(tx, programme, row, event, 'claim.questioned', [{ as: 'manager', to: assignee }])
}

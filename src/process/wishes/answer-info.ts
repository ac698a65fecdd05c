/** The partner's answer to what an approver wanted to know; the clock of the decision goes on with it. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { exchanges } from '../../db/schema/index.ts'
import type { Actor } from '../../domain/task-kinds.ts'
import { CausewayError } from '../../errors.ts'
import { claimFor, illegal } from './claim.ts'

export interface Answer {
  registrationId: string
  answer: string
  by: Actor
}

/**
 * Answers the question that stands. The first answer counts; its process then asks the approver again.
 *
 * @throws CW_NOT_FOUND, CW_TRANSITION_ILLEGAL, CW_REQUEST_INVALID for an empty answer
 */
export async function answerInfo(db: Db, { registrationId, answer, by }: Answer): Promise<void> {
  const text = answer.trim()
  if (text === '') throw new CausewayError('CW_REQUEST_INVALID', 'An answer needs a text', { field: 'answer' })
  await db.transaction(async (tx) => {
    const row = await claimFor(tx, registrationId, 'resume')
    const answered = await tx
      .update(exchanges)
      .set({ answer: text, answeredBy: by.label, answeredDoor: by.door, answeredAt: sql`now()` })
      .where(and(eq(exchanges.registrationId, row.id), eq(exchanges.round, row.round), isNull(exchanges.answeredAt)))
      .returning({ id: exchanges.id })
    if (answered.length === 0) throw illegal(row.state, 'resume', 'it was answered already')
    await nudge(tx, [workflowId.registration(row.id)])
  })
}

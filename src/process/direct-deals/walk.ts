/** How the review of a direct deal goes on: one transaction a step, and an answer what follows. */
import { eq } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connection.ts'
import { directReviews } from '../../db/schema/index.ts'
import { nextReviewStep, type DirectReviewStep } from '../../domain/direct-deal.ts'
import { msBetween } from '../../domain/time.ts'
import type { Programme } from '../programme.ts'
import { reviewSituation, type ReviewSituation } from './situation.ts'
import { reviewSteps } from './steps.ts'

/** What the workflow is told: a step to take, or how long to wait by the database's clock (null: until woken), or the end. */
export type ReviewInstruction = { do: DirectReviewStep } | { do: 'wait'; forMs: number | null } | { do: 'end' }

export async function nextReview(db: Db, programme: Programme, id: string): Promise<ReviewInstruction> {
  return db.transaction(async (tx) => instruct(tx, await reviewSituation(tx, programme, id)))
}

/** Takes one step if it is still the next one, and answers what follows: a worker that died after the commit takes it again. */
export async function takeReview(
  db: Db,
  programme: Programme,
  id: string,
  name: DirectReviewStep,
): Promise<ReviewInstruction> {
  return db.transaction(async (tx) => {
    const situation = await reviewSituation(tx, programme, id)
    if (situation === undefined) return { do: 'end' }
    if (nextReviewStep(situation.facts, situation.now).do === name) await reviewSteps[name](tx, programme, situation)
    return instruct(tx, await reviewSituation(tx, programme, id))
  })
}

/** When it has to wait the row says until when, so that a lost server is noticed. */
async function instruct(tx: Tx, situation: ReviewSituation | undefined): Promise<ReviewInstruction> {
  if (situation === undefined) return { do: 'end' }
  const { row, facts, now } = situation
  const step = nextReviewStep(facts, now)
  const until = step.do === 'wait' ? step.until : null
  if (row.wakeAt !== until) await tx.update(directReviews).set({ wakeAt: until }).where(eq(directReviews.id, row.id))
  return step.do === 'wait' ? { do: 'wait', forMs: until === null ? null : Math.max(0, msBetween(now, until)) } : step
}

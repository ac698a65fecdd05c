/** How the review of a direct deal goes on: one transaction a step, and an answer what follows. */
import { eq } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connection.ts'
import { directReviews } from '../../db/schema/index.ts'
import { nextReviewStep, type DirectReviewStep } from '../../domain/direct-deal.ts'
import { msBetween } from '../../domain/time.ts'
import type { Programme } from '../programme.ts'
import type { Told } from '../turn.ts'
import { reviewSituation, type ReviewSituation } from './situation.ts'
import { reviewSteps } from './steps.ts'

/** What the workflow is told, as of a registration. */
export type ReviewInstruction = Told<DirectReviewStep>

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
    const isNext = nextReviewStep(situation.facts, situation.now).do === name
    if (isNext) await reviewSteps[name](tx, programme, situation)
    const after = await reviewSituation(tx, programme, id)
    const instruction = await instruct(tx, after)
    if (!isNext || after === undefined) return instruction
    return { ...instruction, took: `${situation.row.state} ${name} ${after.row.state}` }
  })
}

/** When it has to wait the row says until when, so that a lost server is noticed. */
async function instruct(tx: Tx, situation: ReviewSituation | undefined): Promise<ReviewInstruction> {
  if (situation === undefined) return { do: 'end' }
  const { row, facts, now } = situation
  const step = nextReviewStep(facts, now)
  const until = step.do === 'wait' ? step.until : null
  if (row.wakeAt !== until) await tx.update(directReviews).set({ wakeAt: until }).where(eq(directReviews.id, row.id))
  if (step.do !== 'wait') return step
  return { do: 'wait', until, forMs: until === null ? null : Math.max(0, msBetween(now, until)) }
}

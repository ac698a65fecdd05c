import type { DirectReviewStep } from '../src/domain/direct-deal.ts'
import { nextReview, takeReview, type ReviewInstruction } from '../src/process/direct-deals/walk.ts'
import { takeTurn, type Turn } from '../src/process/turn.ts'
import type { ActivityDeps } from './deps.ts'

type StepActivities = Record<`${DirectReviewStep}Deal`, (reviewId: string) => Promise<ReviewInstruction>>

export interface DirectDealActivities extends StepActivities {
  /** Takes every step that is due, and answers how long to wait then. */
  turnOfReview(reviewId: string): Promise<Turn>
  nextReview(reviewId: string): Promise<ReviewInstruction>
}

/** Beside the turn one activity a step, for executions that began before; named for the deal: a registration has steps of the same names. */
export function directDealActivities({ db, programme, kick }: ActivityDeps): DirectDealActivities {
  const step =
    (name: DirectReviewStep) =>
    async (reviewId: string): Promise<ReviewInstruction> => {
      const instruction = await takeReview(db, programme, reviewId, name)
      kick()
      return instruction
    }
  return {
    async turnOfReview(reviewId) {
      const turn = await takeTurn<DirectReviewStep>({
        next: () => nextReview(db, programme, reviewId),
        async take(name) {
          const told = await takeReview(db, programme, reviewId, name)
          kick()
          return told
        },
      })
      kick()
      return turn
    },
    async nextReview(reviewId) {
      const instruction = await nextReview(db, programme, reviewId)
      kick()
      return instruction
    },
    alertDeal: step('alert'),
    tellRepDeal: step('tellRep'),
    askDeal: step('ask'),
    remindDeal: step('remind'),
    escalateDeal: step('escalate'),
    concludeDeal: step('conclude'),
    followDeal: step('follow'),
    setBackDeal: step('setBack'),
    letGoDeal: step('letGo'),
    ruleDeal: step('rule'),
    closeDeal: step('close'),
  }
}

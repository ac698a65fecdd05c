import type { DirectReviewStep } from '../src/domain/direct-deal.ts'
import { nextReview, takeReview, type ReviewInstruction } from '../src/process/direct-deals/walk.ts'
import type { ActivityDeps } from './deps.ts'

type StepActivities = Record<`${DirectReviewStep}Deal`, (reviewId: string) => Promise<ReviewInstruction>>

export interface DirectDealActivities extends StepActivities {
  nextReview(reviewId: string): Promise<ReviewInstruction>
}

/** One activity a step, named for the deal: a registration has steps of the same names. */
export function directDealActivities({ db, programme, kick }: ActivityDeps): DirectDealActivities {
  const step =
    (name: DirectReviewStep) =>
    async (reviewId: string): Promise<ReviewInstruction> => {
      const instruction = await takeReview(db, programme, reviewId, name)
      kick()
      return instruction
    }
  return {
    async nextReview(reviewId) {
      const instruction = await nextReview(db, programme, reviewId)
      kick()
      return instruction
    },
    alertDeal: step('alert'),
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

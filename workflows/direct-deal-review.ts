import { continueAsNew, proxyLocalActivities } from '@temporalio/workflow'
import type { DirectDealActivities } from '../activities/direct-deal-review.ts'
import { directDealReviewByStep } from './direct-deal-review-by-step.ts'
import { inTurns } from './turns.ts'

/** Transactions of our own database, as the steps of a registration are. */
const reviews = proxyLocalActivities<DirectDealActivities>({
  startToCloseTimeout: '30 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 minute' },
})

/**
 * A direct deal at a registered account: tell the rep and hold the deal, ask the manager, release or reassign. The row decides, as it
 * does for a registration.
 */
export async function directDealReview({ reviewId, by }: { reviewId: string; by?: 'turns' }): Promise<void> {
  if (by === undefined) return directDealReviewByStep(reviewId)
  return inTurns(
    () => reviews.turnOfReview(reviewId),
    () => continueAsNew<typeof directDealReview>({ reviewId, by }),
  )
}

import { continueAsNew, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { DirectDealActivities } from '../activities/direct-deal-review.ts'
import { listenForWake } from './wake.ts'

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
export async function directDealReview({ reviewId }: { reviewId: string }): Promise<void> {
  const wake = listenForWake()
  wake.heard()
  let step = await reviews.nextReview(reviewId)
  while (step.do !== 'end') {
    if (step.do === 'wait') {
      await wake.orAfter(step.forMs)
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof directDealReview>({ reviewId })
      wake.heard()
      step = await reviews.nextReview(reviewId)
    } else {
      wake.heard()
      step = await reviews[`${step.do}Deal`](reviewId)
    }
  }
}

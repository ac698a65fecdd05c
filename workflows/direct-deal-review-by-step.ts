import { continueAsNew, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { DirectDealActivities } from '../activities/direct-deal-review.ts'
import type { directDealReview } from './direct-deal-review.ts'
import { listenForWake } from './wake.ts'

const reviews = proxyLocalActivities<DirectDealActivities>({
  startToCloseTimeout: '30 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 minute' },
})

/** The loop of executions that began before there were turns, as of a registration. */
export async function directDealReviewByStep(reviewId: string): Promise<void> {
  const wake = listenForWake()
  wake.heard()
  let step = await reviews.nextReview(reviewId)
  while (step.do !== 'end') {
    if (step.do === 'wait') {
      await wake.orAfter(step.forMs)
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof directDealReview>({ reviewId, by: 'turns' })
      wake.heard()
      step = await reviews.nextReview(reviewId)
    } else {
      wake.heard()
      step = await reviews[`${step.do}Deal`](reviewId)
    }
  }
}

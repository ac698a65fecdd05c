import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { MailerActivities } from '../activities/mailer.ts'
import { listenForWake } from './wake.ts'

const mailers = proxyActivities<MailerActivities>({
  // Its worker heartbeats each second: one that was killed is replaced soon.
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '6 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
})

/** Sends notices to people: drain what is due, then sleep until more is planned. */
export async function mailer(): Promise<void> {
  const wake = listenForWake()
  for (;;) {
    wake.heard()
    const { waitMs } = await mailers.sendNotices()
    await wake.orAfter(waitMs)
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof mailer>()
  }
}

import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { SenderActivities } from '../activities/sender.ts'
import { listenForWake } from './wake.ts'

const senders = proxyActivities<SenderActivities>({
  // Its worker heartbeats each second: one that was killed is replaced soon.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '6 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
})

/** Makes one connection equal to the ledger: drain what is due, then sleep until more is due or planned. */
export async function sender({ connection }: { connection: string }): Promise<void> {
  const wake = listenForWake()
  for (;;) {
    wake.heard()
    const { waitMs } = await senders.drain(connection)
    await wake.orAfter(waitMs)
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof sender>({ connection })
  }
}

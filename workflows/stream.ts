import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { StreamActivities } from '../activities/stream.ts'
import { listenForWake } from './wake.ts'

const streams = proxyActivities<StreamActivities>({
  // Its worker heartbeats each second: one that was killed is replaced soon.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '6 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
})

/** Reads one object of one connection for ever: pull what changed, then sleep until the next poll or a hint. */
export async function stream({ connection, object }: { connection: string; object: string }): Promise<void> {
  const wake = listenForWake()
  for (;;) {
    wake.heard()
    const { waitMs } = await streams.pull(connection, object)
    if (waitMs > 0) await wake.orAfter(waitMs)
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof stream>({ connection, object })
  }
}

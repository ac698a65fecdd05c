import { continueAsNew, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { RegistrationActivities } from '../activities/registration.ts'
import { listenForWake } from './wake.ts'

/**
 * The steps are transactions of our own database, so they run where the workflow runs and cost the server one event each. While
 * the database is away, attempts become timers after some seconds: a task that is kept open costs the server more than that.
 */
const registrations = proxyLocalActivities<RegistrationActivities>({
  startToCloseTimeout: '30 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 minute' },
})

/**
 * A registration's life: take the next step until there is none, then wait for its instant or a wake. The row decides; a start, a
 * restart after a lost server and a new version of the rules are the same entry.
 */
export async function registration({ registrationId }: { registrationId: string }): Promise<void> {
  const wake = listenForWake()
  wake.heard()
  let step = await registrations.next(registrationId)
  while (step.do !== 'end') {
    if (step.do === 'wait') {
      await wake.orAfter(step.forMs)
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof registration>({ registrationId })
      wake.heard()
      step = await registrations.next(registrationId)
    } else {
      wake.heard()
      step = await registrations[step.do](registrationId)
    }
  }
}

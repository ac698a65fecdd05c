import { continueAsNew, proxyLocalActivities, workflowInfo } from '@temporalio/workflow'
import type { RegistrationActivities } from '../activities/registration.ts'
import type { registration } from './registration.ts'
import { listenForWake } from './wake.ts'

const registrations = proxyLocalActivities<RegistrationActivities>({
  startToCloseTimeout: '30 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 minute' },
})

/** The loop of executions that began before there were turns: their histories hold one activity a step. To be kept while any may run. */
export async function registrationByStep(registrationId: string): Promise<void> {
  const wake = listenForWake()
  wake.heard()
  let step = await registrations.next(registrationId)
  while (step.do !== 'end') {
    if (step.do === 'wait') {
      await wake.orAfter(step.forMs)
      if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof registration>({ registrationId, by: 'turns' })
      wake.heard()
      step = await registrations.next(registrationId)
    } else {
      wake.heard()
      step = await registrations[step.do](registrationId)
    }
  }
}

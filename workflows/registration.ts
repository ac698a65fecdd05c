import { continueAsNew, proxyLocalActivities } from '@temporalio/workflow'
import type { RegistrationActivities } from '../activities/registration.ts'
import { registrationByStep } from './registration-by-step.ts'
import { inTurns } from './turns.ts'

/**
 * The steps are transactions of our own database, so they run where the workflow runs and cost the server one event a turn. While
 * the database is away, attempts become timers after some seconds: a task that is kept open costs the server more than that.
 */
const registrations = proxyLocalActivities<RegistrationActivities>({
  startToCloseTimeout: '30 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 minute' },
})

/**
 * A registration's life: take what steps are due, then wait for its instant or a wake. The row decides; a start, a restart after a
 * lost server and a new version of the rules are the same entry.
 *
 * @param wish.by the loop that its history was begun with: a change of commands would not be replayed, and an argument costs no event
 */
export async function registration({ registrationId, by }: { registrationId: string; by?: 'turns' }): Promise<void> {
  if (by === undefined) return registrationByStep(registrationId)
  return inTurns(
    () => registrations.turn(registrationId),
    () => continueAsNew<typeof registration>({ registrationId, by }),
  )
}

/** One turn of a registration's process. */
import type { Db } from '../db/connection.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import type { Programme } from './programme.ts'
import { steps } from './registration-steps.ts'
import { next, take } from './step.ts'
import { takeTurn, type Turn, type Walk } from './turn.ts'

/** Looks now and then whether what is about to come is there, and gives up after a while, or at once where too many wait already. */
export type Patience = (isThere: () => Promise<boolean>) => Promise<void>

/**
 * A claim that was just received waits for the streams to be read, which were asked to in the same transaction and mostly are within
 * a second: that is waited for on the spot, for to sleep and be woken costs the history as much as a decision does.
 *
 * @param kick delivers nudges; called after each step
 */
export async function registrationTurn(
  db: Db,
  programme: Programme,
  id: string,
  { kick, patience }: { kick: () => void; patience: Patience },
): Promise<Turn> {
  const walk: Walk<RegistrationStep> = {
    next: () => next(db, programme, id),
    async take(step) {
      const told = await take(db, programme, id, step, steps[step])
      kick()
      return told
    },
  }
  const turn = await takeTurn(walk)
  if (turn.do === 'end' || turn.took.at(-1)?.endsWith(' screening') !== true) return turn
  await patience(async () => (await next(db, programme, id, true)).do !== 'wait')
  const rest = await takeTurn(walk)
  return { ...rest, took: [...turn.took, ...rest.took] }
}

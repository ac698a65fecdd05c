/** The claim that a wish is about, locked, and whether its state allows the wish. */
import { eq } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { registrations } from '../../db/schema/index.ts'
import { isLegal, legalFrom, type TransitionStep } from '../../domain/registration-states.ts'
import type { RegistrationState } from '../../domain/records.ts'
import { CausewayError } from '../../errors.ts'
import type { Registration } from '../facts.ts'

/**
 * Locks the claim for a wish.
 *
 * @throws CW_NOT_FOUND; CW_TRANSITION_ILLEGAL where the table has no such step for its state
 */
export async function claimFor(tx: Tx, id: string, step: TransitionStep): Promise<Registration> {
  const [row] = await tx.select().from(registrations).where(eq(registrations.id, id)).for('update')
  if (row === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no registration ${id}`, { id })
  if (!isLegal(row.state, step)) throw illegal(row.state, step)
  return row
}

/** Says what was found, what was wished, and what is possible instead. `because`: why, for who says it in other words. */
export function illegal(
  state: RegistrationState,
  step: string,
  why?: string,
  because: Record<string, unknown> = {},
): CausewayError {
  const legal = [...new Set(legalFrom(state).map((row) => row.step))]
  const possible = legal.length === 0 ? 'nothing follows on it' : `possible from there: ${legal.join(', ')}`
  return new CausewayError(
    'CW_TRANSITION_ILLEGAL',
    `"${step}" is no step of a registration that is ${state}${why === undefined ? '' : `: ${why}`}; ${possible}`,
    { state, step, legal: legal.join(' '), ...because },
  )
}

import { startClock, termsOf, type DecisionClock } from '../domain/decision-clock.ts'
import { plus, type Instant } from '../domain/time.ts'
import type { Registration } from './facts.ts'
import type { Programme } from './programme.ts'

/** The clock of the claim's decision; of one that was asked before clocks were kept, as its deadlines tell it. */
export function clockOf({ policy }: Programme, row: Registration, now: Instant): DecisionClock {
  if (row.clock !== null) return row.clock
  const terms = termsOf(policy, null)
  if (row.decideBy === null) return startClock(terms, now)
  return { terms, since: plus(row.decideBy, -terms.withinMs), usedMs: 0, rung: row.escalateAt === null ? 1 : 0 }
}

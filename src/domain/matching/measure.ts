/** How good a matcher is on pairs of which somebody knows the truth. */
import type { Verdict } from './match.ts'

export interface Measured {
  pairs: number
  /** Of those that were found (same, or worth asking), how many are the same. Null where none was found. */
  precision: number | null
  /** Of those that are the same, how many were found. Null where none is. */
  recall: number | null
  /** Of those that count as one without asking, how many are the same. */
  certainPrecision: number | null
  found: number
  missed: number
  falselyFound: number
}

/** Found is what makes a finding: `same` or `ask`. A pair that passes as different meets nobody. */
export function measure(judged: readonly { verdict: Verdict; same: boolean }[]): Measured {
  const count = (holds: (one: { verdict: Verdict; same: boolean }) => boolean) => judged.filter(holds).length
  const found = count(({ verdict, same }) => verdict !== 'different' && same)
  const falselyFound = count(({ verdict, same }) => verdict !== 'different' && !same)
  const missed = count(({ verdict, same }) => verdict === 'different' && same)
  return {
    pairs: judged.length,
    precision: ratio(found, found + falselyFound),
    recall: ratio(found, found + missed),
    certainPrecision: ratio(
      count(({ verdict, same }) => verdict === 'same' && same),
      count(({ verdict }) => verdict === 'same'),
    ),
    found,
    missed,
    falselyFound,
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

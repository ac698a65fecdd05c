/** A company that the same partner registered before, and lost to the clock. */
import { lapsedClaimsLike } from '../db/claims-like.ts'
import type { Tx } from '../db/connection.ts'
import { withKeptPlans } from '../db/kept-plans.ts'
import { CERTAIN } from '../domain/matching/match.ts'
import { plus, type Instant } from '../domain/time.ts'
import type { Ruling } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import { prospectOf } from './findings/prospect.ts'
import type { Programme } from './programme.ts'

export interface Earlier {
  id: string
  /** From when on the policy lets the partner register the company again. */
  againFrom: Instant
  /** Whether it counts as the same company; else a person says. */
  isSame: boolean
}

/**
 * The partner's last claim on the company whose protection lapsed, one that counts as the same company before one that only may be;
 * undefined: there is none.
 */
export async function lapsedBefore(tx: Tx, { policy }: Programme, row: Registration): Promise<Earlier | undefined> {
  const claimed = prospectOf(row)
  if (claimed === null || row.partnerId === null) return undefined
  const { partnerId } = row
  const found = await withKeptPlans(tx, () => lapsedClaimsLike(tx, claimed, partnerId, policy.matching.aliases))
  const last = found.find(({ met }) => met.score >= CERTAIN) ?? found[0]
  if (last === undefined) return undefined
  const until = new Date(last.row.until).toISOString()
  return {
    id: last.id,
    againFrom: plus(until, policy.exclusivity.registerAgain.after),
    isSame: last.met.score >= CERTAIN,
  }
}

/** Where it only may be the company that the partner has to wait with, no rule approves the claim: a person sees both. */
export function askedAgain(ruling: Ruling): Ruling {
  switch (ruling.ruling) {
    case 'approve':
      return { ruling: 'ask', rule: 'register-again', why: ['registered-again'] }
    case 'ask':
      return { ...ruling, why: [...ruling.why, 'registered-again'] }
    case 'decline':
    case 'merge':
      return ruling
  }
}

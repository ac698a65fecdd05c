/** How a company that is looked for and another one met: the one answer to "is it the same company?". Pure. */
import { rulesOf } from './aliases.ts'
import { profile, type Company, type Profile } from './company.ts'
import { match, type Match, type MatchingRules } from './match.ts'
import { isCertain } from './reasons.ts'

/** What matched, what speaks against it, and the score of 100. */
export type Met = Pick<Match, 'matchedOn' | 'against' | 'score'>

/** Domains that the policy says are of one company, in groups. */
export type Aliases = readonly (readonly string[])[]

/** A company that others are compared with. */
export interface Sought extends Company {
  /** Accounts of the CRMs that it is, and how that is known: what stands for one of them is the same company. */
  accounts?: ReadonlyMap<string, Met>
}

/** A company that may be it. */
export interface OtherCompany extends Company {
  /** The account of a CRM that it stands for. */
  accountId: string | null
}

/** The account is the company itself. */
export const ITSELF: Met = { matchedOn: ['id'], against: [], score: 100 }

/** Compares one company with many; null: they are two companies. */
export function comparing(sought: Sought, rules: MatchingRules): (other: OtherCompany, known?: Profile) => Met | null {
  const own = profile(sought)
  return (other, known = profile(other)) => {
    const { verdict, ...met } = match(own, known, rules)
    const account = other.accountId === null ? undefined : sought.accounts?.get(other.accountId)
    return throughAccount(verdict === 'different' ? null : met, account)
  }
}

/** The same for a single pair. */
export function meets(sought: Sought, other: OtherCompany, aliases: Aliases): Met | null {
  return comparing(sought, rulesOf({ aliases }))(other)
}

/**
 * What stands for an account is the company as surely as the account is, whatever it is called. An account that is only likely the
 * company makes nothing certain.
 */
function throughAccount(met: Met | null, account: Met | undefined): Met | null {
  if (account === undefined) return met
  const matchedOn = new Set([
    ...(isCertain(account) ? ['id' as const] : []),
    ...(met?.matchedOn ?? []),
    ...account.matchedOn,
  ])
  return {
    matchedOn: [...matchedOn],
    against: met?.against ?? account.against,
    score: Math.max(met?.score ?? 0, account.score),
  }
}

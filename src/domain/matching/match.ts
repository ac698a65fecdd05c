/**
 * Whether two records mean one company: a verdict, a score of 100, and what it rests on. Pure, so that an admin can try the rules on
 * their own data, and the past can be judged by them.
 */
import type { Profile } from './company.ts'
import { compareDomains } from './domains.ts'
import { evidenceOf } from './evidence.ts'
import { compareNames } from './names.ts'
import type { Against, Reason } from './reasons.ts'

export type Verdict = 'same' | 'ask' | 'different'

export interface Match {
  verdict: Verdict
  /** Of 100. */
  score: number
  /** What matched, the strongest first. */
  matchedOn: Reason[]
  /** What speaks against it. */
  against: Against[]
}

/** What an installation says beside the rules. */
export interface MatchingRules {
  /** The one domain that stands for all domains of a company. */
  aliasOf: (domain: string) => string
}

/** From here on a person is asked whether two records are one. */
export const WORTH_ASKING = 80
/** From here on they count as one: nothing is made at a vendor before a person has said otherwise. */
export const CERTAIN = 95

const noAliases: MatchingRules = { aliasOf: (domain) => domain }

/** Whether the two mean one company. Symmetric. */
export function match(a: Profile, b: Profile, { aliasOf }: MatchingRules = noAliases): Match {
  const names = a.name === null || b.name === null ? null : compareNames(a.name, b.name)
  const domains = a.domain === null || b.domain === null ? null : compareDomains(a.domain, b.domain, aliasOf)
  const isAbroad = a.country !== null && b.country !== null && a.country !== b.country
  const found = evidenceOf({ a, b, names, domains, isAbroad })
    .filter(([, score]) => score > 0)
    .toSorted(([, x], [, y]) => y - x)
  const score = together(found.map(([, one]) => one))
  const against: Against[] = []
  if (domains === 'different' || domains === 'slip') against.push('other-domain')
  if (isAbroad) against.push('other-country')
  if (names?.relation === 'different') against.push('other-name')
  return { verdict: verdictOf(score), score, matchedOn: found.map(([reason]) => reason), against }
}

function verdictOf(score: number): Verdict {
  if (score >= CERTAIN) return 'same'
  return score >= WORTH_ASKING ? 'ask' : 'different'
}

/** The strongest, and a little for each beside it. 100 says that an identity is equal, or the whole name. */
function together(scores: readonly number[]): number {
  const [best = 0, ...others] = scores
  if (best === 100 || best < WORTH_ASKING) return best
  return Math.min(99, best + 3 * others.filter((score) => score >= WORTH_ASKING).length)
}

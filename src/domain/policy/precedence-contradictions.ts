/** What of the rules of precedence cannot be meant: comparisons without a measure, and rules that no finding reaches. */
import type { Measure } from './claim.ts'
import type { Contradiction, Placed } from './contradiction.ts'
import type { FindingKind, PrecedenceRule, Verdict } from './precedence.ts'
import { covers } from './ranges.ts'

/** What each verdict can be said of; what is not named, of every kind. */
const about: Partial<Record<Verdict, readonly FindingKind[]>> = {
  merge: ['registration'],
  split: ['registration', 'direct-deal'],
  'first-in-time': ['registration', 'lead', 'direct-deal'],
  'higher-tier': ['registration', 'lead'],
  incumbent: ['registration', 'lead'],
}

export function precedenceContradictions(rules: Placed<PrecedenceRule>[], policy: Measure): Contradiction[] {
  return rules.flatMap(({ rule, path }, index): Contradiction[] => {
    const found: Contradiction[] = []
    const say = (at: PropertyKey[], message: string) => found.push({ path: [...path, ...at], other: null, message })
    const possible = about[rule.ruling]
    const impossible = rule.against.filter((kind) => possible?.includes(kind) === false)
    if (impossible.length > 0)
      say(
        ['ruling'],
        `rule "${rule.name}" cannot say ${rule.ruling} of ${impossible.join(', ')}; only of ${possible?.join(', ') ?? ''}`,
      )
    if (rule.ruling === 'merge' && rule.samePartner !== true)
      say(['ruling'], `rule "${rule.name}" would merge the deals of two partners; give it \`samePartner: true\``)
    if (rule.ruling === 'higher-tier' && policy.tiers.length < 2)
      say(['ruling'], `rule "${rule.name}" compares tiers; name them in \`tiers\`, the highest first`)
    const before = rules.slice(0, index).find((earlier) => reachesAll(earlier.rule, rule, policy))
    if (before !== undefined)
      found.push({
        path,
        other: before.path,
        message: `rule "${rule.name}" is never reached: "${before.rule.name}" before it decides all of its findings${before.rule.ruling === rule.ruling ? '' : ' and says otherwise'}`,
      })
    return found
  })
}

/** Whether the earlier rule decides every finding that the later one could. */
function reachesAll(earlier: PrecedenceRule, later: PrecedenceRule, policy: Measure): boolean {
  return (
    alwaysDecides(earlier) &&
    later.against.every((kind) => earlier.against.includes(kind)) &&
    (earlier.match === 'any' || later.match === 'certain') &&
    (earlier.samePartner === null || earlier.samePartner === later.samePartner) &&
    (earlier.incumbent === null || earlier.incumbent === later.incumbent) &&
    covers(earlier.when, later.when, policy)
  )
}

/**
 * A comparison may end in a draw, or nothing says since when the other is there, and then the next rule is asked; of two registrations
 * one is always the first.
 */
function alwaysDecides({ ruling, against, share }: PrecedenceRule): boolean {
  switch (ruling) {
    case 'split':
      return share === '50' || against.every((kind) => kind === 'registration')
    case 'first-in-time':
      return against.every((kind) => kind === 'registration')
    case 'higher-tier':
    case 'incumbent':
      return false
    case 'clear':
    case 'decline':
    case 'ask':
    case 'merge':
      return true
  }
}

/** What a partner is told when a rule declines: what stands before the claim, and never whose it is or how much. */
import { citation, citationOf } from '../domain/policy/paragraphs.ts'
import type { Policy } from '../domain/policy/policy.ts'
import type { FindingKind, Ruling } from '../domain/ruling.ts'

const REASONS: Record<FindingKind, string> = {
  registration: 'Another partner registered this company before.',
  lead: 'Another partner works with this company already.',
  overlap: 'Another partner works with this company already.',
  'direct-deal': 'Our own sales works with this company already.',
  customer: 'This company is a customer already.',
  'named-account': 'This company is served by our own sales.',
}

/** The rule's own words, else what is said for such a finding; and the paragraph that the partner can read it in. */
export function reasonOf({ rule, because }: Extract<Ruling, { ruling: 'decline' }>, policy: Policy): string | null {
  const own = [...policy.precedence, ...policy.approval].find(({ name }) => name === rule)?.reason ?? null
  const said = own ?? (because === null ? null : REASONS[because.kind])
  return withCitation(said, rule, policy)
}

/** A reason with the paragraph of the rule that says so. */
export function withCitation(reason: string | null, rule: string, policy: Policy): string | null {
  const cited = citedIn(policy, rule)
  const where = cited === null ? null : `(${cited})`
  return reason === null && where === null ? null : [reason, where].filter((part) => part !== null).join(' ')
}

/** The number of a rule's paragraph, as an event keeps it: what is told of the event cites it. */
export function paragraphOf(policy: Policy, rule: string | null | undefined): { paragraph?: string } {
  const cited = rule === undefined || rule === null ? null : citationOf(policy, rule)
  return cited === null ? {} : { paragraph: cited.number }
}

/** The paragraph of a rule in words; null: this policy has no such rule. */
export function citedIn(policy: Policy, rule: string): string | null {
  const cited = citationOf(policy, rule)
  return cited === null ? null : citation(policy.title, cited.number, cited.id)
}

/** What a partner is told when a rule declines: what stands before the claim, and never whose it is or how much. */
import { citationOf } from '../domain/policy/paragraphs.ts'
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
  const cited = citationOf(policy, rule)
  const where = cited === null ? null : `(${policy.title}, ${cited.number} ${cited.id})`
  return said === null && where === null ? null : [said, where].filter((part) => part !== null).join(' ')
}

/** What the policy gives a claim: who decides it, for how long it is protected, at which price. The first rule that holds says. */
import { dividedBy, minus, rounded, times } from '../money.ts'
import { ACCOUNT_MANAGER } from './approver.ts'
import type { Conditions } from './conditions.ts'
import { judge, type ClaimFacts, type Measure } from './claim.ts'
import type { Policy } from './policy.ts'

/**
 * Who decides, and by which rule. A rule that names nobody, such as the account manager of a partner that has none, is passed over.
 *
 * @param manager of the claim's partner
 * @returns null: the policy names nobody for such a claim
 */
export function approverFor(
  policy: Policy,
  claim: ClaimFacts,
  manager: string | null,
): { rule: string; to: string } | null {
  for (const { name, when, to } of policy.approver) {
    const person = to === ACCOUNT_MANAGER ? manager : to
    if (person !== null && person !== '' && judge(when, claim, policy).holds === 'yes')
      return { rule: name, to: person }
  }
  return null
}

/** Who is asked about what concerns no one partner: the last choice that holds of every claim. */
export function fallbackApprover(policy: Policy): string | null {
  return policy.approver.findLast(({ when, to }) => to !== ACCOUNT_MANAGER && asksNothing(when))?.to ?? null
}

/** For how long an approved claim is protected, in milliseconds; and when its end is reminded of, before it. */
export function exclusivityFor(policy: Policy, claim: ClaimFacts): { rule: string; for: number; reminders: number[] } {
  const { terms, reminders, ...usual } = policy.exclusivity
  const term = firstThatHolds(terms, claim, policy)
  const length = term?.for ?? usual.for
  return { rule: term?.name ?? 'exclusivity', for: length, reminders: reminders.filter((before) => before < length) }
}

/** What the deal carries at approval; null: no price. */
export interface Price {
  rule: string
  reference: string
  /** The claim's amount without the discount, in the claim's currency; null: the rule gives none, or the claim has no amount. */
  registeredPrice: string | null
}

export function priceFor(policy: Policy, claim: ClaimFacts): Price | null {
  const rule = firstThatHolds(policy.price, claim, policy)
  if (rule === undefined) return null
  const { name, reference, discount } = rule
  return { rule: name, reference, registeredPrice: discount === null ? null : without(discount, claim.amount) }
}

function firstThatHolds<R extends { when: Conditions }>(
  rules: R[],
  claim: ClaimFacts,
  measure: Measure,
): R | undefined {
  return rules.find(({ when }) => judge(when, claim, measure).holds === 'yes')
}

function asksNothing(when: Conditions): boolean {
  return Object.values(when).every((asked) => asked === null)
}

/** What is left of an amount, to the cent: that is how exactly CRMs keep a price. */
function without(discount: string, amount: string | null): string | null {
  const left = minus('100', discount)
  const product = amount === null || left === null ? null : times(amount, left)
  const price = product === null ? null : dividedBy(product, '100')
  return price === null ? null : rounded(price, 2)
}

/** What of a policy cannot all be meant: rules that no claim reaches, instants out of order, names that nothing bears. */
import { ACCOUNT_MANAGER } from './approver.ts'
import { isSame, type Measure } from './claim.ts'
import type { Conditions } from './conditions.ts'
import type { Contradiction, Placed } from './contradiction.ts'
import type { PolicyDocument } from './document.ts'
import { shortForm, type OneForm } from './one-form.ts'
import { covers, isEmpty, overlapInAmountAlone } from './ranges.ts'
import { standingRules } from './standing.ts'
import { timingContradictions } from './timing.ts'
import { precedenceContradictions } from './precedence-contradictions.ts'

/**
 * @param document the same policy as it is written: it says where each rule stands
 */
export function contradictions(policy: OneForm, document: PolicyDocument): Contradiction[] {
  const lists = placedRules(policy, document)
  return [
    ...namesTwice(lists),
    ...conditionsInVain(lists, policy),
    ...unreached(lists.approval, policy, (one, other) => one.ruling === other.ruling),
    ...unreached(lists.terms, policy, (one, other) => one.for === other.for),
    ...unreached(lists.price, policy, (one, other) => one.reference === other.reference),
    ...unreached(
      lists.approver.filter(({ rule }) => rule.to !== ACCOUNT_MANAGER),
      policy,
      (one, other) => one.to === other.to,
    ),
    ...precedenceContradictions(lists.precedence, policy),
    ...timingContradictions(policy, document, lists.terms),
  ]
}

type Lists = ReturnType<typeof placedRules>

function placed<R>(
  rules: R[],
  written: number,
  at: readonly PropertyKey[],
  short: (rule: R) => PropertyKey[],
): Placed<R>[] {
  return rules.map((rule, index) => ({ rule, path: index < written ? [...at, index] : short(rule) }))
}

function placedRules(policy: OneForm, document: PolicyDocument) {
  const tiers = Object.keys(document.exclusivity.byTier)
  return {
    precedence: placed(policy.precedence, policy.precedence.length, ['precedence'], () => []),
    approval: placed(policy.approval, document.approval.length, ['approval'], () => ['autoApprove']),
    approver: placed(policy.approver, document.approver.length, ['approver'], () => ['decision', 'approver']),
    price: placed(policy.price, policy.price.length, ['price'], () => []),
    terms: placed(policy.exclusivity.terms, document.exclusivity.terms.length, ['exclusivity', 'terms'], ({ name }) => [
      'exclusivity',
      'byTier',
      tiers.find((tier) => shortForm.tier(tier) === name) ?? '',
    ]),
  }
}

function namesTwice(lists: Lists): Contradiction[] {
  const seen = new Map<string, readonly PropertyKey[]>()
  return Object.values(lists)
    .flatMap((rules) => rules.map(({ rule, path }) => ({ name: rule.name, path })))
    .flatMap(({ name, path }): Contradiction[] => {
      const other = seen.get(name)
      seen.set(name, path)
      if (name in standingRules)
        return [{ path, other: null, message: `"${name}" is the name of a rule that every policy has` }]
      if (other === undefined) return []
      return [{ path, other, message: `the name "${name}" is given twice: rulings could not tell which one they cite` }]
    })
}

/** Conditions that no claim can meet, or whose words mean nothing here. */
function conditionsInVain(lists: Lists, policy: OneForm): Contradiction[] {
  const asked = [
    ...Object.values(lists).flatMap((rules) =>
      rules.map(({ rule, path }) => ({ name: `rule "${rule.name}"`, when: rule.when, path: [...path, 'when'] })),
    ),
    {
      name: 'the automatic extension',
      when: policy.exclusivity.extension.automaticWhen,
      path: ['exclusivity', 'extension', 'automaticWhen'],
    },
  ]
  return asked.flatMap(({ name, when, path }) => (when === null ? [] : inVain(name, when, path, policy)))
}

function inVain(name: string, when: Conditions, path: readonly PropertyKey[], policy: Measure): Contradiction[] {
  const found: Contradiction[] = []
  const say = (at: readonly PropertyKey[], message: string) =>
    found.push({ path: [...path, ...at], other: null, message })
  if (when.amount !== null) {
    const unit = when.amount.currency ?? policy.currency
    if (unit === null)
      say(['amount'], `${name} compares amounts without a currency: give it here, or as \`currency\` of the policy`)
    else if (when.amount.currency !== null && policy.currency !== null && !isKnown(when.amount.currency, policy))
      say(['amount', 'currency'], `${name} counts in ${unit}, for which \`rates\` has no rate to ${policy.currency}`)
    if (isEmpty(when.amount)) say(['amount'], `${name} can never hold: no amount is within its bounds`)
  }
  when.tiers?.forEach((tier, index) => {
    if (policy.tiers.length > 0 && !policy.tiers.some((known) => isSame(known, tier)))
      say(
        ['tiers', index],
        `${name} asks for the tier "${tier}", which \`tiers\` does not name: ${policy.tiers.join(', ')}`,
      )
  })
  return found
}

function isKnown(currency: string, { currency: own, rates }: Measure): boolean {
  return currency === own || currency in rates
}

/** Rules behind one that holds wherever they do, and rules whose amounts meet while everything else is equal. */
function unreached<R extends { name: string; when: Conditions }>(
  rules: Placed<R>[],
  policy: Measure,
  saysTheSame: (one: R, other: R) => boolean,
): Contradiction[] {
  return rules.flatMap(({ rule, path }, index): Contradiction[] => {
    for (const { rule: earlier, path: other } of rules.slice(0, index)) {
      const same = saysTheSame(earlier, rule)
      if (covers(earlier.when, rule.when, policy))
        return [
          {
            path,
            other,
            message: `rule "${rule.name}" is never reached: "${earlier.name}" before it holds for all of its claims${same ? '' : ' and says otherwise'}`,
          },
        ]
      if (overlapInAmountAlone(earlier.when, rule.when, policy) && !same)
        return [
          {
            path,
            other,
            message: `rules "${earlier.name}" and "${rule.name}" contradict each other where their amounts overlap; let one end where the other begins (\`above\`, \`below\`)`,
          },
        ]
    }
    return []
  })
}

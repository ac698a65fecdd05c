/** Short forms of a policy as the rules that they are short for, so that nobody reads a policy in two ways. */
import { conditions } from './conditions.ts'
import type { PolicyDocument } from './document.ts'

/** How the rules are named that short forms stand for. */
export const shortForm = {
  approval: 'auto-approve',
  approver: 'fallback-approver',
  tier: (tier: string) =>
    `tier-${tier
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')}`,
}

export function inOneForm({ autoApprove, ...document }: PolicyDocument) {
  const { approver, escalateTo, ladder, remindAfter, ...decision } = document.decision
  const { byTier, terms, remindBefore: _one, ...exclusivity } = document.exclusivity
  const none = { says: null }
  return {
    ...document,
    approval: [
      ...document.approval,
      ...(autoApprove === null
        ? []
        : [
            {
              ...none,
              name: shortForm.approval,
              when: conditions.parse({
                amount: { upTo: autoApprove.upTo, currency: autoApprove.currency },
                ...(autoApprove.tiers.length === 0 ? {} : { tiers: autoApprove.tiers }),
              }),
              ruling: 'approve' as const,
              missing: 'ask' as const,
              reason: null,
            },
          ]),
    ],
    approver: [
      ...document.approver,
      ...(approver === null ? [] : [{ ...none, name: shortForm.approver, when: conditions.parse({}), to: approver }]),
    ],
    decision: {
      ...decision,
      remindAfter: remindAfter === undefined ? decision.within / 2 : remindAfter,
      ladder: escalateTo === null ? ladder : [{ name: null, after: decision.within, to: escalateTo }, ...ladder],
    },
    exclusivity: {
      ...exclusivity,
      terms: [
        ...terms,
        ...Object.entries(byTier).map(([tier, length]) => ({
          ...none,
          name: shortForm.tier(tier),
          when: conditions.parse({ tiers: [tier] }),
          for: length,
        })),
      ],
      /** The longest before the end first. */
      reminders: remindersOf(document.exclusivity).toSorted((a, b) => b - a),
    },
  }
}

/** Who says nothing is reminded of the end two weeks before, where the period is longer than that. */
const USUAL_REMINDER_MS = 14 * 86_400_000

function remindersOf({ reminders, remindBefore, for: length }: PolicyDocument['exclusivity']): number[] {
  if (reminders !== null) return reminders
  if (remindBefore !== null) return [remindBefore]
  return USUAL_REMINDER_MS < length ? [USUAL_REMINDER_MS] : []
}

/** A policy in which everything is said in one way. */
export type OneForm = ReturnType<typeof inOneForm>

/** Whom a notice is written for: it decides which text a person gets and which facts may stand in it. */
export const audiences = [
  /** A person at the partner: sees what is the partner's own. */
  'partner',
  /** Who answers for the partner or decides: sees the claim and what stands against it. */
  'manager',
  /** The sales person of a deal: sees the facts of the alert and no more. */
  'rep',
  /** Who hears of what was not done in time: sees what the manager sees. */
  'director',
] as const
export type Audience = (typeof audiences)[number]

/**
 * What a text can name: of what kind it is, and who may be shown it. A text for an audience that may not see a fact is refused by a
 * test, and a fact is never given to a text of an audience that may not see it.
 */
export const noticeFacts = {
  company: { kind: 'text', shownTo: audiences },
  domain: { kind: 'text', shownTo: audiences },
  /** The partner whose claim the notice is about. */
  partner: { kind: 'text', shownTo: audiences },
  amount: { kind: 'amount', shownTo: ['partner', 'manager', 'director'] },
  /** As the partner is told it. */
  reason: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  submittedAt: { kind: 'instant', shownTo: audiences },
  decideBy: { kind: 'instant', shownTo: ['manager', 'director'] },
  protectedUntil: { kind: 'instant', shownTo: audiences },
  /** Why a person is asked. */
  why: { kind: 'codes', shownTo: ['manager', 'director'] },
  /** What the partner was asked last, and what they answered. */
  question: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  answer: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  /** Until when a longer protection is asked for, and why. */
  extendUntil: { kind: 'instant', shownTo: ['partner', 'manager', 'director'] },
  extensionReason: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  /** Why a person decided so, as the partner is told it. */
  decisionReason: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  /** By what commands the task is decided. */
  commands: { kind: 'lines', shownTo: ['manager', 'director'] },
  /** Whom to ask about it on our side. */
  contact: { kind: 'text', shownTo: audiences },
  /** A direct deal beside the claim, its owner and its amount. */
  deal: { kind: 'text', shownTo: ['manager', 'rep', 'director'] },
  owner: { kind: 'text', shownTo: ['manager', 'rep', 'director'] },
  dealAmount: { kind: 'amount', shownTo: ['manager', 'director'] },
  /** How many things a list tells of. */
  count: { kind: 'count', shownTo: ['manager', 'rep', 'director'] },
  /** A list, one thing a line. */
  list: { kind: 'lines', shownTo: ['manager', 'rep', 'director'] },
} as const satisfies Record<string, { kind: FactKind; shownTo: readonly Audience[] }>

export type FactKind = 'text' | 'instant' | 'amount' | 'codes' | 'lines' | 'count'
export type FactName = keyof typeof noticeFacts

interface Values {
  text: string
  instant: string
  amount: { amount: string; currency: string | null }
  codes: readonly string[]
  lines: readonly string[]
  count: number
}

/** The facts of one notice; what is unknown is absent or null. */
export type Facts = { [F in FactName]?: Values[(typeof noticeFacts)[F]['kind']] | null }

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
  partner: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  amount: { kind: 'amount', shownTo: ['partner', 'manager', 'director'] },
  /** As the partner is told it. */
  reason: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  /** The paragraph of the policy by which it is so: its title, number and rule. */
  cited: { kind: 'text', shownTo: ['partner', 'manager', 'director'] },
  submittedAt: { kind: 'instant', shownTo: audiences },
  decideBy: { kind: 'instant', shownTo: ['manager', 'director'] },
  protectedFrom: { kind: 'instant', shownTo: audiences },
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
  /** Whom to ask about it on our side. */
  contact: { kind: 'text', shownTo: audiences },
  /** A direct deal beside the claim, its owner and its amount. */
  deal: { kind: 'text', shownTo: ['manager', 'rep', 'director'] },
  owner: { kind: 'text', shownTo: ['manager', 'rep', 'director'] },
  dealAmount: { kind: 'amount', shownTo: ['manager', 'director'] },
  /** A person at a partner who has left, and the connection where they still stand. */
  person: { kind: 'text', shownTo: ['manager', 'director'] },
  connection: { kind: 'text', shownTo: ['manager', 'director'] },
  /** By what commands the task is decided. */
  commands: { kind: 'commands', shownTo: ['manager', 'director'] },
  /** How many things a list tells of. */
  count: { kind: 'count', shownTo: ['manager', 'rep', 'director'] },
  /** A list, one thing a line; each language says a line in its own words. */
  list: { kind: 'list', shownTo: ['manager', 'rep', 'director'] },
  /** How many things a list leaves out. */
  more: { kind: 'count', shownTo: ['manager', 'rep', 'director'] },
} as const satisfies Record<string, { kind: FactKind; shownTo: readonly Audience[] }>

/** `codes`, `list` and `commands` stand on a line of their own. */
export type FactKind = 'text' | 'instant' | 'amount' | 'count' | 'codes' | 'list' | 'commands'
export type FactName = keyof typeof noticeFacts

/** What a line of a list can name, by what it is a line of. */
export const lineNames = {
  /** A deal of which nobody has said where it came from. */
  'deal-without-source': ['deal', 'account', 'amount', 'owner', 'connection', 'object', 'record', 'since'],
  /** An account that more than one side pursues. */
  'audit-row': ['territory', 'company', 'account', 'partners', 'deals', 'task'],
  /** A direct deal at such an account. */
  'audit-deal': ['deal', 'owner'],
} as const satisfies Record<string, readonly string[]>
export type LineKind = keyof typeof lineNames

/** Several values are told as one enumeration. */
export type LineValue = string | { amount: string; currency: string | null } | { day: string } | readonly LineItem[]
export type LineItem = string | null | Line

export interface Line {
  line: LineKind
  /** What is unknown is absent or null. */
  names: Readonly<Record<string, LineValue | null>>
}

interface Values {
  text: string
  instant: string
  amount: { amount: string; currency: string | null }
  count: number
  codes: readonly string[]
  list: readonly Line[]
  commands: readonly string[]
}

/** The facts of one notice; what is unknown is absent or null. */
export type Facts = { [F in FactName]?: Values[(typeof noticeFacts)[F]['kind']] | null }

/** By what way a notice goes out. */
export const channels = ['email', 'slack', 'teams', 'webhook', 'crm-task', 'portal-comment'] as const
export type ChannelName = (typeof channels)[number]

/** Channels by which a person is reached at their own address; the others lead to a place, or to the record itself. */
export const personalChannels = ['email', 'slack', 'crm-task'] as const satisfies readonly ChannelName[]
export type PersonalChannel = (typeof personalChannels)[number]

/** Channels that can collect notices to one message. */
export const digestChannels = ['email', 'slack'] as const satisfies readonly ChannelName[]

/** When a person is told: at once, or once a day or week of everything that was due. */
export const rhythms = ['immediate', 'daily', 'weekly'] as const
export type Rhythm = (typeof rhythms)[number]

/** What a person chose for one topic, or for all (`*`); what is absent is as configured. */
export interface Choice {
  channels?: PersonalChannel[] | undefined
  rhythm?: Rhythm | undefined
}

/** What a person chose. Topics are the first part of a template's name, such as `registration`. */
export interface Preference {
  language: string | null
  timeZone: string | null
  /** The hour of the day in their time zone at which a digest comes. */
  hour: number
  /** The day of a weekly digest: 1 is Monday, 7 Sunday. */
  weekday: number
  choices: Record<string, Choice>
}

/** The topic of a template's name. */
export function topicOf(template: string): string {
  return template.split('.', 1)[0] ?? template
}

/** Whether an address is a person's own, and not the name of a place. */
export function isAddress(recipient: string): boolean {
  return recipient.includes('@')
}

/** What shares a fate: the circuit of one route leaves the others alone. A place is a route of its own. */
export function routeOf(channel: ChannelName, recipient: string): string {
  const isPlace = channel === 'teams' || channel === 'webhook' || (channel === 'slack' && !isAddress(recipient))
  return isPlace || channel === 'portal-comment' ? `${channel}/${recipient}` : channel
}

/** Whether a fact may stand in a text for this audience. */
export function mayBeShown(fact: FactName, audience: Audience): boolean {
  return noticeFacts[fact].shownTo.some((known) => known === audience)
}

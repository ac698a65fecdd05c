/** The one thing that people decide, as a table: what each kind of task may be answered with, and which process hears of it. */

/** Every answer that some kind of task may be given. */
export const taskDecisions = [
  'approve',
  'decline',
  'ask-info',
  'grant',
  'refuse',
  'release',
  'reassign',
  'co-sell',
  'ours',
  'partner',
  'split',
  'no-conflict',
  'accept',
  'keep',
  'revoke',
] as const
export type TaskDecision = (typeof taskDecisions)[number]

/** Whether a decision has to be explained, and who reads it. */
export type ReasonRule =
  | 'none-needed'
  /** Nobody decides so without saying why: the partner, or the next reader of the timeline, is told. */
  | 'needed'

export interface TaskKindRow {
  /** What is asked, for people. */
  asks: string
  /** By its name: whether a reason is needed. None: the task ends by what is done elsewhere. */
  decisions: Readonly<Partial<Record<TaskDecision, ReasonRule>>>
  /** Whose process reads the decision; `null`: the row alone is the outcome. */
  wakes: 'registration' | 'direct-deal' | null
}

export const taskKinds = {
  'approve-registration': {
    asks: 'Is the claim approved?',
    decisions: { approve: 'none-needed', decline: 'needed', 'ask-info': 'needed' },
    wakes: 'registration',
  },
  'extend-protection': {
    asks: 'Is the protection extended as asked?',
    decisions: { grant: 'none-needed', refuse: 'needed' },
    wakes: 'registration',
  },
  'review-direct-deal': {
    asks: 'A direct deal was opened at a registered account: whose is it?',
    decisions: { release: 'needed', reassign: 'none-needed', 'co-sell': 'none-needed' },
    wakes: 'direct-deal',
  },
  'rule-conflict': {
    asks: 'Both sides, or two partners, pursue one account: whose is it?',
    decisions: { ours: 'none-needed', partner: 'none-needed', split: 'none-needed', 'no-conflict': 'none-needed' },
    wakes: null,
  },
  'accept-change': {
    asks: 'The partner proposes another value for a locked field: is it taken?',
    decisions: { accept: 'none-needed', refuse: 'needed' },
    wakes: 'registration',
  },
  'confirm-claim': {
    asks: 'What the claim rested on has changed: does it stand?',
    decisions: { keep: 'none-needed', revoke: 'needed' },
    wakes: 'registration',
  },
  'invite-contact': { asks: 'Is the person invited to the portal?', decisions: {}, wakes: null },
  'deactivate-contact': {
    asks: 'A person has left the partner and stands in a system where Causeway cannot deactivate them: is their access revoked?',
    decisions: { revoke: 'none-needed', keep: 'none-needed' },
    wakes: null,
  },
  'name-colleague': { asks: 'Who takes over the open work?', decisions: {}, wakes: null },
} as const satisfies Record<string, TaskKindRow>

export type TaskKind = keyof typeof taskKinds

/** Where a person or program acts from. */
export const actorDoors = ['api', 'cli', 'crm', 'mail', 'chat', 'portal', 'system'] as const

/** Who acts, as rows and timelines name them. */
export interface Actor {
  /** As it is kept: the label of a key, or an address. */
  label: string
  /** By which they are a user of ours; null: nobody in person. */
  email: string | null
  door: (typeof actorDoors)[number]
}

/** What the kind may be answered with, and whether the answer has to be explained; null: it is no answer to this kind. */
export function reasonFor(kind: TaskKind, decision: TaskDecision): ReasonRule | null {
  const rows: TaskKindRow['decisions'] = taskKinds[kind].decisions
  return rows[decision] ?? null
}

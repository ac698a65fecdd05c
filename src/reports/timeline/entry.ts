/** What a timeline is made of: one entry for each thing that happened, with the row that proves it. */
import type { RegistrationState } from '../../domain/records.ts'
import type { Instant } from '../../domain/time.ts'

export const entryKinds = [
  /** A step of the process, or something that a person did. */
  'event',
  /** A person was asked. */
  'asked',
  /** What that person decided, at the instant of the decision. */
  'decided',
  /** What the partner was asked. */
  'question',
  'answer',
  /** A wish that the protection last longer. */
  'extension',
  /** What a check found beside the claim. */
  'finding',
  /** A message to a person. */
  'notice',
  /** What was written to a system, or is still to be. */
  'write',
  /** What a system said of the record. */
  'reading',
  /** A field that two sides changed. */
  'clash',
  /** A change of what is locked since the approval. */
  'proposal',
] as const
export type EntryKind = (typeof entryKinds)[number]

export interface TimelineEntry {
  at: Instant
  kind: EntryKind
  /** The row's id. */
  id: string
  /** The event that brought it about; null: it stands for itself. */
  under: string | null
  /** As a code, such as `registration.approved` or `task.opened`. */
  what: string
  /** Who did it, or to whom it went, in words; null: Causeway itself. */
  who: string | null
  rule: string | null
  policyVersion: string | null
  reason: string | null
  /** Whatever else is known of it, by name. */
  facts: Record<string, string | number | boolean | null>
}

/** The claim as it stands, and all that happened to it, the oldest first. */
export interface Timeline {
  registration: {
    id: string
    state: RegistrationState
    company: string | null
    domain: string | null
    contactName: string | null
    contactEmail: string | null
    amount: string | null
    currency: string | null
    closeDate: string | null
    products: string | null
    partner: string | null
    portal: string | null
    submittedBy: string | null
    onBehalfBy: string | null
    submittedAt: Instant | null
    createdAt: Instant
    decideBy: Instant | null
    protectedFrom: Instant | null
    protectedUntil: Instant | null
    reason: string | null
    policyVersion: string | null
  }
  entries: TimelineEntry[]
  /** How often a system was read and said what was known already. */
  unchangedReadings: number
}

/** The oldest first; what happened at one instant in the order of cause and effect. */
export function inOrder(entries: TimelineEntry[]): TimelineEntry[] {
  return entries.toSorted((a, b) => {
    if (a.at !== b.at) return a.at < b.at ? -1 : 1
    const byKind = entryKinds.indexOf(a.kind) - entryKinds.indexOf(b.kind)
    if (byKind !== 0) return byKind
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
  })
}

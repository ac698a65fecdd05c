/**
 * The policy as numbered paragraphs, made of its data. A ruling cites a paragraph by its id, which is the rule's name and stays when
 * rules are moved; the number is where it stands in this version.
 */
import type { Policy } from './policy.ts'
import { approvalSection } from './sections/approval.ts'
import { calendarSection } from './sections/calendars.ts'
import { decisionSection } from './sections/decision.ts'
import { editsSection } from './sections/edits.ts'
import { exclusivitySection } from './sections/exclusivity.ts'
import { matchingSection } from './sections/matching.ts'
import { noticesSection } from './sections/notices.ts'
import { precedenceSection } from './sections/precedence.ts'
import { priceSection } from './sections/price.ts'
import { conflictsSection, directDealsSection } from './sections/conflicts.ts'
import type { DraftSection } from './sections/section.ts'

/** Partners read what concerns them, and nobody's address; staff read everything. */
export const audiences = ['partner', 'staff'] as const
export type Audience = (typeof audiences)[number]

export interface Paragraph {
  id: string
  /** Such as `2.3`. The same for both audiences, so that they can speak of it. */
  number: string
  text: string
}

export interface Section {
  number: string
  title: string
  lead: string | null
  paragraphs: Paragraph[]
}

/** What an audience reads, in order. A section of which it reads nothing is left out, and its number stays free. */
export function sectionsOf(policy: Policy, audience: Audience): Section[] {
  return drafts(policy)
    .map(({ title, lead, paragraphs }, index): Section => ({
      number: String(index + 1),
      title,
      lead,
      paragraphs: paragraphs.flatMap(({ id, text, staff }, place) => {
        const said = audience === 'staff' ? (staff ?? text) : text
        return said === null ? [] : [{ id, number: `${String(index + 1)}.${String(place + 1)}`, text: said }]
      }),
    }))
    .filter(({ paragraphs }) => paragraphs.length > 0)
}

/** The paragraph that a ruling cites; null: this policy has no such rule. */
export function citationOf(policy: Policy, rule: string): Paragraph | null {
  const known = cited.get(policy) ?? new Map(paragraphsOf(policy))
  cited.set(policy, known)
  return known.get(rule) ?? null
}

/** Made once for each policy: every step of every claim cites. */
const cited = new WeakMap<Policy, ReadonlyMap<string, Paragraph>>()

function paragraphsOf(policy: Policy): [string, Paragraph][] {
  return sectionsOf(policy, 'staff').flatMap(({ paragraphs }) =>
    paragraphs.map((one): [string, Paragraph] => [one.id, one]),
  )
}

/** The paragraph in words: `Rules of engagement, 3.2 gold-up-to-100k`. */
export function citation(title: string | null, number: string, rule: string): string {
  return `${title === null ? '' : `${title}, `}${number} ${rule}`
}

function drafts(policy: Policy): DraftSection[] {
  return [
    matchingSection(policy),
    precedenceSection(policy),
    approvalSection(policy),
    decisionSection(policy),
    conflictsSection(policy),
    exclusivitySection(policy),
    priceSection(policy),
    editsSection(policy),
    directDealsSection(policy),
    calendarSection(policy),
    noticesSection(policy),
  ]
}

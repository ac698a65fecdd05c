/** The messages to people, as plain text. A template sees the facts of its registration and nothing of another partner. */
import type { Instant } from '../domain/time.ts'

export interface NoticeFacts {
  company: string
  partner: string
  reason: string | null
  decideBy: Instant | null
  protectedUntil: Instant | null
  /** Codes of why a person is asked. */
  why: string[]
  taskId: string | null
}

export interface Message {
  subject: string
  text: string
}

const WHY: Record<string, string> = {
  'direct-deal': 'Our own sales has an open deal at this company (same domain).',
  'direct-deal-by-name': 'Our own sales has an open deal at a company of the same name.',
  'registration-by-name': 'Another live registration names a company of the same name.',
  'protected-for-another': 'Another registration of this company is already protected.',
  'not-fully-read': 'Not every portal and CRM could be read in time, so the check may be incomplete.',
  'no-automatic-approval': 'The policy approves nothing by itself.',
  'amount-missing': 'No amount is given.',
  'amount-above-limit': 'The amount is above the limit of automatic approval.',
  'other-currency': 'The amount is in another currency than the limit of automatic approval.',
  tier: 'The partner’s tier is not among those approved by rule.',
}

const templates: Record<string, (facts: NoticeFacts) => Message> = {
  'task.opened': (f) => ({
    subject: `Decision needed: ${f.partner} registered ${f.company}`,
    text: `${f.partner} registered ${f.company}.\n\nWhy you are asked:\n${reasons(f)}\n\nPlease decide by ${when(f.decideBy)}:\n${decideLine(f)}`,
  }),
  'task.reminder': (f) => ({
    subject: `Reminder: ${f.company} (${f.partner}) waits for your decision`,
    text: `The registration of ${f.company} by ${f.partner} is still undecided. It is due ${when(f.decideBy)}.\n${decideLine(f)}`,
  }),
  'task.escalated': (f) => ({
    subject: `Overdue: ${f.company} (${f.partner}) was not decided in time`,
    text: `The registration of ${f.company} by ${f.partner} was due ${when(f.decideBy)} and is still undecided.\n\nWhy a decision is needed:\n${reasons(f)}\n${decideLine(f)}`,
  }),
  'registration.approved': (f) => ({
    subject: `Approved: ${f.company}`,
    text: `The registration of ${f.company} by ${f.partner} is approved.\n\nThe company is reserved for you until ${when(f.protectedUntil)}.`,
  }),
  'registration.declined': (f) => ({
    subject: `Declined: ${f.company}`,
    text: `The registration of ${f.company} by ${f.partner} is declined.${f.reason === null ? '' : `\n\nReason: ${f.reason}`}`,
  }),
  'conflict.detected': (f) => ({
    subject: `Another partner registered ${f.company} as well`,
    text: `Another partner submitted a registration for ${f.company}, which you have registered. Nothing changes for you unless we write again.`,
  }),
  'exclusivity.ending': (f) => ({
    subject: `The exclusive period for ${f.company} ends soon`,
    text: `The exclusive period of ${f.partner} for ${f.company} ends ${when(f.protectedUntil)}.`,
  }),
  'registration.lapsed': (f) => ({
    subject: `Lapsed: ${f.company}`,
    text: `The exclusive period of ${f.partner} for ${f.company} ended ${when(f.protectedUntil)}. The registration has lapsed.`,
  }),
  'registration.won': (f) => ({
    subject: `Won: ${f.company}`,
    text: `The deal with ${f.company}, registered by ${f.partner}, is won.`,
  }),
  'registration.lost': (f) => ({
    subject: `Lost: ${f.company}`,
    text: `The deal with ${f.company}, registered by ${f.partner}, is lost.`,
  }),
  'registration.withdrawn': (f) => ({
    subject: `Withdrawn: ${f.company}`,
    text: `${f.partner} withdrew the registration of ${f.company}.`,
  }),
}

/** The message of a template; null when this release knows no such template. */
export function render(template: string, facts: NoticeFacts): Message | null {
  const build = templates[template]
  if (build === undefined) return null
  const { subject, text } = build(facts)
  return { subject: subject.replace(/[\r\n]+/g, ' ').slice(0, 200), text: `${text}\n` }
}

function reasons(f: NoticeFacts): string {
  return f.why.length === 0 ? '- (see the task)' : f.why.map((code) => `- ${WHY[code] ?? code}`).join('\n')
}

function decideLine(f: NoticeFacts): string {
  return f.taskId === null
    ? ''
    : `\n  causeway tasks approve ${f.taskId}\n  causeway tasks decline ${f.taskId} --reason "…"`
}

function when(at: Instant | null): string {
  return at === null ? 'soon' : `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`
}

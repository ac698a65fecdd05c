/** A timeline in plain language. What a later release does is told by its code, so that nothing is left out. */
import type { TimelineEntry } from './entry.ts'

const EVENTS: Record<string, string> = {
  'registration.received': 'The registration was taken in',
  'registration.screened': 'It was checked for conflicts',
  'registration.approved': 'Approved',
  'registration.declined': 'Declined',
  'registration.won': 'The deal was won',
  'registration.lost': 'The deal was lost',
  'registration.lapsed': 'The protection ended and the registration lapsed',
  'registration.withdrawn': 'Withdrawn by the partner',
  'registration.revoked': 'The approval was taken back',
  'registration.merged': 'It became part of another registration of the same partner',
  'registration.absorbed': 'Another registration of the same partner became part of it',
  'registration.reopened': 'The deal was opened again',
  'registration.not-credited': 'The deal was won after the protection had ended, and is not credited',
  'registration.edited': 'The partner changed it',
  'registration.rescreened': 'What it claims was changed, so it is checked anew',
  'info.requested': 'The partner was asked for more; the clock of the decision stopped',
  'info.reminded': 'The partner was reminded of the question',
  'info.answered': 'The question was answered; the clock of the decision went on',
  'info.unanswered': 'The question was not answered in time',
  'task.opened': 'A person was asked to decide',
  'task.reminded': 'The person asked was reminded',
  'task.comment-missing': 'It was rejected in the CRM without a comment, which decides nothing by the policy',
  'task.escalated': 'The decision was overdue and escalated',
  'extension.not-asked': 'A longer protection was asked for in the CRM, and cannot be had now',
  'exclusivity.reminded': 'A reminder of the end of the protection',
  'attachment.added': 'A file was attached',
  'attachment.removed': 'A file was removed',
  'credit.split': 'The credit of the deal is shared by a rule',
  'direct-deal.found': 'A direct deal was opened at this company',
  'direct-deal.alerted': 'The rep of the direct deal was told of the registration',
  'direct-deal.asked': 'The manager of the rep was asked about the direct deal',
  'direct-deal.reminded': 'The manager of the rep was reminded of the direct deal',
  'direct-deal.escalated': 'The decision about the direct deal was overdue and escalated',
  'direct-deal.stage-followed': 'The direct deal had moved before it was held; that stage is held',
  'direct-deal.set-back': 'The direct deal was moved while it was held, and set back',
  'direct-deal.let-go': 'The direct deal was moved again and again, and is not set back any more',
  'direct-deal.ruled': 'It was decided about the direct deal',
  'direct-deal.partner-told': 'The partner was told of their part in the deal',
  'direct-deal.closed': 'Nothing was left to decide about the direct deal',
  'change.proposed': 'A change of what is locked was proposed',
  'change.accepted': 'The proposed change was accepted',
  'change.refused': 'The proposed change was refused',
  'change.overtaken': 'The proposed change was overtaken by the end of the registration',
}

const ASKED: Record<string, string> = {
  'approve-registration': 'Asked whether to approve the registration',
  'accept-change': 'Asked whether to accept the change',
  'extend-protection': 'Asked whether to extend the protection',
  'rule-conflict': 'Asked to rule on the conflict',
  'review-direct-deal': 'Asked about a direct deal at this company',
}

const WISHED: Record<string, string> = {
  'extension.wished': 'A longer protection was asked for',
  'extension.asked': 'A longer protection was asked for; it is being decided',
  'extension.granted': 'A longer protection was asked for, and granted',
  'extension.refused': 'A longer protection was asked for, and refused',
  'extension.moot': 'A longer protection was asked for, and the protection ended first',
}

const FOUND: Record<string, string> = {
  'direct-deal': 'Beside it: a direct deal',
  registration: 'Beside it: another registration',
}

const WROTE: Record<string, string> = {
  write: 'Written',
  'write.created': 'Made',
  'write.planned': 'Not yet written',
  'write.sending': 'Being written',
  'write.unclear': 'Written, and the answer is not clear yet',
  'write.parked': 'Could not be written',
}

const READ: Record<string, string> = {
  'reading.applied': 'A change came in',
  'reading.parked': 'A change came in and could not be taken',
  'reading.pending': 'A change came in and is being taken',
  'reading.deleted': 'The record was deleted there',
}

const STANDS: Record<string, string> = {
  open: 'is not ruled yet',
  ours: 'ours stands',
  theirs: 'theirs stands',
}

/** What happened, as a sentence without its end. */
export function titleOf({ kind, what, who, facts }: TimelineEntry): string {
  const at = who === null ? '' : ` at ${who}`
  switch (kind) {
    case 'event':
      return `${EVENTS[what] ?? plain(what)}${typeof facts['file'] === 'string' ? `: ${facts['file']}` : ''}`
    case 'asked':
      return ASKED[what] ?? `Asked: ${plain(what)}`
    case 'decided':
      return `Decided: ${plain(what.slice(what.lastIndexOf('.') + 1))}`
    case 'question':
      return 'The partner was asked a question'
    case 'answer':
      return 'The partner answered'
    case 'extension':
      return WISHED[what] ?? plain(what)
    case 'finding':
      return FOUND[what] ?? `Beside it: ${plain(what)}`
    case 'notice':
      return `${statusOf(facts)}: “${plain(what)}”`
    case 'write':
      return WROTE[what] === undefined ? plain(what) : `${WROTE[what]}${at}`
    case 'reading':
      return `${READ[what] ?? plain(what)}${at}`
    case 'clash':
      return `Two values for ${plain(String(facts['field'] ?? ''))}: ${STANDS[what.slice('clash.'.length)] ?? plain(what)}`
    case 'proposal':
      return 'The values proposed'
  }
}

/** Whose doing it is, or whom it concerns, in front of the name. */
export function roleOf({ kind }: TimelineEntry): string {
  switch (kind) {
    case 'event':
    case 'decided':
    case 'question':
    case 'answer':
    case 'extension':
    case 'proposal':
      return 'by'
    case 'asked':
    case 'finding':
      return 'of'
    case 'notice':
      return 'to'
    case 'write':
    case 'reading':
    case 'clash':
      return 'at'
  }
}

function statusOf({ status, channel }: TimelineEntry['facts']): string {
  const by = typeof channel === 'string' ? ` by ${plain(channel)}` : ''
  switch (status) {
    case 'sent':
      return `Told${by}`
    case 'parked':
      return `Could not be told${by}`
    case 'skipped':
      return `Was to be told${by}; there was nothing to say any more`
    default:
      return `To be told${by}`
  }
}

const LABELS: Record<string, string> = {
  dueAt: 'Due',
  why: 'Why a person is asked',
  escalatedTo: 'Escalated to',
  state: 'State',
  matchedOn: 'Matched on',
  stands: 'Stands first',
  since: 'Since',
  sentAt: 'Sent',
  home: 'CRM',
  deal: 'Deal',
  holds: 'The deal is held',
  duplicate: 'A second deal of the registration',
  covered: 'Every system was read',
  findings: 'Found beside it',
  externalId: 'Id there',
  otherId: 'Reference of the other',
  attachmentId: 'Reference of the file',
  taskId: 'Reference of the task',
  mediaType: 'Type',
  approver: 'Asked by the rule',
  paragraph: 'Paragraph of the policy',
  share: 'Share in per cent',
  rest: 'Share of the other in per cent',
  with: 'Shared with',
}

/** How a fact is called. */
export function labelOf(name: string): string {
  return LABELS[name] ?? sentence(plain(name))
}

/** `approve-registration`, `task.opened`, `protectedUntil` → words. */
export function plain(code: string): string {
  return code
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
    .replaceAll(/[-._]+/g, ' ')
    .trim()
}

export function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}

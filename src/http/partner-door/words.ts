/** What the partner's pages say: states, steps, and what was just done. */
import type { DealStatus, RegistrationState } from '../../domain/records.ts'

/** A state for its partner. */
export const STATES: Record<RegistrationState, string> = {
  submitted: 'Received',
  screening: 'Being checked',
  'in-review': 'Being decided',
  'info-requested': 'Waits for your answer',
  approved: 'Approved',
  declined: 'Declined',
  won: 'Won',
  lost: 'Lost',
  lapsed: 'Lapsed: the protection has ended',
  withdrawn: 'Withdrawn',
  revoked: 'The approval was taken back',
  merged: 'Part of another registration of yours',
}

/** How far the deal in the CRM is; its stage stands beside it, as the CRM calls it. */
export const DEALS: Record<DealStatus, string> = { open: 'Open', won: 'Won', lost: 'Lost' }

const STEPS: Record<string, string> = {
  'registration.received': 'Received',
  'registration.approved': 'Approved',
  'registration.declined': 'Declined',
  'registration.won': 'The deal was won',
  'registration.lost': 'The deal was lost',
  'registration.lapsed': 'The protection ended',
  'registration.withdrawn': 'Withdrawn',
  'registration.revoked': 'The approval was taken back',
  'registration.merged': 'Became part of another registration of yours',
  'registration.absorbed': 'Another registration of yours became part of this one',
  'registration.reopened': 'The deal was opened again',
  'registration.not-credited': 'The deal was won after the protection had ended, and is not credited',
  'registration.edited': 'Changed by you',
  'exclusivity.reminded': 'Reminder: the protection ends soon',
  'info.requested': 'We asked you a question',
  'info.reminded': 'We reminded you of the question',
  'info.answered': 'You answered',
  'info.unanswered': 'The question was not answered in time',
  'attachment.added': 'A file was added',
  'attachment.removed': 'A file was removed',
  'change.proposed': 'A change is being looked at',
  'change.accepted': 'The change was accepted',
  'change.refused': 'The change was not accepted',
  'extension.asked': 'A longer protection was asked for',
  'exclusivity.extended': 'The protection was extended',
  'extension.refused': 'The protection was not extended',
}

export function stepWords(what: string): string {
  return STEPS[what] ?? what.replaceAll(/[-.]/g, ' ')
}

/** What was just done, as the next page says it; an address can name one of these and nothing else. */
export const DONE = {
  submitted: 'Your registration is received. We check it now, and write to you.',
  'submitted-past': 'Your registration is received. Its close date is in the past, so a person will look at it.',
  answered: 'Thank you, your answer is with us.',
  attached: 'The file is added.',
  edited: 'Your change is in force.',
  rescreened: 'Your change is in force. What is claimed is different now, so we check it again.',
  proposed: 'Your change is being looked at. Until then everything stays as it was approved.',
  unchanged: 'Nothing was different, so nothing was changed.',
  asked: 'We look at your wish for a longer protection, and write to you.',
  withdrawn: 'Your registration is being withdrawn.',
} as const

export type Done = keyof typeof DONE

export function doneWords(code: string | undefined): string | null {
  return code !== undefined && isDone(code) ? DONE[code] : null
}

function isDone(code: string): code is Done {
  return Object.hasOwn(DONE, code)
}

export const LABELS: Record<string, string> = {
  company: 'Company',
  domain: 'Web address',
  country: 'Country',
  contactName: 'Contact',
  contactEmail: 'E-mail of the contact',
  amount: 'Amount',
  currency: 'Currency',
  closeDate: 'Close date',
  products: 'Products',
  dealType: 'Kind of deal',
}

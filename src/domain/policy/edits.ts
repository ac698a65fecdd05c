/** What a later edit does: of a claim by its partner, and of the policy itself. */
import { z } from 'zod'

export const editableFields = [
  'company',
  'domain',
  'contactName',
  'contactEmail',
  'amount',
  'currency',
  'closeDate',
  'products',
] as const
export type EditableField = (typeof editableFields)[number]

const fields = z.array(z.enum(editableFields))

export const edits = z.strictObject({
  /** An edit of one of these has the claim screened again. */
  screenAgain: fields.default(['company', 'domain', 'contactEmail']),
  /** After the approval an edit of one of these is a proposal, which a person accepts or refuses. */
  lockedAfterApproval: fields.default(['company', 'domain', 'amount', 'currency']),
  /** What an edit of the policy does to clocks that run: `keep` leaves them, `rejudge` fixes them anew from where they began. */
  runningClocks: z.enum(['keep', 'rejudge']).default('keep'),
})

/** What a claim is, wherever one is shown: to its partner as to staff. */
import { partners, registrations } from '../db/schema/index.ts'

/** What it says, and how it stands. */
export const claimed = {
  id: registrations.id,
  state: registrations.state,
  company: registrations.company,
  domain: registrations.domain,
  contactName: registrations.contactName,
  contactEmail: registrations.contactEmail,
  amount: registrations.amount,
  currency: registrations.currency,
  closeDate: registrations.closeDate,
  products: registrations.products,
}

/** With `partners` joined. */
export const claimColumns = {
  ...claimed,
  partner: partners.name,
  submittedBy: registrations.submittedBy,
  submittedAt: registrations.submittedAt,
  createdAt: registrations.createdAt,
  protectedFrom: registrations.protectedFrom,
  protectedUntil: registrations.protectedUntil,
  reason: registrations.reason,
  policyVersion: registrations.policyVersion,
}

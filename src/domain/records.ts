/**
 * The canonical records, free of any vendor: what the ledger holds of partners, accounts, registrations and deals.
 *
 * A record is flat, so that it can be merged field by field. Money is a decimal string beside its ISO currency, instants are
 * ISO UTC strings, civil dates `YYYY-MM-DD` strings that never pass through a JS `Date`.
 */
export const recordKinds = ['partner', 'account', 'registration', 'deal', 'party'] as const
export type RecordKind = (typeof recordKinds)[number]

/** The canonical fields of each kind; a mapping may name these and no others. */
export const recordFields = {
  /** An organisation that sells for, with or beside us. */
  partner: ['name', 'email', 'tier', 'group', 'domain', 'managerEmail', 'managerName', 'partnerType', 'state'],
  /** An end customer or prospect. */
  account: ['name', 'domain', 'country', 'accountType'],
  /** A partner's claim on a prospect. `state`, `reason`, `protectedUntil` and `crmReference` are ours alone to say. */
  registration: [
    'partnerId',
    'submittedBy',
    'submittedAt',
    'company',
    'domain',
    'contactName',
    'contactEmail',
    'amount',
    'currency',
    'closeDate',
    'products',
    'state',
    'reason',
    'protectedUntil',
    'crmReference',
    'pipelineStage',
  ],
  /** An opportunity. `stage` is the CRM's own name, `status` what it means: open, won or lost. */
  deal: [
    'name',
    'amount',
    'currency',
    'stage',
    'status',
    'closeDate',
    'ownerId',
    'accountId',
    'partnerId',
    'source',
    'registrationId',
    'registeredBy',
    'registeredAt',
    'registrationStatus',
    'protectedUntil',
  ],
  /** An account's or a partner's part in a deal, where the CRM keeps that as a record of its own. `role`: customer, sourcing. */
  party: ['dealId', 'accountId', 'partnerId', 'role'],
} as const satisfies Record<RecordKind, readonly string[]>

export type RegistrationState =
  'submitted' | 'screening' | 'in-review' | 'approved' | 'declined' | 'won' | 'lost' | 'lapsed' | 'withdrawn'

export type DealStatus = 'open' | 'won' | 'lost'
export type DealSource = 'direct' | 'partner-sourced' | 'partner-influenced'

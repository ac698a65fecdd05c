/**
 * The canonical records, free of any vendor: what the ledger holds of partners, accounts, registrations, leads and deals.
 *
 * A record is flat, so that it can be merged field by field. Money is a decimal string beside its ISO currency, instants are
 * ISO UTC strings, civil dates `YYYY-MM-DD` strings that never pass through a JS `Date`.
 */
export const recordKinds = [
  'user',
  'partner',
  'contact',
  'account',
  'registration',
  'lead',
  'deal',
  'party',
  'task',
] as const
export type RecordKind = (typeof recordKinds)[number]

/** The kinds whose vendor records a person may say to be another record of ours. What starts a process of its own is none. */
export const relinkable: readonly RecordKind[] = ['user', 'partner', 'contact', 'account', 'deal']

/** The canonical fields of each kind; a mapping may name these and no others. */
export const recordFields = {
  /** A person of our own company who has a user in a CRM: read, never written. Known across systems by the work e-mail. */
  user: ['name', 'email', 'state', 'managerId'],
  /** An organisation that sells for, with or beside us. */
  partner: [
    'name',
    'email',
    'tier',
    'group',
    'domain',
    'managerEmail',
    'managerName',
    'managerId',
    'partnerType',
    'region',
    'state',
  ],
  /** A person at a partner, portal user or not. */
  contact: ['partnerId', 'name', 'firstName', 'lastName', 'email', 'phone', 'title', 'role', 'state'],
  /**
   * An end customer or prospect. `parentId`: the account that it belongs to. `named`: direct sales keeps it for itself, in its
   * `territory`; where a CRM says so, an admin maps it.
   */
  account: ['name', 'domain', 'country', 'accountType', 'parentId', 'ownerId', 'named', 'territory'],
  /**
   * A partner's claim on a prospect. `state`, `reason`, `protectedUntil` and `crmReference` are ours alone to say. Where a CRM keeps
   * registrations, its people decide on the record: `decision` with its reason and whose it is, and `decisionAnswer` is what we say to it.
   */
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
    'country',
    'dealType',
    'state',
    'reason',
    'protectedUntil',
    'crmReference',
    'pipelineStage',
    'decision',
    'decisionReason',
    'decidedById',
    'decisionAnswer',
  ],
  /** A prospect's interest, handed from us to a partner or from a partner to us (`direction`). */
  lead: [
    'direction',
    'partnerId',
    'contactId',
    'company',
    'domain',
    'contactName',
    'contactEmail',
    'phone',
    'country',
    'note',
    'source',
    'amount',
    'currency',
    'ownerId',
    'state',
    'reason',
    'submittedAt',
    'dealId',
    'crmReference',
  ],
  /**
   * An opportunity. `openedAt` is when its CRM's people opened it, by the CRM's own record of that. `stage` is the CRM's own name, `status` what it means: open, won or lost. `ownerId` is the direct owner,
   * `managerId` the partner account manager. `home` names the one connection that the deal lives in; elsewhere it is a mirror.
   * `underReview` is ours to say: while it is `true` the deal's stage is to stay as it is. `extensionRequested` is `true` while the CRM's
   * people ask that the partner's protection last longer, and `extensionAskedById` who of them; `registrationNote` is what we say to them of
   * the registration, in words. `decision` and what follows it are as on a registration.
   */
  deal: [
    'name',
    'amount',
    'currency',
    'stage',
    'status',
    'openedAt',
    'closeDate',
    'ownerId',
    'managerId',
    'accountId',
    'partnerId',
    'source',
    'home',
    'registrationId',
    'registeredBy',
    'registeredAt',
    'registrationStatus',
    'protectedUntil',
    'underReview',
    'registeredPrice',
    'discountReference',
    'extensionRequested',
    'extensionAskedById',
    'registrationNote',
    'decision',
    'decisionReason',
    'decidedById',
    'decisionAnswer',
  ],
  /** An account's or a partner's part in a deal, where the CRM keeps that as a record of its own. */
  party: ['dealId', 'accountId', 'partnerId', 'role', 'share'],
  /**
   * A task of a CRM's user: an open decision, or something they are told. Ours to write; `decision`, `reason` and `changedById` are what
   * its user says there, and who.
   */
  task: [
    'subject',
    'body',
    'dueAt',
    'dueOn',
    'ownerId',
    'status',
    'dealId',
    'accountId',
    'registrationId',
    'decision',
    'reason',
    'changedById',
  ],
} as const satisfies Record<RecordKind, readonly string[]>

/** What becomes of a claim, in the order of a life; `src/domain/registration-states.ts` says how one follows from another. */
export const registrationStates = [
  'submitted',
  'screening',
  'in-review',
  'info-requested',
  'approved',
  'declined',
  'won',
  'lost',
  'lapsed',
  'withdrawn',
  'revoked',
  'merged',
] as const
export type RegistrationState = (typeof registrationStates)[number]

export type DealStatus = 'open' | 'won' | 'lost'
export type DealSource = 'direct' | 'partner-sourced' | 'partner-influenced'
/** An account's part in a deal, or a partner's. */
export type PartyRole = 'customer' | 'sourcing' | 'influencing' | 'co-sell' | 'fulfilment'
/** A task of a CRM is open, or done by whoever did it. */
export type CrmTaskStatus = 'open' | 'done'
export type ContactState = 'invited' | 'active' | 'left'
export type UserState = 'active' | 'left'
export type LeadDirection = 'to-partner' | 'from-partner'
export type LeadState =
  'new' | 'offered' | 'submitted' | 'accepted' | 'contacted' | 'converted' | 'disqualified' | 'declined' | 'rejected'

/** A canonical field that an admin added is named `custom.<name>`. */
export const customPrefix = 'custom.'
/** The whole name, and the part of it that is the admin's. */
export const customField = /^custom\.([a-z][A-Za-z0-9]{0,39})$/

/** Whether the text names a field that an admin may add. */
export function isCustomField(field: string): boolean {
  return customField.test(field)
}

/** The name of such a field without its prefix. Throws where it is none: nothing else may be kept under it. */
export function customName(field: string): string {
  const name = customField.exec(field)?.[1]
  if (name === undefined) throw new Error(`${field} is no name of a field of one’s own`)
  return name
}

/** What a canonical field holds, so that a mapping can be judged before anything flows through it. */
import { dealTypes } from './policy/conditions.ts'
import { recordFields, registrationStates, type RecordKind } from './records.ts'

export type FieldType =
  | { is: 'text' | 'decimal' | 'date' | 'instant' | 'list' | 'domain' }
  /** One of these words and no other. */
  | { is: 'one-of'; values: readonly string[] }
  /** The id of a record of ours. */
  | { is: 'record'; of: RecordKind }

const decimal: FieldType = { is: 'decimal' }
const date: FieldType = { is: 'date' }
const instant: FieldType = { is: 'instant' }
const domain: FieldType = { is: 'domain' }
const oneOf = (...values: string[]): FieldType => ({ is: 'one-of', values })
const record = (of: RecordKind): FieldType => ({ is: 'record', of })

/** What is no plain text. */
const types: { [Kind in RecordKind]: Partial<Record<(typeof recordFields)[Kind][number], FieldType>> } = {
  user: { state: oneOf('active', 'left'), managerId: record('user') },
  partner: {
    domain,
    managerId: record('user'),
    state: oneOf('applicant', 'onboarding', 'active', 'dormant', 'offboarded'),
  },
  contact: { partnerId: record('partner'), state: oneOf('invited', 'active', 'left') },
  account: { domain, parentId: record('account'), ownerId: record('user'), named: oneOf('true', 'false') },
  registration: {
    partnerId: record('partner'),
    submittedAt: instant,
    domain,
    amount: decimal,
    closeDate: date,
    products: { is: 'list' },
    dealType: oneOf(...dealTypes),
    state: oneOf(...registrationStates),
    protectedUntil: instant,
    decidedById: record('user'),
  },
  lead: {
    direction: oneOf('to-partner', 'from-partner'),
    partnerId: record('partner'),
    contactId: record('contact'),
    domain,
    amount: decimal,
    ownerId: record('user'),
    state: oneOf(
      'new',
      'offered',
      'submitted',
      'accepted',
      'contacted',
      'converted',
      'disqualified',
      'declined',
      'rejected',
    ),
    submittedAt: instant,
    dealId: record('deal'),
  },
  deal: {
    amount: decimal,
    status: oneOf('open', 'won', 'lost'),
    openedAt: instant,
    closeDate: date,
    ownerId: record('user'),
    managerId: record('user'),
    accountId: record('account'),
    partnerId: record('partner'),
    source: oneOf('direct', 'partner-sourced', 'partner-influenced'),
    registrationId: record('registration'),
    registeredAt: instant,
    protectedUntil: instant,
    underReview: oneOf('true', 'false'),
    registeredPrice: decimal,
    extensionRequested: oneOf('true', 'false'),
    extensionAskedById: record('user'),
    decidedById: record('user'),
  },
  party: {
    dealId: record('deal'),
    accountId: record('account'),
    partnerId: record('partner'),
    role: oneOf('customer', 'sourcing', 'influencing', 'co-sell', 'fulfilment'),
    share: decimal,
  },
  task: {
    dueAt: instant,
    dueOn: date,
    ownerId: record('user'),
    status: oneOf('open', 'done'),
    dealId: record('deal'),
    accountId: record('account'),
    registrationId: record('registration'),
    changedById: record('user'),
  },
}

/** Null: the kind has no such field of its own, or an admin added it, and it holds whatever its mappings say. */
export function fieldType(kind: RecordKind, field: string): FieldType | null {
  if (!recordFields[kind].some((name) => name === field)) return null
  const known: Partial<Record<string, FieldType>> = types[kind]
  return known[field] ?? { is: 'text' }
}

/** The values that a field may hold, where they are known: what `rest: same-name` pairs. */
export function valuesOf(kind: RecordKind, field: string): readonly string[] {
  const type = fieldType(kind, field)
  return type?.is === 'one-of' ? type.values : []
}

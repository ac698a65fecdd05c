/** Fields that the connector makes from others, so that what the platform says in its own way is one plain value. */
import type { FieldValue } from '../contract.ts'
import { longId } from './ids.ts'
import type { Settings } from './settings.ts'

export type Row = Record<string, unknown>

export interface Derived {
  name: string
  label: string
  /** What it is made from. */
  columns: string[]
  values: string[] | null
  /** Whether a write may name it; what is then sent is the codec's to know. */
  writable: boolean
  /** Undefined: the record says nothing of it. */
  of(row: Row): FieldValue | undefined
}

/** What a deal's stage means, read from the platform's own flags. */
export const stageStatus = 'StageStatus'
export const userState = 'UserState'
/** A person's name as one; written, it is cut into first and last name unless those are given. */
export const personName = 'PersonName'
/** What has become of a lead by the org's people, null while it is open; and what a new one is taken for. */
export const leadState = 'LeadState'
export const leadFirstState = 'LeadFirstState'
export const leadDirection = 'LeadDirection'
export const currency = 'CurrencyIsoCode'
/** Whether a task is open, by the platform's own flag; written, it is one of the two statuses of the settings. */
export const taskState = 'TaskState'
/** Who ticked that a longer protection is wished for: who changed the deal last, as far as the platform tells. */
export const extensionAsker = 'ExtensionAskedBy'
/** What a task is about, each kind of record by itself; written, the one that is given is its WhatId. */
export const taskDeal = 'TaskOpportunity'
export const taskAccount = 'TaskAccount'
/** Of an approval: how it stands, how it ended, what was said with it; and what a submission says. */
export const approvalState = 'ApprovalState'
export const approvalOutcome = 'ApprovalOutcome'
export const approvalComments = 'ApprovalComments'
export const nextApprover = 'NextApprover'
export const submitComments = 'SubmitComments'

export function derivedFields(object: string, settings: Settings): ReadonlyMap<string, Derived> {
  const ofSettings = known.get(settings) ?? new Map<string, ReadonlyMap<string, Derived>>()
  known.set(settings, ofSettings)
  const fields =
    ofSettings.get(object) ??
    new Map([...(byObject[object]?.(settings) ?? []), ...currencies(object, settings)].map((one) => [one.name, one]))
  ofSettings.set(object, fields)
  return fields
}

/** Made once for a connection: every row of every page asks. */
const known = new WeakMap<Settings, Map<string, ReadonlyMap<string, Derived>>>()

const made = { writable: false, values: null }

const byObject: Record<string, (settings: Settings) => Derived[]> = {
  Opportunity: ({ fields: { extensionRequested } }) => [
    {
      ...made,
      name: extensionAsker,
      label: 'Who asks for a longer protection',
      columns: [extensionRequested, 'LastModifiedById'],
      of: (row) => (row[extensionRequested] === true ? idIn(row.LastModifiedById) : null),
    },
    {
      ...made,
      name: stageStatus,
      label: 'Open, won or lost',
      columns: ['IsClosed', 'IsWon'],
      values: ['open', 'won', 'lost'],
      of: (row) => (row.IsClosed === true ? (row.IsWon === true ? 'won' : 'lost') : 'open'),
    },
  ],
  User: () => [
    {
      ...made,
      name: userState,
      label: 'Active or left',
      columns: ['IsActive'],
      values: ['active', 'left'],
      of: (row) => (row.IsActive === true ? 'active' : 'left'),
    },
  ],
  Contact: (settings) => {
    const isPartners = (row: Row): boolean => sameText(childOf(row, 'Account', 'Type'), settings.partnerType)
    const { contactState } = settings.fields
    return [
      name,
      // Somebody who went to another company has left the partner, and stays known as the partner's.
      {
        ...made,
        name: 'AccountId',
        label: 'Account ID',
        writable: true,
        columns: ['AccountId', 'Account.Type'],
        of: (row) => (isPartners(row) ? idIn(row.AccountId) : undefined),
      },
      {
        ...made,
        name: contactState,
        label: 'Status as a partner contact',
        writable: true,
        columns: [contactState, 'Account.Type'],
        of: (row) => (isPartners(row) ? (textIn(row[contactState]) ?? 'active') : 'left'),
      },
    ]
  },
  Lead: (settings) => {
    const stateOf = (row: Row): string | null =>
      row.IsConverted === true ? 'converted' : (settings.leadStates[textIn(row.Status) ?? ''] ?? null)
    return [
      name,
      { ...made, name: leadState, label: 'Converted or closed', columns: ['IsConverted', 'Status'], of: stateOf },
      {
        ...made,
        name: leadFirstState,
        label: 'State when first seen',
        columns: ['IsConverted', 'Status'],
        of: (row) => stateOf(row) ?? 'new',
      },
      { ...made, name: leadDirection, label: 'From us to a partner', columns: [], of: () => 'to-partner' },
      personalOwner,
    ]
  },
  Task: () => [
    {
      ...made,
      name: taskState,
      label: 'Open or done',
      columns: ['IsClosed'],
      values: ['open', 'done'],
      writable: true,
      of: (row) => (row.IsClosed === true ? 'done' : 'open'),
    },
    about(taskDeal, 'Opportunity it is about', '006'),
    about(taskAccount, 'Account it is about', '001'),
    personalOwner,
  ],
  ProcessInstance: () => [
    {
      ...made,
      name: approvalState,
      label: 'Open or done',
      columns: ['Status'],
      values: ['open', 'done'],
      writable: true,
      of: ({ Status }) => (Status === 'Pending' || Status === 'Started' || Status === 'Held' ? 'open' : 'done'),
    },
    {
      ...made,
      name: approvalOutcome,
      label: 'How it ended',
      columns: ['Status'],
      values: Object.values(outcomes),
      of: ({ Status }) => outcomes[textIn(Status) ?? ''] ?? null,
    },
    { ...made, name: approvalComments, label: 'What was said with it', columns: [], of: () => undefined },
    { ...made, name: nextApprover, label: 'Who is asked', columns: [], writable: true, of: () => undefined },
    { ...made, name: submitComments, label: 'What is asked', columns: [], writable: true, of: () => undefined },
  ],
}

const outcomes: Record<string, string> = { Approved: 'approve', Rejected: 'decline' }

/** A lead or a task may lie in a queue, which is no person. */
const personalOwner: Derived = {
  ...made,
  name: 'OwnerId',
  label: 'Owner ID',
  writable: true,
  columns: ['OwnerId'],
  of: (row) => (textIn(row.OwnerId)?.startsWith('00G') === true ? null : idIn(row.OwnerId)),
}

function about(name: string, label: string, prefix: string): Derived {
  const of = (row: Row): string | null => {
    const id = idIn(row.WhatId)
    return id?.startsWith(prefix) === true ? id : null
  }
  return { ...made, name, label, columns: ['WhatId'], writable: true, of }
}

const name: Derived = {
  name: personName,
  label: 'Full name',
  columns: ['Name'],
  values: null,
  writable: true,
  of: (row) => textIn(row.Name),
}

/** The org's one currency may be written: it is compared, and sent to nobody. */
function currencies(object: string, settings: Settings): Derived[] {
  if (settings.multiCurrency || object === 'User' || object === 'Partner') return []
  return [
    {
      name: currency,
      label: 'Currency of the org',
      columns: [],
      values: [settings.currency],
      writable: true,
      of: () => settings.currency,
    },
  ]
}

export function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** An id in its long form. */
export function idIn(value: unknown): string | null {
  const id = textIn(value)
  return id === null ? null : (longId(id) ?? id)
}

export function childOf(row: Row, parent: string, child: string): unknown {
  const found = row[parent]
  return found !== null && typeof found === 'object'
    ? Object.entries(found).find(([key]) => key === child)?.[1]
    : undefined
}

function sameText(value: unknown, wanted: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === wanted.toLowerCase()
}

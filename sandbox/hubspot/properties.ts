/** The properties that a portal has from the start: HubSpot's own that matter here, and the ones Causeway writes. */
import type { ObjectType } from './object-types.ts'

export type PropertyType = 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool' | 'phone_number'

export interface Option {
  label: string
  value: string
  displayOrder: number
  hidden: boolean
}

export interface Property {
  name: string
  label: string
  type: PropertyType
  fieldType: string
  groupName: string
  description: string
  options: Option[]
  hasUniqueValue: boolean
  hubspotDefined: boolean
  calculated: boolean
  readOnlyValue: boolean
  /** HubSpot's own choices are fixed but for a few properties. */
  readOnlyOptions: boolean
  archived: boolean
  createdAt: number
  updatedAt: number
}

/** The pairs of type and field type that property creation accepts. */
export const fieldTypes: Record<PropertyType, string[]> = {
  string: ['text', 'textarea', 'html', 'file', 'phonenumber', 'calculation_equation'],
  number: ['number', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  enumeration: ['select', 'radio', 'checkbox', 'booleancheckbox', 'calculation_equation'],
  bool: ['booleancheckbox', 'calculation_equation'],
  phone_number: ['phonenumber'],
}

type Seed = [name: string, type: PropertyType, more?: Partial<Property>]

const fieldTypeOf: Record<PropertyType, string> = {
  string: 'text',
  number: 'number',
  date: 'date',
  datetime: 'date',
  enumeration: 'select',
  bool: 'booleancheckbox',
  phone_number: 'phonenumber',
}

export const options = (...values: string[]): Option[] =>
  values.map((value, displayOrder) => ({ label: value, value, displayOrder, hidden: false }))

const readOnly: Partial<Property> = { readOnlyValue: true }
const calculated: Partial<Property> = { readOnlyValue: true, calculated: true }
const custom: Partial<Property> = { hubspotDefined: false, groupName: 'causeway' }
const uniqueKey: Partial<Property> = { ...custom, hasUniqueValue: true }

function companyTypes(...values: string[]): Partial<Property> {
  return { options: options(...values), readOnlyOptions: false }
}

const system: Seed[] = [
  ['hs_object_id', 'number', readOnly],
  ['hs_createdate', 'datetime', readOnly],
  ['createdate', 'datetime', readOnly],
  ['hs_lastmodifieddate', 'datetime', readOnly],
  ['hs_object_source', 'string', readOnly],
  ['hs_object_source_id', 'string', readOnly],
  ['hs_object_source_label', 'string', readOnly],
  ['hs_merged_object_ids', 'string', readOnly],
  ['hubspot_owner_id', 'string'],
  ['hs_updated_by_user_id', 'number', readOnly],
]

/** `seeded`: whether the properties that Causeway needs exist already. */
export function defaultProperties(type: ObjectType, now: number, seeded: boolean): Property[] {
  const seeds = [...system, ...own[type], ...(seeded ? (causeway[type] ?? []) : (fresh[type] ?? []))]
  return seeds.map(([name, kind, more]) => ({
    name,
    label: name,
    type: kind,
    fieldType: fieldTypeOf[kind],
    groupName: `${type}information`,
    description: '',
    options: [],
    hasUniqueValue: false,
    hubspotDefined: true,
    calculated: false,
    readOnlyValue: false,
    archived: false,
    createdAt: now,
    updatedAt: now,
    ...more,
    readOnlyOptions: more?.readOnlyOptions ?? more?.hubspotDefined ?? true,
  }))
}

const lifecycleStages = options(
  'subscriber',
  'lead',
  'marketingqualifiedlead',
  'salesqualifiedlead',
  'opportunity',
  'customer',
  'evangelist',
  'other',
)

const own: Record<ObjectType, Seed[]> = {
  contacts: [
    ['email', 'string', { hasUniqueValue: true }],
    ['firstname', 'string'],
    ['lastname', 'string'],
    ['company', 'string'],
    ['phone', 'string'],
    ['jobtitle', 'string'],
    ['lifecyclestage', 'enumeration', { options: lifecycleStages }],
    ['lastmodifieddate', 'datetime', readOnly],
  ],
  companies: [
    ['name', 'string'],
    ['domain', 'string'],
    ['country', 'string'],
    ['city', 'string'],
    ['phone', 'string'],
    ['lifecyclestage', 'enumeration', { options: lifecycleStages }],
    ['hs_is_target_account', 'bool'],
  ],
  deals: [
    ['dealname', 'string'],
    ['amount', 'number'],
    ['deal_currency_code', 'enumeration', { options: options('USD', 'EUR', 'GBP', 'CHF', 'JPY') }],
    ['closedate', 'datetime'],
    ['dealstage', 'enumeration'],
    ['pipeline', 'enumeration'],
    ['description', 'string'],
    ['hs_is_closed', 'bool', calculated],
    ['hs_is_closed_won', 'bool', calculated],
  ],
  tasks: [
    ['hs_timestamp', 'datetime'],
    ['hs_task_subject', 'string'],
    ['hs_task_body', 'string'],
    [
      'hs_task_status',
      'enumeration',
      { options: options('NOT_STARTED', 'IN_PROGRESS', 'WAITING', 'COMPLETED', 'DEFERRED') },
    ],
    ['hs_task_priority', 'enumeration', { options: options('LOW', 'MEDIUM', 'HIGH', 'NONE') }],
    ['hs_task_type', 'enumeration', { options: options('TODO', 'CALL', 'EMAIL') }],
  ],
  notes: [
    ['hs_timestamp', 'datetime'],
    ['hs_note_body', 'string'],
  ],
  leads: [
    ['hs_lead_name', 'string'],
    ['hs_lead_type', 'enumeration', { options: options('NEW_BUSINESS', 'UPSELL', 'RE_ATTEMPTING') }],
    ['hs_lead_label', 'enumeration', { options: options('WARM', 'COLD', 'HOT') }],
  ],
  p_registrations: [
    ['registration_name', 'string', custom],
    ['partner', 'string', custom],
    ['company', 'string', custom],
    ['website', 'string', custom],
    ['contact_email', 'string', custom],
    ['submitted_at', 'datetime', custom],
    ['amount', 'number', custom],
    ['close_date', 'date', custom],
    ['status', 'enumeration', { ...custom, options: options('New', 'In Review', 'Approved', 'Declined') }],
    ['region', 'string', custom],
  ],
}

/** What an account that nobody set up for Causeway has in place of it: HubSpot's own types of companies know no customers. */
const fresh: Partial<Record<ObjectType, Seed[]>> = {
  companies: [['type', 'enumeration', companyTypes('PROSPECT', 'PARTNER', 'RESELLER', 'VENDOR', 'OTHER')]],
}

const taskOutcomes = [
  'Approve',
  'Decline',
  'Ask for information',
  'Grant',
  'Refuse',
  'Release',
  'Reassign',
  'Co-sell',
  'Ours',
  'Partner',
  'Split',
  'No conflict',
  'Accept',
  'Keep',
  'Revoke',
]

const decided: Seed[] = [
  ['causeway_decision', 'enumeration', { ...custom, options: options(...taskOutcomes) }],
  ['causeway_reason', 'string', custom],
]

const causeway: Partial<Record<ObjectType, Seed[]>> = {
  contacts: [
    ['causeway_id', 'string', uniqueKey],
    ['partner_role', 'string', custom],
    ['partner_contact_status', 'enumeration', { ...custom, options: options('Invited', 'Active', 'Left') }],
  ],
  companies: [
    ['type', 'enumeration', companyTypes('PROSPECT', 'PARTNER', 'RESELLER', 'VENDOR', 'OTHER', 'CUSTOMER')],
    ['causeway_id', 'string', uniqueKey],
    ['partner_tier', 'string', custom],
  ],
  deals: [
    ['causeway_id', 'string', uniqueKey],
    [
      'partner_source',
      'enumeration',
      { ...custom, options: options('Direct', 'Partner-Sourced', 'Partner-Influenced') },
    ],
    ['registered_by', 'string', custom],
    ['registered_at', 'datetime', custom],
    ['registration_status', 'string', custom],
    ['protected_until', 'datetime', custom],
    ['registered_price', 'number', custom],
    ['discount_reference', 'string', custom],
    ['extension_requested', 'bool', { ...custom, options: options('true', 'false') }],
    ['registration_note', 'string', custom],
    ['registration_id', 'string', custom],
    ['partner_account_manager', 'string', custom],
    ['deal_home', 'string', custom],
    ['deal_under_review', 'bool', { ...custom, options: options('true', 'false') }],
    ...decided,
    ['causeway_answer', 'string', custom],
  ],
  p_registrations: [['causeway_id', 'string', uniqueKey], ...decided, ['causeway_answer', 'string', custom]],
  tasks: [['causeway_id', 'string', uniqueKey], ...decided],
  leads: [
    ['causeway_id', 'string', uniqueKey],
    ['lead_direction', 'enumeration', { ...custom, options: options('To partner', 'From partner') }],
    ['lead_partner', 'string', custom],
    ['lead_domain', 'string', custom],
    ['lead_contact', 'string', custom],
    ['lead_email', 'string', custom],
    ['lead_phone', 'string', custom],
    ['lead_status', 'string', custom],
    ['lead_reason', 'string', custom],
    ['lead_submitted_at', 'datetime', custom],
  ],
}

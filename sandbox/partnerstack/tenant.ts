/** A fresh tenant: two groups (one with deals off), a form for deals and one for leads, and the vendor's own test partner. */
import type { Form, FormField, Group, Partnership, State } from './state.ts'

/** Both public keys start with `pk_`: the mode cannot be told from the key, as at the vendor. */
export const defaultKeys = {
  production: { publicKey: 'pk_7Qm2ZkVwsB', secretKey: 'sk_Rt81yLxPn4' },
  test: { publicKey: 'pk_3FhXe9TdJc', secretKey: 'sk_0WbGu6NaKv' },
}

export const defaultDealStages = ['New', 'Qualified', 'Proposal', 'Closed Won', 'Closed Lost']

export function createTenant(): State {
  const resellers = group('grup_resellers', 'Resellers', true)
  const affiliates = group('grup_affiliates', 'Affiliates', false)
  const deals = form('mold_deal', 'Deal registration', 'deal', [
    field('company_domain', 'Company website', { required: true }),
    field('contact_email', 'Contact e-mail', { required: true, type: 'email' }),
    field('products', 'Products'),
    field('registration_status', 'Registration status', { hidden: true }),
    field('registration_reason', 'Reason', { hidden: true, type: 'textarea' }),
    field('protected_until', 'Protected until', { hidden: true }),
    field('crm_reference', 'CRM reference', { hidden: true }),
  ])
  const leads = form('mold_lead', 'Lead', 'lead', [
    field('company', 'Company'),
    field('company_domain', 'Company website'),
    field('phone', 'Phone'),
    field('note', 'Note', { type: 'textarea' }),
    field('lead_reason', 'Reason', { hidden: true, type: 'textarea' }),
    field('crm_reference', 'CRM reference', { hidden: true }),
  ])
  const test = testPartner()
  return {
    keys: structuredClone(defaultKeys),
    groups: new Map([
      [resellers.key, resellers],
      [affiliates.key, affiliates],
    ]),
    tiers: new Map(),
    tierCollections: new Map(),
    forms: new Map([
      [deals.key, deals],
      [leads.key, leads],
    ]),
    partnerships: new Map([[test.key, test]]),
    deals: new Map(),
    leads: new Map(),
    customers: new Map(),
    transactions: new Map(),
    applications: new Map(),
    webhooks: new Map(),
    windows: new Map(),
  }
}

/** Older than anything a test makes, so that it never stands between records of its own; the orders still differ. */
const longAgo = Date.UTC(2020, 0, 1)
const row = (key: string, order = -1) => ({
  key,
  created_at: longAgo,
  updated_at: longAgo,
  archived: false,
  test: false,
  order,
  arrivedAt: longAgo,
})

function group(key: string, name: string, deals: boolean): Group {
  return {
    ...row(key, deals ? -2 : -1),
    name,
    slug: name.toLowerCase(),
    default: deals,
    features: { application_enabled: true, deals_enabled: deals, leads_enabled: deals, disable_link_create: false },
    stages: { deals: [...defaultDealStages], leads: ['New', 'Qualified', 'Unqualified'] },
  }
}

function form(key: string, name: string, type: Form['type'], fields: FormField[]): Form {
  return { ...row(key, type === 'deal' ? -2 : -1), name, title: name, type, groups: [], fields }
}

/** A field of a form; `name` is both of its names until someone edits `api_name`. */
export function field(name: string, label: string, more: Partial<FormField> = {}): FormField {
  return {
    api_name: name,
    internal_name: name,
    field_key: `fild_${name}`,
    name: label,
    type: 'input',
    options: [],
    required: false,
    hidden: false,
    protected: false,
    help_text: '',
    ...more,
  }
}

function testPartner(): Partnership {
  const person = { email: 'gstest@example.com', first_name: 'Test', last_name: 'Partner' }
  return {
    ...row('part_gstest'),
    ...person,
    test: true,
    partner_key: 'gstest',
    company: 'Test partner',
    group_key: 'grup_resellers',
    tier_key: null,
    manager: null,
    tags: [],
    values: {},
    claimed: true,
    joined_at: longAgo,
    team: { key: 'stck_gstest', name: 'Test partner', created_at: longAgo, updated_at: longAgo },
    members: [{ key: 'memb_gstest', ...person }],
  }
}

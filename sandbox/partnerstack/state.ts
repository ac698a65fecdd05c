/** All that a tenant holds. Property names are the vendor's; `created_at` and the like are milliseconds since 1970. */
import type { World } from '../framework/definition.ts'
import type { Switches } from './switches.ts'

export type PortalWorld = World<State, Switches>
export type Value = string | number | boolean | null | string[]

/** What every record has; the last three never leave the server. */
export interface Row {
  key: string
  created_at: number
  updated_at: number
  archived: boolean
  /** Made with the test key pair; each pair sees only its own. */
  test: boolean
  /** Breaks ties between equal `created_at`. */
  order: number
  /** When it really came in; the lags count from here, whatever `created_at` says. */
  arrivedAt: number
}

export interface Group extends Row {
  name: string
  slug: string
  default: boolean
  features: {
    application_enabled: boolean
    deals_enabled: boolean
    leads_enabled: boolean
    disable_link_create: boolean
  }
  stages: { deals: string[]; leads: string[] }
}

export interface Tier extends Row {
  name: string
}

export interface TierCollection extends Row {
  name: string
  tiers: string[]
}

export const fieldTypes = ['input', 'textarea', 'email', 'number', 'date', 'picklist', 'checkbox'] as const

export interface FormField {
  api_name: string
  /** Never changes, whatever `api_name` becomes. */
  internal_name: string
  field_key: string
  name: string
  type: (typeof fieldTypes)[number]
  options: string[]
  required: boolean
  hidden: boolean
  /** Not to be written, as the template says. */
  protected: boolean
  help_text: string
}

export type FormType = 'deal' | 'lead' | 'partnership' | 'application' | 'customer'

/** A form template, which the vendor calls a mold. */
export interface Form extends Row {
  name: string
  title: string
  type: FormType
  /** Keys of the groups that use it; empty: all. */
  groups: string[]
  fields: FormField[]
}

export interface Member {
  key: string
  email: string
  first_name: string
  last_name: string
}

export interface Partnership extends Row {
  partner_key: string
  email: string
  first_name: string
  last_name: string
  company: string
  group_key: string
  tier_key: string | null
  manager: { email: string; name: string } | null
  tags: string[]
  values: Record<string, Value>
  claimed: boolean
  joined_at: number
  team: { key: string; name: string; created_at: number; updated_at: number }
  members: Member[]
}

/** What deals and leads share. `values` are the custom fields by `internal_name`. */
export interface Submission extends Row {
  amount: number | null
  external_key: string | null
  customer_key: string | null
  mold_key: string | null
  group_key: string
  partner_key: string | null
  source: 'partner' | 'vendor'
  team_member: Member | null
  values: Record<string, Value>
}

export interface Deal extends Submission {
  account_name: string
  close_date: string | null
  contact_first_name: string | null
  contact_last_name: string | null
  stage: string
  lost_reason: string | null
  files: { key: string; name: string; field_key: string }[]
}

export interface Lead extends Submission {
  approved: boolean | null
  status: string
  first_name: string | null
  last_name: string | null
  email: string | null
}

export interface Customer extends Row {
  customer_key: string
  email: string
  name: string
  partner_key: string
  provider_key: string | null
  source_key: string | null
  source_type: string | null
  values: Record<string, Value>
}

export interface Transaction extends Row {
  customer: string
  amount: number
  amount_usd: number
  currency: string
  category_key: string | null
  product_key: string | null
  metadata: Record<string, string>
  approved: boolean
}

export interface Application extends Row {
  group_key: string
  content: Record<string, Value>
  approved: boolean | null
  decline_reason: string | null
  partnership_key: string | null
  mold_key: string | null
}

export interface Webhook extends Row {
  url: string
  events: string[]
}

export interface KeyPair {
  publicKey: string
  secretKey: string
}

export interface State {
  keys: { production: KeyPair; test: KeyPair }
  groups: Map<string, Group>
  tiers: Map<string, Tier>
  tierCollections: Map<string, TierCollection>
  forms: Map<string, Form>
  partnerships: Map<string, Partnership>
  deals: Map<string, Deal>
  leads: Map<string, Lead>
  customers: Map<string, Customer>
  transactions: Map<string, Transaction>
  applications: Map<string, Application>
  webhooks: Map<string, Webhook>
  /** Requests of a key pair in the running minute. */
  windows: Map<string, { minute: number; used: number }>
}

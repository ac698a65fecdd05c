import type { Ctx, FieldSchema } from '../contract.ts'
import type { Client } from './client.ts'
import { formsOf } from './forms.ts'
import type { Settings } from './settings.ts'
import { stagesOf } from './stages.ts'

type Row = [name: string, label: string, type: string, writable?: 'writable']

/** The statuses that a lead of PartnerStack's can have. */
const leadStatuses = ['open', 'closed', 'dead', 'closed won', 'closed lost']

const refersTo: Record<string, string[]> = { partner_key: ['partnerships'] }

const dealRows: Row[] = [
  ['key', 'Key', 'id'],
  ['external_key', 'External key', 'text', 'writable'],
  ['partner_key', 'Partner', 'reference'],
  ['account_name', 'Account name', 'text', 'writable'],
  ['amount', 'Amount in cents', 'integer', 'writable'],
  ['currency', 'Currency (from the connection’s settings)', 'text'],
  ['close_date', 'Close date', 'date', 'writable'],
  ['stage', 'Stage of the group’s pipeline', 'text', 'writable'],
  ['lost_reason', 'Lost reason', 'text', 'writable'],
  ['contact_first_name', 'Contact’s first name', 'text', 'writable'],
  ['contact_last_name', 'Contact’s last name', 'text', 'writable'],
  ['contact_name', 'Contact’s name (first and last)', 'text'],
  ['submitted_by', 'Submitting partner user (e-mail, else name)', 'text'],
  ['source', 'Source', 'text'],
  ['customer_key', 'Customer', 'reference'],
  ['mold_key', 'Form', 'reference'],
  ['group_key', 'Group', 'reference'],
  ['team.key', 'Partner team', 'reference'],
  ['team.name', 'Partner team’s name', 'text'],
  ['team_member.email', 'Submitting user’s e-mail', 'text'],
  ['team_member.first_name', 'Submitting user’s first name', 'text'],
  ['team_member.last_name', 'Submitting user’s last name', 'text'],
  ['created_at', 'Created', 'epoch-ms'],
  ['updated_at', 'Updated', 'epoch-ms'],
]

const leadRows: Row[] = [
  ['key', 'Key', 'id'],
  ['external_key', 'External key', 'text', 'writable'],
  ['partner_key', 'Partner', 'reference', 'writable'],
  ['first_name', 'First name', 'text', 'writable'],
  ['last_name', 'Last name', 'text', 'writable'],
  ['contact_name', 'Name (first and last)', 'text', 'writable'],
  ['email', 'E-mail', 'text', 'writable'],
  ['amount', 'Amount in cents', 'integer', 'writable'],
  ['currency', 'Currency (from the connection’s settings)', 'text'],
  ['status', 'Status', 'text', 'writable'],
  ['approved', 'Approved', 'boolean', 'writable'],
  ['source', 'Source', 'text'],
  ['direction', 'Direction (from the source)', 'text'],
  ['customer_key', 'Customer', 'reference', 'writable'],
  ['group_key', 'Group', 'reference'],
  ['mold_key', 'Form', 'reference'],
  ['created_at', 'Created', 'epoch-ms'],
  ['updated_at', 'Updated', 'epoch-ms'],
]

const memberRows: Row[] = [
  ['key', 'Key', 'id'],
  ['partner_key', 'Partner', 'reference', 'writable'],
  ['email', 'E-mail', 'text', 'writable'],
  ['first_name', 'First name', 'text', 'writable'],
  ['last_name', 'Last name', 'text', 'writable'],
  ['name', 'Name (first and last)', 'text'],
  ['state', 'State', 'text'],
]

const partnershipRows: Row[] = [
  ['key', 'Key', 'id'],
  ['partner_key', 'Partner key', 'text'],
  ['name', 'Name (company, team, or person)', 'text'],
  ['email', 'E-mail', 'text'],
  ['first_name', 'First name', 'text'],
  ['last_name', 'Last name', 'text'],
  ['team.key', 'Team', 'reference'],
  ['team.name', 'Team’s name', 'text'],
  ['group.key', 'Group', 'reference'],
  ['group.name', 'Group’s name', 'text'],
  ['group.slug', 'Group’s slug', 'text'],
  ['group_key', 'Group to move to', 'reference', 'writable'],
  ['tier.key', 'Tier', 'reference'],
  ['tier.name', 'Tier’s name', 'text'],
  ['tier_key', 'Tier to set', 'reference', 'writable'],
  ['manager.email', 'Partner manager’s e-mail', 'text'],
  ['manager.name', 'Partner manager’s name', 'text'],
  ['manager_email', 'Partner manager to set', 'text', 'writable'],
  ['claimed', 'Claimed by the partner', 'boolean'],
  ['is_archived', 'Archived', 'boolean'],
  ['joined_at', 'Joined', 'epoch-ms'],
  ['created_at', 'Created', 'epoch-ms'],
  ['updated_at', 'Updated', 'epoch-ms'],
]

/** The built-in fields, and the custom fields of all of the object's forms (the first form that has a field describes it). */
export async function describeObject(
  client: Client,
  settings: Settings,
  object: string,
  ctx: Ctx,
): Promise<FieldSchema[]> {
  if (object === 'partnerships') {
    // PartnerStack publishes no form of partners: what the settings name is taken to be there.
    const { region } = settings.partnerFields
    const named: Row[] = region === undefined ? [] : [[`fields.${region}`, 'Region', 'input']]
    return [...partnershipRows, ...named].map(fieldOf)
  }
  if (object === 'members') return memberRows.map(fieldOf)
  const kind = object === 'leads' ? 'leads' : 'deals'
  const custom = new Map<string, FieldSchema>()
  for (const form of await formsOf(client, kind, ctx)) {
    for (const field of form.fields) if (!custom.has(field.name)) custom.set(field.name, field)
  }
  // Stages are asked for only where they are written: it costs a request for each group.
  const stages = kind === 'deals' && settings.stages !== undefined ? await stagesOf(client, ctx) : null
  const values: Record<string, string[] | null> = kind === 'leads' ? { status: leadStatuses } : { stage: stages }
  const rows = (kind === 'leads' ? leadRows : dealRows).map(fieldOf)
  return [...rows.map((row) => withValues(row, values[row.name] ?? null)), ...custom.values()]
}

function fieldOf([name, label, type, writable]: Row): FieldSchema {
  const to = refersTo[name]
  return {
    name,
    label,
    type,
    required: false,
    writable: writable === 'writable',
    values: null,
    unique: type === 'id' || name === 'external_key',
    ...(to === undefined ? {} : { refersTo: to }),
  }
}

function withValues(field: FieldSchema, values: string[] | null): FieldSchema {
  return values === null ? field : { ...field, values, restricted: true }
}

import type { Conversion, FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import type { Settings } from './settings.ts'

/** The mapping that an unedited configuration uses: the portal owns what the partner said, we own what became of it. */
export function mappings(settings: Settings): ObjectMapping[] {
  return [
    {
      object: 'partnerships',
      kind: 'partner',
      fields: [
        said('name', 'name'),
        said('email', 'email'),
        said('tier', 'tier.name'),
        said('group', 'group.slug'),
        said('managerEmail', 'manager.email'),
        said('managerName', 'manager.name'),
      ],
    },
    {
      object: 'deals',
      kind: 'registration',
      fields: [
        required(said('partnerId', 'partner_key', { as: 'lookup', of: 'partner', object: 'partnerships' })),
        said('submittedBy', 'submitted_by'),
        required(said('submittedAt', 'created_at', { as: 'epochMs' })),
        required(said('company', 'account_name')),
        said('domain', custom(settings.fields.domain), { as: 'domain' }),
        said('contactName', 'contact_name'),
        said('contactEmail', custom(settings.fields.contactEmail)),
        said('amount', 'amount', { as: 'cents' }),
        said('currency', 'currency'),
        said('closeDate', 'close_date', { as: 'date' }),
        said('products', custom(settings.fields.products), { as: 'list' }),
        ruled('state', custom(settings.fields.status)),
        ruled('reason', custom(settings.fields.reason)),
        ruled('protectedUntil', custom(settings.fields.protectedUntil), { as: 'instant' }),
        ruled('crmReference', custom(settings.fields.crmReference)),
        ...(settings.stages === undefined ? [] : [{ ...ruled('pipelineStage', 'stage'), values: settings.stages }]),
      ],
    },
  ]
}

function said(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return { field, path, conversion, create: 'in', update: 'in', wins: 'vendor' }
}

/** Without it there is no registration: the change is parked until the portal sends it. */
function required(mapping: FieldMapping): FieldMapping {
  return { ...mapping, required: true }
}

function ruled(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return { field, path, conversion, create: 'out', update: 'out', wins: 'ledger' }
}

function custom(name: string): string {
  return `fields.${name}`
}

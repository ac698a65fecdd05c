import type { Conversion, FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import type { Settings } from './settings.ts'

/** The mapping that an unedited configuration uses: the portal owns what the partner said, we own what became of it. */
export function mappings(settings: Settings): ObjectMapping[] {
  const all = [...partners(settings), ...registrations(settings), ...leads(settings)]
  return all.filter(({ object }) => settings.objects.some((wanted) => wanted === object))
}

function partners({ partnerFields }: Settings): ObjectMapping[] {
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
        ...(partnerFields.region === undefined ? [] : [said('region', custom(partnerFields.region))]),
      ],
    },
    {
      object: 'members',
      kind: 'contact',
      fields: [
        { ...required(said('partnerId', 'partner_key', partnership)), create: 'both' },
        { ...required(said('email', 'email')), create: 'both' },
        { ...said('firstName', 'first_name'), create: 'both' },
        { ...said('lastName', 'last_name'), create: 'both' },
        said('name', 'name'),
        said('state', 'state'),
      ],
    },
  ]
}

function registrations(settings: Settings): ObjectMapping[] {
  const { country, dealType } = settings.fields
  return [
    {
      object: 'deals',
      kind: 'registration',
      fields: [
        required(said('partnerId', 'partner_key', partnership)),
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
        ...(country === undefined ? [] : [said('country', custom(country))]),
        ...(dealType === undefined
          ? []
          : [{ ...said('dealType', custom(dealType)), values: settings.dealTypes, unpaired: 'leave' as const }]),
        ruled('state', custom(settings.fields.status)),
        ruled('reason', custom(settings.fields.reason)),
        ruled('protectedUntil', custom(settings.fields.protectedUntil), { as: 'instant' }),
        ruled('crmReference', custom(settings.fields.crmReference)),
        ...(settings.stages === undefined ? [] : [{ ...ruled('pipelineStage', 'stage'), values: settings.stages }]),
      ],
    },
  ]
}

/** A lead is the partner's that it came from, or whom we give it to; what becomes of it is ours to say. */
function leads(settings: Settings): ObjectMapping[] {
  const { leadFields: own } = settings
  return [
    {
      object: 'leads',
      kind: 'lead',
      fields: [
        { ...said('partnerId', 'partner_key', partnership), create: 'both' },
        said('direction', 'direction'),
        { ...said('contactName', 'contact_name'), create: 'both' },
        { ...said('contactEmail', 'email'), create: 'both' },
        { ...said('company', custom(own.company)), create: 'both' },
        { ...said('domain', custom(own.domain), { as: 'domain' }), create: 'both' },
        { ...said('phone', custom(own.phone)), create: 'both' },
        { ...said('note', custom(own.note)), create: 'both' },
        { ...said('amount', 'amount', { as: 'cents' }), create: 'both', currency: { is: settings.currency } },
        said('currency', 'currency'),
        said('submittedAt', 'created_at', { as: 'epochMs' }),
        { ...ruled('state', 'status'), values: settings.leadStatuses },
        ruled('reason', custom(own.reason)),
        ruled('crmReference', custom(own.crmReference)),
      ],
    },
  ]
}

const partnership: Conversion = { as: 'lookup', of: 'partner', object: 'partnerships' }

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

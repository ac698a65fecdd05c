import type { Conversion, Direction, FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import { stageStatus } from './records.ts'
import type { Settings } from './settings.ts'

/** The mapping that an unedited configuration uses: people in the CRM own the deal, we own what we know of its registration. */
export function mappings(settings: Settings): ObjectMapping[] {
  const { fields } = settings
  return [
    {
      object: 'Account',
      kind: 'partner',
      fields: [flow('name', 'Name', 'both', 'out', 'ledger'), shared('domain', 'Website', { as: 'domain' })],
      fixed: { Type: settings.partnerType },
      when: { path: 'Type', in: [settings.partnerType] },
    },
    {
      object: 'Account',
      kind: 'account',
      fields: [
        begun('name', 'Name'),
        begun('domain', 'Website', { as: 'domain' }),
        begun('country', 'BillingCountry'),
        { ...begun('accountType', 'Type'), values: { prospect: 'Prospect', customer: 'Customer' } },
      ],
    },
    {
      object: 'Opportunity',
      kind: 'deal',
      fields: [
        shared('name', 'Name'),
        shared('amount', 'Amount', { as: 'decimal' }),
        settings.multiCurrency
          ? shared('currency', 'CurrencyIsoCode')
          : flow('currency', 'CurrencyIsoCode', 'both', 'in', 'vendor'),
        shared('closeDate', 'CloseDate', { as: 'date' }),
        flow('stage', 'StageName', 'both', 'in', 'vendor'),
        flow('status', stageStatus, 'in', 'in', 'vendor'),
        flow('ownerId', 'OwnerId', 'in', 'in', 'vendor', { as: 'lookup', of: 'user', object: 'User' }),
        shared('accountId', 'AccountId', account('account')),
        flow('partnerId', fields.partnerAccount, 'both', 'out', 'ledger', account('partner')),
        { ...flow('source', fields.partnerSource, 'both', 'out', 'ledger'), values: settings.sourceValues },
        ours('registeredBy', fields.registeredBy),
        ours('registeredAt', fields.registeredAt, { as: 'instant' }),
        ours('registrationStatus', fields.registrationStatus),
        ours('protectedUntil', fields.protectedUntil, { as: 'instant' }),
        ours('registrationId', fields.registrationId),
      ],
    },
  ]
}

function account(of: 'account' | 'partner'): Conversion {
  return { as: 'lookup', of, object: 'Account' }
}

function flow(
  field: string,
  path: string,
  create: Direction,
  update: Direction,
  wins: FieldMapping['wins'],
  conversion: Conversion = { as: 'text' },
): FieldMapping {
  return { field, path, conversion, create, update, wins }
}

/** Written by both sides; an edit in the CRM survives ours. */
function shared(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'both', 'both', 'vendor', conversion)
}

/** Written when we make the record; from then on the CRM's people own it, so that no other system's data overwrites it. */
function begun(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'both', 'in', 'vendor', conversion)
}

function ours(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'out', 'out', 'ledger', conversion)
}

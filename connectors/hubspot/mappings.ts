import type { Conversion, Direction, FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import { closeDateProperty } from './objects.ts'
import type { Settings } from './settings.ts'

type Ways = Pick<FieldMapping, 'create' | 'update' | 'wins'>

const ways = (create: Direction, update: Direction, wins: FieldMapping['wins']): Ways => ({ create, update, wins })

/** Edited on both sides; the CRM is where people work, so its edit survives. */
const shared = ways('both', 'both', 'vendor')
/** The CRM's own to say. */
const theirs = ways('in', 'in', 'vendor')
/** Ours to say. */
const ours = ways('out', 'out', 'ledger')
/** Set by us at the beginning, the CRM's from then on. */
const begun = ways('both', 'in', 'vendor')

/** What an account is called at HubSpot, which has no name for a named one; a value without a pair passes as it is. */
const accountTypes = { prospect: 'PROSPECT', customer: 'CUSTOMER', named: 'PROSPECT' }
const sources = { direct: 'Direct', 'partner-sourced': 'Partner-Sourced', 'partner-influenced': 'Partner-Influenced' }

/** The mapping that an unedited configuration uses. */
export function mappings(settings: Settings): ObjectMapping[] {
  const p = settings.properties
  return [
    {
      object: 'companies',
      kind: 'account',
      fields: [
        at('name', 'name', begun),
        at('domain', 'domain', begun, { as: 'domain' }),
        at('country', 'country', begun),
        at('accountType', 'type', begun, { as: 'text' }, { values: accountTypes }),
      ],
    },
    {
      object: 'companies',
      kind: 'partner',
      // One value only: the fixed one is written to every partner, and another one would be lost.
      when: { path: 'type', in: ['PARTNER'] },
      fixed: { type: 'PARTNER' },
      fields: [
        at('name', 'name', ways('both', 'out', 'ledger')),
        at('domain', 'domain', ways('both', 'both', 'vendor'), { as: 'domain' }),
        at('tier', p.partnerTier, ours),
      ],
    },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        at('name', 'dealname', shared),
        at('amount', 'amount', shared, { as: 'decimal' }),
        at('currency', 'deal_currency_code', shared),
        at('closeDate', closeDateProperty, shared, { as: 'date' }),
        at('stage', 'dealstage', begun, { as: 'text' }, { initial: settings.openStage }),
        at('status', 'dealStatus', theirs),
        at('ownerId', 'hubspot_owner_id', theirs, { as: 'lookup', of: 'user', object: 'owners' }),
        at('accountId', 'companyId', theirs, { as: 'lookup', of: 'account', object: 'companies' }),
        at('partnerId', 'partnerCompanyId', theirs, { as: 'lookup', of: 'partner', object: 'companies' }),
        at('source', p.source, ways('both', 'both', 'ledger'), { as: 'text' }, { values: sources }),
        at('registrationId', p.registrationId, ours),
        at('registeredBy', p.registeredBy, ours),
        at('registeredAt', p.registeredAt, ours, { as: 'instant' }),
        at('registrationStatus', p.registrationStatus, ours),
        at('protectedUntil', p.protectedUntil, ours, { as: 'instant' }),
      ],
    },
    {
      object: 'deal-companies',
      kind: 'party',
      fields: [
        at('dealId', 'dealId', set, { as: 'lookup', of: 'deal', object: 'deals' }),
        // A party has one of the two; each has a path of its own, so that reading one does not fill the other.
        at('accountId', 'accountCompanyId', set, { as: 'lookup', of: 'account', object: 'companies' }),
        at('partnerId', 'partnerCompanyId', set, { as: 'lookup', of: 'partner', object: 'companies' }),
        at('role', 'role', set),
      ],
    },
  ]
}

/** Made once and never changed; what HubSpot's people link comes in with the deal. */
const set = ways('out', 'none', 'ledger')

function at(
  field: string,
  path: string,
  way: Ways,
  conversion: Conversion = { as: 'text' },
  more: Pick<FieldMapping, 'values' | 'initial'> = {},
): FieldMapping {
  return { field, path, conversion, ...way, ...more }
}

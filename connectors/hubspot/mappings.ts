import type { Conversion, Direction, FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import { closeDateProperty, isSynced, partnerType } from './objects.ts'
import type { Settings } from './settings.ts'
import { accountTypes, contactStates, directions, sources } from './values.ts'

type Ways = Pick<FieldMapping, 'create' | 'update' | 'wins'>

const ways = (create: Direction, update: Direction, wins: FieldMapping['wins']): Ways => ({ create, update, wins })

/** Edited on both sides; the CRM is where people work, so its edit survives. */
const shared = ways('both', 'both', 'vendor')
/** The CRM's own to say. */
const theirs = ways('in', 'in', 'vendor')
/** The CRM's to say, once: a deal that is moved to another CRM was opened where it was opened first. */
const first = ways('in', 'in', 'ledger')
/** Ours to say. */
const ours = ways('out', 'out', 'ledger')
/** Set by us at the beginning, the CRM's from then on. */
const begun = ways('both', 'in', 'vendor')

/** The mapping that an unedited configuration uses: of the objects that the settings name. */
export function mappings(settings: Settings): ObjectMapping[] {
  const p = settings.properties
  const owner = ownerOf(settings)
  const all: ObjectMapping[] = [
    {
      object: 'owners',
      kind: 'user',
      fields: [at('name', 'name', theirs), at('email', 'email', theirs), at('state', 'state', theirs)],
    },
    {
      object: 'companies',
      kind: 'account',
      fields: [
        at('name', 'name', begun),
        at('domain', 'domain', begun, { as: 'domain' }),
        at('country', 'country', begun),
        at('accountType', 'type', begun, { as: 'text' }, { values: accountTypes }),
        at('parentId', 'parentCompanyId', theirs, { as: 'lookup', of: 'account', object: 'companies' }),
        ...owner('ownerId', 'hubspot_owner_id'),
      ],
    },
    {
      object: 'companies',
      kind: 'partner',
      // One value only: the fixed one is written to every partner, and another one would be lost.
      when: { path: 'type', in: [partnerType] },
      fixed: { type: partnerType },
      fields: [
        at('name', 'name', ways('both', 'out', 'ledger')),
        at('domain', 'domain', ways('both', 'both', 'vendor'), { as: 'domain' }),
        at('tier', p.partnerTier, ours),
        ...(p.partnerRegion === undefined ? [] : [at('region', p.partnerRegion, theirs)]),
        ...owner('managerId', 'hubspot_owner_id'),
      ],
    },
    {
      object: 'contacts',
      kind: 'contact',
      when: { path: 'contactKind', in: ['partner'] },
      fields: [
        at(
          'partnerId',
          'partnerCompanyId',
          shared,
          { as: 'lookup', of: 'partner', object: 'companies' },
          { required: true },
        ),
        at('name', 'fullName', theirs),
        at('firstName', 'firstname', shared),
        at('lastName', 'lastname', shared),
        at('email', 'email', shared),
        at('phone', 'phone', shared),
        at('title', 'jobtitle', shared),
        at('role', p.contactRole, ways('both', 'both', 'ledger')),
        at('state', p.contactState, ways('both', 'both', 'ledger'), { as: 'text' }, { values: contactStates }),
      ],
    },
    ...(settings.leads === 'contacts' ? [contactLeads] : []),
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        at('name', 'dealname', shared),
        at('amount', 'amount', shared, { as: 'decimal' }, { currency: { path: 'deal_currency_code' } }),
        at('currency', 'deal_currency_code', shared),
        at('closeDate', closeDateProperty, shared, { as: 'date' }),
        // In a partner pipeline a new deal's first stage is found by its label when it is written.
        at(
          'stage',
          'dealstage',
          begun,
          { as: 'text' },
          settings.pipelines.partner === undefined ? { initial: settings.openStage } : {},
        ),
        at('status', 'dealStatus', theirs),
        // HubSpot's own record of it: `createdate` can be set by whoever edits or imports a deal.
        at('openedAt', 'hs_createdate', first, { as: 'instant' }),
        ...owner('ownerId', 'hubspot_owner_id'),
        ...owner('managerId', p.manager),
        at('accountId', 'companyId', theirs, { as: 'lookup', of: 'account', object: 'companies' }),
        at('partnerId', 'partnerCompanyId', theirs, { as: 'lookup', of: 'partner', object: 'companies' }),
        at('source', p.source, ways('both', 'both', 'ledger'), { as: 'text' }, { values: sources }),
        at('home', p.home, ours),
        at('registrationId', p.registrationId, ours),
        at('registeredBy', p.registeredBy, ours),
        at('registeredAt', p.registeredAt, ours, { as: 'instant' }),
        at('registrationStatus', p.registrationStatus, ours),
        at('protectedUntil', p.protectedUntil, ours, { as: 'instant' }),
        at('registeredPrice', p.registeredPrice, ours, { as: 'decimal' }, { currency: { path: 'deal_currency_code' } }),
        at('discountReference', p.discountReference, ours),
        // Ticked by people, taken away by us; what nobody ever ticked is left alone.
        at('extensionRequested', p.extensionRequested, shared, { as: 'boolean' }, { mandatory: true }),
        at('extensionAskedById', 'extensionAskedByOwner', theirs, user),
        at('registrationNote', p.registrationNote, ours),
        ...(settings.decisions ? decisionFields(settings) : []),
        // A deal that is not reviewed keeps whatever its people chose.
        at('underReview', p.review, ours, { as: 'boolean' }, { mandatory: true }),
      ],
    },
    {
      object: 'deal-companies',
      kind: 'party',
      fields: [
        at('dealId', 'dealId', set, { as: 'lookup', of: 'deal', object: 'deals' }),
        // A party has one of the two; each has a path of its own, so that reading one does not fill the other.
        at('accountId', 'accountCompanyId', set, { as: 'lookup', of: 'account', object: 'companies' }),
        at(
          'partnerId',
          'partnerCompanyId',
          set,
          { as: 'lookup', of: 'partner', object: 'companies' },
          { required: 'known' },
        ),
        at('role', 'role', set, { as: 'text' }, { required: true }),
      ],
    },
    leadObject(settings),
    { object: 'tasks', kind: 'task', fields: taskFields(settings) },
  ]
  return all
    .filter(({ object }) => isSynced(settings, object))
    .map((mapping) => ({ ...mapping, fields: mapping.fields.filter((field) => isKept(settings, field)) }))
}

/** What people select in HubSpot comes in; an owner is written where the settings say what stands for one who is not there. */
function ownerOf({ ownerFallback }: Settings): (field: string, path: string) => FieldMapping[] {
  const lookup = { as: 'lookup', of: 'user', object: 'owners' } as const
  return (field, path) =>
    ownerFallback === undefined
      ? [at(field, path, theirs, lookup)]
      : [at(field, path, begun, { ...lookup, fallback: ownerFallback })]
}

/** A reference to an object that is not synced would wait for it for ever. */
function isKept(settings: Settings, { conversion }: FieldMapping): boolean {
  return conversion.as !== 'lookup' || isSynced(settings, conversion.object)
}

const user = { as: 'lookup', of: 'user', object: 'owners' } as const

/** What people decide on the record itself; it is taken away once it is answered. */
function decisionFields({ properties: p, outcomes }: Settings): FieldMapping[] {
  return [
    at('decision', p.decision, shared, { as: 'text' }, { values: outcomes }),
    at('decisionReason', p.decisionReason, shared),
    at('decidedById', 'decidedByOwner', theirs, user),
    at('decisionAnswer', p.decisionAnswer, ours),
  ]
}

/** What it says is ours; whose it is, whether it is done and what was chosen is said by the account's people too. */
function taskFields({ properties: p, outcomes }: Settings): FieldMapping[] {
  return [
    at('subject', 'hs_task_subject', ours),
    at('body', 'hs_task_body', ours),
    at('dueAt', 'hs_timestamp', ours, { as: 'instant' }),
    at('ownerId', 'hubspot_owner_id', shared, user),
    at('status', 'taskState', shared),
    at('dealId', 'dealId', ours, { as: 'lookup', of: 'deal', object: 'deals' }),
    at('accountId', 'companyId', ours, { as: 'lookup', of: 'account', object: 'companies' }),
    // An outcome that cannot be is answered in words and taken away, so that it can be chosen again.
    at('decision', p.decision, shared, { as: 'text' }, { values: outcomes }),
    at('reason', p.decisionReason, theirs),
    at('changedById', 'changedByOwner', theirs, user),
  ]
}

/** Leads in HubSpot's own object. Whose lead it is stands in properties of ours, for HubSpot has none for it. */
function leadObject({ properties: p }: Settings): ObjectMapping {
  const partner = { as: 'lookup', of: 'partner', object: 'companies' } as const
  return {
    object: 'leads',
    kind: 'lead',
    fields: [
      at('company', 'hs_lead_name', shared),
      at('direction', p.leadDirection, ways('both', 'both', 'ledger'), { as: 'text' }, { values: directions }),
      at('partnerId', p.leadPartner, ways('both', 'both', 'ledger'), partner),
      at('domain', p.leadDomain, shared, { as: 'domain' }),
      at('contactName', p.leadContact, shared),
      at('contactEmail', p.leadEmail, shared),
      at('phone', p.leadPhone, shared),
      at('ownerId', 'hubspot_owner_id', theirs, { as: 'lookup', of: 'user', object: 'owners' }),
      at('state', p.leadStatus, ours),
      at('reason', p.leadReason, ours),
      at('submittedAt', p.leadSubmittedAt, ours, { as: 'instant' }),
    ],
  }
}

/** Made once and never changed: it is there or not. */
const set = ways('both', 'none', 'ledger')

function at(
  field: string,
  path: string,
  way: Ways,
  conversion: Conversion = { as: 'text' },
  more: Pick<FieldMapping, 'values' | 'initial' | 'required' | 'currency' | 'mandatory'> = {},
): FieldMapping {
  return { field, path, conversion, ...way, ...more }
}

/** Leads that are contacts in an early stage of their life: read and never written, for they are the sales people's. */
const contactLeads: ObjectMapping = {
  object: 'contacts',
  kind: 'lead',
  when: { path: 'contactKind', in: ['lead'] },
  fields: [
    at('company', 'company', theirs),
    at('contactName', 'fullName', theirs),
    at('contactEmail', 'email', theirs),
    at('phone', 'phone', theirs),
    at('ownerId', 'hubspot_owner_id', theirs, { as: 'lookup', of: 'user', object: 'owners' }),
  ],
}

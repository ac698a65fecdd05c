/** The systems of the model: a portal with partners and claims, and CRMs with accounts, deals and firms. */
import type { Capability } from '../../connectors/contract.ts'
import type { RecordKind } from '../../src/domain/records.ts'
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import type { System } from '../../src/mapping/systems.ts'
import { capability, field, ours } from '../setup/bench.ts'
import type { ObjectName, Rule, Setting, VendorName } from './script.ts'

export function systemsOf(setting: Setting): Map<VendorName, System> {
  const systems: System[] = [
    {
      ...common(setting),
      name: 'portal',
      role: 'portal',
      capabilities: portalCapabilities(setting),
      mappings: portalMappings,
    },
    {
      ...common(setting),
      name: 'alpha',
      role: 'crm',
      capabilities: crmCapabilities(setting),
      mappings: crmMappings(setting.wins),
    },
    {
      ...common(setting),
      name: 'beta',
      role: 'crm',
      capabilities: crmCapabilities(setting),
      mappings: crmMappings(setting.wins2),
    },
  ]
  return new Map(systems.slice(0, 1 + setting.crms).map((system) => [vendorName(system.name), system]))
}

export function vendorName(name: string): VendorName {
  if (name === 'portal' || name === 'alpha' || name === 'beta') return name
  throw new Error(`no vendor ${name}`)
}

const common = (setting: Setting) => ({ pollMs: 60_000, reconcileMs: null, deletions: {}, mirrors: setting.mirrors })

const inward = { create: 'in', update: 'in' } as const

const portalMappings: ObjectMapping[] = [
  { object: 'partners', kind: 'partner', fields: [field('name', 'name', inward), field('group', 'group', inward)] },
  {
    object: 'claims',
    kind: 'registration',
    fields: [
      field('partnerId', 'partner', {
        conversion: { as: 'lookup', of: 'partner', object: 'partners' },
        ...inward,
        required: true,
      }),
      field('company', 'company', { ...inward, required: true }),
      field('domain', 'domain', { conversion: { as: 'domain' }, ...inward }),
      field('amount', 'amount', { conversion: { as: 'decimal' }, ...inward }),
      field('currency', 'currency', inward),
      field('state', 'state', ours),
      field('reason', 'reason', ours),
      field('crmReference', 'reference', ours),
    ],
  },
]

function crmMappings([names, countries, amounts]: readonly [Rule, Rule, Rule]): ObjectMapping[] {
  return [
    {
      object: 'accounts',
      kind: 'account',
      fields: [
        both('name', 'Name', names),
        field('domain', 'Site', { conversion: { as: 'domain' } }),
        both('country', 'Country', countries),
      ],
    },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        both('name', 'Title', names),
        both('amount', 'Amount', amounts, { conversion: { as: 'decimal' } }),
        field('accountId', 'Account', { conversion: { as: 'lookup', of: 'account', object: 'accounts' } }),
        field('status', 'Status', { update: 'in' }),
        field('registrationStatus', 'RegStatus', ours),
      ],
    },
    {
      object: 'firms',
      kind: 'partner',
      fields: [field('name', 'Name', { update: 'out', wins: 'ledger' }), both('tier', 'Tier', names)],
    },
  ]
}

function portalCapabilities({ batch }: Setting): Capability[] {
  return [
    capability('partners', ['partner'], { roles: ['portal'], write: 'none', update: false, key: null }),
    capability('claims', ['registration'], { roles: ['portal'], write: 'set', key: null, batch }),
  ]
}

function crmCapabilities({ batch, strict }: Setting): Capability[] {
  const made = (object: ObjectName, kind: RecordKind) =>
    capability(object, [kind], { write: strict ? 'create' : 'upsert', batch, visibleAfterMs: 1_000 })
  return [made('accounts', 'account'), made('firms', 'partner'), made('deals', 'deal')]
}

const both = (name: string, path: string, wins: Rule, more: Partial<FieldMapping> = {}) =>
  field(name, path, { wins, ...more })

/** Who wins, by the ledger's columns; what a portal says of its own is nobody else's. */
export function rulesAt({ wins, wins2 }: Setting, at: VendorName): Record<string, Rule> {
  if (at === 'portal') return {}
  const [names, countries, amounts] = at === 'alpha' ? wins : wins2
  return {
    'accounts.name': names,
    'accounts.country': countries,
    'deals.name': names,
    'deals.amount': amounts,
    'partners.tier': names,
  }
}

/** What the oracle knows of a vendor's field: where our value of it stands, and who may say it. */
export interface Kept {
  path: string
  /** The ledger's column. */
  column: string
  flows: 'both' | 'in' | 'out'
  /** A user may set it, to a value that nobody else sets. */
  isUnique: boolean
  lookup?: ObjectName
}

export const tables: Record<ObjectName, string> = {
  accounts: 'accounts',
  deals: 'deals',
  firms: 'partners',
  partners: 'partners',
  claims: 'registrations',
}

/** Written by hand and not derived from the mappings, so that the oracle does not believe what it checks. */
export const kept: Record<ObjectName, Kept[]> = {
  accounts: [
    { path: 'Name', column: 'name', flows: 'both', isUnique: true },
    { path: 'Country', column: 'country', flows: 'both', isUnique: true },
    { path: 'Site', column: 'domain', flows: 'both', isUnique: false },
  ],
  deals: [
    { path: 'Title', column: 'name', flows: 'both', isUnique: true },
    { path: 'Amount', column: 'amount', flows: 'both', isUnique: true },
    { path: 'Account', column: 'account_id', flows: 'both', isUnique: false, lookup: 'accounts' },
    { path: 'Status', column: 'status', flows: 'in', isUnique: false },
    { path: 'RegStatus', column: 'registration_status', flows: 'out', isUnique: false },
  ],
  firms: [
    { path: 'Tier', column: 'tier', flows: 'both', isUnique: true },
    { path: 'Name', column: 'name', flows: 'out', isUnique: false },
  ],
  partners: [
    { path: 'name', column: 'name', flows: 'in', isUnique: true },
    { path: 'group', column: 'group', flows: 'in', isUnique: true },
  ],
  claims: [
    { path: 'company', column: 'company', flows: 'in', isUnique: true },
    { path: 'amount', column: 'amount', flows: 'in', isUnique: true },
    { path: 'reason', column: 'reason', flows: 'out', isUnique: false },
    { path: 'state', column: 'state', flows: 'out', isUnique: false },
  ],
}

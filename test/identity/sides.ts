/** Two CRMs and a portal that keep people and companies, as plainly as tests of who is who need them. */
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import type { RecordKind } from '../../src/domain/records.ts'
import type { VendorRecord } from '../../connectors/contract.ts'
import { applyPending } from '../../src/apply/apply.ts'
import { storeRecords } from '../../src/intake/store.ts'
import { capability, field, type Bench, type Side } from '../setup/bench.ts'

const read = { create: 'in', update: 'in' } as const
const lookup = (of: RecordKind, object: string): Partial<FieldMapping> => ({ conversion: { as: 'lookup', of, object } })

const companyMappings: ObjectMapping[] = [
  {
    object: 'companies',
    kind: 'partner',
    when: { path: 'Type', in: ['Partner'] },
    fixed: { Type: 'Partner' },
    fields: [
      field('name', 'Name', { create: 'both', update: 'out', wins: 'ledger' }),
      field('domain', 'Site', { conversion: { as: 'domain' } }),
      field('email', 'Mail'),
    ],
  },
  {
    object: 'companies',
    kind: 'account',
    fields: [
      field('name', 'Name', { update: 'in' }),
      field('domain', 'Site', { conversion: { as: 'domain' }, update: 'in' }),
      field('country', 'Country', { update: 'in' }),
      field('accountType', 'Type', { update: 'in' }),
      field('parentId', 'Parent', { ...lookup('account', 'companies'), ...read }),
      field('ownerId', 'Owner', { ...lookup('user', 'users'), ...read }),
    ],
  },
]

export const crm: Side = {
  role: 'crm',
  capabilities: [
    capability('users', ['user'], { write: 'none', update: false, key: null }),
    capability('companies', ['account', 'partner']),
    capability('people', ['contact']),
    capability('deals', ['deal']),
  ],
  mappings: [
    {
      object: 'users',
      kind: 'user',
      fields: [field('name', 'Name', read), field('email', 'Mail', read), field('state', 'State', read)],
    },
    ...companyMappings,
    {
      object: 'people',
      kind: 'contact',
      fields: [
        field('name', 'Name'),
        field('email', 'Mail'),
        field('partnerId', 'Company', lookup('partner', 'companies')),
      ],
    },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        field('name', 'Title'),
        field('accountId', 'Company', lookup('account', 'companies')),
        field('partnerId', 'Partner', { ...lookup('partner', 'companies'), update: 'out', wins: 'ledger' }),
        field('ownerId', 'Owner', { ...lookup('user', 'users'), ...read }),
        field('managerId', 'Manager', { ...lookup('user', 'users'), ...read }),
        field('registrationStatus', 'RegStatus', { create: 'out', update: 'out', wins: 'ledger' }),
      ],
    },
  ],
}

export const portal: Side = {
  role: 'portal',
  capabilities: [
    capability('partners', ['partner'], { roles: ['portal'], write: 'none', update: false, key: null }),
    capability('members', ['contact'], { roles: ['portal'] }),
    capability('claims', ['registration'], { roles: ['portal'], write: 'set', key: null }),
  ],
  mappings: [
    {
      object: 'partners',
      kind: 'partner',
      fields: [
        field('name', 'name', read),
        field('email', 'email', read),
        field('domain', 'site', { ...read, conversion: { as: 'domain' } }),
      ],
    },
    {
      object: 'members',
      kind: 'contact',
      fields: [
        field('name', 'name', read),
        field('email', 'email', read),
        field('partnerId', 'partner', { ...lookup('partner', 'partners'), ...read, required: true }),
      ],
    },
    {
      object: 'claims',
      kind: 'registration',
      fields: [
        field('partnerId', 'partner', { ...lookup('partner', 'partners'), ...read, required: true }),
        field('company', 'company', { ...read, required: true }),
        field('domain', 'site', { ...read, conversion: { as: 'domain' } }),
        field('reason', 'reason', { create: 'out', update: 'out', wins: 'ledger' }),
      ],
    },
  ],
}

/** A vendor's record as a connector answers it, changed so many seconds into the year. */
export function record(
  object: string,
  id: string,
  at: number,
  fields: VendorRecord['fields'],
  more: Partial<VendorRecord> = {},
): VendorRecord {
  const modifiedAt = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString()
  return { object, id, key: null, version: String(at), modifiedAt, deleted: false, mergedInto: null, fields, ...more }
}

/** Stores and applies records of one object, as a stream does. */
export async function take(bench: Bench, connection: string, records: VendorRecord[]) {
  await storeRecords(bench.db, connection, records)
  return applyPending(bench.db, bench.systems, connection, records[0]?.object ?? '')
}

/** How each change ended, in the order in which they came. */
export async function endings(bench: Bench): Promise<string[]> {
  const rows = await bench.rows<{ s: string }>(
    `select external_id || ' ' || status || coalesce(' ' || code, '') as s from changes order by id`,
  )
  return rows.map((row) => row.s)
}

/** The record of ours that a vendor record stands for. */
export async function recordOf(bench: Bench, connection: string, externalId: string): Promise<string> {
  const [row] = await bench.rows<{ id: string }>(
    `select record_id::text as id from links where connection = '${connection}' and external_id = '${externalId}'`,
  )
  if (row === undefined) throw new Error(`${externalId} stands for nothing`)
  return row.id
}

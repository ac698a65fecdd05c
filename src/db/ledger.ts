/** The ledger's records as the merge sees them: flat, all values as text. Reads and writes them a page at a time. */
import { sql, getTableName, type SQL } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { anyOf } from './any-of.ts'
import { followClashes } from './clashes.ts'
import type { Tx } from './connection.ts'
import { accounts, contacts, crmTasks, deals, leads, parties, partners, registrations, users } from './schema/index.ts'
import { columnOf } from './references.ts'
import { companyKeys } from '../domain/identity.ts'
import { customName, customPrefix, recordFields, type RecordKind } from '../domain/records.ts'
import type { Instant } from '../domain/time.ts'
import type { Canonical } from '../mapping/convert.ts'
import type { CanonicalRecord } from '../mapping/translate.ts'

type LedgerTable = PgTable & { id: PgColumn }

export const tables: Record<RecordKind, LedgerTable> = {
  user: users,
  partner: partners,
  contact: contacts,
  account: accounts,
  registration: registrations,
  lead: leads,
  deal: deals,
  party: parties,
  task: crmTasks,
}

export interface LedgerRecord {
  id: string
  kind: RecordKind
  values: CanonicalRecord
  /** When each field was last changed, by the database's clock. */
  touched: Record<string, Instant>
}

/** Values for one record. `at`: when each field was changed where it was changed; what it does not name was changed now. */
export interface RecordValues {
  id: string
  values: CanonicalRecord
  at?: Readonly<Record<string, Instant>>
}

/** Whether the record was only referred to so far: it has nothing of its own yet. */
export function isBlank({ values }: LedgerRecord): boolean {
  return Object.entries(values).every(([field, value]) => value === null || field === 'state' || field === 'home')
}

/**
 * The records of a kind, locked in the order of their ids so that two pages never wait for each other in a circle.
 *
 * @param lock `update` where one may be removed: then nothing new is made that refers to it either
 */
export async function lockRecords(
  tx: Tx,
  kind: RecordKind,
  ids: string[],
  lock: 'update' | 'no key update' = 'no key update',
): Promise<Map<string, LedgerRecord>> {
  return readRecords(tx, kind, ids, lock)
}

export async function readRecords(
  tx: Tx,
  kind: RecordKind,
  ids: string[],
  lock: 'update' | 'no key update' | null = null,
): Promise<Map<string, LedgerRecord>> {
  const found = new Map<string, LedgerRecord>()
  if (ids.length === 0) return found
  const table = tables[kind]
  const query = tx.select().from(table).where(anyOf(table.id, ids)).orderBy(table.id)
  const rows: Record<string, unknown>[] = await (lock === null ? query : query.for(lock))
  for (const row of rows) {
    const values: CanonicalRecord = {}
    for (const field of recordFields[kind]) values[field] = text(row[field])
    for (const [name, value] of Object.entries(row['custom'] ?? {})) values[customPrefix + name] = text(value)
    const id = String(row['id'])
    found.set(id, { id, kind, values, touched: instants(row['touched']) })
  }
  return found
}

/** Adds new records; one without values is an empty row that others may refer to. `extra` are columns that no mapping fills, such as the portal of a registration. */
export async function insertRecords(
  tx: Tx,
  kind: RecordKind,
  records: (RecordValues & { extra?: CanonicalRecord })[],
): Promise<void> {
  await writeRecords(kind, records, async (table, columns, rows, touched) => {
    const names = sql.join(
      ['id', ...columns].map((column) => sql.identifier(column)),
      sql`, `,
    )
    await tx.execute(
      sql`insert into ${table} (${names}, touched) select ${names}, ${touched}
          from jsonb_populate_recordset(null::${table}, ${rows}::jsonb) as r on conflict (id) do nothing`,
    )
  })
}

/** Changes the given fields of each record and counts its version up. What waits for a person's ruling on one of them follows. */
export async function updateRecords(tx: Tx, kind: RecordKind, records: RecordValues[]): Promise<void> {
  const changed = records.filter(({ values }) => Object.keys(values).length > 0)
  await writeRecords(kind, changed, async (table, columns, rows, touched) => {
    const set = sql.join(
      columns.map((column) =>
        column === 'custom'
          ? sql`custom = jsonb_strip_nulls(t.custom || r.custom)`
          : sql`${sql.identifier(column)} = r.${sql.identifier(column)}`,
      ),
      sql`, `,
    )
    await tx.execute(
      sql`update ${table} as t set ${set}, version = t.version + 1, updated_at = now(), touched = t.touched || ${touched}
          from jsonb_populate_recordset(null::${table}, ${rows}::jsonb) as r where t.id = r.id`,
    )
  })
  await followClashes(tx, changed)
}

/** The instants of a row's fields as they are kept, where all are said. */
const touchedThen = sql`r.touched`
/** The same where some are not: those are now. */
const touchedNow = sql`coalesce((
  select jsonb_object_agg(field, coalesce(at, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
  from jsonb_each_text(r.touched) as e(field, at)), '{}')`

/** One statement for all records that set the same columns. */
async function writeRecords(
  kind: RecordKind,
  records: (RecordValues & { extra?: CanonicalRecord })[],
  run: (table: ReturnType<typeof sql.identifier>, columns: string[], rows: string, touched: SQL) => Promise<void>,
): Promise<void> {
  const table = sql.identifier(getTableName(tables[kind]))
  const groups = Map.groupBy(
    records.map(({ id, values, at = {}, extra }) => ({
      id,
      values: columnsOf({ ...values, ...derived(kind, values), ...extra }),
      touched: Object.fromEntries(Object.keys(values).map((field) => [field, at[field] ?? null])),
    })),
    ({ values }) => Object.keys(values).toSorted().join(),
  )
  for (const [fields, group] of groups) {
    const rows = group.map(({ id, values, touched }) => ({
      id,
      touched,
      ...Object.fromEntries(Object.entries(values).map(([k, v]) => [columnOf(k), v])),
    }))
    const isSaid = group.every(({ touched }) => !Object.values(touched).includes(null))
    const columns = fields === '' ? [] : fields.split(',').map(columnOf)
    await run(table, columns, JSON.stringify(rows), isSaid ? touchedThen : touchedNow)
  }
}

/** Each field in its column; those that an admin added together in one. */
function columnsOf(values: CanonicalRecord): Record<string, Canonical | CanonicalRecord> {
  const columns: Record<string, Canonical | CanonicalRecord> = {}
  const custom: CanonicalRecord = {}
  for (const [field, value] of Object.entries(values)) {
    if (field.startsWith(customPrefix)) custom[customName(field)] = value
    else columns[field] = value
  }
  return Object.keys(custom).length === 0 ? columns : { ...columns, custom }
}

/** Columns that follow from others: by what a company is found. */
function derived(kind: RecordKind, values: CanonicalRecord): CanonicalRecord {
  const field = companyField[kind]
  return field === undefined || !(field in values) ? {} : companyKeys(values[field] ?? null)
}

/** In which field the name of a company stands. */
const companyField: Partial<Record<RecordKind, string>> = {
  account: 'name',
  partner: 'name',
  registration: 'company',
  lead: 'company',
}

function instants(touched: unknown): Record<string, Instant> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the column's type, lost where tables of all kinds are read alike
  return touched as Record<string, Instant>
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

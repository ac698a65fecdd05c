/**
 * What must hold when all is quiet. Independent of the road: it knows the history of edits, what the vendors hold and the rows, and
 * nothing of how they came about.
 *
 * 1. Agreement: of every field that flows both ways, each vendor holds what the ledger holds.
 * 2. Nothing lost: the value is one that nobody overrode knowingly; of several such the rule's winner.
 * 3. Nothing doubled: one live vendor record a key, one link a vendor record, one record an identity.
 * 4. Everything is settled: no change pending, no write on its way, no lease, a reason for all that is parked.
 */
import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/connection.ts'
import { idFor } from '../../src/db/ids.ts'
import type { Edit, History } from './history.ts'
import { kept, rulesAt, vendorName, type Kept } from './sides.ts'
import type { ObjectName, Setting, VendorName } from './script.ts'
import type { Users } from './users.ts'
import type { ModelVendor } from './vendor.ts'

interface Link {
  id: string
  connection: VendorName
  object: ObjectName
  record_id: string
  /** Of a record that was merged away: the id of the one it went into. */
  external_id: string | null
  is_heir: boolean
  /** The ledger's names of fields that wait for a ruling. */
  held: string[]
  gone: boolean
  write: string | null
  code: string | null
}

interface Row {
  [column: string]: unknown
  id: string
}

export interface Ledger {
  links: Link[]
  aliases: { connection: string; external_id: string; link_id: string }[]
  records: Map<string, Row>
  /** Values of fields that are locked since an approval: what was in force and what the portal's user wished in its place. */
  proposed: { record_id: string; field: string; from: string | null; to: string | null }[]
  clashes: { record_id: string; field: string; base: string | null; ours: string | null; theirs: string | null }[]
  unsettled: { what: string; connection: string; object: string; status: string; code: string | null; n: number }[]
  /** Vendor records whose last change is parked. */
  parked: Map<string, string>
}

export async function readLedger(db: Db): Promise<Ledger> {
  const { rows } = await db.execute<{
    all: Omit<Ledger, 'records' | 'parked'> & { records: Row[]; parked: { id: string; code: string }[] }
  }>(sql`
    select json_build_object(
      'links', (select coalesce(json_agg(json_build_object('id', l.id, 'connection', l.connection, 'object', l.object, 'record_id', l.record_id,
        'external_id', coalesce(l.external_id, heir.external_id), 'is_heir', heir.id is not null, 'held', l.held_fields, 'gone', l.gone, 'write', w.status, 'code', w.code)), '[]') from links l left join links heir on heir.id = l.merged_into left join writes w on w.link_id = l.id),
      'aliases', (select coalesce(json_agg(a), '[]') from aliases a),
      'records', (select coalesce(json_agg(r), '[]') from (
        select id, to_jsonb(a) as r from accounts a union all select id, to_jsonb(d) from deals d
        union all select id, to_jsonb(p) from partners p union all select id, to_jsonb(g) from registrations g) u(id, r)),
      'proposed', (select coalesce(json_agg(json_build_object('record_id', p.registration_id, 'field', f.key, 'from', f.value ->> 'from', 'to', f.value ->> 'to')), '[]')
        from proposed_changes p, jsonb_each(p.fields) f),
      'clashes', (select coalesce(json_agg(c), '[]') from clashes c),
      'unsettled', (select coalesce(json_agg(u), '[]') from (
        select 'change' as what, connection, object, status, code, count(*)::int as n from changes
          where status = 'pending' or status = 'parked' and code is null or status not in ('pending', 'applied', 'no-op', 'parked') group by 2, 3, 4, 5
        union all select 'write', connection, object, status, code, count(*)::int from writes
          where status in ('sending', 'unclear') or lease_until is not null or status = 'parked' and code is null
            or status = 'planned' and detail -> 'waitsFor' is null group by 2, 3, 4, 5) u),
      'parked', (select coalesce(json_agg(p), '[]') from (
        select distinct on (connection, external_id) connection || ' ' || external_id as id, case when status = 'parked' then code end as code
        from changes c order by connection, external_id, c.id desc) p)
    ) as all`)
  const all = rows[0]?.all
  if (all === undefined) throw new Error('no answer')
  return {
    ...all,
    records: new Map(all.records.map((row) => [row.id, row])),
    parked: new Map(all.parked.flatMap(({ id, code }) => (code === null ? [] : [[id, code]]))),
  }
}

interface Known {
  setting: Setting
  vendors: ReadonlyMap<VendorName, ModelVendor>
  history: History
  users: Users
  /** Deals that were moved to another CRM. */
  moved: ReadonlySet<string>
  count: (what: string, by?: number) => void
}

export function judge(ledger: Ledger, known: Known): string[] {
  return [...settled(ledger, known), ...doubled(ledger, known), ...disagreeing(ledger, known), ...lost(ledger, known)]
}

function settled({ unsettled, links }: Ledger, { count }: Known): string[] {
  for (const { write, code } of links) if (write === 'parked') count(`parked at the end: write ${code ?? ''}`)
  return unsettled.map(
    ({ what, connection, object, status, code, n }) =>
      `${String(n)} ${what} of ${connection} ${object} left ${status}${code === null ? '' : ` (${code})`}`,
  )
}

function doubled({ links, aliases, parked, records }: Ledger, { vendors, users, count }: Known): string[] {
  const findings: string[] = []
  const linked = new Map(
    links.filter((link) => !link.is_heir).map((link) => [`${link.connection} ${link.external_id ?? ''}`, link]),
  )
  for (const { connection, external_id } of aliases)
    if (vendors.get(vendorName(connection))?.held.get(external_id)?.deleted === false)
      findings.push(`${connection} ${external_id} lives and is known only as another one's former id`)
  for (const [name, { held }] of vendors) {
    const keys = new Map<string, string[]>()
    const made = new Map<string, number>()
    for (const { id, key, object, deleted } of held.values()) {
      if (key !== null) made.set(`${name} ${key}`, (made.get(`${name} ${key}`) ?? 0) + 1)
      if (deleted) continue
      if (key !== null) keys.set(`${object} ${key}`, [...(keys.get(`${object} ${key}`) ?? []), id])
      const link = linked.get(`${name} ${id}`)
      const reason = parked.get(`${name} ${id}`)
      if (link === undefined && reason === undefined)
        findings.push(`${name} ${object} ${id} is held there and unknown here`)
      if (link === undefined && reason !== undefined) count(`parked at the end: ${reason}`)
      if (link?.gone === true && reason === undefined)
        findings.push(`${name} ${object} ${id} is held there and taken for gone here`)
      if (link !== undefined && !records.has(link.record_id))
        findings.push(`${name} ${id} is linked to a record that is not there`)
    }
    for (const [key, ids] of keys)
      if (ids.length > 1) findings.push(`${name} holds ${key} ${String(ids.length)} times: ${ids.join(', ')}`)
    for (const [key, times] of made)
      if (times > 1 + (users.erasedKeys.get(key) ?? 0)) findings.push(`${key} was made ${String(times)} times`)
  }
  return findings
}

function disagreeing({ links, records, parked, proposed }: Ledger, { vendors, count, moved }: Known): string[] {
  const findings: string[] = []
  const wished = new Set(
    proposed.map(({ record_id, field, to }) => `${record_id} ${snake(field)} ${String(plain(to))}`),
  )
  const theirs = new Map(links.map((link) => [`${link.connection} ${link.object} ${link.record_id}`, link.external_id]))
  for (const link of links) {
    const { connection, object, external_id, record_id } = link
    if (link.is_heir) continue
    const hasMoved = moved.has(record_id)
    const held = external_id === null ? undefined : vendors.get(connection)?.held.get(external_id)
    const record = records.get(record_id)
    // Of a record that was only ever referred to there is nothing to make.
    const isBlank = record !== undefined && kept[object].every(({ column }) => record[column] == null)
    if (external_id === null && !isBlank && link.write !== null && link.write !== 'parked' && !link.gone)
      findings.push(`${connection} ${object} of ${record_id} was to be made and has no id (${link.write})`)
    if (
      external_id !== null &&
      (held === undefined || held.deleted) &&
      !link.gone &&
      !parked.has(`${connection} ${external_id}`)
    )
      findings.push(`${connection} ${object} ${external_id} is gone there and lives here`)
    if (held === undefined || record === undefined || held.deleted) continue
    if (parked.has(`${connection} ${String(external_id)}`)) continue
    for (const field of kept[object]) {
      // A record that was only ever read is the vendor's, whatever stands in the fields that we would call ours.
      if (field.flows === 'out' && (link.write === null || link.write === 'parked')) continue
      if (field.flows === 'both' && link.write === 'parked') continue
      // Where a deal lived before its people say nothing of it, and what a mirror's people said does not count afterwards.
      if (field.flows === 'in' && object === 'deals' && (record['home'] !== connection || hasMoved)) continue
      if (link.held.some((name) => snake(name) === field.column)) continue
      const there = presentId(vendors.get(connection), plain(held.fields[field.path]), field)
      const here = presentId(vendors.get(connection), oursOf(record, field, connection, theirs), field)
      if (there === here) continue
      // What is locked since the approval stays until a person accepts what the portal's user wishes in its place.
      if (wished.has(`${record_id} ${field.column} ${String(there)}`)) {
        count('locked fields that differ')
        continue
      }
      findings.push(
        `${connection} ${object} ${held.id} ${field.path}: there ${String(there)}, here ${String(here)} (write ${String(link.write)})`,
      )
    }
    count('records compared')
  }
  return findings
}

function oursOf(
  record: Row,
  { column, lookup }: Kept,
  connection: string,
  theirs: Map<string, string | null>,
): string | null {
  const value = plain(record[column])
  return lookup === undefined || value === null
    ? value
    : (theirs.get(`${connection} ${lookup} ${value}`) ?? `(${value})`)
}

/** A reference to a record that was merged into another means that one. */
function presentId(at: ModelVendor | undefined, id: string | null, field: Kept): string | null {
  const into = field.lookup === undefined || id === null ? null : (at?.held.get(id)?.mergedInto ?? null)
  return into === null ? id : presentId(at, into, field)
}

function lost(ledger: Ledger, known: Known): string[] {
  const findings: string[] = []
  const { history, vendors, count, setting } = known
  // A link's vendor record, and those that went into it.
  const recordOf = new Map<string, string>(
    ledger.links.flatMap((l) =>
      l.external_id === null || l.is_heir ? [] : [[`${l.connection} ${l.external_id}`, l.record_id] as const],
    ),
  )
  const linkRecord = new Map(ledger.links.map((link) => [link.id, link.record_id]))
  for (const { connection, external_id, link_id } of ledger.aliases) {
    const record = linkRecord.get(link_id)
    if (record !== undefined) recordOf.set(`${connection} ${external_id}`, record)
  }
  const nameOf = ({ vendor, record }: Edit) =>
    [record, history.presentOf(vendor, record)]
      .map((id) => recordOf.get(`${vendor} ${id}`))
      .find((id) => id !== undefined)
  const byRecord = Map.groupBy(history.edits, (edit) => nameOf(edit) ?? '')
  const byField = [...byRecord].flatMap(([recordId, edits]) =>
    [...Map.groupBy(edits, ({ field }) => field)].map(([field, its]) => ({ recordId, field, edits: its })),
  )
  for (const { recordId, field, edits } of byField) {
    const record = ledger.records.get(recordId)
    if (record === undefined) continue
    const value = plain(record[field.split('.')[1] ?? ''])
    // What a mirror's people say never comes in.
    const isHome = ({ vendor }: Edit) => !field.startsWith('deals.') || record['home'] === vendor
    const binding = edits.filter((edit) => isHome(edit) && isBinding(edit, recordId, ledger, vendors))
    const gone = overridden(binding)
    const mayStand = edits.filter(({ n }) => !gone.has(n))
    const mustCount = binding.filter(({ n }) => !overridden(edits).has(n))
    // Where every record of the value is gone or excused, nobody can insist on it.
    if (!mayStand.some((edit) => binding.includes(edit))) continue
    count(mustCount.length > 1 ? 'fields with rivals' : 'fields judged')
    const isHere = (of: { record_id: string; field: string }) =>
      of.record_id === recordId && snake(of.field) === field.split('.')[1]
    const told = new Set([
      ...ledger.clashes.filter(isHere).flatMap(({ ours, theirs }) => [plain(ours), plain(theirs)]),
      ...ledger.proposed.filter(isHere).flatMap(({ from, to }) => [plain(from), plain(to)]),
    ])
    for (const edit of mustCount)
      if (plain(edit.value) !== value && !told.has(plain(edit.value)))
        findings.push(`${field} of ${recordId} is ${String(value)}, and ${tell(edit)} is nowhere`)
    // Whoever comes second is judged by the rule of their own side: so of these two the first always stands.
    for (const loser of mustCount)
      for (const winner of mustCount)
        if (plain(loser.value) === value && beats(winner, loser, setting))
          findings.push(`${field} of ${recordId} is ${tell(loser)}, and by the rules ${tell(winner)} stands`)
    // One whose maker saw a value of ours arrive that we had no answer for looks like a rival, and is kept like one.
    const isKept = mustCount.length > 0 && mustCount.every((edit) => told.has(plain(edit.value)))
    if (!isKept && !mayStand.some((edit) => plain(edit.value) === value))
      findings.push(
        `${field} of ${recordId} is ${String(value)}; it may be ${mayStand.map(tell).join(' or ')}; of ${edits.map(tell).join(', ')}`,
      )
  }
  return findings
}

/** Edits that knew nothing of each other: the vendor's own say prevails where the other side leaves it to the ledger. */
function beats(winner: Edit, loser: Edit, setting: Setting): boolean {
  const rule = ({ vendor, field }: Edit) => rulesAt(setting, vendorName(vendor))[field]
  const apart = winner.vendor !== loser.vendor && !winner.isBirth && !loser.isBirth
  return apart && rule(winner) === 'vendor' && rule(loser) === 'ledger'
}

/** The edits that these override. */
function overridden(by: Edit[]): Set<number> {
  return new Set(by.flatMap((edit) => [...edit.knows]))
}

/** Whether the edit must come to something: its record lives and nothing excuses its loss. */
function isBinding(
  edit: Edit,
  recordId: string,
  { parked }: Ledger,
  vendors: ReadonlyMap<VendorName, ModelVendor>,
): boolean {
  const held = vendors.get(vendorName(edit.vendor))?.held.get(edit.record)
  // What a record was made with meets what is already known of it, and the rule may prefer that.
  const isMatched = edit.isBirth && held !== undefined && idFor(edit.vendor, held.object, edit.record) !== recordId
  return (
    !isMatched &&
    edit.excuse === null &&
    held !== undefined &&
    !held.deleted &&
    !parked.has(`${edit.vendor} ${edit.record}`)
  )
}

function tell({ vendor: at, record, value, n, excuse }: Edit): string {
  return `${String(value)} (#${String(n)} at ${at} ${record}${excuse === null ? '' : `, ${excuse}`})`
}

function plain(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^-?\d+(\.\d+)?$/.test(text) ? String(Number(text)) : text
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

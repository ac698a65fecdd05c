/**
 * Room 2: what came in becomes what is known.
 *
 * A page of changes is one transaction: recognise, lock, merge, write the ledger, settle every change, nudge the processes.
 * A page that fails is halved until the one record that fails stands alone; that one is parked and the others go on.
 */
import { and, asc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { ensureLinks, nudge, planWrites, workflowId } from '../db/outbox.ts'
import { aliases, changes, deals, links, registrations, shadows } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ErrorCode } from '../errors.ts'
import { mappingOf, objectFor, systemOf, type System, type Systems } from '../mapping/systems.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { toCanonical, type CanonicalRecord, type Lookups, type Trouble } from '../mapping/translate.ts'
import { idFor } from '../db/ids.ts'
import { insertRecords, lockRecords, updateRecords, type LedgerRecord } from '../db/ledger.ts'
import { merge } from './merge.ts'
import { claimLinks, findLinks, type Link } from './recognise.ts'

export interface Applied {
  applied: number
  noOp: number
  parked: number
}

type Change = typeof changes.$inferSelect

const PAGE = 200

/** Applies everything pending of one stream, oldest first. */
export async function applyPending(db: Db, systems: Systems, connection: string, object: string): Promise<Applied> {
  const system = systemOf(systems, connection)
  const total: Applied = { applied: 0, noOp: 0, parked: 0 }
  for (;;) {
    const pending = await db
      .select({ id: changes.id })
      .from(changes)
      .where(and(eq(changes.connection, connection), eq(changes.object, object), eq(changes.status, 'pending')))
      .orderBy(asc(changes.id))
      .limit(PAGE)
    if (pending.length === 0) return total
    await applyIds(
      db,
      systems,
      system,
      object,
      pending.map(({ id }) => id),
      total,
    )
  }
}

async function applyIds(
  db: Db,
  systems: Systems,
  system: System,
  object: string,
  ids: number[],
  total: Applied,
): Promise<void> {
  try {
    const page = await db.transaction((tx) => applyPage(tx, systems, system, object, ids))
    total.applied += page.applied
    total.noOp += page.noOp
    total.parked += page.parked
  } catch (error) {
    if (!isPoison(error)) throw error
    const [only] = ids
    if (ids.length > 1) {
      const half = Math.ceil(ids.length / 2)
      await applyIds(db, systems, system, object, ids.slice(0, half), total)
      await applyIds(db, systems, system, object, ids.slice(half), total)
    } else if (only !== undefined) {
      await db
        .update(changes)
        .set({
          status: 'parked',
          code: 'CW_APPLY_FAILED',
          detail: { error: String(error).slice(0, 500) },
          settledAt: sql`now()`,
          attempts: sql`${changes.attempts} + 1`,
        })
        .where(and(eq(changes.id, only), eq(changes.status, 'pending')))
      total.parked += 1
    }
  }
}

/** The record itself is what PostgreSQL refuses: SQLSTATE classes 22 (data), 23 (constraint) and 42 (type). All else is retried. */
function isPoison(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code: unknown = 'code' in e ? e.code : undefined
    if (typeof code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(code)) return true
  }
  return false
}

/** What one change did. */
interface Settled {
  id: number
  status: 'applied' | 'no-op' | 'parked'
  code: ErrorCode | null
  detail: Record<string, unknown> | null
  recordId: string | null
}

/** The page's working state: records and shadows change in memory, change by change, and are written once. */
interface Page {
  tx: Tx
  system: System
  object: string
  links: Map<string, Link>
  lookups: Lookups
  records: Map<string, LedgerRecord>
  inserted: Set<string>
  updated: Map<string, CanonicalRecord>
  shadows: Map<string, { linkId: string; fields: Change['body']['fields']; version: string; modifiedAt: string | null }>
  /** Links whose vendor record is equal to the ledger after this page. */
  equal: Set<string>
  /** Links whose vendor record is deleted. */
  gone: Set<string>
  settled: Settled[]
}

async function applyPage(tx: Tx, systems: Systems, system: System, object: string, ids: number[]): Promise<Applied> {
  const batch = await tx
    .select()
    .from(changes)
    .where(and(inArray(changes.id, ids), eq(changes.status, 'pending')))
    .orderBy(asc(changes.id))
    .for('update')
  const page = await openPage(tx, system, object, batch)
  for (const change of batch) page.settled.push(tryChange(page, change))
  await writePage(page)
  await settle(tx, page.settled)
  await supersede(tx, system.name, object, batch, page.settled)
  await tellOthers(page, systems)
  const count = (status: Settled['status']) => page.settled.filter((s) => s.status === status).length
  return { applied: count('applied'), noOp: count('no-op'), parked: count('parked') }
}

async function openPage(tx: Tx, system: System, object: string, batch: Change[]): Promise<Page> {
  const externalIds = [...new Set(batch.map((change) => change.externalId))]
  const known = await findLinks(tx, system.name, object, externalIds)
  await followMerges(tx, system.name, object, batch, known)
  const unknown = new Map(
    batch.filter((c) => !known.has(c.externalId) && !c.body.deleted).map((c) => [c.externalId, c]),
  )
  const lookups = await openLookups(tx, system, object, batch)
  const takeable = [...unknown.values()].filter((change) => canBeTakenIn(system, object, change, lookups))
  await claimLinks(
    tx,
    system,
    object,
    takeable.map((c) => ({ externalId: c.externalId, key: c.body.key, fields: c.body.fields })),
  )
  const all = takeable.length === 0 ? known : await findLinks(tx, system.name, object, externalIds)
  const records = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy([...all.values()], (link) => link.kind)) {
    for (const [id, record] of await lockRecords(
      tx,
      kind,
      group.map((link) => link.recordId),
    ))
      records.set(id, record)
  }
  return {
    tx,
    system,
    object,
    links: all,
    lookups,
    records,
    inserted: new Set(),
    updated: new Map(),
    shadows: new Map(),
    equal: new Set(),
    gone: new Set(),
    settled: [],
  }
}

/** A record that lacks what it must have is not claimed: it stays parked until its system sends it whole. */
function canBeTakenIn(system: System, object: string, change: Change, lookups: Lookups): boolean {
  const mapping = system.mappings.find((m) => m.object === object)
  return mapping !== undefined && troublesOf(mapping, change, lookups).length === 0
}

function troublesOf(mapping: ObjectMapping, change: Change, lookups: Lookups): Trouble[] {
  const { troubles } = toCanonical(mapping, change.body.fields, 'create', lookups)
  const missing = mapping.fields.filter((f) => f.required === true && !(f.path in change.body.fields))
  return [
    ...troubles,
    ...missing.map((f): Trouble => ({
      field: f.field,
      path: f.path,
      code: 'CW_FIELD_MISSING',
      expected: 'a value',
      found: null,
    })),
  ]
}

/** A merged record's id becomes another name of the record it was merged into. */
async function followMerges(
  tx: Tx,
  connection: string,
  object: string,
  batch: Change[],
  known: Map<string, Link>,
): Promise<void> {
  for (const change of batch) {
    const into = change.body.mergedInto
    const loser = known.get(change.externalId)
    if (into === null || loser === undefined || into === change.externalId) continue
    const winner = (await findLinks(tx, connection, object, [into])).get(into)
    if (winner === undefined) {
      await tx.update(links).set({ externalId: into }).where(eq(links.id, loser.id))
    } else if (winner.id !== loser.id) {
      await tx.update(links).set({ gone: true, externalId: null }).where(eq(links.id, loser.id))
    }
    const linkId = winner?.id ?? loser.id
    await tx
      .insert(aliases)
      .values({ connection, object, externalId: change.externalId, linkId })
      .onConflictDoUpdate({ target: [aliases.connection, aliases.object, aliases.externalId], set: { linkId } })
  }
}

/**
 * The vendor ids that the page's records refer to, as our ids. An account or deal that we have not read yet is claimed at once:
 * its own change, whenever it comes, is then recognised and fills it.
 */
async function openLookups(tx: Tx, system: System, object: string, batch: Change[]): Promise<Lookups> {
  const ours = new Map<string, string>()
  const mapped = system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)
  for (const field of mapped) {
    const { conversion } = field
    if (conversion.as !== 'lookup') continue
    const ids = [
      ...new Set(
        batch
          .map((change) => change.body.fields[field.path])
          .filter((v) => v !== null && v !== undefined && v !== '')
          .map(String),
      ),
    ]
    const found = await findLinks(tx, system.name, conversion.object, ids)
    const missing = conversion.of === 'partner' ? [] : ids.filter((id) => !found.has(id))
    await insertRecords(
      tx,
      conversion.of,
      missing.map((id) => ({
        id: idFor(system.name, conversion.object, id),
        values: {},
      })),
    )
    await ensureLinks(
      tx,
      missing.map((id) => ({
        connection: system.name,
        object: conversion.object,
        kind: conversion.of,
        recordId: idFor(system.name, conversion.object, id),
        externalId: id,
      })),
    )
    for (const [id, link] of found)
      if (link.kind === conversion.of) ours.set(`${conversion.object} ${id}`, link.recordId)
    for (const id of missing) ours.set(`${conversion.object} ${id}`, idFor(system.name, conversion.object, id))
  }
  return { toOurs: (of, id) => ours.get(`${of} ${id}`), toTheirs: () => undefined }
}

/** A change that our own code cannot digest is parked by itself; the page goes on. */
function tryChange(page: Page, change: Change): Settled {
  try {
    return applyChange(page, change)
  } catch (error) {
    return {
      id: change.id,
      status: 'parked',
      code: 'CW_APPLY_FAILED',
      detail: { error: String(error).slice(0, 500) },
      recordId: null,
    }
  }
}

function applyChange(page: Page, change: Change): Settled {
  const link = page.links.get(change.externalId)
  const outcome = (status: Settled['status'], more: Partial<Settled> = {}): Settled => ({
    id: change.id,
    status,
    code: null,
    detail: null,
    recordId: link?.recordId ?? null,
    ...more,
  })
  if (link === undefined) {
    if (change.body.deleted) return outcome('no-op', { detail: { why: 'never known' } })
    const mapping = page.system.mappings.find((m) => m.object === page.object)
    return park(outcome, mapping === undefined ? [] : troublesOf(mapping, change, page.lookups))
  }
  if (change.body.mergedInto !== null && change.body.mergedInto !== change.externalId)
    return outcome('applied', { detail: { merged: true } })
  if (change.body.deleted) return applyDelete(page, link, outcome)
  const last = page.shadows.get(link.id) ?? link.shadow
  if (
    last !== null &&
    last.modifiedAt !== null &&
    change.body.modifiedAt !== null &&
    change.body.modifiedAt < last.modifiedAt
  )
    return outcome('no-op', { detail: { why: 'older than what is known' } })
  const mapping = mappingOf(page.system, page.object, link.kind)
  if (mapping === undefined) return outcome('no-op', { detail: { why: 'not mapped' } })
  const record = page.records.get(link.recordId)
  const { values, troubles } = toCanonical(
    mapping,
    change.body.fields,
    record === undefined ? 'create' : 'update',
    page.lookups,
  )
  if (troubles.length > 0) return park(outcome, troubles)
  page.shadows.set(link.id, {
    linkId: link.id,
    fields: change.body.fields,
    version: change.version,
    modifiedAt: change.body.modifiedAt,
  })
  if (record === undefined) {
    page.records.set(link.recordId, { id: link.recordId, kind: link.kind, values })
    page.inserted.add(link.recordId)
    page.equal.add(link.id)
    return outcome('applied')
  }
  const base = last === null ? null : toCanonical(mapping, last.fields, 'update', page.lookups).values
  const { changed, ledgerWon } = merge(mapping, values, base, record.values)
  if (!ledgerWon) page.equal.add(link.id)
  else page.equal.delete(link.id)
  if (Object.keys(changed).length === 0) return outcome(link.shadow === null && last === null ? 'applied' : 'no-op')
  Object.assign(record.values, changed)
  if (!page.inserted.has(record.id)) page.updated.set(record.id, { ...page.updated.get(record.id), ...changed })
  return outcome('applied')
}

function park(outcome: (status: 'parked', more: Partial<Settled>) => Settled, troubles: Trouble[]): Settled {
  return outcome('parked', { code: troubles[0]?.code ?? 'CW_FIELD_INVALID', detail: { fields: troubles } })
}

/** A delete is a tombstone on the link and never deletes a record of ours; a registration taken back at its portal is withdrawn. */
function applyDelete(
  page: Page,
  link: Link,
  outcome: (status: Settled['status'], more?: Partial<Settled>) => Settled,
): Settled {
  const record = page.records.get(link.recordId)
  const first = record !== undefined && !page.gone.has(link.id)
  page.gone.add(link.id)
  return outcome(first ? 'applied' : 'no-op', { detail: { deleted: true } })
}

async function writePage(page: Page): Promise<void> {
  const { tx, system } = page
  const born = [...page.inserted].map((id) => page.records.get(id)).filter((record) => record !== undefined)
  for (const [kind, records] of Map.groupBy(born, (record) => record.kind)) {
    await insertRecords(
      tx,
      kind,
      records.map(({ id, values }) => ({ id, values, extra: birth(kind, system) })),
    )
    // A record that was only referred to before exists already: fill it.
    await updateRecords(
      tx,
      kind,
      records.map(({ id, values }) => ({ id, values })),
    )
  }
  for (const [kind, ids] of Map.groupBy(page.updated.keys(), (id) => page.records.get(id)?.kind)) {
    if (kind !== undefined)
      await updateRecords(
        tx,
        kind,
        ids.map((id) => ({ id, values: page.updated.get(id) ?? {} })),
      )
  }
  const seen = [...page.shadows.values()].filter((shadow) => !page.gone.has(shadow.linkId))
  if (seen.length > 0) {
    await tx
      .insert(shadows)
      .values(seen)
      .onConflictDoUpdate({
        target: shadows.linkId,
        set: {
          fields: sql`excluded.fields`,
          version: sql`excluded.version`,
          modifiedAt: sql`excluded.modified_at`,
          seenAt: sql`now()`,
        },
      })
  }
  const gone = [...page.links.values()].filter((link) => page.gone.has(link.id))
  if (gone.length > 0) {
    await tx
      .update(links)
      .set({ gone: true })
      .where(
        inArray(
          links.id,
          gone.map((link) => link.id),
        ),
      )
    await tx
      .update(registrations)
      .set({ withdrawnAt: sql`coalesce(${registrations.withdrawnAt}, now())` })
      .where(
        inArray(
          registrations.id,
          gone.map((link) => link.recordId),
        ),
      )
  }
}

/** What a new record knows of its birth besides its mapped fields. */
function birth(kind: RecordKind, system: System): CanonicalRecord {
  if (kind === 'registration') return { portal: system.name }
  if (kind === 'partner') return { state: 'active' }
  if (kind === 'deal') return { home: system.name }
  return {}
}

async function settle(tx: Tx, settled: Settled[]): Promise<void> {
  if (settled.length === 0) return
  const rows = JSON.stringify(
    settled.map((s) => ({ id: s.id, status: s.status, code: s.code, detail: s.detail, record_id: s.recordId })),
  )
  await tx.execute(
    sql`update ${changes} as c set status = r.status, code = r.code, detail = r.detail, record_id = r.record_id, settled_at = now(), attempts = c.attempts + 1
        from jsonb_to_recordset(${rows}::jsonb) as r(id bigint, status text, code text, detail jsonb, record_id uuid) where c.id = r.id`,
  )
}

/** A parked change is over once a later one of the same record went through. */
async function supersede(
  tx: Tx,
  connection: string,
  object: string,
  batch: Change[],
  settled: Settled[],
): Promise<void> {
  const done = new Set(settled.filter((s) => s.status !== 'parked').map((s) => s.id))
  for (const change of batch.filter((c) => done.has(c.id))) {
    await tx
      .update(changes)
      .set({ status: 'no-op', code: null, detail: { supersededBy: change.id }, settledAt: sql`now()` })
      .where(
        and(
          eq(changes.connection, connection),
          eq(changes.object, object),
          eq(changes.externalId, change.externalId),
          eq(changes.status, 'parked'),
          lt(changes.id, change.id),
        ),
      )
  }
}

/** Wakes the processes that have something to see, and plans the writes to the other systems. */
async function tellOthers(page: Page, systems: Systems): Promise<void> {
  const { tx } = page
  const touched = [...new Set([...page.inserted, ...page.updated.keys()])]
  const gone = [...page.links.values()].filter((link) => page.gone.has(link.id)).map((link) => link.recordId)
  const ofKind = (kind: RecordKind) => [...touched, ...gone].filter((id) => page.records.get(id)?.kind === kind)
  const newPartners = ofKind('partner').filter((id) => page.inserted.has(id))
  await ensureLinks(
    tx,
    newPartners.flatMap((recordId) =>
      [...systems.values()].filter((s) => s.role === 'crm').flatMap((s) => linkAt(s, 'partner', recordId)),
    ),
  )
  const corrected = [...page.links.values()]
    .filter((link) => page.shadows.has(link.id) && !page.equal.has(link.id))
    .map((link) => link.recordId)
  const equal = [...page.links.values()].filter((link) => page.equal.has(link.id)).map((link) => link.id)
  await planWrites(tx, [...new Set([...touched, ...corrected])], { exceptLinks: equal })
  await nudge(tx, ofKind('registration').map(workflowId.registration))
  const dealIds = ofKind('deal')
  if (dealIds.length > 0) {
    const waiting = await tx.select({ id: deals.registrationId }).from(deals).where(inArray(deals.id, dealIds))
    await nudge(
      tx,
      waiting.flatMap((deal) => (deal.id === null ? [] : [workflowId.registration(deal.id)])),
    )
  }
  if (newPartners.length > 0) await tryAgain(tx, page.system)
}

function linkAt(
  system: System,
  kind: RecordKind,
  recordId: string,
): { connection: string; object: string; kind: RecordKind; recordId: string }[] {
  const object = objectFor(system, kind)
  return object === undefined ? [] : [{ connection: system.name, object, kind, recordId }]
}

/** Registrations that named an unknown partner are tried again when partners arrive. */
async function tryAgain(tx: Tx, system: System): Promise<void> {
  const again = await tx
    .update(changes)
    .set({ status: 'pending', code: null, detail: null, settledAt: null })
    .where(
      and(eq(changes.connection, system.name), eq(changes.status, 'parked'), eq(changes.code, 'CW_PARTNER_UNKNOWN')),
    )
    .returning({ object: changes.object })
  await nudge(tx, new Set(again.map((change) => workflowId.stream(system.name, change.object))))
}

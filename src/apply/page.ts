/** A page of changes in memory: records and what the vendor holds change here, change by change, and are written once. */
import { and, eq, sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import { Collision } from '../db/attempts.ts'
import type { Tx } from '../db/connection.ts'
import { isBlank, lockRecords, type LedgerRecord } from '../db/ledger.ts'
import { theirIds } from '../db/lookups.ts'
import { breaksAt } from '../db/schema-changes.ts'
import { links as linkTable, streams, type changes, type FieldChanges } from '../db/schema/index.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import type { Break } from '../mapping/live/doomed.ts'
import { kindOf, mappingOf, type System } from '../mapping/systems.ts'
import { isPresent } from '../mapping/transform/input.ts'
import type { Transformations } from '../mapping/transform/transformations.ts'
import { toCanonical, type CanonicalRecord, type Lookups, type Trouble } from '../mapping/translate.ts'
import { PageClashes } from './clashes.ts'
import type { Elsewhere } from './elsewhere.ts'
import { openLookups } from './lookups.ts'
import { openBrake } from './brake.ts'
import { followMerges, undoMerges, type MergedTwo } from './merges.ts'
import { openParents, type Parents } from './parents.ts'
import { claimLinks, findLinks, type Link } from './recognise.ts'
import { transformOurs } from './transformed.ts'
import { unifyStubs } from './stubs.ts'

export type Change = typeof changes.$inferSelect

/** A vendor record as this page leaves it. */
export interface Standing {
  link: Link
  /** As the vendor returned them; null while it was never read. */
  fields: Fields | null
  version: string
  modifiedAt: string | null
  gone: boolean
  /** Whether a change of this page was about it. */
  isTouched: boolean
  /** The ledger kept a value against the vendor's. */
  ledgerWon: boolean
  /** Canonical fields that wait for a person's ruling. */
  held: Set<string>
}

export interface Page {
  tx: Tx
  system: System
  object: string
  /** By vendor id. */
  links: ReadonlyMap<string, Link>
  lookups: Lookups
  /** Contacts that are not taken in, because their person is known at another partner. */
  elsewhere: ReadonlyMap<string, Elsewhere>
  /** What was merged at the vendor, of records that were two of ours. */
  merged: MergedTwo[]
  parents: Parents
  /** Records that were only referred to until this page. */
  blank: ReadonlySet<string>
  records: Map<string, LedgerRecord>
  inserted: Set<string>
  updated: Map<string, CanonicalRecord>
  /** Changes of registrations that a person is asked about, by record. */
  proposed: Map<string, FieldChanges>
  clashes: PageClashes
  /** How many milliseconds the vendor's clock is ahead of ours; 0 where it is not known. */
  skewMs: number
  /** By link. */
  standings: Map<string, Standing>
  /** How many more records may be taken for deleted before the brake holds. */
  deletesLeft: number
  transformations: Transformations
  /** Changes of the vendor's schema that break the mapping: what fails because of one is parked as that. */
  breaks: readonly Break[]
}

/** @param transformations what was transformed for this page so far: kept when it is opened again */
export async function openPage(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  transformations: Transformations,
): Promise<Page> {
  const externalIds = [...new Set(batch.map((change) => change.externalId))]
  const merged = await followMerges(tx, system.name, object, batch)
  await undoMerges(tx, system.name, object, batch)
  const before = await findLinks(tx, system.name, object, externalIds)
  const lookups = await openLookups(tx, system, object, batch, before.values(), transformations)
  const isReferred = externalIds.some((id) => lookups.madeOf(object).has(id))
  const known = isReferred ? await findLinks(tx, system.name, object, externalIds) : before
  const unknown = batch.filter(
    (change) =>
      !known.has(change.externalId) &&
      !change.body.deleted &&
      change.body.mergedInto === null &&
      change.body.tooLarge === undefined &&
      canBeTakenIn(system, object, change, lookups),
  )
  // Of several versions in one page the first that can be taken in says what the record is.
  const first = [...Map.groupBy(unknown, (change) => change.externalId).values()].flatMap(([change]) => change ?? [])
  const newcomers = first.map(({ externalId, body }) => ({ externalId, key: body.key, fields: body.fields }))
  const unclaimed = await claimLinks(tx, system, object, newcomers, lookups)
  const { moved, elsewhere } = await unifyStubs(tx, system, object, batch, known, lookups)
  for (const [id, recordId] of moved) lookups.redirect(object, id, recordId)
  const links = first.length > 0 || moved.size > 0 ? await findLinks(tx, system.name, object, externalIds) : known
  const parents = await openParents(tx, system, object, batch, lookups)
  const records = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy(links.values(), (link) => link.kind)) {
    const ids = group.map((link) => link.recordId)
    for (const [id, record] of await lockRecords(tx, kind, ids)) records.set(id, record)
  }
  await assertStillLinked(tx, links)
  await transformOurs(transformations, system, object, records.values())
  const deletesLeft = await openBrake(tx, system.name, object, batch)
  return {
    tx,
    system,
    object,
    links,
    lookups: { ...lookups, toTheirs: await usersThere(tx, system, object, records) },
    elsewhere: new Map([...unclaimed, ...elsewhere]),
    merged,
    parents,
    records,
    blank: new Set([...records.values()].filter(isBlank).map(({ id }) => id)),
    inserted: new Set(),
    updated: new Map(),
    proposed: new Map(),
    clashes: new PageClashes(),
    skewMs: await skewOf(tx, system, object),
    standings: new Map(),
    deletesLeft,
    transformations,
    breaks: await breaksAt(tx, system.name, object),
  }
}

/** A person may have said meanwhile that a vendor record is another one of ours: the records are locked now, so it is seen here. */
async function assertStillLinked(tx: Tx, links: ReadonlyMap<string, Link>): Promise<void> {
  if (links.size === 0) return
  const rows = JSON.stringify([...links.values()].map(({ id, recordId }) => ({ id, record_id: recordId })))
  const { rows: moved } = await tx.execute(sql`
    select from jsonb_to_recordset(${rows}::jsonb) as r(id uuid, record_id uuid)
    where not exists (select from ${linkTable} l where l.id = r.id and l.record_id = r.record_id) limit 1`)
  if (moved.length > 0) throw new Collision('a vendor record stands for another record by now')
}

/** How the vendor record stands after the changes so far. */
export function standingOf(page: Page, link: Link): Standing {
  const found = page.standings.get(link.id)
  if (found !== undefined) return found
  const standing: Standing = {
    link,
    fields: link.shadow?.fields ?? null,
    version: link.shadow?.version ?? '',
    modifiedAt: link.shadow?.modifiedAt ?? null,
    gone: link.gone,
    isTouched: false,
    ledgerWon: false,
    held: new Set(link.heldFields),
  }
  page.standings.set(link.id, standing)
  return standing
}

export async function skewOf(tx: Tx, { name }: System, object: string): Promise<number> {
  const here = and(eq(streams.connection, name), eq(streams.object, object))
  const [stream] = await tx.select({ skewMs: streams.skewMs }).from(streams).where(here)
  return stream?.skewMs ?? 0
}

/** Which users the records refer to that are known there, where one who is not has a fallback. */
export async function usersThere(
  tx: Tx,
  system: System,
  object: string,
  records: ReadonlyMap<string, LedgerRecord>,
): Promise<Lookups['toTheirs']> {
  const fields = system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)
  const named = fields.flatMap(({ field, conversion }) =>
    conversion.as === 'lookup' && conversion.fallback !== undefined
      ? [...records.values()].flatMap(({ values }) => values[field] ?? [])
      : [],
  )
  const theirs = await theirIds(tx, system.name, named)
  return (of, id) => theirs.get(`${of} ${id}`)
}

/** A record that lacks what it must have is not claimed: it stays parked until its system sends it whole. */
export function canBeTakenIn(system: System, object: string, change: Change, lookups: Lookups): boolean {
  const mapping = mappingOf(system, object, kindOf(system, object, change.body.fields))
  return mapping !== undefined && birthTroubles(mapping, change.body.fields, lookups).length === 0
}

/** What hinders these fields from becoming a record. */
export function birthTroubles(mapping: ObjectMapping, fields: Fields, lookups: Lookups): Trouble[] {
  const { troubles } = toCanonical(mapping, fields, 'create', lookups)
  const missing = mapping.fields.filter((f) => f.required === true && !isPresent(f, fields))
  return [
    ...troubles,
    ...missing.map(({ field, path }): Trouble => ({
      field,
      path,
      code: 'CW_FIELD_MISSING',
      expected: 'a value',
      found: null,
    })),
  ]
}

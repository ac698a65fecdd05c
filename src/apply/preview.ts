/**
 * What vendor records as they are now would do to ours, by any mapping: applied as the road applies them, to a page in memory that is
 * never written. Runs in a transaction that may only read.
 */
import type { Fields, VendorRecord } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { isBlank, readRecords, type LedgerRecord } from '../db/ledger.ts'
import { isStubKind } from '../db/stubs.ts'
import { breaksAt } from '../db/schema-changes.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ErrorCode } from '../errors.ts'
import { kindOf, type System } from '../mapping/systems.ts'
import { Transformations } from '../mapping/transform/transformations.ts'
import {
  restore,
  vendorValue,
  type Answer,
  type CanonicalRecord,
  type Lookups,
  type Trouble,
} from '../mapping/translate.ts'
import { applyChange } from './change.ts'
import { PageClashes } from './clashes.ts'
import { holdersOf, keysIn, nameOf } from './identities.ts'
import { canBeTakenIn, skewOf, standingOf, usersThere, type Change, type Page } from './page.ts'
import { namedParents, parentsAbove } from './parents.ts'
import { transformChanges, transformOurs } from './transformed.ts'
import { findLinks, recordsByKey, type Link } from './recognise.ts'

/** What became of one vendor record. */
export interface Taken {
  externalId: string
  recordId: string
  kind: RecordKind
  /** Null: the vendor record is unknown to us so far. */
  linkId: string | null
  /** Ours before and after; null: there is none. */
  before: CanonicalRecord | null
  after: CanonicalRecord | null
  /** Why it would be parked; null: it is taken in. */
  parked: { code: ErrorCode; troubles: Trouble[] } | null
  /** What is to be compared with ours when the vendor is written to. */
  standing: { fields: Fields | null; answers: Record<string, Answer>; held: string[]; ledgerWon: boolean }
}

export interface TakenPage {
  taken: Taken[]
  /** The vendor's ids of records that would be made because they are referred to, by object and record id. */
  toTheirs: Lookups['toTheirs']
}

export async function previewPage(
  tx: Tx,
  system: System,
  object: string,
  records: readonly VendorRecord[],
): Promise<TakenPage> {
  const batch = records.map(changeOf(system.name))
  const ids = records.map(({ id }) => id)
  const known = await findLinks(tx, system.name, object, ids)
  const transformations = new Transformations()
  await transformChanges(transformations, system, object, batch, [...known.values()])
  const { lookups, toTheirs } = await previewLookups(tx, system, object, batch, known, transformations)
  const links = new Map(known)
  const strangers = records.filter(({ id }, at) => {
    const change = batch[at]
    return !known.has(id) && change !== undefined && canBeTakenIn(system, object, change, lookups)
  })
  for (const link of await recognised(tx, system, object, strangers, lookups)) links.set(link.externalId ?? '', link)
  const ours = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy(links.values(), (link) => link.kind)) {
    const found = await readRecords(
      tx,
      kind,
      group.map((link) => link.recordId),
    )
    for (const [id, record] of found) ours.set(id, record)
  }
  await transformOurs(transformations, system, object, ours.values())
  const page: Page = {
    tx,
    system,
    object,
    links,
    lookups: { ...lookups, toTheirs: await usersThere(tx, system, object, ours) },
    elsewhere: new Map(),
    merged: [],
    parents: await parentsAbove(tx, namedParents(system, object, batch, lookups)),
    records: ours,
    blank: new Set([...ours.values()].filter(isBlank).map(({ id }) => id)),
    inserted: new Set(),
    updated: new Map(),
    proposed: new Map(),
    clashes: new PageClashes(),
    skewMs: await skewOf(tx, system, object),
    standings: new Map(),
    deletesLeft: 0,
    transformations,
    breaks: await breaksAt(tx, system.name, object),
  }
  return { taken: batch.map((change) => take(page, change, known)), toTheirs }
}

function take(page: Page, change: Change, known: ReadonlyMap<string, Link>): Taken {
  const link = page.links.get(change.externalId)
  const recordId = link?.recordId ?? idFor(page.system.name, page.object, change.externalId)
  const before = page.records.get(recordId)
  const earlier = before === undefined ? null : { ...before.values }
  const { status, code, detail } = applyChange(page, change)
  const standing = link === undefined ? null : standingOf(page, link)
  const after = page.records.get(recordId)
  return {
    externalId: change.externalId,
    recordId,
    kind: link?.kind ?? kindOf(page.system, page.object, change.body.fields),
    linkId: known.get(change.externalId)?.id ?? null,
    before: earlier,
    after: after === undefined ? null : { ...after.values },
    parked: status === 'parked' && code !== null ? { code, troubles: troublesIn(detail) } : null,
    standing: {
      fields: standing?.fields ?? null,
      answers: link?.shadow?.answers ?? {},
      held: [...(standing?.held ?? [])],
      ledgerWon: standing?.ledgerWon ?? false,
    },
  }
}

function troublesIn(detail: Record<string, unknown> | null): Trouble[] {
  const fields = detail?.['fields']
  return Array.isArray(fields) ? fields.filter(isTrouble) : []
}

function isTrouble(value: unknown): value is Trouble {
  return typeof value === 'object' && value !== null && 'field' in value && 'path' in value && 'code' in value
}

/** The record as it was read just now, which is the truth whatever its modification date says. */
function changeOf(connection: string): (record: VendorRecord, at: number) => Change {
  const now = new Date().toISOString()
  return ({ object, id, key, version, modifiedAt, fields }, at) => ({
    id: at,
    connection,
    object,
    externalId: id,
    version,
    bodyHash: '',
    body: { key, deleted: false, mergedInto: null, modifiedAt, fields },
    receivedAt: now,
    status: 'pending',
    code: null,
    detail: null,
    attempts: 0,
    settledAt: null,
    recordId: null,
    mapping: null,
    confirmedBy: null,
    retryAt: null,
    asOf: now,
  })
}

/** Which of ours the vendor records are that have no link: by our key on them, by their identity, else records of their own. */
async function recognised(
  tx: Tx,
  system: System,
  object: string,
  strangers: VendorRecord[],
  lookups: Lookups,
): Promise<Link[]> {
  if (strangers.length === 0) return []
  const keyed = await recordsByKey(tx, system, object, strangers)
  const keys = new Map(
    strangers.map(({ id, fields }) => [id, keysIn(system, object, kindOf(system, object, fields), fields, lookups)]),
  )
  const holders = await holdersOf(tx, [...keys.values()].flat())
  const met = new Set<string>()
  return strangers.map(({ id, key, fields }): Link => {
    const ours = key?.toLowerCase() ?? ''
    const own = keyed.get(ours)
    const holder = keys.get(id)?.flatMap((one) => holders.get(nameOf(one)) ?? [])[0]
    const alone = idFor(system.name, object, id)
    const wished = own === undefined ? (holder ?? alone) : ours
    const recordId = met.has(wished) ? alone : wished
    met.add(recordId)
    return {
      id,
      kind: own ?? kindOf(system, object, fields),
      recordId,
      externalId: id,
      gone: false,
      heldFields: [],
      sent: null,
      write: null,
      shadow: null,
    }
  })
}

/** As the page's own lookups, but that a record which is only referred to is not made: it is known by the id that it would get. */
async function previewLookups(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  known: ReadonlyMap<string, Link>,
  transformed: Transformations,
): Promise<{ lookups: Lookups; toTheirs: Lookups['toTheirs'] }> {
  const ours = new Map<string, string>()
  const theirs = new Map<string, string>()
  const fields = [
    ...batch.map(({ body }) => body.fields),
    ...[...known.values()].flatMap(({ shadow }) => (shadow === null ? [] : [restore(shadow.fields, shadow.answers)])),
  ]
  for (const field of system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)) {
    const { conversion } = field
    if (conversion.as !== 'lookup') continue
    const { of, object: where } = conversion
    const named = [
      ...new Set(fields.map((one) => vendorValue(field, one, { transformed }) ?? '').filter((value) => value !== '')),
    ].map(String)
    const found = await findLinks(tx, system.name, where, named)
    for (const id of named) {
      const link = found.get(id)
      if (link?.kind === of) ours.set(`${where} ${id}`, link.recordId)
      if (link !== undefined || !isStubKind(of)) continue
      const recordId = idFor(system.name, where, id)
      ours.set(`${where} ${id}`, recordId)
      theirs.set(`${where} ${recordId}`, id)
    }
  }
  return {
    lookups: { toOurs: (where, id) => ours.get(`${where} ${id}`), toTheirs: () => undefined, transformed },
    toTheirs: (where, id) => theirs.get(`${where} ${id}`),
  }
}

/** A page of changes in memory: records and what the vendor holds change here, change by change, and are written once. */
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { lockRecords, type LedgerRecord } from '../db/ledger.ts'
import type { changes } from '../db/schema/index.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import type { System } from '../mapping/systems.ts'
import { toCanonical, type CanonicalRecord, type Lookups, type Trouble } from '../mapping/translate.ts'
import { openLookups } from './lookups.ts'
import { followMerges } from './merges.ts'
import { claimLinks, findLinks, type Link } from './recognise.ts'
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
}

export interface Page {
  tx: Tx
  system: System
  object: string
  /** By vendor id. */
  links: ReadonlyMap<string, Link>
  lookups: Lookups
  records: Map<string, LedgerRecord>
  inserted: Set<string>
  updated: Map<string, CanonicalRecord>
  /** By link. */
  standings: Map<string, Standing>
}

export async function openPage(tx: Tx, system: System, object: string, batch: Change[]): Promise<Page> {
  const externalIds = [...new Set(batch.map((change) => change.externalId))]
  await followMerges(tx, system.name, object, batch)
  const known = await findLinks(tx, system.name, object, externalIds)
  const lookups = await openLookups(tx, system, object, batch, known.values())
  const unknown = batch.filter(
    (change) =>
      !known.has(change.externalId) &&
      !change.body.deleted &&
      change.body.mergedInto === null &&
      canBeTakenIn(system, object, change, lookups),
  )
  // Of several versions in one page the first that can be taken in says what the record is.
  const first = [...new Map(unknown.toReversed().map((change) => [change.externalId, change])).values()]
  await claimLinks(
    tx,
    system,
    object,
    first.map(({ externalId, body }) => ({ externalId, key: body.key, fields: body.fields })),
  )
  const hasMoved = await unifyStubs(tx, system, object, batch, known)
  const links = first.length > 0 || hasMoved ? await findLinks(tx, system.name, object, externalIds) : known
  const records = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy(links.values(), (link) => link.kind)) {
    const ids = group.map((link) => link.recordId)
    for (const [id, record] of await lockRecords(tx, kind, ids)) records.set(id, record)
  }
  const inserted = new Set<string>()
  return { tx, system, object, links, lookups, records, inserted, updated: new Map(), standings: new Map() }
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
  }
  page.standings.set(link.id, standing)
  return standing
}

/** A record that lacks what it must have is not claimed: it stays parked until its system sends it whole. */
function canBeTakenIn(system: System, object: string, change: Change, lookups: Lookups): boolean {
  const mapping = system.mappings.find((m) => m.object === object)
  return mapping !== undefined && birthTroubles(mapping, change.body.fields, lookups).length === 0
}

/** What hinders these fields from becoming a record. */
export function birthTroubles(mapping: ObjectMapping, fields: Fields, lookups: Lookups): Trouble[] {
  const { troubles } = toCanonical(mapping, fields, 'create', lookups)
  const missing = mapping.fields.filter((f) => f.required === true && !(f.path in fields))
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

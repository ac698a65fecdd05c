/** The vendor ids that a page's records refer to, as our ids. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { FieldValue } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { insertRecords } from '../db/ledger.ts'
import { isStubKind, type StubKind } from '../db/stubs.ts'
import type { System } from '../mapping/systems.ts'
import type { Transformations } from '../mapping/transform/transformations.ts'
import { restore, vendorValue, type Lookups } from '../mapping/translate.ts'
import { birth } from './birth.ts'
import { endsHeardOf, hearAgain } from './ends.ts'
import type { Change } from './page.ts'
import { transformChanges } from './transformed.ts'
import { findLinks, insertLinks, type Link } from './recognise.ts'

export interface PageLookups extends Lookups {
  /** The vendor ids of an object that were made stubs by opening these. */
  madeOf(object: string): ReadonlySet<string>
  /** The vendor id stands for another record of ours than was thought. */
  redirect(object: string, externalId: string, recordId: string): void
}

/**
 * Opens the lookups of a page. An account, deal, contact or user that we have not read yet is claimed at once, as an empty record: its
 * own change, whenever it comes, is then recognised and fills it. A partner is never made up.
 *
 * @param known what is known of the page's records: what they referred to before is looked up too, as the base of the merge
 */
export async function openLookups(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  known: Iterable<Link>,
  transformations: Transformations,
): Promise<PageLookups> {
  const links = [...known]
  await transformChanges(transformations, system, object, batch, links)
  const transformed = { transformed: transformations }
  const ours = new Map<string, string>()
  const made = new Map<string, Set<string>>()
  const shadows = links.flatMap(({ shadow }) => (shadow === null ? [] : [restore(shadow.fields, shadow.answers)]))
  for (const field of system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)) {
    const { conversion } = field
    if (conversion.as !== 'lookup') continue
    const named = idsOf(
      batch.filter((c) => !c.body.deleted).map((change) => vendorValue(field, change.body.fields, transformed)),
    )
    const before = idsOf(shadows.map((fields) => vendorValue(field, fields, transformed)))
    const found = await findLinks(tx, system.name, conversion.object, [...new Set([...named, ...before])])
    for (const [id, link] of found)
      if (link.kind === conversion.of) ours.set(`${conversion.object} ${id}`, link.recordId)
    if (!isStubKind(conversion.of)) continue
    const missing = [...named].filter((id) => !found.has(id))
    const ends = await endsHeardOf(tx, system.name, conversion.object, missing)
    for (const [id, recordId] of await makeStubs(tx, system, conversion.object, conversion.of, missing))
      ours.set(`${conversion.object} ${id}`, recordId)
    await hearAgain(tx, system.name, conversion.object, ends)
    made.set(conversion.object, new Set([...(made.get(conversion.object) ?? []), ...missing]))
  }
  return {
    toOurs: (of, id) => ours.get(`${of} ${id}`),
    toTheirs: () => undefined,
    transformed: transformations,
    madeOf: (of) => made.get(of) ?? new Set(),
    redirect: (of, id, recordId) => void ours.set(`${of} ${id}`, recordId),
  }
}

/** Claims the vendor ids as empty records. Of two pages that do so at once, one waits and finds the other's. */
async function makeStubs(
  tx: Tx,
  system: System,
  object: string,
  kind: StubKind,
  externalIds: string[],
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map()
  const claims = externalIds.map((externalId) => ({
    externalId,
    kind,
    recordId: idFor(system.name, object, externalId),
  }))
  await insertLinks(tx, system.name, object, claims, sql`do nothing`)
  let found = await findLinks(tx, system.name, object, externalIds)
  // The id that follows from the vendor's may stand for another vendor record by now.
  const fresh = claims.filter(({ externalId }) => !found.has(externalId))
  if (fresh.length > 0) {
    const anew = fresh.map((claim) => ({ ...claim, recordId: randomUUID() }))
    await insertLinks(tx, system.name, object, anew, sql`do nothing`)
    found = await findLinks(tx, system.name, object, externalIds)
  }
  const records = [...found.values()].filter((link) => link.kind === kind && link.shadow === null)
  await insertRecords(
    tx,
    kind,
    records
      .map(({ recordId }) => ({ id: recordId, values: {}, extra: birth(kind, system) }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  )
  return new Map([...found].flatMap(([id, link]) => (link.kind === kind ? [[id, link.recordId] as const] : [])))
}

function idsOf(values: (FieldValue | undefined)[]): Set<string> {
  return new Set(values.filter((v) => v !== null && v !== undefined && v !== '').map(String))
}

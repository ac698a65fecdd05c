/** The vendor ids that a page's records refer to, as our ids. */
import type { FieldValue } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { insertRecords } from '../db/ledger.ts'
import { ensureLinks } from '../db/outbox.ts'
import type { System } from '../mapping/systems.ts'
import { restore, type Lookups } from '../mapping/translate.ts'
import { birth } from './birth.ts'
import type { Change } from './page.ts'
import { findLinks, type Link } from './recognise.ts'

/**
 * Opens the lookups of a page. An account or deal that we have not read yet is claimed at once, as an empty record: its own
 * change, whenever it comes, is then recognised and fills it. A partner is never made up.
 *
 * @param known what is known of the page's records: what they referred to before is looked up too, as the base of the merge
 */
export async function openLookups(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  known: Iterable<Link>,
): Promise<Lookups> {
  const ours = new Map<string, string>()
  const shadows = [...known].flatMap(({ shadow }) => (shadow === null ? [] : [restore(shadow.fields, shadow.answers)]))
  for (const field of system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)) {
    const { conversion } = field
    if (conversion.as !== 'lookup') continue
    const named = idsOf(batch.filter((c) => !c.body.deleted).map((change) => change.body.fields[field.path]))
    const before = idsOf(shadows.map((fields) => fields[field.path]))
    const found = await findLinks(tx, system.name, conversion.object, [...new Set([...named, ...before])])
    for (const [id, link] of found)
      if (link.kind === conversion.of) ours.set(`${conversion.object} ${id}`, link.recordId)
    if (conversion.of === 'partner') continue
    const stubs = [...named]
      .filter((id) => !found.has(id))
      .map((externalId) => ({ externalId, recordId: idFor(system.name, conversion.object, externalId) }))
      .toSorted((a, b) => (a.recordId < b.recordId ? -1 : 1))
    await insertRecords(
      tx,
      conversion.of,
      stubs.map(({ recordId }) => ({ id: recordId, values: {}, extra: birth(conversion.of, system) })),
    )
    await ensureLinks(
      tx,
      stubs.map((stub) => ({ ...stub, connection: system.name, object: conversion.object, kind: conversion.of })),
    )
    for (const { externalId, recordId } of stubs) ours.set(`${conversion.object} ${externalId}`, recordId)
  }
  return { toOurs: (of, id) => ours.get(`${of} ${id}`), toTheirs: () => undefined }
}

function idsOf(values: (FieldValue | undefined)[]): Set<string> {
  return new Set(values.filter((v) => v !== null && v !== undefined && v !== '').map(String))
}

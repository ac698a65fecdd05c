/** What a page's merge asks the expressions of its mappings, asked all at once before it begins. Nothing where a mapping has none. */
import type { Fields } from '../../connectors/contract.ts'
import type { LedgerRecord } from '../db/ledger.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { transforms, type Transformations } from '../mapping/transform/transformations.ts'
import { mappingOf, type System } from '../mapping/systems.ts'
import { restore } from '../mapping/translate.ts'
import type { Change } from './page.ts'
import type { Link } from './recognise.ts'

export function mappingsAt(system: System, object: string): ObjectMapping[] {
  return system.mappings.filter((mapping) => mapping.object === object)
}

/** The vendor's records as they came and as they were known before: base and theirs are transformed alike. */
export async function transformChanges(
  transformations: Transformations,
  system: System,
  object: string,
  batch: readonly Change[],
  known: readonly Link[],
): Promise<void> {
  const mappings = mappingsAt(system, object)
  if (!transforms(mappings, 'in')) return
  const links = new Map(known.map((link) => [link.externalId, link]))
  const records: Fields[] = []
  for (const { externalId, body } of batch) {
    if (body.deleted || body.mergedInto !== null) continue
    const answers = links.get(externalId)?.shadow?.answers
    records.push(body.fields)
    if (answers !== undefined) records.push(restore(body.fields, answers))
  }
  for (const { shadow, sent } of known) {
    const common = shadow?.fields ?? sent
    if (common !== null) records.push(restore(common, shadow?.answers ?? {}))
  }
  await transformations.read(mappings, records)
}

/** Our own values as they would read after a stay at the vendor. */
export async function transformOurs(
  transformations: Transformations,
  system: System,
  object: string,
  records: Iterable<LedgerRecord>,
): Promise<void> {
  for (const [mapping, group] of byMapping(system, object, records)) await transformations.keep(mapping, group)
}

/** What the vendor is to hold of our records. */
export async function transformOut(
  transformations: Transformations,
  system: System,
  object: string,
  records: Iterable<LedgerRecord>,
): Promise<void> {
  for (const [mapping, group] of byMapping(system, object, records)) await transformations.write(mapping, group)
}

function byMapping(
  system: System,
  object: string,
  records: Iterable<LedgerRecord>,
): [ObjectMapping, LedgerRecord['values'][]][] {
  if (!transforms(mappingsAt(system, object), 'out')) return []
  const groups = Map.groupBy(records, ({ kind }): RecordKind => kind)
  return [...groups].flatMap(([kind, group]): [ObjectMapping, LedgerRecord['values'][]][] => {
    const mapping = mappingOf(system, object, kind)
    return mapping === undefined ? [] : [[mapping, group.map(({ values }) => values)]]
  })
}

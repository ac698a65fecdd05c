/** `rest: same-name` against the vendor's picklists: found out once, when a mapping is checked, and pinned with its published version. */
import type { FieldSchema } from '../../connectors/contract.ts'
import { valuesOf } from '../domain/field-types.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import type { LineOf } from './document/checks.ts'
import type { Finding } from './finding.ts'
import { pairRest } from './pairs.ts'

/** The pairs that a rest came to, by place: what is published means the same for ever, whatever becomes of the vendor's picklist. */
export type PinnedRest = Readonly<Record<string, Record<string, string>>>

/** What the rests of the mappings come to today. */
export function pinRest(mappings: readonly ObjectMapping[], schema: readonly FieldSchema[]): PinnedRest {
  const pinned = placesOf(mappings).flatMap(({ kind, field, place }) => {
    const theirs = schema.find(({ name }) => name === field.path)?.values ?? null
    if (theirs === null) return []
    return [[place, pairRest(field, valuesOf(kind, field.field), theirs).values] as const]
  })
  return Object.fromEntries(pinned)
}

/** The mappings with the pairs that were pinned for them. */
export function withRest(mappings: readonly ObjectMapping[], pinned: PinnedRest): ObjectMapping[] {
  const byField = new Map(placesOf(mappings).map(({ field, place }): [FieldMapping, string] => [field, place]))
  return mappings.map((mapping) => ({
    ...mapping,
    fields: mapping.fields.map((field) => {
      const place = byField.get(field)
      const values = place !== undefined && Object.hasOwn(pinned, place) ? pinned[place] : undefined
      return values === undefined ? field : { ...field, values }
    }),
  }))
}

/** What stands against a rest: a picklist that is not known, and values of ours that the vendor has no value of the same name for. */
export function checkRest(
  mappings: readonly ObjectMapping[],
  schema: readonly FieldSchema[],
  lineOf: LineOf,
): Finding[] {
  return placesOf(mappings).flatMap(({ kind, field }): Finding[] => {
    const at = { line: lineOf(kind, field.field, 'rest'), field: field.field, path: field.path }
    const theirs = schema.find(({ name }) => name === field.path)?.values ?? null
    if (theirs === null) {
      const reason = `the vendor tells no values of ${field.path} that the rest could be paired with`
      return [{ ...at, severity: 'error', code: 'CW_MAPPING_INVALID', reason, proposal: 'Name the pairs in `values`.' }]
    }
    const { without } = pairRest(field, valuesOf(kind, field.field), theirs)
    if (without.length === 0) return []
    const reason = `${field.path} has no value of the same name for ${without.join(', ')}`
    const proposal = 'Pair them in `values`, or say by `unpaired` what becomes of them.'
    return [{ ...at, severity: 'warning', code: 'CW_MAPPING_VALUE_UNPAIRED', reason, proposal }]
  })
}

/** Fields with a rest, each under a name that stays the same: its kind, its field, and which of several places of it. */
function placesOf(
  mappings: readonly ObjectMapping[],
): { kind: ObjectMapping['kind']; field: FieldMapping; place: string }[] {
  return mappings.flatMap(({ kind, fields }) => {
    const met = new Map<string, number>()
    return fields.flatMap((field) => {
      const index = met.get(field.field) ?? 0
      met.set(field.field, index + 1)
      return field.rest === undefined ? [] : [{ kind, field, place: `${kind}.${field.field}.${String(index)}` }]
    })
  })
}

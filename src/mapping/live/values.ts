/** Picklists against a mapping, both ways: what is written there, and what comes in from there. */
import type { FieldSchema } from '../../../connectors/contract.ts'
import type { FieldMapping } from '../definition.ts'
import type { Finding } from '../finding.ts'
import { flowsIn, flowsOut } from '../translate.ts'
import { listed, noSuchValue, type Say } from './saying.ts'

export function checkValues(
  field: FieldMapping,
  { values: theirs, restricted, refersTo }: FieldSchema,
  say: Say,
): Finding[] {
  if (theirs === null || refersTo !== undefined || field.conversion.as === 'lookup') return []
  return [...outward(field, theirs, restricted === true, say), ...inward(field, theirs, say)]
}

/** Every value that the mapping writes must be one that the vendor has. */
function outward(field: FieldMapping, theirs: readonly string[], restricted: boolean, say: Say): Finding[] {
  if (!flowsOut(field.create) && !flowsOut(field.update)) return []
  const fallback = typeof field.unpaired === 'object' ? field.unpaired.toVendor : undefined
  const written = [...Object.values(field.values ?? {}), field.initial, fallback].filter((value) => value !== undefined)
  const strange = [...new Set(written)].filter((value) => !theirs.includes(value))
  return strange.map((value) => noSuchValue(field.path, value, theirs, restricted ? 'error' : 'warning', say))
}

/** What has no pair comes in as it is called there, unless the mapping says what becomes of it. */
function inward(field: FieldMapping, theirs: readonly string[], say: Say): Finding[] {
  if (field.values === undefined || field.rest !== undefined || !(flowsIn(field.create) || flowsIn(field.update)))
    return []
  const { unpaired = 'pass' } = field
  if (unpaired === 'leave' || (typeof unpaired === 'object' && unpaired.toOurs !== undefined)) return []
  const paired = new Set(Object.values(field.values))
  const open = theirs.filter((value) => !paired.has(value))
  if (open.length === 0) return []
  const what = unpaired === 'park' ? 'a record that has one is parked' : 'they come in as they are called there'
  return [
    say(
      'warning',
      'CW_MAPPING_VALUE_UNPAIRED',
      'values',
      `${field.path} has values without a pair (${what}): ${listed(open)}`,
      'Pair them, pair the rest by `rest: same-name`, or say by `unpaired` what becomes of them.',
    ),
  ]
}

import type { Fields, FieldValue } from '../contract.ts'
import { isObject, objectsOf, textOf, type JsonObject } from './json.ts'

/** Numbers that change without anybody's doing, and containers that are read on their own. */
const left = new Set(['stats', 'fields', 'field_data', 'mdata', 'm_data', 'meta', 'metadata'])

/**
 * A record of PartnerStack as flat fields: `team: { name }` becomes `team.name`, custom form fields `fields.<api_name>`.
 *
 * Values of custom fields come back in up to four places, of which `fields[]` is the source of truth; what is written through
 * `meta` reappears in `mdata` and `field_data` and not in `meta`.
 */
export function flatten(record: JsonObject): Fields {
  const flat: Fields = {}
  put(flat, '', record)
  for (const place of [record['meta'], record['m_data'], record['mdata'], record['field_data']]) {
    for (const [name, value] of named(place)) flat[`fields.${name}`] = value
  }
  for (const [name, value] of named(record['fields'])) flat[`fields.${name}`] = value
  return flat
}

function put(flat: Fields, prefix: string, record: JsonObject): void {
  for (const [name, value] of Object.entries(record)) {
    if (prefix === '' && left.has(name)) continue
    if (isObject(value)) put(flat, `${prefix}${name}.`, value)
    else {
      const known = fieldValue(value)
      if (known !== undefined) flat[prefix + name] = known
    }
  }
}

/** Pairs of a `FieldData[]` or of a plain object. An option of a picklist may come as an object with its `value`. */
function* named(place: unknown): Generator<[string, FieldValue]> {
  const pairs: [string | null, unknown][] = Array.isArray(place)
    ? objectsOf(place).map((field) => [textOf(field['api_name']) ?? textOf(field['internal_name']), field['value']])
    : Object.entries(isObject(place) ? place : {})
  for (const [name, raw] of pairs) {
    const value = fieldValue(isObject(raw) && 'value' in raw ? raw['value'] : raw)
    if (name !== null) yield [name, value ?? null]
  }
}

function fieldValue(value: unknown): FieldValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (!Array.isArray(value)) return undefined
  const texts = value.map(textOf)
  return texts.every((text) => text !== null) ? texts : undefined
}

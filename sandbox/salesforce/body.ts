/** The values of a request's body, checked against the field they are for. */
import { Decimal } from './exact-json.ts'
import type { Json } from './exact-json.ts'
import { normaliseId } from './ids.ts'
import { rowById, typeOfId, visibleField } from './org.ts'
import type { Org, Value } from './org.ts'
import { refuse } from './problem.ts'
import { fieldRight } from './rights.ts'
import type { FieldDef, ObjectDef } from './schema.ts'

export type Body = Record<string, Json>

/** The body's fields as values. Throws the platform's refusal for each kind of wrong field or value. */
export function parseBody(
  org: Org,
  def: ObjectDef,
  body: Body,
  may: 'createable' | 'updateable',
): Record<string, Value> {
  const out: Record<string, Value> = {}
  for (const [name, json] of Object.entries(body)) {
    if (name === 'attributes') continue
    const field = visibleField(org, def, name)
    if (field === null) throw refuse(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${def.name}`)
    if (!field[may] || fieldRight(org, def.name, field.name) === 'read')
      throw refuse(
        400,
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
        [field.name],
      )
    out[field.name] = parseValue(org, field, json)
  }
  return out
}

function parseValue(org: Org, field: FieldDef, json: Json): Value {
  const unreadable = (): never => {
    throw refuse(
      400,
      'JSON_PARSER_ERROR',
      `Cannot deserialize instance of ${field.type} from the value of ${field.name} or request may be missing a required field`,
      [field.name],
    )
  }
  if (json === null || json === '') return field.type === 'boolean' ? unreadable() : null
  switch (field.type) {
    case 'boolean':
      return typeof json === 'boolean' ? json : unreadable()
    case 'currency':
    case 'double':
    case 'percent':
    case 'int':
      return json instanceof Decimal ? roundTo(field, json) : unreadable()
    case 'date':
      return typeof json === 'string' && /^\d{4}-\d\d-\d\d$/.test(json) && !Number.isNaN(Date.parse(json))
        ? json
        : unreadable()
    case 'datetime': {
      if (typeof json !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(json))
        return unreadable()
      const ms = Date.parse(json.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
      // Date-times keep whole seconds.
      return Number.isNaN(ms) ? unreadable() : new Date(Math.floor(ms / 1000) * 1000).toISOString()
    }
    case 'id':
    case 'reference':
      return typeof json === 'string' ? parseReference(org, field, json) : unreadable()
    case 'string':
    case 'textarea':
    case 'email':
    case 'phone':
    case 'url':
    case 'picklist':
    case 'multipicklist':
      return typeof json === 'string' ? parseText(field, json) : unreadable()
  }
}

function parseText(field: FieldDef, given: string): Value {
  // The platform trims what it stores.
  const text = field.type === 'textarea' ? given : given.trim()
  if (text === '') return null
  if (text.length > field.length)
    throw refuse(
      400,
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${text.slice(0, 40)} (max length=${String(field.length)})`,
      [field.name],
    )
  const chosen = field.type === 'multipicklist' ? text.split(';') : [text]
  if (field.restricted && !chosen.every((value) => field.values?.includes(value)))
    throw refuse(
      400,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `${field.label}: bad value for restricted picklist field: ${text}`,
      [field.name],
    )
  if (field.type === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text))
    throw refuse(400, 'INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${text}`, [field.name])
  return text
}

function parseReference(org: Org, field: FieldDef, given: string): Value {
  const id = normaliseId(given)
  if (id === null)
    throw refuse(400, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${given}`, [field.name])
  const type = typeOfId(org, id)
  const row = type === null ? null : rowById(org, type, id)
  if (type !== null && !field.referenceTo.includes(type))
    throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${given}`, [field.name])
  if (row === null) throw refuse(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name])
  if (row.deletedMs !== null) throw refuse(400, 'ENTITY_IS_DELETED', 'entity is deleted', [field.name])
  return id
}

/** Rounds half away from zero to the field's scale, on digits. */
function roundTo(field: FieldDef, value: Decimal): Decimal {
  const text = /e/i.test(value.text) ? Number(value.text).toFixed(field.scale) : value.text
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) throw refuse(400, 'JSON_PARSER_ERROR', `Cannot read the number of ${field.name}`, [field.name])
  const [, sign = '', whole = '0', fraction = ''] = match
  if (whole.length > Math.max(field.precision, 10) - field.scale)
    throw refuse(
      400,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `${field.label}: value outside of valid range on numeric field: ${text}`,
      [field.name],
    )
  if (field.type === 'double' || fraction.length <= field.scale) return new Decimal(text)
  const kept = BigInt(whole + fraction.slice(0, field.scale)) + (Number(fraction.charAt(field.scale)) >= 5 ? 1n : 0n)
  const padded = kept.toString().padStart(field.scale + 1, '0')
  const cut = padded.length - field.scale
  return new Decimal(`${sign}${padded.slice(0, cut)}${field.scale === 0 ? '' : `.${padded.slice(cut)}`}`)
}

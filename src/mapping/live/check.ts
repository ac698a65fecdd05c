/** A mapping against its vendor’s schema of today: every finding is named, located and mendable. Pure. */
import type { FieldSchema } from '../../../connectors/contract.ts'
import type { RecordKind } from '../../domain/records.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import type { Finding } from '../finding.ts'
import { nearest } from '../near-miss.ts'
import { pathsOf } from '../transform/input.ts'
import { flowsIn, flowsOut } from '../translate.ts'
import { familyOf, fits, fitting, lengthOf } from './field-types.ts'
import { checkKey, plainPaths, unfilled } from './kinds.ts'
import { fieldNamed } from './named.ts'
import { unknownPath, type Live, type Say } from './saying.ts'
import { checkValues } from './values.ts'

/** @param mappings of one object */
export function checkAgainst(mappings: readonly ObjectMapping[], live: Live): Finding[] {
  return [...mappings.flatMap((mapping) => checkMapping(mapping, live)), ...checkKey(mappings, live)]
}

function checkMapping(mapping: ObjectMapping, live: Live): Finding[] {
  return [
    ...mapping.fields.flatMap((field) => checkField(mapping.kind, field, live)),
    ...plainPaths(mapping, live),
    ...unfilled(mapping, live),
  ]
}

function checkField(kind: RecordKind, field: FieldMapping, live: Live): Finding[] {
  const { schema, lineOf = () => null } = live
  const { path } = field
  const found = fieldNamed(schema, path)
  const say: Say = (severity, code, key, reason, proposal) => ({
    severity,
    code,
    line: lineOf(kind, field.field, key) ?? lineOf(kind, field.field),
    field: field.field,
    path,
    reason,
    proposal,
  })
  const unread = unknownInputs(field, schema, say)
  if (found === undefined) return [unknownPath(path, schema, say), ...unread]
  const goesOut = flowsOut(field.create) || flowsOut(field.update)
  if (found === 'through')
    return goesOut
      ? [
          say('error', 'CW_MAPPING_READ_ONLY', 'path', `${path} belongs to another record, so it is only read`, inOnly),
          ...unread,
        ]
      : unread
  return [
    ...unread,
    ...readOnly(field, found, say),
    ...computed(field, found, say),
    ...typed(field, found, say),
    ...short(kind, field, found, live, say),
    ...ruled(field, found, say),
    ...pointing(field, found, say),
    ...checkValues(field, found, say),
  ]
}

/** What an expression reads besides the field's own path is read from the vendor too. */
function unknownInputs(field: FieldMapping, schema: readonly FieldSchema[], say: Say): Finding[] {
  const unknown = pathsOf(field).filter((path) => path !== field.path && fieldNamed(schema, path) === undefined)
  return [...new Set(unknown)].map((path) => {
    const near = nearest(
      path,
      schema.map(({ name }) => name),
    )
    const reason = `transform.in reads ${path}, and the vendor has no such field, or does not show it to the integration’s user`
    const proposal = near === null ? 'Read a field that the vendor has.' : `Write ${near}.`
    return { ...say('error', 'CW_MAPPING_PATH_UNKNOWN', 'transform', reason, proposal), path }
  })
}

const inOnly = 'Let it flow in only: `create: in` and `update: in`.'

function readOnly(field: FieldMapping, { writable, computed: isComputed }: FieldSchema, say: Say): Finding[] {
  const event = flowsOut(field.create) ? 'create' : 'update'
  if (writable || !flowsOut(field[event])) return []
  const why = isComputed === true ? 'is computed by the vendor' : 'cannot be written by the integration’s user'
  return [say('error', 'CW_MAPPING_READ_ONLY', event, `${field.path} ${why}`, inOnly)]
}

/** What the vendor computes changes without touching its record’s modification date. */
function computed(field: FieldMapping, found: FieldSchema, say: Say): Finding[] {
  if (found.computed !== true || !(flowsIn(field.create) || flowsIn(field.update))) return []
  const reason = `${field.path} is computed: its changes do not touch the record’s modification date, so they are not told`
  return [
    say(
      'warning',
      'CW_MAPPING_COMPUTED',
      'path',
      reason,
      'Nothing to do: it is read anew on a timer, and changes come in that much later.',
    ),
  ]
}

function typed(field: FieldMapping, found: FieldSchema, say: Say): Finding[] {
  const { as } = field.conversion
  const family = familyOf(found)
  const ways = (['in', 'out'] as const).filter((way) => {
    const flows = way === 'in' ? flowsIn : flowsOut
    return (flows(field.create) || flows(field.update)) && field.transform?.[way] === undefined
  })
  // What an unwritable field would take is no question.
  const wrong = ways.filter((way) => (way === 'in' || found.writable) && !fits(as, family, way))
  if (wrong.length === 0) return []
  const [better] = fitting(family, ways)
  return [
    say(
      'error',
      'CW_MAPPING_TYPE',
      'as',
      `${field.path} is of type ${found.type}, which ${as === 'lookup' ? 'a lookup' : as} cannot be ${wrong.includes('out') ? 'written to' : 'read from'}`,
      better === undefined ? 'Map another field, or say how by a transformation.' : `Write \`as: ${better}\`.`,
    ),
  ]
}

/** What every value of this form needs is an error; what some records of the ledger have parks those, and no others. */
function short(
  kind: RecordKind,
  field: FieldMapping,
  { maxLength }: FieldSchema,
  { longest }: Live,
  say: Say,
): Finding[] {
  const { as } = field.conversion
  const outward = flowsOut(field.create) || flowsOut(field.update)
  if (maxLength == null || !outward || as === 'lookup') return []
  const always = Math.max(
    lengthOf(as) ?? 0,
    ...[field.initial ?? '', ...Object.values(field.values ?? {})].map(({ length }) => length),
  )
  const needed = Math.max(always, lengthOf(as) === null ? (longest?.get(`${kind}.${field.field}`) ?? 0) : 0)
  if (needed <= maxLength) return []
  return [
    say(
      always > maxLength ? 'error' : 'warning',
      'CW_MAPPING_TOO_SHORT',
      'path',
      `${field.path} takes ${String(maxLength)} characters, and ${field.field} has up to ${String(needed)}`,
      'Lengthen the field at the vendor, or shorten the value by a transformation.',
    ),
  ]
}

/** Whether a value satisfies them only the vendor knows, so every field that is written is named. */
function ruled({ path, create, update }: FieldMapping, { rules = [], writable }: FieldSchema, say: Say): Finding[] {
  if (rules.length === 0 || !writable || !(flowsOut(create) || flowsOut(update))) return []
  return [
    say(
      'warning',
      'CW_MAPPING_RULE',
      'path',
      `${path} is under the vendor’s ${rules.length === 1 ? 'rule' : 'rules'} ${rules.join(' and ')}: a record whose value breaks it is refused`,
      'See that what is written satisfies it, by a transformation if need be, or have the rule taken away at the vendor.',
    ),
  ]
}

function pointing({ path, conversion }: FieldMapping, { refersTo }: FieldSchema, say: Say): Finding[] {
  if (conversion.as !== 'lookup' || refersTo === undefined || refersTo.length === 0) return []
  if (refersTo.includes(conversion.object)) return []
  return [
    say(
      'error',
      'CW_MAPPING_LOOKUP_OBJECT',
      'as',
      `${path} points at ${refersTo.join(' or ')}, not at ${conversion.object}`,
      refersTo.length === 1
        ? `Write \`object: ${refersTo[0] ?? ''}\`, or map a field that points at ${conversion.object}.`
        : `Write one of these as \`object\`, or map a field that points at ${conversion.object}.`,
    ),
  ]
}

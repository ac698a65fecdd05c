/** What can be said of a mapping without asking its vendor: names, paths, lookups and directions. */
import { customPrefix, isCustomField, recordFields, type RecordKind } from '../../domain/records.ts'
import type { ErrorCode } from '../../errors.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import type { Finding } from '../finding.ts'
import { nearest } from '../near-miss.ts'
import { flowsIn, flowsOut } from '../translate.ts'
import { checkTransformations } from '../transform/check.ts'
import { circlesOf } from './circles.ts'
import type { Surroundings } from './surroundings.ts'

/** Where something is said of a field or, without one, of its kind. Null: the default says it. */
export type LineOf = (kind: RecordKind, field?: string, key?: string) => number | null

export function checkMappings(mappings: readonly ObjectMapping[], around: Surroundings, lineOf: LineOf): Finding[] {
  return [
    ...mappings.flatMap((mapping) => [
      ...unknownFields(mapping, lineOf),
      ...pathsTwice(mapping, lineOf),
      ...unknownLookups(mapping, mappings, around, lineOf),
      ...vainDirections(mapping, around, lineOf),
      ...vainNumbers(mapping, lineOf),
      ...checkTransformations(mapping).map((found) => ({
        ...found,
        line: lineOf(mapping.kind, found.field ?? undefined, 'transform'),
      })),
    ]),
    ...kindsApart(mappings, around, lineOf),
    ...circlesOf(mappings, around.others).map(({ from, to, isCertain }) => {
      const way = [from, ...to].map((step) => `${step.kind}.${step.field}`).join(' → ')
      return finding(
        isCertain ? 'error' : 'warning',
        'CW_MAPPING_LOOKUP_CIRCLE',
        lineOf(from.kind, from.field, 'required'),
        {
          field: from.field,
          path: from.path,
          reason: isCertain
            ? `no record could ever be the first to be taken in: ${way} → ${from.kind}`
            : `records that name each other would wait for each other: ${way} → ${from.kind}`,
          proposal: `Take \`required\` from ${from.field}, or let it flow later: \`create: none\`.`,
        },
      )
    }),
  ]
}

function unknownFields({ kind, fields }: ObjectMapping, lineOf: LineOf): Finding[] {
  const known: readonly string[] = recordFields[kind]
  return names(fields).flatMap((field) => {
    if (known.includes(field) || isCustomField(field)) return []
    const near = nearest(field, known)
    const isCustom = field.startsWith(customPrefix)
    return [
      finding('error', 'CW_MAPPING_FIELD_UNKNOWN', lineOf(kind, field), {
        field,
        path: null,
        reason: isCustom
          ? `found ${field}, expected custom. and a name of letters and digits that begins with a small letter`
          : `${named(kind)} has no field ${field}; it has ${known.join(', ')}`,
        proposal: isCustom
          ? `Write ${ownName(field.slice(customPrefix.length))}.`
          : `Write ${near === null ? '' : `${near}, or `}${ownName(field)} for a field of your own.`,
      }),
    ]
  })
}

function ownName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word, at) => (at === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('')
  return `custom.${
    joined
      .replace(/^[^A-Za-z]+/, '')
      .replace(/^./, (first) => first.toLowerCase())
      .slice(0, 40) || 'field'
  }`
}

/** At one event only one value may be written to a path. */
function pathsTwice(mapping: ObjectMapping, lineOf: LineOf): Finding[] {
  const { kind, fields, fixed = {} } = mapping
  const told = new Set<string>()
  return (['create', 'update'] as const).flatMap((event) => {
    const writers = Map.groupBy(
      fields.filter((field) => flowsOut(field[event])),
      ({ path }) => path,
    )
    return [...writers].flatMap(([path, all]) => {
      const second = all[1]
      const isFixed = Object.hasOwn(fixed, path)
      const culprit = isFixed ? all[0] : second
      if (culprit === undefined || told.has(`${path} ${culprit.field}`)) return []
      told.add(`${path} ${culprit.field}`)
      const other = isFixed ? 'a fixed value' : (all[0]?.field ?? '')
      return [
        finding('error', 'CW_MAPPING_PATH_TWICE', lineOf(kind, culprit.field, 'path'), {
          field: culprit.field,
          path,
          reason: `${path} is written by ${culprit.field} and by ${other} on ${event}`,
          proposal: `Give ${culprit.field} a path of its own, or let it flow in only: \`${event}: in\`.`,
        }),
      ]
    })
  })
}

function unknownLookups(
  { kind, fields }: ObjectMapping,
  mappings: readonly ObjectMapping[],
  { others }: Surroundings,
  lineOf: LineOf,
): Finding[] {
  const kept = [...mappings, ...others]
  return fields.flatMap(({ field, path, conversion }) => {
    if (conversion.as !== 'lookup') return []
    const { of, object } = conversion
    if (kept.some((mapping) => mapping.kind === of && mapping.object === object)) return []
    const places = kept.filter((mapping) => mapping.kind === of).map((mapping) => mapping.object)
    const near = places[0] ?? null
    return [
      finding('error', 'CW_MAPPING_LOOKUP_UNKNOWN', lineOf(kind, field, 'as'), {
        field,
        path,
        reason: `${field} names ${named(of)} in ${object}, where this connection keeps none${near === null ? `: it keeps no ${of} at all` : ''}`,
        proposal:
          near === null
            ? `Map an object that holds records of kind ${of} first, or set ${field} to off.`
            : `Write \`object: ${near}\`.`,
      }),
    ]
  })
}

/** What the object takes in no write is no place to flow to. */
function vainDirections({ kind, fields }: ObjectMapping, { capability }: Surroundings, lineOf: LineOf): Finding[] {
  const { object, write, update } = capability
  return fields.flatMap((field) => {
    const event =
      flowsOut(field.create) && write === 'none' ? 'create' : flowsOut(field.update) && !update ? 'update' : null
    if (event === null) return []
    const left = flowsIn(field[event]) ? 'in' : 'none'
    return [
      finding('error', 'CW_MAPPING_DIRECTION', lineOf(kind, field.field, event), {
        field: field.field,
        path: field.path,
        reason: `${field.field} flows out on ${event}, and ${object} takes no ${event === 'create' ? 'new records' : 'changes'} from us`,
        proposal: `Write \`${event}: ${left}\`.`,
      }),
    ]
  })
}

/** What is said of a number says nothing of any other value, and would be passed over in silence. */
function vainNumbers({ kind, fields }: ObjectMapping, lineOf: LineOf): Finding[] {
  return fields.flatMap(({ field, path, conversion: { as }, scale, currency }) => {
    const key = scale !== undefined ? 'scale' : currency !== undefined ? 'currency' : null
    if (key === null || as === 'decimal' || as === 'cents') return []
    return [
      finding('error', 'CW_MAPPING_INVALID', lineOf(kind, field, key), {
        field,
        path,
        reason: `${key} says something of numbers, and ${field} is kept as ${as}`,
        proposal: `Write \`as: decimal\`, or leave \`${key}\` out.`,
      }),
    ]
  })
}

/** Each kind must be one that the object holds, and be told from the others. */
function kindsApart(mappings: readonly ObjectMapping[], { capability }: Surroundings, lineOf: LineOf): Finding[] {
  const strange = mappings.filter(({ kind }) => !capability.kinds.includes(kind))
  const plain = mappings.filter(({ when }) => when === undefined)
  const told = strange.map(({ kind }) =>
    finding('error', 'CW_MAPPING_INVALID', lineOf(kind), {
      field: null,
      path: null,
      reason: `${capability.object} holds no records of kind ${kind}; it holds ${capability.kinds.join(', ')}`,
      proposal: capability.kinds[0] === undefined ? null : `Write ${capability.kinds[0]}.`,
    }),
  )
  const [first, ...lost] = plain
  return [
    ...told,
    ...lost.map(({ kind }) =>
      finding('error', 'CW_MAPPING_INVALID', lineOf(kind), {
        field: null,
        path: null,
        reason: `nothing tells ${named(kind)} from ${named(first?.kind ?? kind)}: no record would ever be one`,
        proposal: `Say by which field, such as \`when: { path: Type, in: [${kind}] }\`.`,
      }),
    ),
  ]
}

function named(kind: RecordKind): string {
  return `${kind === 'account' ? 'an' : 'a'} ${kind}`
}

function names(fields: readonly FieldMapping[]): string[] {
  return [...new Set(fields.map(({ field }) => field))]
}

function finding(
  severity: Finding['severity'],
  code: ErrorCode,
  line: number | null,
  rest: Pick<Finding, 'field' | 'path' | 'reason' | 'proposal'>,
): Finding {
  return { severity, code, line, ...rest }
}

/**
 * Whether a value that goes out to a vendor and comes back is the same. Decided by sending the values that matter through the mapping
 * itself: for a field of few words all of them, for all others the edges of what they may hold, every word that is paired, and one
 * that is not.
 *
 * A field that flows both ways for good is refused where it loses something. Where a value goes one way, or out once and is the
 * vendor's from then on, the loss is told and no more: values that read the same are no difference to us (`asKept`), so that a state
 * of ours which shares its word there with another is not overwritten by it.
 */
import type { Fields, FieldSchema } from '../../connectors/contract.ts'
import { fieldType, type FieldType } from '../domain/field-types.ts'
import { decimal, dividedBy, times } from '../domain/money.ts'
import type { RecordKind } from '../domain/records.ts'
import { toVendorValue } from './convert.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import type { LineOf } from './document/checks.ts'
import type { Finding } from './finding.ts'
import { edges, typeOf } from './lossy-edges.ts'
import { difference, flowsIn, flowsOut, readField, type Lookups } from './translate.ts'

/** @param schema the vendor's fields, where they are known: what holds whole numbers or days alone loses more */
export function lossy(
  mapping: ObjectMapping,
  lineOf: LineOf = () => null,
  schema: readonly FieldSchema[] = [],
): Finding[] {
  return mapping.fields.flatMap((field) => {
    const there = schema.find(({ name }) => name === field.path)
    const found = misfit(mapping.kind, field) ?? lossOf(mapping.kind, field, there)
    if (found === null) return []
    const line = lineOf(mapping.kind, field.field, found.key)
    const { severity, code, reason, proposal } = found
    return [{ severity, code, line, field: field.field, path: field.path, reason, proposal }]
  })
}

interface Loss extends Pick<Finding, 'severity' | 'code' | 'reason' | 'proposal'> {
  /** The part of what is said of the field that it is about. */
  key: string
}

/** What the ledger cannot hold under this name at all, whichever value it is. */
function misfit(kind: RecordKind, { field, conversion, update, create, transform }: FieldMapping): Loss | null {
  const type = fieldType(kind, field)
  if (type === null || transform?.in !== undefined || !(flowsIn(create) || flowsIn(update))) return null
  if (conversion.as === 'lookup')
    return type.is === 'record' && type.of === conversion.of
      ? null
      : wrong(
          `${field} ${type.is === 'record' ? `names a ${type.of}` : 'names no record'}, and is read as a lookup of a ${conversion.of}`,
          type.is === 'record'
            ? `Look it up as a ${type.of}.`
            : 'Keep the reference in a field of your own, such as custom.reference.',
        )
  if (type.is === 'record')
    return wrong(
      `${field} names a ${type.of} of ours, and is read as ${conversion.as}`,
      'Read it as a lookup, or let it flow out only.',
    )
  if (conversion.as === 'text' && (type.is === 'decimal' || type.is === 'date' || type.is === 'instant'))
    return wrong(`${field} holds ${words[type.is]}, and any text would come in`, `Write \`as: ${type.is}\`.`)
  return null
}

function wrong(reason: string, proposal: string): Loss {
  return { severity: 'error', code: 'CW_MAPPING_INVALID', reason, proposal, key: 'as' }
}

const words = { decimal: 'amounts', date: 'days', instant: 'instants' }

function lossOf(kind: RecordKind, field: FieldMapping, there: FieldSchema | undefined): Loss | null {
  if (!flowsOut(field.create) && !flowsOut(field.update)) return null
  const severity = field.update === 'both' ? 'error' : 'warning'
  const loss = (reason: string, proposal: string, key: string): Loss => ({
    severity,
    code: 'CW_MAPPING_LOSSY',
    reason,
    proposal,
    key,
  })
  if (field.transform !== undefined) return ofTransformation(field, loss)
  if (field.conversion.as === 'lookup') return null
  if (field.scale !== undefined && !isClean(field.scale))
    return loss(`no finite number times ${field.scale} is 1, so what is written is rounded`, scaleProposal, 'scale')

  const type = typeOf(kind, field)
  const narrow = narrowness(field, type, there)
  if (narrow !== null) return loss(narrow.reason, narrow.proposal, 'path')
  const lost = edges(field, type).flatMap((value) => {
    const back = outAndBack(kind, field, value)
    if (back.is === 'same' || back.is === 'unsent') return []
    return [
      `${value} ${back.is === 'refused' ? 'would be refused when it comes back' : `would come back as ${back.value ?? 'nothing'}`}`,
    ]
  })
  const [first] = lost
  if (first !== undefined) return loss(because(field, type, first), proposalFor(field, type), keyOf(field))
  return ofForeignWords(kind, field, type)
}

type Back = { is: 'same' } | { is: 'unsent' } | { is: 'refused' } | { is: 'other'; value: string | null }

/** What becomes of a value that is written and read again, by the very functions that do so. */
export function outAndBack(kind: RecordKind, field: FieldMapping, value: string): Back {
  const { initial: _, currency: __, ...plain } = field
  const alone: ObjectMapping = { object: '', kind, fields: [{ ...plain, create: 'out' }] }
  const { fields, troubles } = difference(alone, { [field.field]: value }, null, nobody)
  if (troubles.length > 0 || !Object.hasOwn(fields, field.path)) return { is: 'unsent' }
  return readAs(field, fields, value)
}

function readAs(field: FieldMapping, fields: Fields, sent: string): Back {
  const read = readField(field, fields, nobody)
  if ('trouble' in read) return { is: 'refused' }
  if ('left' in read) return { is: 'other', value: null }
  return read.value === sent ? { is: 'same' } : { is: 'other', value: read.value }
}

const nobody: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }

function ofTransformation(
  field: FieldMapping,
  loss: (reason: string, proposal: string, key: string) => Loss,
): Loss | null {
  const { in: inward, out: outward } = field.transform ?? {}
  if (!flowsIn(field.create) && !flowsIn(field.update)) return null
  if ((inward === undefined) !== (outward === undefined)) {
    const [has, lacks] = inward === undefined ? ['out', 'in'] : ['in', 'out']
    return loss(
      `it is transformed on its way ${has} and not on its way ${lacks}`,
      `Say how it comes back: \`transform: { ${lacks}: … }\`, or let it flow one way.`,
      'transform',
    )
  }
  return inward === undefined || field.update !== 'both'
    ? null
    : {
        ...loss(
          'nobody can prove that one transformation undoes the other',
          'Look at the preview of real records.',
          'transform',
        ),
        severity: 'warning',
      }
}

/** A word of the vendor's that is a value of ours too: it would be taken for the one that it stands for. */
function ofForeignWords(kind: RecordKind, field: FieldMapping, type: FieldType): Loss | null {
  if (field.update !== 'both' || type.is === 'one-of') return null
  const word = Object.values(field.values ?? {}).find(
    (value) => !Object.hasOwn(field.values ?? {}, value) && outAndBack(kind, field, value).is === 'other',
  )
  if (word === undefined) return null
  return {
    severity: 'warning',
    code: 'CW_MAPPING_LOSSY',
    reason: `${word} as a value of ours would come back as what it stands for there`,
    proposal: 'Let values without a pair be parked or left alone: `unpaired: park`.',
    key: 'values',
  }
}

/** Whether a product with it can be undone in digits. */
function isClean(scale: string): boolean {
  return times(dividedBy('1', scale) ?? '', scale) === decimal('1')
}

const scaleProposal = 'Choose a scale such as 0.01, 100 or 0.25, or let the field flow one way.'

/** Vendors keep money in whole cents; so does whoever enters it, and what the vendor rounds is no difference afterwards. */
const CENTS = 2

/** What the vendor's own field cannot hold. */
function narrowness(
  field: FieldMapping,
  type: FieldType,
  there: FieldSchema | undefined,
): { reason: string; proposal: string } | null {
  if (there === undefined) return null
  const { conversion, values, scale } = field
  if (type.is === 'decimal' && conversion.as === 'decimal' && there.scale !== undefined) {
    const finest = edges(field, type).map((value) => String(toVendorValue('decimal', value, scale)).split('.')[1] ?? '')
    const digits = Math.max(...finest.map(({ length }) => length))
    if (digits > there.scale && !(scale === undefined && there.scale === CENTS))
      return {
        reason: `${there.name} holds ${there.scale === 0 ? 'whole numbers only' : `${there.scale} digits after the point`}, and ${digits} may be written`,
        proposal: 'Keep amounts in a field with more digits after the point.',
      }
  }
  if (type.is === 'instant' && /^date$/i.test(there.type))
    return {
      reason: `${there.name} keeps the day and not the time`,
      proposal: 'Keep it in a field with date and time.',
    }
  const longest = Math.max(0, ...Object.values(values ?? {}).map((value) => value.length), fixedLength(type))
  if (there.maxLength != null && there.maxLength < longest)
    return {
      reason: `${there.name} holds ${String(there.maxLength)} characters, and ${String(longest)} are written`,
      proposal: 'Choose a longer field.',
    }
  return null
}

/** Of values that all have one length, or a greatest one. */
function fixedLength(type: FieldType): number {
  if (type.is === 'record') return 36
  return type.is === 'date' ? 10 : 0
}

function because(field: FieldMapping, type: FieldType, what: string): string {
  const shared = sharedWord(field)
  if (shared !== null) return shared
  if (type.is === 'decimal' && field.conversion.as === 'cents')
    return `cents have two digits after the point, ours four: ${what}`
  if (type.is === 'instant' && field.conversion.as === 'date') return `the time of the day is lost: ${what}`
  return what
}

/** Two values of ours with one word there. */
function sharedWord({ values = {} }: FieldMapping): string | null {
  for (const [word, pairs] of Map.groupBy(Object.entries(values), ([, theirs]) => theirs)) {
    const ours = pairs.map(([value]) => value)
    if (ours.length > 1)
      return `${new Intl.ListFormat('en').format(ours)} are all written as ${word}, which reads as ${ours[0] ?? ''}`
  }
  return null
}

function keyOf({ values, unpaired }: FieldMapping): string {
  if (typeof unpaired === 'object') return 'unpaired'
  return values === undefined ? 'as' : 'values'
}

function proposalFor(field: FieldMapping, type: FieldType): string {
  if (sharedWord(field) !== null)
    return 'Give each value a word of its own there, or let the field flow one way once it is made.'
  if (typeof field.unpaired === 'object')
    return 'Pair every value, or let those without a pair be parked: `unpaired: park`.'
  if (type.is === 'one-of' || field.values !== undefined) return 'Pair each value with a word of its own.'
  return `Write \`as: ${type.is === 'record' ? 'lookup' : type.is}\`, or let the field flow one way once it is made.`
}

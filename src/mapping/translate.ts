/** A whole record through its mapping: vendor → canonical, and what a vendor still lacks of ours. */
import type { Fields, FieldValue } from '../../connectors/contract.ts'
import type { RecordKind } from '../domain/records.ts'
import { toCanonicalValue, toVendorValue, type Canonical } from './convert.ts'
import { currencyThere, isOther } from './currency.ts'
import type { Conversion, FieldMapping, ObjectMapping } from './definition.ts'
import { pairIn, pairOut, type Pairing } from './pairs.ts'
import { isPresent } from './transform/input.ts'
import type { Transformed } from './transform/transformations.ts'

/** A canonical record as the ledger has it, all values as text. */
export type CanonicalRecord = Record<string, Canonical>

/** What is looked up for the records of a batch: our record id ↔ the vendor's id of that record, undefined while it is not linked. */
export interface Lookups {
  toOurs(object: string, externalId: string): string | undefined
  toTheirs(object: string, recordId: string): string | undefined
  /** What expressions make of the records. Absent: no mapping of the batch has any. */
  transformed?: Transformed
}

export interface Trouble {
  field: string
  path: string
  code:
    | 'CW_FIELD_INVALID'
    | 'CW_FIELD_MISSING'
    | 'CW_PARTNER_UNKNOWN'
    | 'CW_CONTACT_ELSEWHERE'
    | 'CW_PARENT_CYCLE'
    | 'CW_RECORD_TOO_LARGE'
    | 'CW_VALUE_UNPAIRED'
    | 'CW_CURRENCY_OTHER'
    | 'CW_TRANSFORM_STOPPED'
    | 'CW_TRANSFORM_FAILED'
    | 'CW_TRANSFORM_RESULT'
  expected: string
  found: string | null
}

/**
 * The canonical values of the fields that flow in, for the vendor fields that are present.
 *
 * @param event whether the record is new to us (`create`) or known (`update`)
 */
export function toCanonical(
  mapping: ObjectMapping,
  fields: Fields,
  event: 'create' | 'update',
  lookups: Lookups,
): { values: CanonicalRecord; troubles: Trouble[] } {
  const values: CanonicalRecord = {}
  const troubles: Trouble[] = []
  for (const field of mapping.fields) {
    if (!flowsIn(field[event]) || !isPresent(field, fields)) continue
    const read = readField(field, fields, lookups)
    if ('trouble' in read) troubles.push(read.trouble)
    else if ('value' in read) values[field.field] = read.value
    if ('value' in read && read.value === null && field.required === true) {
      troubles.push({
        field: field.field,
        path: field.path,
        code: 'CW_FIELD_MISSING',
        expected: 'a value',
        found: null,
      })
    }
  }
  return { values, troubles }
}

/** `left`: the vendor holds a value of its own, which says nothing of ours. */
export type ReadField = { value: Canonical } | { left: true } | { trouble: Trouble }

/** One field of a vendor record in our form. */
export function readField(mapping: FieldMapping, fields: Fields, lookups: Lookups): ReadField {
  if (mapping.transform?.in === undefined) return readValue(mapping, fields[mapping.path], lookups)
  const made = transformedOf(lookups).in(mapping, fields)
  if ('trouble' in made) return { trouble: { field: mapping.field, path: mapping.path, ...made.trouble } }
  const read = readValue(mapping, made.value, lookups)
  return 'trouble' in read && read.trouble.code === 'CW_FIELD_INVALID'
    ? { trouble: unfit(mapping, read.trouble.expected, made.value) }
    : read
}

/** The vendor's value that a field is read from. Undefined: the record says none. */
export function vendorValue(
  field: FieldMapping,
  fields: Fields,
  lookups: Pick<Lookups, 'transformed'>,
): FieldValue | undefined {
  if (field.transform?.in === undefined) return fields[field.path]
  if (!isPresent(field, fields)) return undefined
  const made = transformedOf(lookups).in(field, fields)
  return 'value' in made ? made.value : undefined
}

function transformedOf({ transformed }: Pick<Lookups, 'transformed'>): Transformed {
  if (transformed === undefined) throw new Error('the mapping has expressions, and nobody prepared their results')
  return transformed
}

/** An expression's result is told by its kind alone. */
function unfit({ field, path }: FieldMapping, expected: string, value: FieldValue): Trouble {
  const found =
    typeof value === 'string'
      ? `a text of ${String(value.length)} characters`
      : Array.isArray(value)
        ? 'a list'
        : `a ${typeof value}`
  return { field, path, code: 'CW_TRANSFORM_RESULT', expected, found }
}

/** One vendor value in our form. */
function readValue(mapping: FieldMapping, raw: FieldValue | undefined, lookups: Lookups): ReadField {
  const trouble = (code: Trouble['code'], expected: string, found: string): { trouble: Trouble } => ({
    trouble: { field: mapping.field, path: mapping.path, code, expected, found },
  })
  if (mapping.conversion.as === 'lookup') {
    if (raw === undefined || raw === null || raw === '') return { value: null }
    const ours = lookups.toOurs(mapping.conversion.object, String(raw))
    if (ours !== undefined) return { value: ours }
    if (mapping.required !== true && mapping.required !== 'known') return { value: null }
    return trouble('CW_PARTNER_UNKNOWN', `a known ${mapping.conversion.of}`, String(raw))
  }
  const pairing = pairIn(mapping, raw)
  switch (pairing.is) {
    case 'left':
      return { left: true }
    case 'parked':
      return trouble('CW_VALUE_UNPAIRED', 'a value that has a pair', pairing.value.slice(0, 100))
    case 'paired':
      return { value: [pairing.value].flat().join(';') || null }
    case 'as-is':
  }
  const converted = toCanonicalValue(mapping.conversion.as, raw, mapping.scale)
  return converted.ok ? { value: converted.value } : trouble('CW_FIELD_INVALID', converted.expected, converted.found)
}

export interface Difference {
  /** Vendor fields to be written. */
  fields: Fields
  /** Lookups whose record has no vendor id yet: the write has to wait for theirs. */
  waitsFor: AwaitedRecord[]
  /** What stands against writing the record at all. */
  troubles: Trouble[]
}

export interface AwaitedRecord {
  object: string
  kind: RecordKind
  recordId: string
}

/**
 * A vendor's fields with the values that we sent in the place of what the vendor made of them: a trimmed name is our name, and
 * nobody's edit.
 */
export function restore(fields: Fields, answers: Readonly<Record<string, Answer>>): Fields {
  const restored = { ...fields }
  for (const [path, { sent, held, doubts }] of Object.entries(answers)) {
    if (doubts === undefined && Object.hasOwn(fields, path) && isSame(fields[path], held)) restored[path] = sent
  }
  return restored
}

/** What we sent, and what the vendor holds since. */
export interface Answer {
  sent: FieldValue
  held: FieldValue
  /** How often in a row something else was found in its place: it may be a user's edit, and is written anew. Absent: it is the vendor's form. */
  doubts?: number
}

/** Whether two vendor values are one; nothing and null are. */
export function isSame(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

/**
 * Ledger − shadow through the mapping: what is still to be sent, whatever happened before.
 *
 * @param shadow the fields as the vendor last returned them, or null when it has no record yet
 * @param held canonical fields that wait for a person's ruling: they are not written
 */
export function difference(
  mapping: ObjectMapping,
  record: CanonicalRecord,
  shadow: Fields | null,
  lookups: Lookups,
  held: readonly string[] = [],
): Difference {
  const event = shadow === null ? 'create' : 'update'
  const result: Difference = { fields: {}, waitsFor: [], troubles: [] }
  for (const field of mapping.fields) {
    if (!flowsOut(field[event]) || held.includes(field.field)) continue
    if (field.transform?.out !== undefined) {
      addTransformed(result, mapping, field, { record, shadow, lookups, held })
      continue
    }
    const value = record[field.field] ?? null
    if (shadow !== null && (isTheirOwn(field, shadow) || sameAs(field, value, shadow, lookups))) continue
    const hindrance = hindranceOf(mapping, field, value, record, shadow, held)
    if (hindrance?.is === 'trouble') result.troubles.push(hindrance.trouble)
    if (hindrance?.is === 'trouble' || (hindrance !== null && shadow !== null)) continue
    if (value === null || hindrance !== null) {
      if (shadow !== null && field.mandatory !== true) result.fields[field.path] = null
      else if (shadow === null && field.initial !== undefined) result.fields[field.path] = field.initial
      continue
    }
    if (field.conversion.as === 'lookup') {
      const theirs = theirIdOf(field.conversion, value, lookups)
      if (theirs !== undefined) result.fields[field.path] = theirs
      else if (field.conversion.of !== 'user')
        result.waitsFor.push({ object: field.conversion.object, kind: field.conversion.of, recordId: value })
    } else {
      result.fields[field.path] = written(field, value, pairOut(field, value))
    }
  }
  for (const [path, value] of Object.entries(mapping.fixed ?? {})) {
    if (shadow === null || !isSame(shadow[path], value)) result.fields[path] = value
  }
  return result
}

/** As `difference`, of a field whose vendor's value an expression makes of the whole record. */
function addTransformed(
  result: Difference,
  mapping: ObjectMapping,
  field: FieldMapping,
  {
    record,
    shadow,
    lookups,
    held,
  }: { record: CanonicalRecord; shadow: Fields | null; lookups: Lookups; held: readonly string[] },
): void {
  const made = transformedOf(lookups).out(field, record)
  const trouble = 'trouble' in made ? { field: field.field, path: field.path, ...made.trouble } : null
  if (trouble !== null) result.troubles.push(trouble)
  if ('trouble' in made || (shadow !== null && isTheirOwn(field, shadow))) return
  const value = isEmpty(made.value) ? null : made.value
  const ours = readThere(field, value)
  if ('trouble' in ours) {
    result.troubles.push(unfit(field, ours.trouble.expected, value))
    return
  }
  if (shadow !== null && isSameThere(field, value, shadow[field.path] ?? null)) return
  const other = value === null ? null : otherCurrencyOf(mapping, field, record, shadow, held)
  if (other?.is === 'trouble') result.troubles.push(other.trouble)
  if (other !== null) return
  if (value !== null) result.fields[field.path] = value
  else if (shadow !== null && field.mandatory !== true) result.fields[field.path] = null
  else if (shadow === null && field.initial !== undefined) result.fields[field.path] = field.initial
}

/** Whether two vendor values are one value of ours: `1` and `1.00` are one amount. */
function isSameThere(field: FieldMapping, a: FieldValue, b: FieldValue): boolean {
  const [one, other] = [readThere(field, a), readThere(field, b)]
  return 'value' in one && 'value' in other ? one.value === other.value : isSame(a, b)
}

/** Whether a field's two vendor values read as one value of ours, so that neither would be written in the other's place. */
export function readsAlike(field: FieldMapping, a: FieldValue, b: FieldValue): boolean {
  if (field.transform !== undefined || field.conversion.as === 'lookup') return isSameThere(field, a, b)
  const [one, other] = [readValue(field, a, noLookups), readValue(field, b, noLookups)]
  return 'value' in one && 'value' in other ? one.value === other.value : isSame(a, b)
}

/** A vendor value by its conversion alone; a lookup's is the vendor's id. */
function readThere(field: FieldMapping, value: FieldValue): { value: Canonical } | { trouble: { expected: string } } {
  if (field.conversion.as === 'lookup') return { value: isEmpty(value) ? null : String(value) }
  const read = toCanonicalValue(field.conversion.as, value, field.scale)
  return read.ok ? { value: read.value } : { trouble: { expected: read.expected } }
}

/** What the vendor's people hold there is not ours to change: anything where only gaps are filled, and a value that has no pair, but for the one that we put there. */
function isTheirOwn(field: FieldMapping, shadow: Fields): boolean {
  if (field.write === 'if-empty' && !isEmpty(shadow[field.path])) return true
  if (field.transform !== undefined || (field.unpaired !== 'leave' && field.unpaired !== 'park')) return false
  if (field.initial !== undefined && shadow[field.path] === field.initial) return false
  const { is } = pairIn(field, shadow[field.path])
  return flowsIn(field.update) && (is === 'left' || is === 'parked')
}

function isEmpty(value: FieldValue | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Why a value of ours is not written: it is left here, or stands against the whole record. Null: it is written. */
function hindranceOf(
  mapping: ObjectMapping,
  field: FieldMapping,
  value: Canonical,
  record: CanonicalRecord,
  shadow: Fields | null,
  held: readonly string[],
): { is: 'left' } | { is: 'trouble'; trouble: Trouble } | null {
  const trouble = (code: Trouble['code'], expected: string, found: string) => ({
    is: 'trouble' as const,
    trouble: { field: field.field, path: field.path, code, expected, found: found.slice(0, 100) },
  })
  // No value has no pair.
  if (value === null) return field.unpaired === 'leave' ? { is: 'left' } : null
  if (field.conversion.as !== 'lookup') {
    const pairing = pairOut(field, value)
    if (pairing.is === 'left') return { is: 'left' }
    if (pairing.is === 'parked') return trouble('CW_VALUE_UNPAIRED', 'a value that has a pair', pairing.value)
  }
  return otherCurrencyOf(mapping, field, record, shadow, held)
}

/** Why an amount is not written: the vendor's are in another currency. */
function otherCurrencyOf(
  mapping: ObjectMapping,
  field: FieldMapping,
  record: CanonicalRecord,
  shadow: Fields | null,
  held: readonly string[],
): { is: 'left' } | { is: 'trouble'; trouble: Trouble } | null {
  if (field.currency === undefined) return null
  const ours = record['currency'] ?? null
  const theirs = currencyAfter(mapping, field, ours, shadow, held)
  if (!isOther(ours, theirs)) return null
  if (field.otherCurrency === 'leave') return { is: 'left' }
  const [expected, found] = [`an amount in ${theirs ?? ''}`, (ours ?? '').slice(0, 100)]
  return {
    is: 'trouble',
    trouble: { field: field.field, path: field.path, code: 'CW_CURRENCY_OTHER', expected, found },
  }
}

/** The currency of the vendor's amounts once this is written: ours, where its field takes it. */
function currencyAfter(
  mapping: ObjectMapping,
  field: FieldMapping,
  ours: string | null,
  shadow: Fields | null,
  held: readonly string[],
): string | null {
  const { currency } = field
  if (currency !== undefined && 'path' in currency) {
    const event = shadow === null ? 'create' : 'update'
    const isWritten = mapping.fields.some(
      (one) =>
        one.path === currency.path && one.field === 'currency' && flowsOut(one[event]) && !held.includes(one.field),
    )
    if (isWritten) return ours
  }
  return currencyThere(field, shadow ?? {})
}

function written(field: FieldMapping, value: string, pairing: Pairing): FieldValue {
  if (field.conversion.as === 'lookup') return value
  if (pairing.is === 'paired') return pairing.value
  return toVendorValue(field.conversion.as, value, field.scale)
}

function sameAs(field: FieldMapping, ours: Canonical, shadow: Fields, lookups: Lookups): boolean {
  if (field.conversion.as === 'lookup') {
    const theirs = shadow[field.path] ?? null
    if (ours === null) return theirs === null || theirs === ''
    const wished = theirIdOf(field.conversion, ours, lookups)
    return wished === undefined && field.conversion.of === 'user' ? true : wished === theirs
  }
  // An expression for the way in says nothing of what is written.
  const read = readValue(field, shadow[field.path], lookups)
  return 'value' in read && asWritten(field, ours) === read.value
}

type Lookup = Extract<Conversion, { as: 'lookup' }>

/**
 * The vendor's id that is written for ours: the fallback where ours has none there. Undefined: none is known. A user without one
 * leaves the field as it is, for users are never written; any other record is waited for.
 */
function theirIdOf({ object, fallback }: Lookup, ours: string, lookups: Lookups): string | undefined {
  return lookups.toTheirs(object, ours) ?? fallback
}

/**
 * Our value as it reads after a stay at the vendor: several values of ours may be one of theirs, digits may be fewer, and one who
 * has left is the fallback. Values that read the same are no difference.
 *
 * @param record the whole record, where expressions make the vendor's value of it
 */
export function asKept(
  field: FieldMapping,
  ours: Canonical,
  lookups: Lookups = noLookups,
  record: CanonicalRecord = {},
): Canonical {
  if (field.transform !== undefined) {
    const { transformed } = lookups
    if (transformed === undefined || field.transform.in === undefined || field.transform.out === undefined) return ours
    const sent = transformed.out(field, record)
    if ('trouble' in sent || !isPresent(field, { [field.path]: sent.value })) return ours
    const read = readField(field, { [field.path]: sent.value }, lookups)
    return 'value' in read ? read.value : ours
  }
  if (field.conversion.as === 'lookup') {
    const { object, fallback } = field.conversion
    if (ours === null || fallback === undefined || lookups.toTheirs(object, ours) !== undefined) return ours
    return lookups.toOurs(object, fallback) ?? ours
  }
  return asWritten(field, ours)
}

/** Our value as it reads after it was written by its conversion and pairs. */
function asWritten(field: FieldMapping, ours: Canonical): Canonical {
  if (ours === null) return ours
  const pairing = pairOut(field, ours)
  if (pairing.is === 'left' || pairing.is === 'parked') return ours
  const sent = readValue(field, written(field, ours, pairing), noLookups)
  return 'value' in sent ? sent.value : ours
}

const noLookups: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }

export function flowsIn(direction: FieldMapping['create']): boolean {
  return direction === 'in' || direction === 'both'
}

export function flowsOut(direction: FieldMapping['create']): boolean {
  return direction === 'out' || direction === 'both'
}

/** Whether writing these vendor fields could undo a user's edit, so that the record is read just before. */
export function touchesShared(mapping: ObjectMapping, fields: Fields): boolean {
  if (mapping.readFirst?.some((path) => path in fields) === true) return true
  return mapping.fields.some(
    (field) => field.path in fields && flowsOut(field.update) && (flowsIn(field.update) || field.write === 'if-empty'),
  )
}

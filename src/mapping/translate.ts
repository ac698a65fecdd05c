/** A whole record through its mapping: vendor → canonical, and what a vendor still lacks of ours. */
import type { Fields, FieldValue } from '../../connectors/contract.ts'
import type { RecordKind } from '../domain/records.ts'
import { toCanonicalValue, toVendorValue, type Canonical } from './convert.ts'
import type { Conversion, FieldMapping, ObjectMapping } from './definition.ts'

/** A canonical record as the ledger has it, all values as text. */
export type CanonicalRecord = Record<string, Canonical>

/** Our record id ↔ the vendor's id of that record, for the lookups of a batch. Undefined: not linked yet. */
export interface Lookups {
  toOurs(object: string, externalId: string): string | undefined
  toTheirs(object: string, recordId: string): string | undefined
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
    if (!flowsIn(field[event]) || !(field.path in fields)) continue
    const read = readField(field, fields, lookups)
    if ('trouble' in read) troubles.push(read.trouble)
    else values[field.field] = read.value
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

/** One field of a vendor record in our form. */
export function readField(
  mapping: FieldMapping,
  fields: Fields,
  lookups: Lookups,
): { value: Canonical } | { trouble: Trouble } {
  const raw = fields[mapping.path]
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
  const paired = typeof raw === 'string' ? unpair(mapping, raw) : raw
  const converted = toCanonicalValue(mapping.conversion.as, paired)
  return converted.ok ? { value: converted.value } : trouble('CW_FIELD_INVALID', converted.expected, converted.found)
}

export interface Difference {
  /** Vendor fields to be written. */
  fields: Fields
  /** Lookups whose record has no vendor id yet: the write has to wait for theirs. */
  waitsFor: AwaitedRecord[]
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
  for (const [path, { sent, held }] of Object.entries(answers)) {
    if (Object.hasOwn(fields, path) && isSame(fields[path], held)) restored[path] = sent
  }
  return restored
}

/** What we sent, and what the vendor holds since. */
export interface Answer {
  sent: FieldValue
  held: FieldValue
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
  const result: Difference = { fields: {}, waitsFor: [] }
  for (const field of mapping.fields) {
    if (!flowsOut(field[event]) || held.includes(field.field)) continue
    const value = record[field.field] ?? null
    const isForeign = field.pairedOnly === true && !hasPair(field, value)
    if (isForeign && shadow !== null) continue
    const ours = isForeign ? null : value
    if (shadow !== null && sameAs(field, ours, shadow, lookups)) continue
    if (ours === null) {
      if (shadow !== null && field.mandatory !== true) result.fields[field.path] = null
      else if (shadow === null && field.initial !== undefined) result.fields[field.path] = field.initial
      continue
    }
    if (field.conversion.as === 'lookup') {
      const theirs = theirIdOf(field.conversion, ours, lookups)
      if (theirs !== undefined) result.fields[field.path] = theirs
      else if (field.conversion.of !== 'user')
        result.waitsFor.push({ object: field.conversion.object, kind: field.conversion.of, recordId: ours })
    } else {
      result.fields[field.path] = toVendorValue(field.conversion.as, pair(field, ours))
    }
  }
  for (const [path, value] of Object.entries(mapping.fixed ?? {})) {
    if (shadow === null || !isSame(shadow[path], value)) result.fields[path] = value
  }
  return result
}

function sameAs(field: FieldMapping, ours: Canonical, shadow: Fields, lookups: Lookups): boolean {
  if (field.conversion.as === 'lookup') {
    const theirs = shadow[field.path] ?? null
    if (ours === null) return theirs === null || theirs === ''
    const wished = theirIdOf(field.conversion, ours, lookups)
    return wished === undefined && field.conversion.of === 'user' ? true : wished === theirs
  }
  const read = readField(field, shadow, lookups)
  return 'value' in read && asKept(field, ours) === read.value
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
 */
export function asKept(field: FieldMapping, ours: Canonical, lookups: Lookups = noLookups): Canonical {
  if (field.conversion.as === 'lookup') {
    const { object, fallback } = field.conversion
    if (ours === null || fallback === undefined || lookups.toTheirs(object, ours) !== undefined) return ours
    return lookups.toOurs(object, fallback) ?? ours
  }
  const sent = readField(field, { [field.path]: toVendorValue(field.conversion.as, pair(field, ours)) }, noLookups)
  return 'value' in sent ? sent.value : ours
}

const noLookups: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }

function pair(field: FieldMapping, value: Canonical): Canonical {
  if (value === null || !hasPair(field, value)) return value
  return field.values?.[value] ?? value
}

function hasPair(field: FieldMapping, value: Canonical): boolean {
  return value !== null && field.values !== undefined && Object.hasOwn(field.values, value)
}

/** The first canonical value of a vendor value: several of ours may be written as one of theirs. */
function unpair(field: FieldMapping, value: string): string {
  for (const [ours, theirs] of Object.entries(field.values ?? {})) if (theirs === value) return ours
  return value
}

export function flowsIn(direction: FieldMapping['create']): boolean {
  return direction === 'in' || direction === 'both'
}

export function flowsOut(direction: FieldMapping['create']): boolean {
  return direction === 'out' || direction === 'both'
}

/** Whether writing these vendor fields could undo a user's edit, so that the record is read just before. */
export function touchesShared(mapping: ObjectMapping, fields: Fields): boolean {
  return mapping.fields.some((field) => field.path in fields && flowsOut(field.update) && flowsIn(field.update))
}

/** What changed in a vendor's schema, and what of a mapping that breaks. Pure. */
import type { Capability, FieldSchema } from '../../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import type { SchemaChangeKind } from '../schema-change.ts'
import { flowsIn, flowsOut } from '../translate.ts'
import { familyOf, fits } from './field-types.ts'
import { makes } from './kinds.ts'
import { fieldNamed } from './named.ts'

/** One difference between two readings of a schema. */
export interface SchemaDifference {
  kind: SchemaChangeKind
  path: string
  /** The picklist value or the rule that came or went. */
  value: string | null
  before: FieldSchema | null
  after: FieldSchema | null
}

export function differencesBetween(before: readonly FieldSchema[], after: readonly FieldSchema[]): SchemaDifference[] {
  const was = new Map(before.map((field) => [field.name, field]))
  const is = new Map(after.map((field) => [field.name, field]))
  const gone = before.filter(({ name }) => !is.has(name)).map((field) => told('field-removed', field, null))
  return [
    ...gone,
    ...after.flatMap((field) => {
      const old = was.get(field.name)
      return old === undefined ? [told('field-added', null, field)] : changesOf(old, field)
    }),
  ]
}

function told(
  kind: SchemaChangeKind,
  before: FieldSchema | null,
  after: FieldSchema | null,
  value: string | null = null,
): SchemaDifference {
  return { kind, path: (after ?? before)?.name ?? '', value, before, after }
}

function changesOf(before: FieldSchema, after: FieldSchema): SchemaDifference[] {
  const kinds: SchemaChangeKind[] = []
  // Another type has a length of its own.
  if (familyOf(before) !== familyOf(after)) kinds.push('type-changed')
  else if ((before.maxLength ?? null) !== (after.maxLength ?? null)) kinds.push('length-changed')
  if (demands(before) !== demands(after)) kinds.push(demands(after) ? 'became-required' : 'became-optional')
  if (before.writable !== after.writable) kinds.push(after.writable ? 'became-writable' : 'became-read-only')
  const [bound, binds] = [before.rules ?? [], after.rules ?? []]
  const [was, is] = [before.values ?? [], after.values ?? []]
  return [
    ...kinds.map((kind) => told(kind, before, after)),
    ...bound.filter((rule) => !binds.includes(rule)).map((rule) => told('rule-removed', before, after, rule)),
    ...binds.filter((rule) => !bound.includes(rule)).map((rule) => told('rule-added', before, after, rule)),
    // A field that became a picklist, or is one no more, is told of by its type.
    ...(kinds.includes('type-changed')
      ? []
      : [
          ...was.filter((value) => !is.includes(value)).map((value) => told('value-removed', before, after, value)),
          ...is.filter((value) => !was.includes(value)).map((value) => told('value-added', before, after, value)),
        ]),
  ]
}

function demands({ required, defaulted, writable }: FieldSchema): boolean {
  return required && writable && defaulted !== true
}

/** Canonical fields whose mapping no longer fits; null: nothing breaks. An empty list: what breaks is no field's, such as a fixed value. */
export function breaksOf(
  difference: SchemaDifference,
  mappings: readonly ObjectMapping[],
  capability: Capability,
): string[] | null {
  const broken = mappings.flatMap((mapping) => brokenBy(difference, mapping, capability) ?? [])
  const isBroken = mappings.some((mapping) => brokenBy(difference, mapping, capability) !== null)
  return isBroken ? [...new Set(broken)] : null
}

function brokenBy(difference: SchemaDifference, mapping: ObjectMapping, capability: Capability): string[] | null {
  const { kind, path, value, before, after } = difference
  const fields = mapping.fields.filter((field) => field.path === path && isUsed(field))
  const outward = fields.filter((field) => flowsOut(field.create) || flowsOut(field.update))
  const fixed = mapping.fixed?.[path]
  switch (kind) {
    case 'field-removed':
      return some(fields, fixed !== undefined || mapping.when?.path === path || capability.key === path)
    case 'type-changed':
      return some(fields.filter((field) => after !== null && !isFitting(field, after)))
    case 'length-changed':
      return some(isShorter(before, after) ? outward.filter(({ conversion }) => conversion.as !== 'lookup') : [])
    case 'became-required': {
      if (!makes(mapping, capability) || fixed !== undefined || capability.key === path) return null
      const filling = fields.filter(({ create }) => flowsOut(create))
      if (filling.some(({ initial }) => initial !== undefined)) return null
      return filling.map(({ field }) => field)
    }
    case 'became-read-only':
      return some(outward, fixed !== undefined)
    case 'value-removed':
      if (after?.restricted !== true || value === null) return null
      return some(
        outward.filter((field) => mayWrite(field, value)),
        fixed !== undefined && String(fixed) === value,
      )
    case 'value-added':
      return some(fields.filter((field) => value !== null && refuses(field, value)))
    case 'field-added':
      return after !== null && demands(after)
        ? brokenBy({ ...difference, kind: 'became-required' }, mapping, capability)
        : null
    case 'became-optional':
    case 'became-writable':
    // Which records break a rule only the vendor knows.
    case 'rule-added':
    case 'rule-removed':
      return null
  }
}

function some(fields: readonly FieldMapping[], isBroken = false): string[] | null {
  return fields.length === 0 && !isBroken ? null : fields.map(({ field }) => field)
}

function isUsed({ create, update }: FieldMapping): boolean {
  return create !== 'none' || update !== 'none'
}

function isFitting({ conversion, create, update, transform }: FieldMapping, field: FieldSchema): boolean {
  const family = familyOf(field)
  const isRead = (flowsIn(create) || flowsIn(update)) && transform?.in === undefined
  const isWritten = (flowsOut(create) || flowsOut(update)) && transform?.out === undefined
  return (!isRead || fits(conversion.as, family, 'in')) && (!isWritten || fits(conversion.as, family, 'out'))
}

function isShorter(before: FieldSchema | null, after: FieldSchema | null): boolean {
  return after?.maxLength != null && after.maxLength < (before?.maxLength ?? Infinity)
}

/** A field without pairs may write any value. */
function mayWrite({ values, initial, unpaired }: FieldMapping, value: string): boolean {
  if (initial === value || (typeof unpaired === 'object' && unpaired.toVendor === value)) return true
  if (values === undefined) return true
  return Object.values(values).includes(value)
}

function refuses({ values = {}, unpaired, create, update }: FieldMapping, value: string): boolean {
  return unpaired === 'park' && (flowsIn(create) || flowsIn(update)) && !Object.values(values).includes(value)
}

/** The difference as it stands by now: null once the vendor has undone it. */
export function standsStill(difference: SchemaDifference, schema: readonly FieldSchema[]): SchemaDifference | null {
  const { kind, path, value, before } = difference
  const now = schema.find(({ name }) => name === path)
  if (kind === 'field-removed') return fieldNamed(schema, path) === undefined ? difference : null
  // What is gone altogether is told of as that.
  if (now === undefined) return null
  const moved = { ...difference, after: now }
  switch (kind) {
    case 'type-changed':
      return before !== null && familyOf(before) === familyOf(now) ? null : moved
    case 'length-changed':
      return isShorter(before, now) ? moved : null
    case 'became-required':
    case 'field-added':
      return demands(now) ? moved : null
    case 'became-read-only':
      return now.writable ? null : moved
    case 'value-removed':
      return value !== null && now.values?.includes(value) !== true && now.restricted === true ? moved : null
    case 'value-added':
      return value !== null && now.values?.includes(value) === true ? moved : null
    case 'became-optional':
    case 'became-writable':
    case 'rule-added':
    case 'rule-removed':
      return null
  }
}

/** Fields that mappings name and the vendor does not have, as if they had been removed. */
export function missingFrom(mappings: readonly ObjectMapping[], schema: readonly FieldSchema[]): SchemaDifference[] {
  const paths = mappings.flatMap(({ fields, fixed = {}, when }) => [
    ...fields.filter(isUsed).map(({ path }) => path),
    ...Object.keys(fixed),
    ...(when === undefined ? [] : [when.path]),
  ])
  return [...new Set(paths)]
    .filter((path) => fieldNamed(schema, path) === undefined)
    .map((path) => ({ kind: 'field-removed', path, value: null, before: null, after: null }))
}

/** The values that decide whether a mapping loses any: what a field may hold at its edges. */
import { fieldType, type FieldType } from '../domain/field-types.ts'
import type { RecordKind } from '../domain/records.ts'
import type { Plain } from './convert.ts'
import type { FieldMapping } from './definition.ts'

/** What the field holds; one that an admin added holds what its mapping says. */
export function typeOf(kind: RecordKind, { field, conversion }: FieldMapping): FieldType {
  return (
    fieldType(kind, field) ?? (conversion.as === 'lookup' ? { is: 'record', of: conversion.of } : own[conversion.as])
  )
}

const own: Record<Plain, FieldType> = {
  text: { is: 'text' },
  boolean: { is: 'one-of', values: ['true', 'false'] },
  list: { is: 'list' },
  decimal: { is: 'decimal' },
  // Whole cents are all that it ever holds.
  cents: { is: 'one-of', values: ['0.01', '-12.34', '9999999999999999.99'] },
  date: { is: 'date' },
  instant: { is: 'instant' },
  epochMs: { is: 'instant' },
  domain: { is: 'domain' },
}

/** A word that nobody pairs: all such words fare alike. */
const ANY = 'Any other text'

/** All values of a field of few words; else each that is paired, and those at which a conversion shows what it drops. */
export function edges(field: Pick<FieldMapping, 'values'>, type: FieldType): string[] {
  const paired = Object.keys(field.values ?? {})
  switch (type.is) {
    case 'one-of':
      return [...type.values]
    case 'text':
      return [...paired, ANY, 'one;;two', ' spaced ', '0010', 'TRUE']
    case 'list':
      return [...paired, ANY, `one;${ANY}`, ...(paired.length > 1 ? [paired.join(';')] : [])]
    case 'decimal':
      return ['0.0001', '-12.3456', '9999999999999999.9999', '5']
    case 'date':
      return ['2024-02-29', '1969-07-20']
    case 'instant':
      return ['2026-11-23T10:11:12.345Z', '1969-07-20T20:17:40.001Z']
    case 'domain':
      return ['example.co.uk', 'example.com']
    case 'record':
      return ['01890a5d-ac96-774b-bcce-b302099a8057']
  }
}

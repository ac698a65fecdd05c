/** What vendors’ words for types mean, and which of them a conversion can be read from and written to. */
import type { FieldSchema } from '../../../connectors/contract.ts'
import type { Conversion } from '../definition.ts'

/** `choice`: one of a list; `choices`: several; `link`: another record’s id; `other`: a word that is not known, of which nothing is said. */
export type Family =
  'text' | 'number' | 'boolean' | 'date' | 'instant' | 'epoch' | 'choice' | 'choices' | 'link' | 'other'

const families: Record<string, Family> = {
  string: 'text',
  text: 'text',
  input: 'text',
  textarea: 'text',
  email: 'text',
  phone: 'text',
  phone_number: 'text',
  url: 'text',
  combobox: 'text',
  encryptedstring: 'text',
  number: 'number',
  integer: 'number',
  int: 'number',
  long: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  boolean: 'boolean',
  bool: 'boolean',
  checkbox: 'boolean',
  date: 'date',
  datetime: 'instant',
  'epoch-ms': 'epoch',
  picklist: 'choice',
  enumeration: 'choice',
  multipicklist: 'choices',
  reference: 'link',
  id: 'link',
}

export function familyOf({ type, multiple, refersTo }: FieldSchema): Family {
  if (refersTo !== undefined && refersTo.length > 0) return 'link'
  const family = families[type] ?? 'other'
  return family === 'choice' && multiple === true
    ? 'choices'
    : family === 'boolean' && multiple === true
      ? 'choices'
      : family
}

const all: readonly Family[] = ['text', 'number', 'boolean', 'date', 'instant', 'epoch', 'choice', 'choices', 'link']

/** What each conversion understands when it reads, and what takes what it writes. */
const matrix: Record<Conversion['as'], { from: readonly Family[]; to: readonly Family[] }> = {
  text: { from: all, to: ['text', 'choice', 'choices', 'link'] },
  list: { from: ['choices', 'choice', 'text'], to: ['text', 'choices'] },
  boolean: { from: ['boolean', 'choice'], to: ['boolean', 'choice'] },
  decimal: { from: ['number', 'text'], to: ['number', 'text'] },
  cents: { from: ['number', 'text'], to: ['number', 'text'] },
  date: { from: ['date', 'instant', 'text'], to: ['date', 'text'] },
  instant: { from: ['instant', 'text'], to: ['instant', 'text'] },
  epochMs: { from: ['epoch', 'number', 'text'], to: ['epoch', 'number', 'text', 'instant'] },
  domain: { from: ['text'], to: ['text'] },
  lookup: { from: ['link', 'text'], to: ['link', 'text'] },
}

export function fits(as: Conversion['as'], family: Family, way: 'in' | 'out'): boolean {
  return family === 'other' || matrix[as][way === 'in' ? 'from' : 'to'].includes(family)
}

/** The conversions that could stand in its place, the likeliest first. */
export function fitting(family: Family, ways: readonly ('in' | 'out')[]): Conversion['as'][] {
  const order: Conversion['as'][] = ['decimal', 'boolean', 'date', 'instant', 'epochMs', 'list', 'text']
  return order
    .filter((as) => matrix[as].from[0] === family || as === 'text')
    .filter((as) => ways.every((way) => fits(as, family, way)))
}

/** How many characters the conversion writes at most, where its form says so. */
export function lengthOf(as: Conversion['as']): number | null {
  if (as === 'instant') return '2026-11-23T10:00:00.000Z'.length
  return as === 'date' ? '2026-11-23'.length : null
}

/** What two mappings of an object differ in, in words. Pure: for people who publish a version or look at an earlier one. */
import { settingsIn, type Settings } from '../domain/settings.ts'
import type { RecordKind } from '../domain/records.ts'
import type { Conversion, FieldMapping, ObjectMapping } from './definition.ts'

/** One thing that the later mapping says otherwise. */
export interface MappingChange {
  kind: RecordKind
  /** The canonical field; null: what is said of all records of the kind. */
  field: string | null
  what: 'added' | 'removed' | 'changed'
  /** A sentence for a person, without the field's name. */
  words: string
}

/**
 * @param before all mappings of the object as they were; empty: there were none
 * @param after all mappings of the object as they are to be
 */
export function compareMappings(before: readonly ObjectMapping[], after: readonly ObjectMapping[]): MappingChange[] {
  const kinds = [...new Set([...before, ...after].map(({ kind }) => kind))]
  return kinds.flatMap((kind): MappingChange[] => {
    const was = before.find((mapping) => mapping.kind === kind)
    const is = after.find((mapping) => mapping.kind === kind)
    if (was === undefined && is !== undefined)
      return [{ kind, field: null, what: 'added', words: `kept from now on, with ${count(is.fields.length, 'field')}` }]
    if (is === undefined) return [{ kind, field: null, what: 'removed', words: 'no longer kept' }]
    return was === undefined ? [] : [...ofRecords(was, is), ...ofFields(was, is)]
  })
}

/** Everything that the mappings of an object say, by paths such as `deal.amount.path`: what the audit compares. */
export function mappingSettings(mappings: readonly ObjectMapping[]): Settings {
  const spoken = mappings.map(({ object: _object, kind, fields, ...terms }) => {
    const named = [...lines(fields)].map(([name, { field: _field, ...line }]) => [name, line] as const)
    return [kind, { ...terms, ...Object.fromEntries(named) }] as const
  })
  return settingsIn(Object.fromEntries(spoken))
}

/** One line a change, such as `deal.amount: direction on update in → both`. */
export function changeLine({ kind, field, words }: MappingChange): string {
  return `${field === null ? kind : `${kind}.${field}`}: ${words}`
}

function ofRecords(was: ObjectMapping, is: ObjectMapping): MappingChange[] {
  const words = [
    ...moved('mode', was.mode ?? 'upsert', is.mode ?? 'upsert'),
    ...moved('condition', condition(was), condition(is)),
    ...ofPairs('fixed value', was.fixed ?? {}, is.fixed ?? {}),
  ]
  return words.map((text) => ({ kind: is.kind, field: null, what: 'changed', words: text }))
}

function ofFields(was: ObjectMapping, is: ObjectMapping): MappingChange[] {
  const { kind } = is
  // A field may have several lines in a mapping: one that is read and one that is written, say. Equal places are the same line.
  const [earlier, later] = [lines(was.fields), lines(is.fields)]
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((key): MappingChange[] => {
    const [old, now] = [earlier.get(key), later.get(key)]
    if (old === undefined)
      return now === undefined ? [] : [{ kind, field: now.field, what: 'added', words: `added: ${summary(now)}` }]
    if (now === undefined)
      return [{ kind, field: old.field, what: 'removed', words: `removed; it was ${summary(old)}` }]
    return ofField(old, now).map((words) => ({ kind, field: now.field, what: 'changed', words }))
  })
}

function lines(fields: readonly FieldMapping[]): Map<string, FieldMapping> {
  const met = new Map<string, number>()
  return new Map(
    fields.map((field) => {
      const place = (met.get(field.field) ?? 0) + 1
      met.set(field.field, place)
      return [place === 1 ? field.field : `${field.field} ${place}`, field]
    }),
  )
}

function ofField(was: FieldMapping, is: FieldMapping): string[] {
  const names = new Set([...Object.keys(was), ...Object.keys(is)].filter(isProperty))
  return [...names].flatMap((name) => said[name](was, is))
}

function isProperty(name: string): name is keyof typeof said {
  return Object.hasOwn(said, name)
}

/** What is said of each property. A new property of a mapping has to be put here, so that no change of one goes untold. */
const said: {
  [Name in keyof Required<Omit<FieldMapping, 'field'>>]: (was: FieldMapping, is: FieldMapping) => string[]
} = {
  path: (was, is) => moved('path', was.path, is.path),
  conversion: (was, is) => moved('form', form(was.conversion), form(is.conversion)),
  create: (was, is) => moved('direction on create', was.create, is.create),
  update: (was, is) => moved('direction on update', was.update, is.update),
  wins: (was, is) => moved('winner where both changed', was.wins, is.wins),
  values: (was, is) => ofPairs('pair', was.values ?? {}, is.values ?? {}),
  rest: (was, is) => moved('the rest of the values', was.rest, is.rest),
  unpaired: (was, is) => moved('values without a pair', fallback(was), fallback(is)),
  write: (was, is) => moved('written', was.write ?? 'always', is.write ?? 'always'),
  transform: (was, is) => [
    ...moved('transformation in', was.transform?.in, is.transform?.in),
    ...moved('transformation out', was.transform?.out, is.transform?.out),
  ],
  scale: (was, is) => moved('scale', was.scale ?? '1', is.scale ?? '1'),
  currency: (was, is) => moved('currency', amountsIn(was), amountsIn(is)),
  otherCurrency: (was, is) => moved('other currencies', was.otherCurrency ?? 'park', is.otherCurrency ?? 'park'),
  initial: (was, is) => moved('initial value', was.initial, is.initial),
  mandatory: (was, is) => moved('never emptied', was.mandatory ?? false, is.mandatory ?? false),
  required: (was, is) => moved('required', was.required ?? false, is.required ?? false),
}

type Said = string | number | boolean | undefined

function moved(name: string, was: Said, is: Said): string[] {
  return was === is ? [] : [`${name} ${was ?? 'none'} → ${is ?? 'none'}`]
}

function ofPairs(name: string, was: Readonly<Record<string, Said>>, is: Readonly<Record<string, Said>>): string[] {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  return keys.flatMap((key) => {
    if (!Object.hasOwn(was, key)) return [`${name} ${key}: ${is[key]} added`]
    if (!Object.hasOwn(is, key)) return [`${name} ${key}: ${was[key]} removed`]
    return moved(`${name} ${key}:`, was[key], is[key])
  })
}

function summary({ path, conversion, create, update, wins }: FieldMapping): string {
  const ways = create === update ? `${create} on create and update` : `${create} on create, ${update} on update`
  return `${path} as ${form(conversion)}, ${ways}, ${wins} wins`
}

function form(conversion: Conversion): string {
  if (conversion.as !== 'lookup') return conversion.as
  const { of, object, fallback: instead } = conversion
  return `lookup of ${of} in ${object}${instead === undefined ? '' : `, else ${instead}`}`
}

function fallback({ unpaired = 'pass' }: FieldMapping): string {
  if (typeof unpaired === 'string') return unpaired
  const { toVendor, toOurs } = unpaired
  return [toVendor === undefined ? '' : `written as ${toVendor}`, toOurs === undefined ? '' : `read as ${toOurs}`]
    .filter((part) => part !== '')
    .join(', ')
}

function amountsIn({ currency }: FieldMapping): string | undefined {
  if (currency === undefined) return undefined
  return 'is' in currency ? currency.is : `from ${currency.path}`
}

function condition({ when }: ObjectMapping): string | undefined {
  return when === undefined ? undefined : `${when.path} in ${when.in.join(', ')}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

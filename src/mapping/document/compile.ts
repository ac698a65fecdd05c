/** From what a document says to the mappings that records go through, and back to the words of the document. */
import { recordKinds, type RecordKind } from '../../domain/records.ts'
import type { Conversion, FieldMapping, ObjectMapping, Unpaired } from '../definition.ts'
import type { KindEntry, MappingDocument, Placement } from './schema.ts'

/** Something without which a field is nothing, and that neither the document nor the default says. */
export interface Gap {
  kind: RecordKind
  field: string
  /** Which of several places of the field. */
  index: number
  missing: 'path' | 'create' | 'update'
}

/** @param defaults what the vendor's default says of the object */
export function compile(
  document: MappingDocument,
  defaults: readonly ObjectMapping[],
): { mappings: ObjectMapping[]; gaps: Gap[] } {
  const gaps: Gap[] = []
  const beneath =
    document.extends === 'default' ? defaults.map((mapping) => [mapping.kind, entryOf(mapping)] as const) : []
  const entries = new Map<RecordKind, KindEntry>(beneath)
  for (const kind of Object.keys(document.records).filter(isKind)) {
    const said = document.records[kind]
    if (said === 'off') entries.delete(kind)
    else if (said !== undefined) entries.set(kind, overlay(entries.get(kind) ?? {}, said))
  }
  const mappings = [...entries].map(([kind, entry]) => mappingOf(document.object, kind, entry, gaps))
  return { mappings, gaps }
}

function isKind(name: string): name is RecordKind {
  return recordKinds.some((kind) => kind === name)
}

/** What is said is laid over what was there: a field key by key, all else as a whole. */
function overlay(under: KindEntry, said: KindEntry): KindEntry {
  const { fields: saidFields, ...rest } = said
  const fields = { ...under.fields }
  for (const [name, field] of Object.entries(saidFields ?? {})) {
    const below = fields[name]
    const isOverlay =
      typeof field === 'object' && typeof below === 'object' && !Array.isArray(field) && !Array.isArray(below)
    fields[name] = isOverlay ? { ...below, ...field } : field
  }
  return { ...under, ...rest, fields }
}

function mappingOf(object: string, kind: RecordKind, entry: KindEntry, gaps: Gap[]): ObjectMapping {
  const fields = Object.entries(entry.fields ?? {}).flatMap(([field, said]) => {
    if (said === 'off') return []
    return [said].flat().flatMap((placement, index): FieldMapping[] => {
      const { path, create, update } = placement
      if (path !== undefined && create !== undefined && update !== undefined)
        return [fieldMapping(field, path, create, update, placement)]
      for (const missing of ['path', 'create', 'update'] as const)
        if (placement[missing] === undefined) gaps.push({ kind, field, index, missing })
      return []
    })
  })
  return {
    object,
    kind,
    fields,
    ...(entry.fixed === undefined ? {} : { fixed: entry.fixed }),
    ...(entry.mode === undefined ? {} : { mode: entry.mode }),
    ...(entry.when == null ? {} : { when: entry.when }),
  }
}

function fieldMapping(
  field: string,
  path: string,
  create: FieldMapping['create'],
  update: FieldMapping['update'],
  { as, wins, unpaired, transform, currency, ...said }: Placement,
): FieldMapping {
  return {
    field,
    path,
    conversion: conversionOf(as ?? 'text'),
    create,
    update,
    wins: wins ?? 'vendor',
    ...given({
      write: said.write,
      values: said.values,
      rest: said.rest,
      unpaired: unpairedOf(unpaired),
      transform: transform == null ? undefined : given(transform),
      scale: said.scale,
      currency: typeof currency === 'string' ? { is: currency } : currency,
      otherCurrency: said.otherCurrency,
      initial: said.initial,
      mandatory: said.mandatory,
      required: said.required,
    }),
  }
}

function conversionOf(as: NonNullable<Placement['as']>): Conversion {
  if (typeof as === 'string') return { as }
  return { as: 'lookup', of: as.lookup, object: as.object, ...given({ fallback: as.fallback }) }
}

/** Without what is not said. */
function given<T extends object>(said: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  const kept = Object.entries(said).filter(([, value]) => value !== undefined && value !== null)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same keys, without those that have no value
  return Object.fromEntries(kept) as { [Key in keyof T]?: NonNullable<T[Key]> }
}

function unpairedOf(said: Placement['unpaired']): Unpaired | undefined {
  if (said === undefined || said === null) return undefined
  return typeof said === 'string' ? said : given(said)
}

/** A mapping in the words of a document: the way back, so that what is printed compiles to the same. */
export function entryOf({ fields, fixed, mode, when }: ObjectMapping): KindEntry {
  const places = Map.groupBy(fields, ({ field }) => field)
  return {
    ...given({ mode, when, fixed }),
    fields: Object.fromEntries(
      [...places].map(([field, all]) => {
        const [first, ...rest] = all.map(placementOf)
        return [field, first !== undefined && rest.length === 0 ? first : all.map(placementOf)]
      }),
    ),
  }
}

const said: { [Name in keyof Required<Omit<FieldMapping, 'field'>>]: (field: FieldMapping) => Placement } = {
  path: ({ path }) => ({ path }),
  conversion: ({ conversion }) => (conversion.as === 'text' ? {} : { as: saidConversion(conversion) }),
  create: ({ create }) => ({ create }),
  update: ({ update }) => ({ update }),
  wins: ({ wins }) => ({ wins }),
  write: ({ write }) => given({ write }),
  required: ({ required }) => given({ required }),
  mandatory: ({ mandatory }) => given({ mandatory }),
  initial: ({ initial }) => given({ initial }),
  values: ({ values }) => given({ values }),
  rest: ({ rest }) => given({ rest }),
  unpaired: ({ unpaired }) => given({ unpaired }),
  scale: ({ scale }) => given({ scale }),
  currency: ({ currency: c }) => (c === undefined ? {} : { currency: 'is' in c ? c.is : c }),
  otherCurrency: ({ otherCurrency }) => given({ otherCurrency }),
  transform: ({ transform }) => given({ transform }),
}

/** In the order in which people read it. A new property of a mapping has to be put above, so that none is lost in print. */
function placementOf(field: FieldMapping): Placement {
  return Object.values(said).reduce<Placement>((all, part) => Object.assign(all, part(field)), {})
}

function saidConversion(conversion: Conversion): Placement['as'] {
  if (conversion.as !== 'lookup') return conversion.as
  const { of, object, fallback } = conversion
  return { lookup: of, object, ...given({ fallback }) }
}

/** Rows of a query as records of the contract, and which columns a wished field needs. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Fields, FieldValue, VendorRecord } from '../contract.ts'
import { childOf, derivedFields, idIn, textIn } from './derived.ts'
import type { Derived } from './derived.ts'
import { keyOf, shapeOf } from './objects.ts'
import type { Settings } from './settings.ts'

const rowSchema = z.record(z.string(), z.unknown())
export const rowsSchema = z.object({
  records: z.array(rowSchema),
  done: z.boolean(),
  totalSize: z.coerce.number().nullish(),
  nextRecordsUrl: z.string().nullish(),
})
export type Row = z.output<typeof rowSchema>
export type Rows = z.output<typeof rowsSchema>

/** The columns to select for the wished fields: what every record needs, and what derived fields are made from. */
export function columns(object: string, fields: string[], settings: Settings): string[] {
  const derived = derivedFields(object, settings)
  const { merges, keyed, bins } = shapeOf(object)
  return [
    ...new Set([
      'Id',
      'SystemModstamp',
      ...(bins ? ['IsDeleted'] : []),
      ...(merges ? ['MasterRecordId'] : []),
      ...(keyed ? [keyOf(settings, object)] : []),
      ...fields.flatMap((f) => derived.get(f)?.columns ?? [f]),
    ]),
  ]
}

export function toRecord(object: string, row: Row, fields: string[], settings: Settings): VendorRecord {
  const id = idIn(row.Id)
  const stamp = textIn(row.SystemModstamp)
  if (id === null || stamp === null || !isComplete(row)) {
    throw new ConnectorError(faultOf('CW_VENDOR_ANSWER', 'A row has no Id or SystemModstamp', { scope: 'batch' }), 'no')
  }
  const derived = derivedFields(object, settings)
  const values: Fields = {}
  for (const field of fields) {
    const value = fieldValue(row, field, derived.get(field), settings)
    if (value !== undefined) values[field] = value
  }
  return {
    object,
    id,
    key: shapeOf(object).keyed ? textIn(row[keyOf(settings, object)]) : null,
    version: stamp,
    modifiedAt: new Date(stamp).toISOString(),
    deleted: row.IsDeleted === true,
    mergedInto: idIn(row.MasterRecordId),
    fields: values,
  }
}

/** Whether the row has what every record needs. */
export function isComplete(row: Row): boolean {
  return textIn(row.Id) !== null && !Number.isNaN(Date.parse(textIn(row.SystemModstamp) ?? ''))
}

function fieldValue(row: Row, field: string, derived: Derived | undefined, settings: Settings): FieldValue | undefined {
  if (derived !== undefined) return derived.of(row)
  const [parent = '', child] = field.split('.')
  const value = child === undefined ? row[parent] : childOf(row, parent, child)
  // Numbers are decimal strings already; compound values such as addresses have no flat form.
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return null
  return isReference(child ?? parent, settings) ? idIn(value) : value
}

/** Lookups come as ids; a short form, whose letters' case matters, is made long, so that equal ids are equal texts. */
function isReference(field: string, { fields }: Settings): boolean {
  return field.endsWith('Id') || field === fields.partnerAccount || field === fields.accountManager
}

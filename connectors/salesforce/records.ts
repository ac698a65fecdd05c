/** Rows of a query as records of the contract, and which columns a wished field needs. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Fields, FieldValue, VendorRecord } from '../contract.ts'
import { longId } from './ids.ts'
import { objects } from './objects.ts'
import type { Settings } from './settings.ts'

const rowSchema = z.record(z.string(), z.unknown())
export const rowsSchema = z.object({
  records: z.array(rowSchema),
  done: z.boolean(),
  nextRecordsUrl: z.string().nullish(),
})
export type Row = z.output<typeof rowSchema>
export type Rows = z.output<typeof rowsSchema>

/** What a deal's stage means, read from the platform's own flags. No column of that name exists. */
export const stageStatus = 'StageStatus'
const currency = 'CurrencyIsoCode'

/** The columns to select for the wished fields: what every record needs, and what derived fields are made from. */
export function columns(object: string, fields: string[], settings: Settings): string[] {
  const derived: Record<string, string[]> = {
    [stageStatus]: ['IsClosed', 'IsWon'],
    ...(settings.multiCurrency ? {} : { [currency]: [] }),
  }
  const merged = objects[object]?.merges === true ? ['MasterRecordId'] : []
  return [
    ...new Set([
      'Id',
      'SystemModstamp',
      'IsDeleted',
      ...merged,
      settings.fields.key,
      ...fields.flatMap((f) => derived[f] ?? [f]),
    ]),
  ]
}

export function toRecord(object: string, row: Row, fields: string[], settings: Settings): VendorRecord {
  const id = text(row.Id)
  const stamp = text(row.SystemModstamp)
  if (id === null || stamp === null || !isComplete(row)) {
    throw new ConnectorError(faultOf('CW_VENDOR_ANSWER', 'A row has no Id or SystemModstamp', { scope: 'batch' }), 'no')
  }
  const values: Fields = {}
  for (const field of fields) values[field] = fieldValue(row, field, settings)
  return {
    object,
    id: longId(id) ?? id,
    key: text(row[settings.fields.key]),
    version: stamp,
    modifiedAt: new Date(stamp).toISOString(),
    deleted: row.IsDeleted === true,
    mergedInto: text(row.MasterRecordId),
    fields: values,
  }
}

/** Whether the row has what every record needs. */
export function isComplete(row: Row): boolean {
  return text(row.Id) !== null && !Number.isNaN(Date.parse(text(row.SystemModstamp) ?? ''))
}

function fieldValue(row: Row, field: string, settings: Settings): FieldValue {
  if (field === stageStatus) return row.IsClosed === true ? (row.IsWon === true ? 'won' : 'lost') : 'open'
  if (field === currency && !settings.multiCurrency) return settings.currency
  const [parent = '', child] = field.split('.')
  const value = child === undefined ? row[parent] : rowSchema.safeParse(row[parent]).data?.[child]
  // Numbers are decimal strings already; compound values such as addresses have no flat form.
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** Amounts are never converted: one in another currency than its record's is kept apart. */
import type { Fields } from '../../connectors/contract.ts'
import { recordFields, type RecordKind } from '../domain/records.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import type { CanonicalRecord } from './translate.ts'

/** The currency of the vendor's amounts; null: it says none. */
export function currencyThere(field: Pick<FieldMapping, 'currency'>, fields: Fields): string | null {
  if (field.currency === undefined) return null
  const said = 'is' in field.currency ? field.currency.is : fields[field.currency.path]
  return typeof said === 'string' && said !== '' ? said : null
}

/** Whether both sides name a currency, and not the same one. */
export function isOther(ours: string | null, theirs: string | null): boolean {
  return ours !== null && theirs !== null && ours.toUpperCase() !== theirs.toUpperCase()
}

/** The amounts that came in a currency which is not that of the record. */
export function foreignAmounts(mapping: ObjectMapping, fields: Fields, currency: string | null): FieldMapping[] {
  return mapping.fields.filter(
    (field) => field.currency !== undefined && field.path in fields && isOther(currency, currencyThere(field, fields)),
  )
}

/** The currency that a record without one gets with an amount that comes in; null: the vendor says none, or the kind has none. */
export function currencyWith(mapping: ObjectMapping, fields: Fields, incoming: CanonicalRecord): string | null {
  if (!hasCurrency(mapping.kind)) return null
  const amount = mapping.fields.find(
    (field) => field.currency !== undefined && (incoming[field.field] ?? null) !== null,
  )
  return amount === undefined ? null : currencyThere(amount, fields)
}

function hasCurrency(kind: RecordKind): boolean {
  return recordFields[kind].some((field) => field === 'currency')
}

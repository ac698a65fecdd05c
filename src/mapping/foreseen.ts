/** What a vendor will refuse of a write, as far as its own description of its fields says so: known before anything is sent. */
import type { Fields, FieldSchema } from '../../connectors/contract.ts'
import type { ErrorCode } from '../errors.ts'

export interface Foreseen {
  code: ErrorCode
  fields: string[]
}

/** The first reason why the vendor would refuse these fields, or null. @param creates whether the write makes the record */
export function foreseen(fields: Fields, schema: readonly FieldSchema[], creates: boolean): Foreseen | null {
  const missing = schema.filter(
    ({ name, required, writable }) => required && writable && isEmpty(name, fields, creates),
  )
  if (missing.length > 0) return { code: 'CW_FIELD_MISSING', fields: missing.map(({ name }) => name) }
  const long = schema.filter(({ name, maxLength }) => {
    const value = fields[name]
    return maxLength != null && typeof value === 'string' && value.length > maxLength
  })
  if (long.length > 0) return { code: 'CW_RECORD_TOO_LARGE', fields: long.map(({ name }) => name) }
  const strange = schema.filter(({ name, values, writable }) => {
    const value = fields[name]
    if (values === null || values.length === 0 || !writable || value === null || value === undefined) return false
    return ![value].flat().every((one) => values.includes(String(one)))
  })
  return strange.length > 0 ? { code: 'CW_RECORD_INVALID', fields: strange.map(({ name }) => name) } : null
}

/** A new record lacks what is not sent; a known one only what is emptied. */
function isEmpty(name: string, fields: Fields, creates: boolean): boolean {
  if (!creates && !Object.hasOwn(fields, name)) return false
  const value = fields[name]
  return value === undefined || value === null || value === ''
}

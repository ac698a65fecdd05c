/** One value between a vendor's form and ours. What cannot be understood is told as a value, never guessed. */
import type { FieldValue } from '../../connectors/contract.ts'
import { decimal, fromCents, toCents } from '../domain/money.ts'
import { readDomain } from '../domain/identity.ts'
import type { Conversion } from './definition.ts'

/** A canonical value: text in one form, so that equal values are equal texts. */
export type Canonical = string | null

export type Converted = { ok: true; value: Canonical } | { ok: false; expected: string; found: string }

type Plain = Exclude<Conversion['as'], 'lookup'>

/** The vendor's value in our form. Empty text and missing values are null. */
export function toCanonicalValue(as: Plain, value: FieldValue | undefined): Converted {
  if (value === undefined || value === null || value === '') return { ok: true, value: null }
  switch (as) {
    case 'text':
      return { ok: true, value: Array.isArray(value) ? value.join(';') : String(value) }
    case 'list':
      return { ok: true, value: Array.isArray(value) ? value.join(';') : String(value) }
    case 'boolean':
      return { ok: true, value: value === true || value === 'true' ? 'true' : 'false' }
    case 'decimal':
      return known(decimal(String(value)), 'a decimal number such as 1234.50', value)
    case 'cents':
      return known(
        /^-?\d+$/.test(String(value)) ? fromCents(BigInt(String(value))) : null,
        'a whole number of cents',
        value,
      )
    case 'date':
      return known(civilDate(String(value)), 'a date such as 2026-11-23', value)
    case 'instant':
      return known(isoInstant(String(value)), 'an instant such as 2026-11-23T10:00:00Z', value)
    case 'epochMs':
      return known(/^\d+$/.test(String(value)) ? isoFromMs(Number(value)) : null, 'milliseconds since 1970', value)
    case 'domain': {
      const read = readDomain(String(value))
      return read.ok
        ? { ok: true, value: read.domain }
        : known(null, 'a web address or domain such as example.com', value)
    }
  }
}

/** Our value in the vendor's form. */
export function toVendorValue(as: Plain, value: Canonical): FieldValue {
  if (value === null) return null
  switch (as) {
    case 'text':
    case 'decimal':
    case 'date':
    case 'instant':
    case 'domain':
      return value
    case 'list':
      return value.split(';')
    case 'boolean':
      return value === 'true'
    case 'cents': {
      const cents = toCents(value)
      return cents === null ? null : Number(cents)
    }
    case 'epochMs':
      return Date.parse(value)
  }
}

function known(value: string | null, expected: string, found: FieldValue): Converted {
  return value === null ? { ok: false, expected, found: String(found).slice(0, 100) } : { ok: true, value }
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})/

/** The civil date at the front of a text; never through a time zone. */
function civilDate(text: string): string | null {
  const match = DATE.exec(text)
  if (match === null) return null
  const [date, , month, day] = match
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31 ? date : null
}

/** Takes `+0000` as well as `+00:00` and `Z`; an instant without a zone is refused, for it says no instant. */
function isoInstant(text: string): string | null {
  const zoned = text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')
  return /(Z|[+-]\d{2}:\d{2})$/.test(zoned) ? isoFromMs(Date.parse(zoned)) : null
}

function isoFromMs(ms: number): string | null {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : null
}

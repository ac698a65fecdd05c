/** One value between a vendor's form and ours. What cannot be understood is told as a value, never guessed. */
import type { FieldValue } from '../../connectors/contract.ts'
import { dividedBy, fromCents, rounded, times, toCents } from '../domain/money.ts'
import { readDomain } from '../domain/identity.ts'
import type { Conversion } from './definition.ts'

/** A canonical value: text in one form, so that equal values are equal texts. */
export type Canonical = string | null

export type Converted = { ok: true; value: Canonical } | { ok: false; expected: string; found: string }

export type Plain = Exclude<Conversion['as'], 'lookup'>

/** The vendor's value in our form. Empty text and missing values are null. @param scale the vendor's number times this is ours */
export function toCanonicalValue(as: Plain, value: FieldValue | undefined, scale = '1'): Converted {
  if (value === undefined || value === null || value === '') return { ok: true, value: null }
  switch (as) {
    case 'text':
      return { ok: true, value: Array.isArray(value) ? listText(value) : String(value) }
    case 'list':
      return { ok: true, value: listText(value) }
    case 'boolean':
      return known(/^(true|false)$/.test(String(value)) ? String(value) : null, 'true or false', value)
    case 'decimal':
      return known(ledgerDecimal(times(String(value), scale)), 'a decimal number such as 1234.50', value)
    case 'cents':
      return known(
        /^-?\d+$/.test(String(value)) ? ledgerDecimal(times(fromCents(BigInt(String(value))), scale)) : null,
        'a whole number of cents',
        value,
      )
    case 'date':
      return known(civilDate(String(value)), 'a date such as 2026-11-23', value)
    case 'instant':
      return known(isoInstant(String(value)), 'an instant such as 2026-11-23T10:00:00Z', value)
    case 'epochMs':
      return known(/^-?\d+$/.test(String(value)) ? isoFromMs(Number(value)) : null, 'milliseconds since 1970', value)
    case 'domain': {
      const read = readDomain(String(value))
      return read.ok
        ? { ok: true, value: read.domain }
        : known(null, 'a web address or domain such as example.com', value)
    }
  }
}

/** Our value in the vendor's form. */
export function toVendorValue(as: Plain, value: Canonical, scale = '1'): FieldValue {
  if (value === null) return null
  switch (as) {
    case 'text':
    case 'instant':
    case 'domain':
      return value
    case 'decimal':
      return scale === '1' ? value : dividedBy(value, scale)
    case 'date':
      // An instant's day is the one that it has in UTC.
      return civilDate(value) ?? value
    case 'list':
      return value.split(';')
    case 'boolean':
      return value === 'true'
    case 'cents': {
      const cents = toCents(rounded(scale === '1' ? value : (dividedBy(value, scale) ?? ''), 2) ?? '')
      if (cents === null) return null
      // Beyond what a number holds exactly it goes as text, whole.
      return Number.isSafeInteger(Number(cents)) ? Number(cents) : String(cents)
    }
    case 'epochMs':
      return Date.parse(value)
  }
}

function known(value: string | null, expected: string, found: FieldValue): Converted {
  return value === null ? { ok: false, expected, found: String(found).slice(0, 100) } : { ok: true, value }
}

/** Items in the order given, joined by `;`; none at all is no value. */
function listText(value: FieldValue): string | null {
  const items = (Array.isArray(value) ? value : [value]).flatMap((item) => String(item).split(';'))
  return items.filter((item) => item !== '').join(';') || null
}

/** The ledger's amounts have 16 digits before the point and 4 after it. */
const WHOLE_DIGITS = 16
const FRACTION_DIGITS = 4

/** A decimal as the ledger holds it, so that digits which it cannot keep are no difference. Null: no decimal, or too large. */
function ledgerDecimal(text: string | null): string | null {
  const value = text === null ? null : rounded(text, FRACTION_DIGITS)
  return value === null || wholeDigits(value) > WHOLE_DIGITS ? null : value
}

function wholeDigits(value: string): number {
  return (value.replace('-', '').split('.')[0] ?? '').length
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?=$|[T ])/

/** The civil date at the front of a text; never through a time zone. */
function civilDate(text: string): string | null {
  const match = DATE.exec(text)
  if (match === null) return null
  const [, year, month, day] = match
  return isDay(Number(year), Number(month), Number(day)) ? match[0] : null
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const last = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return year > 0 && last !== undefined && day >= 1 && day <= last
}

/** Takes `+0000` as well as `+00:00` and `Z`; an instant without a zone is refused, for it says no instant. */
function isoInstant(text: string): string | null {
  const zoned = text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')
  return /^\d{4}-.*(Z|[+-]\d{2}:\d{2})$/.test(zoned) && civilDate(zoned) !== null ? isoFromMs(Date.parse(zoned)) : null
}

const YEAR_1 = Date.parse('0001-01-01T00:00:00.000Z')
const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z')

/** Only years of four digits, so that text order is time order. */
function isoFromMs(ms: number): string | null {
  return ms >= YEAR_1 && ms <= YEAR_9999 ? new Date(ms).toISOString() : null
}

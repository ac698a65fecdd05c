/** Values as the pages of this release are written: in English, whole, and with their zone. */
import { Temporal } from 'temporal-polyfill'
import { amountText } from '../../process/notices/written.ts'

export const PAGE_LANGUAGE = 'en-GB'

export function money(amount: string | null, currency: string | null): string | null {
  return amount === null ? null : amountText(amount, currency, PAGE_LANGUAGE)
}

/** A civil day, such as 31 March 2027; what is none stays as it is. */
export function day(text: string | null): string | null {
  if (text === null) return null
  try {
    return Temporal.PlainDate.from(text).toLocaleString(PAGE_LANGUAGE, { dateStyle: 'long' })
  } catch (error) {
    if (error instanceof RangeError) return text
    throw error
  }
}

export type Clock = (at: string) => string

/** Instants in a time zone, which is said. */
export function clockIn(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat(PAGE_LANGUAGE, {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  return (at) => format.format(new Date(at))
}

/** A field of a claim as it is read. */
export function fieldText(field: string, value: string | null, currency: string | null): string {
  if (value === null || value === '') return '–'
  if (field === 'amount') return money(value, currency) ?? value
  return field === 'closeDate' ? (day(value) ?? value) : value
}

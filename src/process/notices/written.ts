/** A fact as its reader writes it: dates in their time zone, which is stated, and amounts with their currency. */
import { noticeFacts, type FactName, type Facts } from '../../domain/notice.ts'
import type { Language } from './languages/language.ts'

/** How a reader writes. */
export interface Locale {
  /** A BCP 47 tag. */
  language: string
  timeZone: string
}

/** Null: not known. A count stays a number, for its plural. */
export function writtenFact(
  name: FactName,
  facts: Facts,
  { language: tag, timeZone }: Locale,
  { words, direction }: Language,
): string | number | null {
  const value = facts[name]
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'number') return value
  if (typeof value === 'string') {
    if (noticeFacts[name].kind === 'instant') return writtenInstant(value, tag, timeZone)
    return apart(oneLine(value), direction)
  }
  if ('amount' in value) return writtenAmount(value.amount, value.currency, tag)
  if (value.length === 0) return null
  const isCodes = noticeFacts[name].kind === 'codes'
  return value.map((line) => (isCodes ? (words.codes[line] ?? line) : oneLine(line))).join('\n')
}

export function writtenInstant(at: string, language: string, timeZone: string): string {
  return new Intl.DateTimeFormat(language, {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(at))
}

export function writtenAmount(amount: string, currency: string | null, language: string): string {
  // As text where it is a number, so that no digit is lost.
  const exact = isNumber(amount) ? amount : 0
  // Some vendors keep a currency that is none.
  if (currency !== null && /^[A-Za-z]{3}$/.test(currency))
    return new Intl.NumberFormat(language, {
      style: 'currency',
      currency,
      trailingZeroDisplay: 'stripIfInteger',
    }).format(exact)
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(exact)
  return currency === null ? number : `${number} ${currency}`
}

function isNumber(text: string): text is `${number}` {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

/** Names come from outside: no line of theirs begins another one. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** Among words that run from right to left a name keeps its own direction. */
function apart(text: string, direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' ? `\u2068${text}\u2069` : text
}

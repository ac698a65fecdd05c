/** A fact as its reader writes it: dates in their time zone, which is stated, and amounts with their currency. */
import {
  noticeFacts,
  type FactName,
  type Facts,
  type Line,
  type LineItem,
  type LineValue,
} from '../../domain/notice.ts'
import { isolated } from '../../domain/direction.ts'
import { standardReasonOf } from '../../domain/standard-reasons.ts'
import type { Language } from './languages/language.ts'
import { namesIn, patternOf } from './text.ts'

/** How a reader writes. */
export interface Locale {
  /** A BCP 47 tag. */
  language: string
  timeZone: string
}

/** Null: not known. A count stays a number, for its plural. */
export function writtenFact(name: FactName, facts: Facts, locale: Locale, language: Language): string | number | null {
  const { language: tag, timeZone } = locale
  const { words, direction } = language
  const value = facts[name]
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'number') return value
  if (typeof value === 'string') {
    if (noticeFacts[name].kind === 'instant') return writtenInstant(value, tag, timeZone)
    const standard = name === 'reason' || name === 'decisionReason' ? standardReasonOf(value) : null
    if (standard !== null) return words.standardReasons[standard]
    return isolated(oneLine(value), direction)
  }
  if ('amount' in value) return amountText(value.amount, value.currency, tag)
  if (value.length === 0) return null
  const isCodes = noticeFacts[name].kind === 'codes'
  return value
    .map((one) => {
      if (typeof one !== 'string') return writtenLine(one, locale, language)
      // A code of another release at least reads as words.
      return isCodes ? (words.codes[one] ?? oneLine(one.replaceAll('-', ' '))) : oneLine(one)
    })
    .join('\n')
}

function writtenInstant(at: string, language: string, timeZone: string): string {
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

/** The day of an instant, by the reader's calendar. */
function writtenDay(at: string, { language, timeZone }: Locale): string {
  return new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'medium' }).format(new Date(at))
}

export function amountText(amount: string, currency: string | null, language: string): string {
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
  return currency === null ? number : `${number} ${oneLine(currency)}`
}

function isNumber(text: string): text is `${number}` {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

/** A line of a list: its parts that name nothing unknown. */
function writtenLine({ line, names }: Line, locale: Locale, language: Language): string {
  const { between, parts } = language.words.lines[line]
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(names)) {
    const text = value === null ? null : writtenValue(value, name, locale, language)
    if (text !== null && text !== '') values.set(name, text)
  }
  return parts
    .flatMap((part) => {
      const forms = typeof part === 'string' ? [part] : part
      const told = forms.find((form) => namesIn(form).every((name) => values.has(name)))
      return told === undefined ? [] : [String(patternOf(told, locale.language).format(Object.fromEntries(values)))]
    })
    .join(between)
}

function writtenValue(value: LineValue, name: string, locale: Locale, language: Language): string | null {
  if (typeof value === 'string') return isolated(oneLine(value), language.direction)
  if ('amount' in value) return amountText(value.amount, value.currency, locale.language)
  if ('day' in value) return writtenDay(value.day, locale)
  if (value.length === 0) return null
  return new Intl.ListFormat(locale.language, { type: 'conjunction' }).format(
    value.map((item) => writtenItem(item, name, locale, language)),
  )
}

function writtenItem(item: LineItem, name: string, locale: Locale, language: Language): string {
  if (item === null) return name === 'partners' ? (language.words.unknown.partner ?? '–') : '–'
  return typeof item === 'string' ? isolated(oneLine(item), language.direction) : writtenLine(item, locale, language)
}

/** Names come from outside: no line of theirs begins another one. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

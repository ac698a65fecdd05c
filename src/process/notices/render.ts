/** From a template and the facts of a record to what a person reads, in their language and time zone. */
import type { Message, Part } from '../../../connectors/channels/contract.ts'
import { audiences, mayBeShown, noticeFacts, type Audience, type FactName, type Facts } from '../../domain/notice.ts'
import { clipped } from '../../domain/direction.ts'
import { templateOf } from './catalogue.ts'
import { baseOf, languageOf } from './languages/index.ts'
import type { Language } from './languages/language.ts'
import type { NoticeSettings } from './settings.ts'
import type { Text } from './template.ts'
import { isFact, namesIn, patternOf } from './text.ts'
import { writtenFact, type Locale } from './written.ts'

/** The message of a template for an audience; null when this release knows no such template. */
export function render(
  template: string,
  audience: Audience,
  facts: Facts,
  locale: Locale,
  { texts, languages }: Pick<NoticeSettings, 'texts' | 'languages'>,
): Message | null {
  const reader = readerOf(template, audience)
  if (reader === null) return null
  const language = languageOf(locale.language, languages)
  const base = baseOf(locale.language)
  const own = texts.get(`${template}/${reader}/${base}`) ?? language.texts[template]?.[reader]
  const text = own ?? texts.get(`${template}/${reader}/en`) ?? templateOf(template)?.texts[reader]
  // A text of ours that no language of theirs has is English, and so are its dates.
  const isForeign = own === undefined && base !== 'en'
  const told = isForeign ? { ...locale, language: 'en' } : locale
  return text === undefined ? null : fill(text, visibleTo(reader, facts), told, isForeign ? languageOf('en') : language)
}

/**
 * The audience whose text is told. Rows of earlier releases do not say whom they are for; where a partner is not written to, it was one
 * of the others.
 */
export function readerOf(template: string, audience: Audience): Audience | null {
  const texts = templateOf(template)?.texts
  if (texts?.[audience] !== undefined) return audience
  return audiences.find((other) => texts?.[other] !== undefined) ?? null
}

/** What an audience may not see is as good as unknown, whatever a text says. */
export function visibleTo(audience: Audience, facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => isFact(name) && mayBeShown(name, audience)))
}

/** A mail program shows the beginning of a subject line: a name in it leaves room for what is said of it. */
const LONGEST_SUBJECT = 200
const LONGEST_NAME = 80

function fill({ subject, body }: Text, facts: Facts, locale: Locale, language: Language): Message {
  const values = valuesOf(facts, locale, language)
  const isTold = (text: string) => namesIn(text).every((name) => !isFact(name) || values[name] !== undefined)
  return {
    subject: clipped(put(subject, inShort(values), locale).replaceAll(/\s+/g, ' ').trim(), LONGEST_SUBJECT),
    parts: body
      .split('\n\n')
      .filter(isTold)
      .flatMap((paragraph) => partsOf(paragraph, values, locale)),
    footer: null,
    language: locale.language,
    direction: language.direction,
  }
}

type Values = Partial<Record<FactName, string | number>>

function valuesOf(facts: Facts, locale: Locale, language: Language): Values {
  const values: Values = {}
  for (const name of Object.keys(noticeFacts).filter(isFact)) {
    const value = writtenFact(name, facts, locale, language) ?? language.words.unknown[name]
    if (value !== undefined && value !== null) values[name] = value
  }
  return values
}

function inShort(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? clipped(value, LONGEST_NAME) : value,
    ]),
  )
}

function put(text: string, values: Values, { language }: Locale): string {
  // A subject may name what is not known and has no word: nothing stands there.
  const known = Object.fromEntries(namesIn(text).map((name) => [name, (isFact(name) ? values[name] : undefined) ?? '']))
  return String(patternOf(text, language).format(known))
}

/** A paragraph as parts: a line that is nothing but a list or commands is one of its own. */
function partsOf(paragraph: string, values: Values, locale: Locale): Part[] {
  const parts: Part[] = []
  let plain: string[] = []
  const flush = () => {
    if (plain.length > 0) parts.push({ kind: 'text', text: put(plain.join('\n'), values, locale) })
    plain = []
  }
  for (const line of paragraph.split('\n')) {
    const part = blockOf(line, values)
    if (part === null) plain.push(line)
    else {
      flush()
      parts.push(part)
    }
  }
  flush()
  return parts
}

const BLOCK = /^\{(\w+)\}$/

function blockOf(line: string, values: Values): Part | null {
  const [, name = ''] = BLOCK.exec(line) ?? []
  if (!isFact(name)) return null
  const { kind } = noticeFacts[name]
  if (kind !== 'codes' && kind !== 'list' && kind !== 'commands') return null
  const lines = String(values[name] ?? '').split('\n')
  return kind === 'commands' ? { kind, lines } : { kind: 'list', items: lines }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { html } from '../../connectors/channels/html.ts'
import { plainText } from '../../connectors/channels/contract.ts'
import type { Audience, Facts } from '../domain/notice.ts'
import { german } from '../process/notices/languages/de.ts'
import { english } from '../process/notices/languages/en.ts'
import { languageOf } from '../process/notices/languages/index.ts'
import { render } from '../process/notices/render.ts'
import { plainSettings } from '../process/notices/settings.ts'
import { noticesSchema } from './config/notices.ts'
import { readNoticeTexts } from './notice-texts.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'causeway-texts-'))
})
afterEach(() => rmSync(home, { recursive: true }))

function write(name: string, text: string): void {
  const file = join(home, 'texts', name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
const configured = noticesSchema.parse({ texts: 'texts' })
const read = (more = {}) => readNoticeTexts({ ...configured, ...more }, join(home, 'causeway.yaml'))
const shown = (language: string) =>
  render('registration.won', 'partner', { company: 'Werft', partner: 'Nord' }, { language, timeZone: 'UTC' }, read())

it('stand in the place of ours, in their language alone', () => {
  write('registration.won/partner.de.txt', 'Subject: Glückwunsch zu {company}\n\nDas war {partner}.\n')
  const told = shown('de')
  expect(told?.subject).toBe('Glückwunsch zu Werft')
  expect(told === null ? '' : plainText(told)).toBe('Das war Nord.\n')
  expect(shown('en')?.subject).toBe('Won: Werft')
})

it.each([
  ['registration.won/partner.en.txt', 'Won {compny}\n\nOh', /partner\.en\.txt:1 there is no fact \{compny\}/],
  [
    'registration.won/partner.en.txt',
    'Won\n\nOne line\n{why}',
    /partner\.en\.txt:4 a partner may not be shown \{why\}/,
  ],
  ['registration.won/partner.en.txt', 'Won\n\nOne {company', /partner\.en\.txt:3 the braces cannot be read/],
  ['registration.won/partner.en.txt', 'Won', /:1 expected a subject/],
  ['registration.won/rep.en.txt', 'Won\n\nOh', /there is no such text/],
  ['of.no.kind/partner.en.txt', 'Won\n\nOh', /there is no such text/],
])('are refused by line: %s with %j', (name, text, expected) => {
  write(name, text)
  expect(() => read()).toThrow(expected)
})

it('need their folder', () => {
  expect(() => read()).toThrow(/is not there/)
  expect(read({ texts: null }).texts.size).toBe(0)
})

describe('a language of one file', () => {
  it('is one as ours are: its own words and direction, and English where it has none', () => {
    write('he.yaml', HEBREW)
    write('registration.lost/partner.he.txt', 'אבד: {company}\n\nהעסקה אבדה.')
    const settings = { ...plainSettings, ...read({ language: 'he' }) }
    const told = (template: string, audience: Audience) =>
      render(template, audience, facts, { language: 'he', timeZone: 'Asia/Jerusalem' }, settings)
    const won = told('registration.won', 'partner')
    expect(won).toMatchObject({ language: 'he', direction: 'rtl', subject: 'נסגר: \u2068Werft\u2069' })
    const page = won === null ? '' : html(won)
    expect(page).toContain('<html lang="he" dir="rtl">')
    expect(page).toContain('העסקה עם <bdi>Werft</bdi> נסגרה.')
    expect(told('registration.lost', 'partner')?.subject).toBe('אבד: \u2068Werft\u2069')
    // Nobody wrote this one: it is English from left to right, to its last date.
    const lapsed = told('registration.lapsed', 'partner')
    expect(lapsed).toMatchObject({ language: 'en', direction: 'ltr', subject: 'Lapsed: Werft' })
    const list = told('deals.without-source', 'manager')?.parts.find(({ kind }) => kind === 'list')
    expect(list).toMatchObject({ items: ['\u2068Umbau\u2069 מאז 1 במרץ 2027'] })
    const { words } = languageOf('he', settings.languages)
    expect([words.ownPage, words.decide]).toEqual(['לצפייה', english.words.decide])
  })

  it('says some of the words of one of ours otherwise', () => {
    write('de.yaml', 'words: { decide: Jetzt entscheiden }\n')
    const { words, texts } = languageOf('de', read().languages)
    expect([words.decide, words.ownPage]).toEqual(['Jetzt entscheiden', german.words.ownPage])
    expect(texts).toEqual(german.texts)
  })

  it.each([
    ['he.yaml', 'directon: rtl', /he\.yaml:1 .*directon/],
    ['he.yaml', 'words:\n  codes:\n    tire: x', /he\.yaml:2 words\.codes/],
    ['he.yaml', 'words:\n  digest:\n    daily: "{counts} x"', /he\.yaml:3 .*names \{counts\}/],
    ['he.yaml', 'words:\n  lines:\n    audit-deal: { between: " ", parts: ["{dael}"] }', /he\.yaml:3 .*names \{dael\}/],
    [
      'he.yaml',
      'texts:\n  registration.won:\n    partner:\n      subject: x\n      body: |\n        one\n\n        {why}',
      /he\.yaml:8 a partner may not be shown \{why\}/,
    ],
    ['he.yaml', 'texts:\n  registration.won:\n    rep: { subject: x, body: y }', /he\.yaml:3 .*no such text/],
    ['he.yaml', 'a: [', /he\.yaml:1 /],
    ['hebrew-il.yaml', 'direction: rtl', /expected the name of a language/],
  ])('is refused by line: %s with %j', (name, text, expected) => {
    write(name, text)
    expect(() => read()).toThrow(expected)
  })

  it('is there before anybody is told in it by default', () => {
    write('he.yaml', HEBREW)
    expect(read({ language: 'he-IL' }).languages.has('he')).toBe(true)
    expect(() => read({ language: 'nl' })).toThrow(/notices\.language is "nl"; expected one of en, de, fr, he/)
  })
})

const facts: Facts = {
  company: 'Werft',
  partner: 'Nord',
  protectedUntil: '2027-03-01T10:00:00.000Z',
  count: 1,
  list: [{ line: 'deal-without-source', names: { deal: 'Umbau', since: { day: '2027-03-01T10:00:00.000Z' } } }],
}

const HEBREW = `direction: rtl
words:
  ownPage: לצפייה
  lines:
    deal-without-source: { between: ' ', parts: ['{deal}', 'מאז {since}'] }
texts:
  registration.won:
    partner:
      subject: 'נסגר: {company}'
      body: העסקה עם {company} נסגרה.
  deals.without-source:
    manager:
      subject: '{count} עסקאות'
      body: |
        {list}
`

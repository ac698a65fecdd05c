/** What every language owes, and that nobody reads what is not theirs, whatever a text says. */
import { describe, expect, it } from 'vitest'
import { plainText } from '../../../connectors/channels/contract.ts'
import {
  audiences,
  lineNames,
  mayBeShown,
  noticeFacts,
  type Audience,
  type FactName,
  type Facts,
  type Line,
} from '../../domain/notice.ts'
import { catalogue, templateOf } from './catalogue.ts'
import { languageOf, ownLanguages } from './languages/index.ts'
import { english } from './languages/en.ts'
import type { LineText, Words } from './languages/language.ts'
import { render } from './render.ts'
import { topics } from './set-preference.ts'
import { plainSettings } from './settings.ts'
import type { Text } from './template.ts'
import { flawsOf, isFact, namesIn } from './text.ts'

const told = Object.keys(catalogue).flatMap((template) =>
  audiences.flatMap((audience) => {
    const text = templateOf(template)?.texts[audience]
    return text === undefined ? [] : [{ template, audience, text }]
  }),
)
const namesOfEach = (words: Record<string, string>) =>
  Object.entries(words).map(([word, text]) => [word, namesIn(text)])
const lineTextsOf = ({ lines }: Words): Record<string, LineText> => lines
const languageNames = [...ownLanguages.keys()]
const others = languageNames.filter((name) => name !== 'en')
const namesOf = ({ subject, body }: Text) => [...new Set([...namesIn(subject), ...namesIn(body)])].toSorted()

/** A value that can be found again in any text, by fact. */
function poisoned(): Facts {
  const facts: Record<string, unknown> = {}
  for (const name of Object.keys(noticeFacts).filter(isFact)) facts[name] = marked(name)
  return facts
}

/** A line with a mark in every place that it has. */
const lineOf = (mark: string): Line => ({
  line: 'audit-row',
  names: { territory: mark, company: mark, account: mark, partners: [mark], deals: [], task: mark },
})

function marked(name: FactName): unknown {
  const mark = `zz${name}zz`
  switch (noticeFacts[name].kind) {
    case 'instant':
      return '2031-07-19T11:13:00.000Z'
    case 'amount':
      return { amount: '918273', currency: mark }
    case 'count':
      return 918_273
    case 'list':
      return [lineOf(mark)]
    case 'codes':
    case 'commands':
      return [mark]
    case 'text':
      return mark
  }
}

/** An instant or a count is written in the reader's way, without a mark. */
const findable = (name: string) => isFact(name) && !['instant', 'count'].includes(noticeFacts[name].kind)

describe.each(languageNames)('in %s', (language) => {
  const locale = { language, timeZone: 'Europe/Berlin' }

  it.each(told)('$template shows the $audience every fact that it names, and none that is not theirs', (one) => {
    const message = render(one.template, one.audience, poisoned(), locale, plainSettings)
    const text = message === null ? '' : `${message.subject}\n${plainText(message)}`
    const shown = Object.keys(noticeFacts)
      .filter(isFact)
      .filter((name) => text.includes(`zz${name}zz`))
    expect(shown.filter((name) => !mayBeShown(name, one.audience))).toEqual([])
    expect(shown.toSorted()).toEqual(namesOf(one.text).filter(findable))
    expect(text).not.toMatch(/[{}]|undefined|null/)
  })
})

const forbidden = (audience: Audience) =>
  Object.keys(noticeFacts)
    .filter(isFact)
    .filter((name: FactName) => !mayBeShown(name, audience))

describe('a text that names what its reader may not see', () => {
  const everything = Object.keys(noticeFacts)
    .filter(isFact)
    .map((name) => `{${name}}`)
  it.each(audiences)('tells the %s nothing of it', (audience) => {
    const text = { subject: 'All', body: everything.join('\n\n') }
    const template = told.find((one) => one.audience === audience)?.template ?? ''
    const settings = { ...plainSettings, texts: new Map([[`${template}/${audience}/en`, text]]) }
    const message = render(template, audience, poisoned(), { language: 'en', timeZone: 'UTC' }, settings)
    const seen = message === null ? '' : plainText(message)
    expect(seen).toContain('zzcompanyzz')
    expect(forbidden(audience).filter((name) => seen.includes(`zz${name}zz`))).toEqual([])
    expect(flawsOf(text, audience).map(({ message: why }) => why)).toHaveLength(forbidden(audience).length)
  })
})

const listed = (line: Line, language: string, timeZone: string) => {
  const template = line.line === 'deal-without-source' ? 'deals.without-source' : 'audit.conflicts'
  const message = render(template, 'manager', { count: 1, list: [line] }, { language, timeZone }, plainSettings)
  return message?.parts.flatMap((part) => (part.kind === 'list' ? part.items : []))[0]
}

describe('a list', () => {
  const names = {
    deal: 'Werft',
    account: 'חברת השילוח',
    amount: { amount: '12500.50', currency: 'EUR' },
    owner: 'Kim',
    connection: 'crm',
    object: 'deals',
    record: '77',
    since: { day: '2027-02-28T23:30:00.000Z' },
  }
  const deal: Line = { line: 'deal-without-source', names }

  it.each([
    ['en-GB', 'UTC', 'Werft (\u2068חברת השילוח\u2069), €12,500.50, owner Kim, in crm as deals 77, since 28 Feb 2027'],
    [
      'de',
      'Europe/Berlin',
      'Werft (\u2068חברת השילוח\u2069), 12.500,50\u00a0€, zuständig: Kim, in crm als deals 77, seit 01.03.2027',
    ],
    [
      'fr',
      'America/New_York',
      'Werft (\u2068חברת השילוח\u2069), 12\u202f500,50\u00a0€, responsable : Kim, dans crm : deals 77, depuis le 28 févr. 2027',
    ],
  ])('is told in %s with the dates of %s', (language, timeZone, expected) => {
    expect(listed(deal, language, timeZone)).toBe(expected)
  })

  it('has words for what is not known', () => {
    const bare: Line = { line: 'deal-without-source', names: { connection: 'crm', object: 'deals', deal: null } }
    expect(listed(bare, 'de', 'UTC')).toBe(
      'eine Opportunity ohne Namen, niemand zuständig, in crm als deals, ID noch nicht bekannt',
    )
    const direct: Line = { line: 'audit-deal', names: { deal: 'Umbau', owner: null } }
    const row: Line = {
      line: 'audit-row',
      names: { company: 'Werft', account: 'werft.com', partners: ['Nord', null], deals: [direct] },
    }
    expect(listed(row, 'fr', 'UTC')).toBe(
      'Werft (werft.com) ; enregistré par Nord et un partenaire ; en direct : Umbau, sans responsable',
    )
  })
})

describe.each(others)('the catalogue in %s', (name) => {
  const { texts, words } = languageOf(name)

  it('has every text, for the same audiences, naming the same facts', () => {
    const missing = told.filter(({ template, audience }) => texts[template]?.[audience] === undefined)
    expect(missing.map(({ template, audience }) => `${template} ${audience}`)).toEqual([])
    const differing = told.filter(({ template, audience, text }) => {
      const other = texts[template]?.[audience]
      return other !== undefined && namesOf(other).join(' ') !== namesOf(text).join(' ')
    })
    expect(differing.map(({ template, audience }) => `${template} ${audience}`)).toEqual([])
  })

  it('has no text that no template has', () => {
    const known = new Set(told.map(({ template, audience }) => `${template} ${audience}`))
    const own = Object.entries(texts).flatMap(([template, by]) => Object.keys(by).map((who) => `${template} ${who}`))
    expect(own.filter((one) => !known.has(one))).toEqual([])
  })

  it('tells the lines of lists by what they name, and has words where that is not known', () => {
    for (const [line, known] of Object.entries(lineNames)) {
      const text = lineTextsOf(words)[line]
      const named = (text?.parts ?? []).flatMap((part) => (typeof part === 'string' ? [part] : part)).flatMap(namesIn)
      expect([line, [...new Set(named)].toSorted((a, b) => (a < b ? -1 : 1))]).toEqual([
        line,
        [...known].toSorted((a, b) => (a < b ? -1 : 1)),
      ])
    }
  })

  it('has a word for every code and every absence', () => {
    expect(Object.keys(words.codes).toSorted()).toEqual(Object.keys(english.words.codes).toSorted())
    expect(Object.keys(words.unknown).toSorted()).toEqual(Object.keys(english.words.unknown).toSorted())
    expect(namesIn(words.digest.daily)).toEqual(['count'])
    expect(Object.keys(words.topics).toSorted()).toEqual([...topics].toSorted())
    const ours = namesOfEach({ ...english.words.preferences })
    expect(namesOfEach({ ...words.preferences })).toEqual(ours)
  })
})

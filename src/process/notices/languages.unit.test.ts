/** What every language owes, and that nobody reads what is not theirs, whatever a text says. */
import { describe, expect, it } from 'vitest'
import { plainText } from '../../../connectors/channels/contract.ts'
import { audiences, mayBeShown, noticeFacts, type Audience, type FactName, type Facts } from '../../domain/notice.ts'
import { catalogue, templateOf } from './catalogue.ts'
import { languageNames, languageOf } from './languages/index.ts'
import { english } from './languages/en.ts'
import { render } from './render.ts'
import { plainSettings } from './settings.ts'
import type { Text } from './template.ts'
import { flawsOf, isFact, namesIn } from './text.ts'

const told = Object.keys(catalogue).flatMap((template) =>
  audiences.flatMap((audience) => {
    const text = templateOf(template)?.texts[audience]
    return text === undefined ? [] : [{ template, audience, text }]
  }),
)
const others = languageNames.filter((name) => name !== 'en')
const namesOf = ({ subject, body }: Text) => [...new Set([...namesIn(subject), ...namesIn(body)])].toSorted()

/** A value that can be found again in any text, by fact. */
function poisoned(): Facts {
  const facts: Record<string, unknown> = {}
  for (const name of Object.keys(noticeFacts).filter(isFact)) facts[name] = marked(name)
  return facts
}

function marked(name: FactName): unknown {
  const mark = `zz${name}zz`
  switch (noticeFacts[name].kind) {
    case 'instant':
      return '2031-07-19T11:13:00.000Z'
    case 'amount':
      return { amount: '918273', currency: mark }
    case 'count':
      return 918_273
    case 'codes':
    case 'list':
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
    const settings = { texts: new Map([[`${template}/${audience}/en`, text]]) }
    const message = render(template, audience, poisoned(), { language: 'en', timeZone: 'UTC' }, settings)
    const seen = message === null ? '' : plainText(message)
    expect(seen).toContain('zzcompanyzz')
    expect(forbidden(audience).filter((name) => seen.includes(`zz${name}zz`))).toEqual([])
    expect(flawsOf(text, audience).map(({ message: why }) => why)).toHaveLength(forbidden(audience).length)
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

  it('has a word for every code and every absence', () => {
    expect(Object.keys(words.codes).toSorted()).toEqual(Object.keys(english.words.codes).toSorted())
    expect(Object.keys(words.unknown).toSorted()).toEqual(Object.keys(english.words.unknown).toSorted())
    expect(namesIn(words.digest.daily)).toEqual(['count'])
  })
})

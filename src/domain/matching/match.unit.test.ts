import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameKey } from '../identity.ts'
import { profile, type Company } from './company.ts'
import { match as matchOf, type MatchingRules } from './match.ts'
import { searchKeys } from './search-keys.ts'

const blank: Company = { name: null, domain: null, country: null, email: null }
const match = (a: Partial<Company>, b: Partial<Company>, rules?: MatchingRules) =>
  matchOf(profile({ ...blank, ...a }), profile({ ...blank, ...b }), rules)

const words = fc.array(fc.constantFrom('hafen', 'Ölwerk', 'logistik', 'Nord', 'acme', '株式', 'group', '7', 'a'), {
  maxLength: 4,
})
const names = fc.oneof(
  words.map((list) => list.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
)
const domains = fc.option(
  fc.constantFrom('hafen.com', 'hafen.de', 'hafen-usa.com', 'acme.co.uk', 'gmail.com', 'no domain', 'nord.example.com'),
)
const mails = fc.option(fc.constantFrom('x@hafen.com', 'y@gmail.com', 'desk@acme.co.uk', 'broken@'))
const countries = fc.option(fc.constantFrom('DE', 'us', ''))
const companies: fc.Arbitrary<Company> = fc.record({
  name: fc.option(names),
  domain: domains,
  country: countries,
  email: mails,
})
const forms = fc.constantFrom('GmbH', 'AG', 'Inc.', 'Ltd', 'S.A.', 'sp. z o.o.', 'B.V.', 'GmbH & Co. KG')

describe('a match', () => {
  it('is symmetric and from 0 to 100, and says what it rests on whenever it is above 0', () => {
    fc.assert(
      fc.property(companies, companies, (a, b) => {
        const [there, back] = [match(a, b), match(b, a)]
        expect({ ...there, matchedOn: new Set(there.matchedOn) }).toEqual({
          ...back,
          matchedOn: new Set(back.matchedOn),
        })
        expect(there.score).toBeGreaterThanOrEqual(0)
        expect(there.score).toBeLessThanOrEqual(100)
        expect(Number.isInteger(there.score)).toBe(true)
        expect(there.matchedOn.length > 0).toBe(there.score > 0)
      }),
      { numRuns: 2000 },
    )
  })

  it('holds for a company and itself, and whatever legal form is written behind its name', () => {
    fc.assert(
      fc.property(names, forms, (name, form) => {
        const key = nameKey(name)
        fc.pre(key !== null)
        expect(match({ name }, { name }).verdict).toBe('same')
        // But for a name so odd that the form does not stand apart at its end.
        fc.pre(nameKey(`${name} ${form}`) === key)
        expect(match({ name }, { name: `${name} ${form}` }).verdict).toBe('same')
      }),
      { numRuns: 1000 },
    )
  })

  it('is found by one of the search keys, but for a name of which a word is written short or in another script', () => {
    fc.assert(
      fc.property(companies, companies, (a, b) => {
        const { verdict, matchedOn } = match(a, b)
        const byOther = ['unit-name', 'longer-name', 'former-name', 'transliteration', 'abbreviation', 'initials']
        fc.pre(verdict !== 'different' && matchedOn.some((reason) => !byOther.includes(reason)))
        const [x, y] = [searchKeys(profile(a), a.name), searchKeys(profile(b), b.name)]
        const meets = [
          [x.domain, y.domain],
          [x.label, y.label],
          [x.bareLabel, y.label],
          [x.label, y.bareLabel],
          [x.label, y.squeezed],
          [x.squeezed, y.label],
          [x.letters, y.letters],
          [x.labelLetters, y.letters],
          [x.letters, y.labelLetters],
          [x.mailDomain, y.domain],
          [x.domain, y.mailDomain],
          [x.nameKey, y.nameKey],
          [x.email, y.email],
        ]
        expect(meets.some(([left, right]) => left !== null && left === right)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['Brückner Logistik GmbH', 'Brueckner Logistik', 'same', 'name'],
    ['Voltwerk Energie', 'Voltwerk Energie Hamburg', 'ask', 'longer-name'],
    ['Logistik Hafen', 'Hafen Logistik', 'ask', 'word-order'],
    ['A 7', '7 A', 'different', undefined],
    ['AcmeRobotics', 'Acme Robotics Inc.', 'same', 'name'],
    ['Tannhauser Intl', 'Tannhauser International', 'same', 'name'],
    ['Tannhauser Maschb.', 'Tannhauser Maschinenbau', 'ask', 'abbreviation'],
    ['Tannhuaser', 'Tannhauser', 'ask', 'similar-name'],
    ['Нефтехим', 'Neftechim', 'ask', 'transliteration'],
    ['Tannhauser Italia', 'Tannhauser', 'ask', 'unit-name'],
    ['Tannhauser Holding', 'Tannhauser', 'ask', 'unit-name'],
    ['BVK', 'Bremer Versand Kontor', 'ask', 'initials'],
    ['Neuland (formerly Tannhauser)', 'Tannhauser GmbH', 'ask', 'former-name'],
    ['Acme', 'Acme Worldwide Robots', 'different', 'part-of-name'],
    ['Werk 12 Zeta', 'Werk 13 Zeta', 'different', undefined],
    ['Delta Airlines', 'Delta Faucets', 'different', undefined],
    ['Marten', 'Martin', 'different', undefined],
    ['Nordwind', 'Suedwind', 'different', undefined],
  ])('of %s and %s is %s by %s', (a, b, verdict, reason) => {
    expect(match({ name: a }, { name: b })).toMatchObject({ verdict })
    expect(match({ name: a }, { name: b }).matchedOn[0]).toBe(reason)
  })

  it.each<[string, Partial<Company>, Partial<Company>, string, string[]]>([
    ['one domain', { name: 'A', domain: 'hafen.com' }, { name: 'Z', domain: 'www.hafen.com' }, 'same', ['domain']],
    ['one address', { email: 'Desk@Nord.example' }, { email: 'desk@nord.example' }, 'same', ['contact-email']],
    ['domains of two countries', { domain: 'hafen.de' }, { domain: 'hafen.com' }, 'ask', ['domain-name']],
    ['a name that is the domain', { name: 'Acme Robotics' }, { domain: 'acmerobotics.com' }, 'ask', ['name-in-domain']],
    ['an address at the domain', { email: 'x@hafen.com' }, { domain: 'hafen.com' }, 'ask', ['email-domain']],
    ['a known id', { name: 'A', ids: ['crm:1'] }, { name: 'Z', ids: ['crm:2', 'crm:1'] }, 'same', ['id']],
    ['one mail service', { email: 'x@gmail.com' }, { email: 'y@gmail.com' }, 'different', []],
    ['a mail service for a domain', { domain: 'gmail.com' }, { domain: 'gmail.com' }, 'different', []],
    ['an IDN and its punycode', { domain: 'grünfink.de' }, { domain: 'xn--grnfink-o2a.de' }, 'same', ['domain']],
    ['an IDN and how it is typed', { domain: 'grünfink.de' }, { domain: 'gruenfink.at' }, 'ask', ['domain-name']],
    ['a web address for a name', { name: 'https://www.hafen.com/en' }, { domain: 'hafen.com' }, 'same', ['domain']],
  ])('of %s', (_, a, b, verdict, matchedOn) => {
    expect(match(a, b)).toMatchObject({ verdict, matchedOn })
  })

  it('asks about a contact in two companies, and says what speaks against it', () => {
    const [a, b] = [
      { name: 'Hafen AG', domain: 'hafen.com', email: 'kai@mail.example' },
      { name: 'Werft GmbH', domain: 'werft.de', email: 'Kai@Mail.example' },
    ]
    expect(match(a, b)).toEqual({
      verdict: 'ask',
      score: 85,
      matchedOn: ['shared-contact'],
      against: ['other-domain', 'other-name'],
    })
  })

  it('takes two domains for one where the policy says so', () => {
    const rules: MatchingRules = { aliasOf: (domain) => (domain === 'nordwerk.de' ? 'hafen.com' : domain) }
    expect(match({ domain: 'nordwerk.de' }, { domain: 'hafen.com' })).toMatchObject({ verdict: 'different' })
    expect(match({ domain: 'nordwerk.de' }, { domain: 'hafen.com' }, rules)).toMatchObject({
      verdict: 'same',
      matchedOn: ['alias'],
    })
  })

  it('tells namesakes by domain and country, and asks where a rare name stands alone', () => {
    const rare = 'Tannhauser Werft'
    expect(match({ name: 'Summit Foods', country: 'US' }, { name: 'Summit Foods', country: 'IE' }).verdict).toBe(
      'different',
    )
    expect(match({ name: rare, country: 'DE' }, { name: rare, country: 'at' }).verdict).toBe('ask')
    expect(match({ name: rare, domain: 'a.com' }, { name: rare, domain: 'b.com' }).verdict).toBe('ask')
    expect(match({ name: 'Summit', domain: 'a.com' }, { name: 'Summit', domain: 'b.com' }).verdict).toBe('different')
  })

  it.each([
    ['one letter', 'A', 'a'],
    ['500 letters', 'x'.repeat(500), 'X'.repeat(500)],
    ['500 words', 'wort '.repeat(500), 'wort '.repeat(500)],
    ['emoji beside it', '🎉 Tannhauser 🎉', 'Tannhauser'],
    ['right-to-left text', 'شركة النور للتجارة', 'شركة النور للتجارة'],
    ['a mark that turns the direction', '\u202eTannhauser', 'Tannhauser'],
  ])('holds for a name of %s', (_, a, b) => {
    expect(match({ name: a }, { name: b }).verdict).toBe('same')
  })

  it.each(['🎉', '', '  ', '\u202e', '...', '☎️'])('rests on nothing for the name %j', (name) => {
    expect(match({ name }, { name })).toEqual({ verdict: 'different', score: 0, matchedOn: [], against: [] })
  })
})

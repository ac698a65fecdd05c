import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameKey } from './identity.ts'
import { likeness as likenessOf, nameScore, profile, searchKeys, WORTH_ASKING, type Described } from './similarity.ts'

const likeness = (a: Described, b: Described) => likenessOf(profile(a), profile(b))
const words = fc.array(fc.constantFrom('hafen', 'Ölwerk', 'logistik', 'Nord', 'acme', '株式', 'group', '7', 'a'), {
  maxLength: 4,
})
const names = fc.oneof(
  words.map((list) => list.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
)
const domains = fc.option(
  fc.constantFrom('hafen.com', 'hafen.de', 'acme.co.uk', 'gmail.com', 'no domain', 'nord.example.com'),
)
const mails = fc.option(fc.constantFrom('x@hafen.com', 'y@gmail.com', 'desk@acme.co.uk', 'broken@'))
const companies: fc.Arbitrary<Described> = fc.record({ name: fc.option(names), domain: domains, email: mails })
const forms = fc.constantFrom('GmbH', 'AG', 'Inc.', 'Ltd', 'S.A.', 'sp. z o.o.', 'B.V.', 'GmbH & Co. KG')
const plain = (name: string): Described => ({ name, domain: null, email: null })

describe('likeness', () => {
  it('is symmetric and between 0 and 100, and says why whenever it is above 0', () => {
    fc.assert(
      fc.property(companies, companies, (a, b) => {
        const [there, back] = [likeness(a, b), likeness(b, a)]
        expect(there.score).toBe(back.score)
        expect(new Set(there.why)).toEqual(new Set(back.why))
        expect(there.score).toBeGreaterThanOrEqual(0)
        expect(there.score).toBeLessThanOrEqual(100)
        expect(Number.isInteger(there.score)).toBe(true)
        expect(there.why.length > 0).toBe(there.score > 0)
      }),
      { numRuns: 2000 },
    )
  })

  it('is 100 exactly for equal name keys, and legal forms do not count', () => {
    fc.assert(
      fc.property(names, names, forms, (a, b, form) => {
        const [left, right] = [nameKey(a), nameKey(b)]
        expect(nameScore(a, b) === 100).toBe(left !== null && left === right)
        // But for a name so odd that the form does not stand apart at its end.
        fc.pre(left !== null && nameKey(`${a} ${form}`) === left)
        expect(nameScore(`${a} ${form}`, b)).toBe(nameScore(a, b))
      }),
      { numRuns: 2000 },
    )
    expect(nameScore('Hafen AG', 'hafen s.a.')).toBe(100)
    expect(likeness(plain('Hafen GmbH & Co. KG'), plain('HAFEN, Inc.'))).toEqual({ score: 100, why: ['name'] })
  })

  it.each([
    ['Brückner Logistik GmbH', 'Brueckner Logistik', true],
    ['Voltwerk Energie', 'Voltwerk Energie Hamburg', true],
    ['Logistik Hafen', 'Hafen Logistik', true],
    ['AcmeRobotics', 'Acme Robotics Inc.', true],
    ['Acme', 'Acme Worldwide Holdings', false],
    ['Werk 12 Zeta', 'Werk 13 Zeta', false],
    ['Delta Airlines', 'Delta Faucets', false],
    ['Nordwind', 'Suedwind', false],
  ])('asks a person about %s and %s: %s', (a, b, isAsked) => {
    expect(likeness(plain(a), plain(b)).score >= WORTH_ASKING).toBe(isAsked)
  })

  it.each<[string, Partial<Described>, Partial<Described>, number, string]>([
    ['one domain', { name: 'A', domain: 'hafen.com' }, { name: 'Z', domain: 'www.hafen.com' }, 100, 'domain'],
    ['one address', { email: 'Desk@Nord.example' }, { email: 'desk@nord.example' }, 100, 'email'],
    ['domains of two countries', { domain: 'hafen.de' }, { domain: 'hafen.com' }, 85, 'domain-name'],
    ['a name that is the domain', { name: 'Acme Robotics' }, { domain: 'acmerobotics.com' }, 85, 'name-in-domain'],
    ['an address at the domain', { email: 'x@hafen.com' }, { domain: 'hafen.com' }, 92, 'email-domain'],
    ['one name at two domains', { name: 'Delta', domain: 'a.com' }, { name: 'Delta', domain: 'b.com' }, 80, 'name'],
    ['one mail service', { email: 'x@gmail.com' }, { email: 'y@gmail.com' }, 0, ''],
  ])('scores %s', (_, a, b, score, why) => {
    const empty = { name: null, domain: null, email: null }
    expect(likeness({ ...empty, ...a }, { ...empty, ...b })).toEqual({ score, why: why === '' ? [] : [why] })
  })

  it('finds whatever is worth asking by one of the search keys, but for a first word that is written otherwise', () => {
    fc.assert(
      fc.property(companies, companies, (a, b) => {
        fc.pre(likeness(a, b).score >= WORTH_ASKING && nameScore(a.name, b.name) < 80)
        const [x, y] = [searchKeys(profile(a)), searchKeys(profile(b))]
        const meets = [
          [x.domain, y.domain],
          [x.label, y.label],
          [x.label, y.squeezed],
          [x.squeezed, y.label],
          [x.mailDomain, y.domain],
          [x.domain, y.mailDomain],
          [x.nameKey, y.nameKey],
          [a.email, b.email],
        ]
        expect(meets.some(([left, right]) => left !== null && left === right)).toBe(true)
      }),
    )
  })
})

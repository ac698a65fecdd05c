import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimKeys, companyKeys, email, nameKey, readDomain } from './identity.ts'

describe('a domain', () => {
  it.each([
    ['https://www.shop.acme.co.uk/a?b=c#d', 'acme.co.uk'],
    ['http://user:pw@acme.com:8080/x', 'acme.com'],
    ['  ACME.com. ', 'acme.com'],
    ['ana@mail.acme.com', 'acme.com'],
    ['acme.com:443', 'acme.com'],
    ['münchen.de', 'xn--mnchen-3ya.de'],
    ['XN--MNCHEN-3YA.de', 'xn--mnchen-3ya.de'],
    ['ａｃｍｅ。com', 'acme.com'],
    ['acme.com\u200b', 'acme.com'],
    ['почта.яндекс.рф', 'xn--d1acpjx3f.xn--p1ai'],
    ['www.acme.myshopify.com', 'acme.myshopify.com'],
    ['myshopify.com', 'myshopify.com'],
  ])('of %s is %s', (text, domain) => {
    expect(readDomain(text)).toEqual({ ok: true, domain })
  })

  it.each(['', '  ', 'gmail.com', 'https://mail.gmail.com', 'ana@yahoo.co.uk', 'hotmail.fr', 'gmx.at'])(
    'of %j identifies nobody',
    (text) => {
      expect(readDomain(text)).toEqual({ ok: true, domain: null })
    },
  )

  it.each([
    'n/a',
    'none',
    '-',
    'acme',
    'localhost',
    'acme.internal',
    'co.uk',
    'a..b.com',
    '-acme.com',
    'acme .com',
    'acme_co.com',
    '192.168.0.1',
    'http://10.0.0.1/x',
    '[::1]',
    '::1',
    '1.2.3',
    'http://',
    'javascript:alert(1)',
    '\u202eacme',
    '🎉',
    `${'a'.repeat(300)}.com`,
  ])('is not %j', (text) => {
    expect(readDomain(text)).toMatchObject({ ok: false })
  })

  it('shows what was found, and not a page of it', () => {
    expect(readDomain('x '.repeat(500))).toEqual({ ok: false, found: 'x '.repeat(50) })
  })

  it('is found again in what was found, and under any sub-domain, path and case', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{2,10}$/)
    fc.assert(
      fc.property(label, label, fc.constantFrom('com', 'de', 'co.uk', 'com.br'), (sub, name, suffix) => {
        const plain = readDomain(`${name}.${suffix}`)
        expect(readDomain(`HTTPS://${sub}.${name.toUpperCase()}.${suffix}/${sub}`)).toEqual(plain)
        fc.pre(plain.ok && plain.domain !== null)
        expect(plain.domain).toBe(`${name}.${suffix}`)
      }),
    )
  })

  it('never throws, and answers ASCII', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }).map((text) => `${text}.com`),
          fc.webUrl(),
          fc.domain(),
        ),
        (text) => {
          const read = readDomain(text)
          fc.pre(read.ok && read.domain !== null)
          expect(read.domain).toMatch(/^[a-z0-9.-]{3,253}$/)
          expect(readDomain(read.domain)).toEqual(read)
        },
      ),
    )
  })
})

describe('a company’s name', () => {
  it.each([
    [
      [
        'ACME',
        'Acme, Inc.',
        'acme inc',
        'Acme Co., Ltd.',
        'Acme S.r.l.',
        'Acme Sp. z o.o.',
        'Acme B.V.',
        'Acme s. r. o.',
      ],
      'acme',
    ],
    [
      ['Müller & Söhne GmbH & Co. KG', 'MULLER SOHNE', 'Mu\u0308ller – So\u0308hne', 'Mueller & Soehne'],
      'muller sohne',
    ],
    [['Straße AG', 'STRASSE', 'Strasse GmbH'], 'strasse'],
    [['Łódź', 'LODZ sp. z o.o.'], 'lodz'],
    [['Ærø ApS', 'AERO'], 'aro'],
    [['İstanbul A.Ş.', 'istanbul'], 'istanbul'],
    [['O’Reilly', "O'Reilly", 'OReilly'], 'oreilly'],
    [['🎉 Party GmbH', 'party ☎️'], 'party'],
    [['A'], 'a'],
    [['AG'], 'ag'],
    [['Team Z'], 'team z'],
    [['Acme Intl', 'ACME International', 'Acme Internat’l'], 'acme international'],
    [['Kirchner & Söhne', 'Kirchner und Söhne', 'Kirchner Soehne'], 'kirchner sohne'],
    [['株式会社オリオン', 'オリオン', 'Orion KK'], 'orion'],
    [['ООО «Газмет»', 'Газмет', 'Gazmet OOO'], 'gazmet'],
    [['Hafen (Hamburg) GmbH', 'Hafen'], 'hafen'],
  ])('%j', (names, key) => {
    expect(names.map(nameKey)).toEqual(names.map(() => key))
  })

  it('keeps apart what other scripts keep apart by marks', () => {
    expect(nameKey('ガス')).not.toBe(nameKey('カス'))
    expect(nameKey('Край')).not.toBe(nameKey('Краи'))
    expect(nameKey('हिन्दी')).not.toContain(' ')
    expect(nameKey('شركة النور')).not.toBe(nameKey('شركة النار'))
  })

  it.each([null, '', '  ', '🎉', '☎️', '...', '\u202e', '-'])('is nothing in %j', (name) => {
    expect(nameKey(name)).toBeNull()
  })

  it('has a bound, so that it fits an index', () => {
    expect(nameKey('x'.repeat(500))).toBe('x'.repeat(200))
    expect(nameKey('山 '.repeat(500))?.length).toBeLessThanOrEqual(200)
  })

  it('is the key of its own key, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: 'binary' }), fc.lorem()),
        (name) => {
          const key = nameKey(name)
          fc.pre(key !== null)
          expect(nameKey(key)).toBe(key)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

const letters = (name: string) => companyKeys(name).letters

it('keeps the letters of a name to find it by, whatever the order of words and most slips', () => {
  expect(letters('Hafen Logistik GmbH')).toBe(letters('LOGISTIK-HAFEN'))
  expect(letters('Hafen Logisitk')).toBe(letters('Hafen Logistik'))
  expect(letters('Hafenn Logistik')).toBe(letters('HafenLogistik'))
  // Too few to tell anybody apart.
  expect(letters('Aha')).toBeNull()
})

describe('an e-mail address', () => {
  it.each([
    [' Ana@ACME.com ', 'ana@acme.com'],
    ['a+b@sub.acme.co.uk', 'a+b@sub.acme.co.uk'],
    ['kai@münchen.de', 'kai@münchen.de'],
  ])('%s', (text, address) => {
    expect(email(text)).toBe(address)
  })

  it.each([
    null,
    '',
    'ana',
    'ana@acme',
    'a b@acme.com',
    'Ana <ana@acme.com>',
    'a@b..com',
    'a@b.com.',
    'a@b,com',
    'a@b.com,c@d.com',
    'mailto:a@b.com',
    `${'a'.repeat(250)}@b.com`,
  ])('is not %j', (text) => {
    expect(email(text)).toBeNull()
  })
})

it('locks the keys of a claim in one order', () => {
  expect(claimKeys({ domain: 'acme.com', nameKey: 'acme', contactEmail: 'Ana@acme.com' })).toEqual([
    'domain:acme.com',
    'email:ana@acme.com',
    'name:acme',
  ])
  expect(claimKeys({ domain: null, nameKey: null, contactEmail: 'none' })).toEqual([])
})

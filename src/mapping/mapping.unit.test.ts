import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FieldValue } from '../../connectors/contract.ts'
import { toCanonicalValue, toVendorValue } from './convert.ts'
import type { Conversion, FieldMapping, ObjectMapping } from './definition.ts'
import { asKept, difference, restore, toCanonical, type Lookups } from './translate.ts'

type Plain = Exclude<Conversion['as'], 'lookup'>

const lookups: Lookups = { toOurs: (_, id) => `our ${id}`, toTheirs: (_, id) => id.replace('our ', '') }
const nobody: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }
const field = (as: Plain, values?: Record<string, string>): FieldMapping => ({
  field: 'f',
  path: 'p',
  conversion: { as },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  ...(values === undefined ? {} : { values }),
})
const mapping = (...fields: FieldMapping[]): ObjectMapping => ({ object: 'o', kind: 'deal', fields })

const texts = fc.string({ unit: 'grapheme' }).filter((text) => text !== '')
const amounts = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 16n - 1n }), fc.integer({ min: 0, max: 9999 }))
  .map(([minus, whole, fraction]) => `${minus ? '-' : ''}${String(whole)}.${String(fraction).padStart(4, '0')}`)
const instants = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** Canonical values as the ledger holds them, by conversion. */
const canonical: Record<Plain, fc.Arbitrary<string>> = {
  text: texts,
  boolean: fc.constantFrom('true', 'false'),
  list: fc
    .array(
      texts.filter((t) => !t.includes(';')),
      { minLength: 1 },
    )
    .map((items) => items.join(';')),
  decimal: amounts.map((text) => {
    const read = toCanonicalValue('decimal', text)
    return read.ok ? (read.value ?? '0') : '0'
  }),
  cents: fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }).map((cents) => {
    const read = toCanonicalValue('cents', String(cents))
    return read.ok ? (read.value ?? '0') : '0'
  }),
  date: instants.map((at) => at.slice(0, 10)),
  instant: instants,
  epochMs: instants.filter((at) => at > '1970'),
  domain: fc.constantFrom('acme.com', 'hafen.de', 'example.co.uk'),
}

const conversions: Plain[] = ['text', 'boolean', 'list', 'decimal', 'cents', 'date', 'instant', 'epochMs', 'domain']

describe.each(conversions)('%s', (as) => {
  it('comes back from a vendor as it went out', () => {
    fc.assert(
      fc.property(canonical[as], (value) => {
        expect(toCanonicalValue(as, toVendorValue(as, value))).toEqual({ ok: true, value })
        expect(toVendorValue(as, null)).toBeNull()
      }),
    )
  })

  it('is no difference from itself, and one from anything else', () => {
    fc.assert(
      fc.property(canonical[as], canonical[as], (one, other) => {
        const shadow = { p: toVendorValue(as, one) }
        expect(difference(mapping(field(as)), { f: one }, shadow, lookups).fields).toEqual({})
        expect('p' in difference(mapping(field(as)), { f: other }, shadow, lookups).fields).toBe(one !== other)
      }),
    )
  })

  it('is understood or told, never guessed and never thrown', () => {
    const anything: fc.Arbitrary<FieldValue> = fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.array(fc.string()),
      fc.constant(null),
    )
    fc.assert(
      fc.property(anything, (value) => {
        const read = toCanonicalValue(as, value)
        if (!read.ok) return
        // What was understood is stable: once in our form it stays in it.
        expect(toCanonicalValue(as, toVendorValue(as, read.value))).toEqual(read)
      }),
    )
  })
})

it('keeps every digit of money that the ledger can hold, and rounds the others as PostgreSQL does', () => {
  fc.assert(
    fc.property(amounts, (text) => {
      const read = toCanonicalValue('decimal', text)
      expect(read).toMatchObject({ ok: true })
      expect(read.ok && Number(read.value) === Number(text)).toBe(true)
    }),
  )
  expect(decimalOf('1.23455')).toEqual({ ok: true, value: '1.2346' })
  expect(decimalOf('-1.23455')).toEqual({ ok: true, value: '-1.2346' })
  expect(decimalOf('-0.00001')).toEqual({ ok: true, value: '0' })
  expect(decimalOf('9999999999999999.99999')).toMatchObject({ ok: false })
  expect(toVendorValue('cents', '10.005')).toBe(1001)
  expect(toVendorValue('cents', '99999999999999999.99')).toBe('9999999999999999999')
})

it.each([
  ['date', '2026-02-30'],
  ['date', '2026-1-1'],
  ['date', '2026-01-01x'],
  ['instant', '2026-02-31T00:00:00Z'],
  ['instant', '2026-11-23T10:00:00'],
  ['boolean', 'yes'],
  ['decimal', '1e21'],
  ['epochMs', '99999999999999999'],
] as const)('tells that %s cannot be %s', (as, value) => {
  expect(toCanonicalValue(as, value)).toMatchObject({ ok: false, found: value })
})

it('leaves a value alone that is written as the same one of theirs', () => {
  const several = field('text', { open: 'Open', won: 'Closed', lost: 'Closed' })
  for (const ours of ['won', 'lost']) {
    expect(difference(mapping(several), { f: ours }, { p: 'Closed' }, lookups).fields).toEqual({})
    expect(asKept(several, ours)).toBe('won')
  }
  expect(difference(mapping(several), { f: 'open' }, { p: 'Closed' }, lookups).fields).toEqual({ p: 'Open' })
  expect(toCanonical(mapping(several), { p: 'Closed' }, 'update', lookups).values).toEqual({ f: 'won' })
})

it('pairs no value with what every object has', () => {
  fc.assert(
    fc.property(fc.constantFrom('constructor', 'toString', '__proto__', 'valueOf'), (value) => {
      expect(difference(mapping(field('text', { a: 'b' })), { f: value }, null, lookups).fields).toEqual({ p: value })
    }),
  )
})

it('takes the vendor’s form of our value for our value, and any other for the vendor’s', () => {
  const answers = { p: { sent: ' Acme ', held: 'Acme' }, q: { sent: 1, held: null } }
  expect(restore({ p: 'Acme', q: null, r: 1 }, answers)).toEqual({ p: ' Acme ', q: 1, r: 1 })
  expect(restore({ p: 'Bolt' }, answers)).toEqual({ p: 'Bolt' })
})

function decimalOf(text: string): ReturnType<typeof toCanonicalValue> {
  return toCanonicalValue('decimal', text)
}

it('writes only values that have a pair where the mapping says so, and leaves the vendor’s otherwise', () => {
  const strict: FieldMapping = { ...field('text', { won: 'Closed' }), unpaired: 'leave', initial: 'New' }
  const sent = (f: string | null, shadow: { p: string } | null) =>
    difference(mapping(strict), { f }, shadow, lookups).fields
  expect([sent('won', { p: 'New' }), sent('odd', { p: 'New' }), sent(null, { p: 'New' })]).toEqual([
    { p: 'Closed' },
    {},
    {},
  ])
  expect([sent('won', null), sent('odd', null), sent(null, null)]).toEqual([
    { p: 'Closed' },
    { p: 'New' },
    { p: 'New' },
  ])
})

it('neither writes nor waits for a held field', () => {
  const held = mapping({ ...field('text'), field: 'held' }, { ...field('text'), field: 'free', path: 'q' })
  const waiting: FieldMapping = { ...field('text'), conversion: { as: 'lookup', of: 'deal', object: 'deals' } }
  expect(difference(held, { held: 'a', free: 'b' }, {}, lookups, ['held']).fields).toEqual({ q: 'b' })
  expect(difference(mapping(waiting), { f: 'our 1' }, {}, nobody, ['f'])).toEqual({
    fields: {},
    waitsFor: [],
    troubles: [],
  })
})

const owner = (fallback?: string): ObjectMapping =>
  mapping({
    ...field('text'),
    conversion: { as: 'lookup', of: 'user', object: 'users', ...(fallback === undefined ? {} : { fallback }) },
  })

it.each([
  ['F', lookups, null, { p: '1' }],
  ['F', nobody, null, { p: 'F' }],
  ['F', nobody, { p: 'F' }, {}],
  [undefined, nobody, null, {}],
  [undefined, nobody, { p: 'somebody' }, {}],
])('writes an owner by the id there, else the fallback (%s), else leaves it as it is and never waits', (...given) => {
  const [fallback, known, shadow, fields] = given
  expect(difference(owner(fallback), { f: 'our 1' }, shadow, known)).toEqual({ fields, waitsFor: [], troubles: [] })
})

it('empties no field that the vendor keeps no record without', () => {
  const [mandatory, other] = [
    { ...field('text'), mandatory: true },
    { ...field('text'), field: 'g', path: 'q' },
  ]
  const held = { p: 'theirs', q: 'theirs' }
  expect(difference(mapping(mandatory, other), { f: null, g: null }, held, nobody).fields).toEqual({ q: null })
  expect(difference(mapping(mandatory), { f: 'ours' }, held, nobody).fields).toEqual({ p: 'ours' })
})

import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { Fields } from '../../connectors/contract.ts'
import { dividedBy, rounded, times } from '../domain/money.ts'
import { foreignAmounts } from './currency.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { difference, toCanonical, touchesShared, type Lookups } from './translate.ts'

const nobody: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }
const field = (name: string, path: string, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: name,
  path,
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  ...more,
})
const mapping = (...fields: FieldMapping[]): ObjectMapping => ({ object: 'o', kind: 'deal', fields })

describe('a field that only fills gaps', () => {
  const gaps = mapping(field('f', 'p', { write: 'if-empty', update: 'out' }))
  const sent = (f: string | null, shadow: Fields | null) => difference(gaps, { f }, shadow, nobody).fields

  it('is written where the vendor has nothing', () => {
    expect([sent('a', null), sent('a', {}), sent('a', { p: null }), sent('a', { p: '' })]).toEqual(
      Array.from({ length: 4 }, () => ({ p: 'a' })),
    )
  })

  it('never changes or empties what is there', () => {
    expect([sent('a', { p: 'theirs' }), sent(null, { p: 'theirs' }), sent('a', { p: 0 })]).toEqual([{}, {}, {}])
  })

  it('has its record read just before it is written', () => {
    expect(touchesShared(gaps, { p: 'a' })).toBe(true)
    expect(touchesShared(mapping(field('f', 'p', { update: 'out' })), { p: 'a' })).toBe(false)
  })
})

describe('a scale', () => {
  const percent = mapping(field('f', 'p', { conversion: { as: 'decimal' }, scale: '0.01' }))

  it('is exact in digits, where numbers of a machine are not', () => {
    expect(toCanonical(percent, { p: '58.7' }, 'update', nobody).values).toEqual({ f: '0.587' })
    expect(difference(percent, { f: '0.587' }, null, nobody).fields).toEqual({ p: '58.7' })
    expect(difference(percent, { f: '0.587' }, { p: 58.7 }, nobody).fields).toEqual({})
    const cents = mapping(field('f', 'p', { conversion: { as: 'cents' }, scale: '1000' }))
    expect(toCanonical(cents, { p: 1999 }, 'update', nobody).values).toEqual({ f: '19990' })
    expect(difference(cents, { f: '19990' }, null, nobody).fields).toEqual({ p: 1999 })
  })

  const amounts = fc
    .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 9999 }))
    .map(([whole, part]) => rounded(`${String(whole)}.${String(part).padStart(4, '0')}`, 4) ?? '0')
  const scales = fc.constantFrom('0.01', '100', '1000', '3', '0.7', '-12.5', '0.000001', '999999.9999')

  it('brings back every amount of the ledger, also where the quotient never ends', () => {
    fc.assert(
      fc.property(amounts, scales, (amount, scale) => {
        const there = dividedBy(amount, scale)
        expect(rounded(times(there ?? '', scale) ?? '', 4)).toBe(amount)
      }),
    )
    expect([dividedBy('1', '0'), dividedBy('x', '1'), times('1', 'x'), rounded('x', 2)]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })
})

const fixed = (more: Partial<FieldMapping> = {}) =>
  mapping(field('amount', 'Amount', { conversion: { as: 'decimal' }, currency: { is: 'USD' }, ...more }))
const named = (way: FieldMapping['update']) =>
  mapping(
    field('amount', 'Amount', { conversion: { as: 'decimal' }, currency: { path: 'Iso' } }),
    field('currency', 'Iso', { update: way }),
  )

describe('an amount in another currency', () => {
  it('is never written: its record is parked', () => {
    const euros = { amount: '5', currency: 'EUR' }
    const trouble = { code: 'CW_CURRENCY_OTHER', expected: 'an amount in USD', found: 'EUR' }
    expect(difference(fixed(), euros, null, nobody)).toMatchObject({ fields: {}, troubles: [trouble] })
    expect(difference(fixed(), euros, { Amount: '4' }, nobody)).toMatchObject({ fields: {}, troubles: [trouble] })
    expect(difference(fixed(), { ...euros, currency: 'USD' }, null, nobody).fields).toEqual({ Amount: '5' })
    expect(difference(fixed(), { ...euros, currency: null }, null, nobody).fields).toEqual({ Amount: '5' })
  })

  it('is left out where the mapping says so', () => {
    const left = difference(
      fixed({ otherCurrency: 'leave' }),
      { amount: '5', currency: 'EUR' },
      { Amount: '4' },
      nobody,
    )
    expect(left).toEqual({ fields: {}, waitsFor: [], troubles: [] })
  })

  it('is judged by the currency that the vendor has once it is written', () => {
    const [euros, dollars] = [
      { amount: '5', currency: 'EUR' },
      { Amount: '4', Iso: 'USD' },
    ]
    expect(difference(named('both'), euros, dollars, nobody)).toMatchObject({ fields: { Amount: '5', Iso: 'EUR' } })
    expect(difference(named('in'), euros, dollars, nobody).troubles).toMatchObject([{ code: 'CW_CURRENCY_OTHER' }])
    expect(difference(named('both'), euros, dollars, nobody, ['currency']).troubles).toHaveLength(1)
    expect(difference(named('in'), euros, null, nobody)).toMatchObject({ fields: { Amount: '5', Iso: 'EUR' } })
  })

  it('is told when it comes in', () => {
    const there = { Amount: '5', Iso: 'USD' }
    expect(foreignAmounts(named('both'), there, 'EUR')).toMatchObject([{ field: 'amount' }])
    expect(foreignAmounts(named('both'), there, 'usd')).toEqual([])
    expect(foreignAmounts(named('both'), there, null)).toEqual([])
    expect(foreignAmounts(fixed(), { Iso: 'EUR' }, 'EUR')).toEqual([])
  })
})

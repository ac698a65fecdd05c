import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { atMost, decimal, fromCents, toCents } from './money.ts'

const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.nat({ max: 6 }))
/** The decimal text of `value / 10^digits`. */
function textOf(value: bigint, digits: number): string {
  const abs = String(value < 0n ? -value : value).padStart(digits + 1, '0')
  const cut = abs.length - digits
  return `${value < 0n ? '-' : ''}${abs.slice(0, cut)}${digits === 0 ? '' : `.${abs.slice(cut)}`}`
}

it.each([
  ['007.50', '7.5'],
  ['+1.', '1'],
  ['.5', '0.5'],
  ['-.50', '-0.5'],
  ['-0.00', '0'],
  ['0', '0'],
  [' 12 ', '12'],
  ['99999999999999999999.9999', '99999999999999999999.9999'],
])('%j is %s in its one form', (text, plain) => {
  expect(decimal(text)).toBe(plain)
})

it.each(['', '.', '-', '1e5', '1,000', '1.000,00', '$5', 'NaN', 'Infinity', '0x10', '1.2.3', '--1', '١٢'])(
  '%j is no amount',
  (text) => {
    expect(decimal(text)).toBeNull()
    expect(toCents(text)).toBeNull()
  },
)

it('has one form for one amount, and that form is its own', () => {
  fc.assert(
    fc.property(scaled, fc.nat({ max: 5 }), ([value, digits], zeros) => {
      const plain = decimal(textOf(value, digits))
      expect(decimal(textOf(value * 10n ** BigInt(zeros), digits + zeros))).toBe(plain)
      expect(decimal(plain ?? '')).toBe(plain)
    }),
  )
})

it('goes to cents and back without loss', () => {
  fc.assert(
    fc.property(fc.bigInt(), (cents) => {
      expect(toCents(fromCents(cents))).toBe(cents)
    }),
  )
})

it('has no cents where a fraction of a cent would be lost', () => {
  expect(toCents('1.005')).toBeNull()
  expect(toCents('1.0500')).toBe(105n)
})

it('compares as whole numbers do', () => {
  fc.assert(
    fc.property(scaled, scaled, ([a, m], [b, n]) => {
      expect(atMost(textOf(a, m), textOf(b, n))).toBe(a * 10n ** BigInt(n) <= b * 10n ** BigInt(m))
    }),
  )
})

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { duration } from './policy/values.ts'
import { earliest, msBetween, parseDuration, plus } from './time.ts'

it.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  [' 48 h ', 172_800_000],
  ['90d', 7_776_000_000],
  ['0s', 0],
])('%j is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

it.each(['', '90', 'd', '-1h', '1 day', '1w', '1e3s', '40000d', `${'9'.repeat(400)}d`])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull()
  expect(duration.safeParse(text).success).toBe(false)
})

const instant = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString())

it('adds what lies between', () => {
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      expect(plus(a, msBetween(a, b))).toBe(b)
    }),
  )
})

it('finds the earliest of what is set', () => {
  fc.assert(
    fc.property(fc.array(fc.option(instant, { nil: null })), (all) => {
      expect(earliest(...all)).toBe(all.filter((at) => at !== null).toSorted()[0] ?? null)
    }),
  )
})

import { expect, it } from 'vitest'
import { allowedSkew, isSkewed, keptSkew } from './clock.ts'

it('tells people of a minute and more, either way', () => {
  expect([null, 0, 59_000, -59_000].map(isSkewed)).toEqual([false, false, false, false])
  expect([60_000, -3_600_000].map(isSkewed)).toEqual([true, true])
})

it('allows for what can be measured', () => {
  expect([null, 1_999, -1_999].map(allowedSkew)).toEqual([0, 0, 0])
  expect([2_000, -3_600_000].map(allowedSkew)).toEqual([2_000, -3_600_000])
})

it('keeps what is known until the measure clearly differs, so that two looks agree', () => {
  expect(keptSkew(null, 3_600_123.4)).toBe(3_600_123)
  expect(keptSkew(3_600_123, 3_599_200)).toBe(3_600_123)
  expect(keptSkew(3_600_123, 3_597_000)).toBe(3_597_000)
  expect(keptSkew(3_600_123, null)).toBe(3_600_123)
})

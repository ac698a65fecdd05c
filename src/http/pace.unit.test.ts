import { expect, it } from 'vitest'
import { paceOf } from './pace.ts'

it('takes so many at once, then one for each that the minute gives back, and counts every sender by itself', () => {
  let now = 1_000_000
  const pace = paceOf(3, () => now)
  expect([pace('a'), pace('a'), pace('a')]).toEqual([0, 0, 0])
  expect(pace('a')).toBe(20_000)
  expect(pace('b')).toBe(0)
  now += 19_000
  expect(pace('a'), 'a refusal costs nothing').toBe(1_000)
  now += 1_000
  expect([pace('a'), pace('a') > 0]).toEqual([0, true])
  now += 3_600_000
  expect([pace('a'), pace('a'), pace('a'), pace('a') > 0], 'an hour gives no more than a minute').toEqual([
    0,
    0,
    0,
    true,
  ])
})

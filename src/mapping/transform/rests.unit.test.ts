import { expect, it } from 'vitest'
import { Rests } from './rests.ts'

const MINUTE = 60_000

it('lets an expression rest after three stops in a row, and none before', () => {
  const rests = new Rests()
  for (const now of [0, 1]) rests.stopped('bad', 'time', now)
  expect(rests.resting('bad', 2)).toBeNull()
  rests.stopped('bad', 'depth', 2)
  expect(rests.resting('bad', 3)).toBe('depth')
  expect(rests.resting('good', 3)).toBeNull()
  expect(rests.resting('bad', 2 + MINUTE)).toBeNull()
})

it('counts only what is in a row', () => {
  const rests = new Rests()
  for (const now of [0, 1]) rests.stopped('mixed', 'time', now)
  rests.passed('mixed')
  for (const now of [2, 3]) rests.stopped('mixed', 'time', now)
  expect(rests.resting('mixed', 4)).toBeNull()
})

it('tries once after each rest, and rests twice as long when that is stopped too, up to half an hour', () => {
  const rests = new Rests()
  for (const now of [0, 0, 0]) rests.stopped('bad', 'time', now)
  let now = MINUTE
  for (const minutes of [2, 4, 8, 16, 32, 32]) {
    rests.stopped('bad', 'time', now)
    expect(rests.resting('bad', now + minutes * MINUTE - 1)).toBe('time')
    now += minutes * MINUTE
    expect(rests.resting('bad', now)).toBeNull()
  }
  rests.passed('bad')
  rests.stopped('bad', 'time', now)
  expect(rests.resting('bad', now)).toBeNull()
})

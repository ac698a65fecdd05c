import { expect, it } from 'vitest'
import { Rests } from './rests.ts'

const MINUTE = 60_000

function stop(rests: Rests, times: number, now: number): void {
  for (let i = 0; i < times; i += 1) rests.stopped('bad', 'time', 50, now)
}

it('lets an expression rest after three stops in a row, and none before', () => {
  const rests = new Rests()
  stop(rests, 2, 0)
  expect(rests.resting('bad', 2)).toBeNull()
  rests.stopped('bad', 'depth', 1, 2)
  expect(rests.resting('bad', 3)).toBe('depth')
  expect(rests.resting('good', 3)).toBeNull()
  expect(rests.resting('bad', 2 + MINUTE)).toBeNull()
})

it('counts only what is in a row', () => {
  const rests = new Rests()
  stop(rests, 2, 0)
  rests.passed('bad')
  stop(rests, 2, 2)
  expect(rests.resting('bad', 4)).toBeNull()
})

it('tries once after each rest, and rests twice as long when that is stopped too, up to half an hour', () => {
  const rests = new Rests()
  stop(rests, 3, 0)
  let now = MINUTE
  for (const minutes of [2, 4, 8, 16, 32, 32]) {
    stop(rests, 1, now)
    expect(rests.resting('bad', now + minutes * MINUTE - 1)).toBe('time')
    now += minutes * MINUTE
    expect(rests.resting('bad', now)).toBeNull()
  }
  rests.passed('bad')
  stop(rests, 1, now)
  expect(rests.resting('bad', now)).toBeNull()
})

it('bounds what one costs that is bad for some records only: a second, then a twentieth of the time', () => {
  const rests = new Rests()
  let spent = 0
  for (let now = 0; now < 10 * MINUTE; now += 10) {
    if (rests.resting('bad', now) !== null) continue
    // Every second record is fine.
    stop(rests, 1, now)
    spent += 50
    rests.passed('bad')
  }
  expect(spent).toBeLessThanOrEqual(5_050 + 0.05 * 10 * MINUTE)
  expect(spent).toBeGreaterThan(0.025 * 10 * MINUTE)
})

it('does not let an expression rest for a bad record now and then', () => {
  const rests = new Rests()
  for (let now = 0; now < 60 * MINUTE; now += 2_000) {
    stop(rests, 1, now)
    rests.passed('bad')
    expect(rests.resting('bad', now + 1)).toBeNull()
  }
})

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextInterval, type Pace } from './interval.ts'

const DAY_MS = 86_400_000
const calm: Pace = {
  pollMs: 30_000,
  day: null,
  requestsAPoll: 4,
  hints: 'none',
  unseenHints: 0,
  isCrowded: false,
  fault: null,
}

const pace: fc.Arbitrary<Pace> = fc.record({
  pollMs: fc.integer({ min: 1_000, max: 600_000 }),
  day: fc.option(
    fc.record({
      limit: fc.integer({ min: 0, max: 1_000_000 }),
      used: fc.integer({ min: 0, max: 1_000_000 }),
      msLeft: fc.integer({ min: 0, max: DAY_MS }),
    }),
  ),
  requestsAPoll: fc.integer({ min: 1, max: 50 }),
  hints: fc.constantFrom('none', 'healthy', 'doubted', 'silent'),
  unseenHints: fc.nat({ max: 3 }),
  isCrowded: fc.boolean(),
  fault: fc.option(
    fc.record({
      scope: fc.constantFrom('record', 'batch', 'connection'),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: DAY_MS })),
    }),
  ),
})

it('is what was configured as long as nothing speaks against it', () => {
  expect(nextInterval(calm)).toEqual({ ms: 30_000, why: 'poll' })
  expect(nextInterval({ ...calm, day: { limit: 100_000, used: 0, msLeft: DAY_MS } })).toEqual({
    ms: 30_000,
    why: 'poll',
  })
})

it('is a safety net while hints come, and the configured one as soon as one failed to', () => {
  expect(nextInterval({ ...calm, hints: 'healthy' })).toEqual({ ms: 150_000, why: 'hinted' })
  expect(nextInterval({ ...calm, pollMs: 120_000, hints: 'healthy' })).toEqual({ ms: 300_000, why: 'hinted' })
  expect(nextInterval({ ...calm, hints: 'doubted' })).toEqual({ ms: 30_000, why: 'poll' })
  expect(nextInterval({ ...calm, hints: 'silent' })).toEqual({ ms: 30_000, why: 'silent' })
  expect(nextInterval({ ...calm, hints: 'healthy', unseenHints: 1 })).toEqual({ ms: 30_000, why: 'waiting' })
})

it('leaves the vendor’s window to our own writes while they fill it', () => {
  const crowded = { ...calm, isCrowded: true }
  expect(nextInterval(crowded)).toEqual({ ms: 30_000, why: 'crowded' })
  expect(nextInterval({ ...crowded, pollMs: 5_000 })).toEqual({ ms: 30_000, why: 'crowded' })
  expect(nextInterval({ ...crowded, pollMs: 120_000 })).toEqual({ ms: 120_000, why: 'crowded' })
  expect(nextInterval({ ...crowded, hints: 'healthy' })).toEqual({ ms: 30_000, why: 'crowded' })
  // What somebody did and the vendor does not show yet is asked for as ever.
  expect(nextInterval({ ...crowded, unseenHints: 1 })).toEqual({ ms: 30_000, why: 'waiting' })
  expect(nextInterval({ ...crowded, pollMs: 5_000, unseenHints: 1 })).toEqual({ ms: 5_000, why: 'waiting' })
})

it('makes the rest of the day’s allowance last until its end', () => {
  // 8,000 of 10,000 may be used; 4,000 of them by polls of 4 requests: one in 86.4 s.
  const day = { limit: 10_000, used: 0, msLeft: DAY_MS }
  expect(nextInterval({ ...calm, day })).toEqual({ ms: 86_400, why: 'budget' })
  expect(nextInterval({ ...calm, day: { ...day, used: 8_000 } })).toEqual({ ms: 900_000, why: 'budget' })
  expect(nextInterval({ ...calm, day: { limit: 0, used: 0, msLeft: DAY_MS } })).toEqual({ ms: 900_000, why: 'budget' })
})

const fault = (scope: 'record' | 'connection', retryAfterMs: number | null) =>
  nextInterval({ ...calm, pollMs: 1_000, fault: { scope, retryAfterMs } })

it('asks again after a fault when the vendor says, and looks by itself long before an allowance comes back', () => {
  expect(fault('record', null)).toEqual({ ms: 5_000, why: 'fault' })
  expect(fault('connection', null)).toEqual({ ms: 60_000, why: 'fault' })
  expect(fault('connection', 20_000)).toEqual({ ms: 20_000, why: 'fault' })
  expect(fault('connection', DAY_MS)).toEqual({ ms: 900_000, why: 'fault' })
})

it('never falls below the configured interval nor rises above a quarter of an hour or that', () => {
  fc.assert(
    fc.property(pace, (given) => {
      const { ms } = nextInterval(given)
      expect(ms).toBeGreaterThanOrEqual(given.pollMs)
      expect(ms).toBeLessThanOrEqual(Math.max(given.pollMs, 900_000))
    }),
  )
})

it('is the configured one without hints unless the budget or a fault forces it', () => {
  fc.assert(
    fc.property(pace, (given) => {
      const { ms, why } = nextInterval(given)
      const isForced = given.hints === 'healthy' || why === 'crowded' || why === 'budget' || why === 'fault'
      expect(isForced || ms === given.pollMs).toBe(true)
    }),
  )
})

it('grows with what is used and with what a poll costs', () => {
  fc.assert(
    fc.property(pace, fc.nat({ max: 100_000 }), fc.nat({ max: 20 }), (given, more, dearer) => {
      const { ms } = nextInterval(given)
      const used = given.day === null ? null : { ...given.day, used: given.day.used + more }
      expect(nextInterval({ ...given, day: used }).ms).toBeGreaterThanOrEqual(ms)
      expect(nextInterval({ ...given, requestsAPoll: given.requestsAPoll + dearer }).ms).toBeGreaterThanOrEqual(ms)
    }),
  )
})

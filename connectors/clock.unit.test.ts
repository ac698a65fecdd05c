import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { vendorClock } from './clock.ts'

const HOUR = 3_600_000
const t0 = Date.UTC(2026, 10, 23, 10)

/** A clock that hears of a vendor so far ahead; the way there and back takes its time. */
function heard(answers: { aheadMs: number; thereMs?: number; backMs?: number }[]) {
  const clock = vendorClock(() => t0)
  for (const { aheadMs, thereMs = 10, backMs = 10 } of answers) {
    const date = new Date(t0 + thereMs + aheadMs).toUTCString()
    clock.note({ date, sentMs: t0, receivedMs: t0 + thereMs + backMs })
  }
  return clock
}

it('is this machine’s clock until an answer tells another, and for differences that a header cannot show', () => {
  expect(vendorClock(() => t0).nowMs()).toBe(t0)
  expect(vendorClock(() => t0).aheadMs()).toBeNull()
  expect(heard([{ aheadMs: 700 }]).nowMs()).toBe(t0)
  expect(heard([{ aheadMs: -900 }]).nowMs()).toBe(t0)
})

it('knows a vendor whose clock is an hour ahead or behind, and is never later than it', () => {
  for (const aheadMs of [HOUR, -HOUR]) {
    const now = heard([{ aheadMs }]).nowMs()
    expect(now).toBeLessThanOrEqual(t0 + aheadMs)
    expect(now).toBeGreaterThan(t0 + aheadMs - 3_000)
  }
})

it('believes the quickest answer', () => {
  const clock = heard([{ aheadMs: HOUR, backMs: 3_000 }, { aheadMs: HOUR }, { aheadMs: HOUR, thereMs: 2_000 }])
  expect(Math.abs((clock.aheadMs() ?? 0) - HOUR)).toBeLessThanOrEqual(510)
})

it('follows a clock that is set', () => {
  const clock = heard([...Array.from({ length: 20 }, () => ({ aheadMs: HOUR })), { aheadMs: 0, backMs: 200 }])
  expect(clock.nowMs()).toBe(t0)
})

it('takes no notice of what is no date', () => {
  const clock = vendorClock(() => t0)
  clock.note({ date: 'yesterday', sentMs: t0, receivedMs: t0 })
  expect(clock.aheadMs()).toBeNull()
})

it('is off by no more than a second and half of the quickest way, whatever the answers’ ways', () => {
  const way = fc.record({ thereMs: fc.nat({ max: 5_000 }), backMs: fc.nat({ max: 5_000 }) })
  fc.assert(
    fc.property(
      fc.integer({ min: -HOUR, max: HOUR }),
      fc.array(way, { minLength: 1, maxLength: 16 }),
      (aheadMs, ways) => {
        const quickest = Math.min(...ways.map(({ thereMs, backMs }) => thereMs + backMs))
        const told = heard(ways.map((one) => ({ ...one, aheadMs }))).aheadMs() ?? NaN
        expect(Math.abs(told - aheadMs)).toBeLessThanOrEqual(500 + quickest / 2)
      },
    ),
  )
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openTimeBetween } from './calendar.ts'
import { deadlinesOf, rejudgeClock, resumeClock, startClock, stopClock, termsOf } from './decision-clock.ts'
import { policySchema } from './policy/policy.ts'
import { msBetween, plus } from './time.ts'

const HOUR = 3_600_000
const monday = '2026-11-23T08:00:00.000Z'
const policy = (decision: object) =>
  policySchema.parse({
    calendars: {
      desk: { timeZone: 'Europe/Berlin', holidays: ['2026-11-26'] },
      west: { timeZone: 'America/New_York' },
    },
    decision,
  })
const elapsed = termsOf(
  policy({
    within: '48h',
    remindAfter: '24h',
    ladder: [
      { after: '48h', to: 'head@vendor.example' },
      { after: '72h', to: 'chief@vendor.example' },
    ],
    atEnd: 'decline',
    endAfter: '96h',
  }),
  null,
)
const business = termsOf(
  policy({ within: '16h', hours: 'business', calendar: 'desk', calendarByRegion: { US: 'west' } }),
  null,
)

describe('the clock of a decision', () => {
  it('has every deadline fixed when it starts, rung by rung up to what the policy decides', () => {
    const clock = startClock(elapsed, monday)
    expect(deadlinesOf(clock, monday)).toEqual({
      decideBy: plus(monday, 48 * HOUR),
      remindAt: plus(monday, 24 * HOUR),
      escalateAt: plus(monday, 48 * HOUR),
      concludeAt: plus(monday, 96 * HOUR),
    })
    const later = plus(monday, 50 * HOUR)
    expect(deadlinesOf({ ...clock, rung: 1 }, later)).toMatchObject({
      remindAt: null,
      escalateAt: plus(monday, 72 * HOUR),
    })
    expect(deadlinesOf({ ...clock, rung: 2 }, later)).toMatchObject({ escalateAt: null })
  })

  it('counts the open hours of its calendar alone, over nights and a holiday', () => {
    // Berlin opens at nine: Monday, Tuesday, then Wednesday; the Thursday is free.
    expect(deadlinesOf(startClock(business, monday), monday).decideBy).toBe('2026-11-24T16:00:00.000Z')
    const wednesday = '2026-11-25T12:00:00.000Z'
    expect(deadlinesOf(startClock(business, wednesday), wednesday).decideBy).toBe('2026-11-30T12:00:00.000Z')
  })

  it('goes by the calendar of the partner’s region, where it has one', () => {
    const terms = policy({ within: '8h', hours: 'business', calendar: 'desk', calendarByRegion: { US: 'west' } })
    expect(termsOf(terms, 'us').calendar?.timeZone).toBe('America/New_York')
    expect(termsOf(terms, 'EMEA').calendar?.timeZone).toBe('Europe/Berlin')
    expect(termsOf(policy({}), 'us').calendar).toBeNull()
  })

  const hours = fc.nat({ max: 400 }).map((n) => n * HOUR)
  it.each([
    ['elapsed', elapsed],
    ['business', business],
  ] as const)('of %s hours has run exactly its time at its end, however often it was stopped', (_, terms) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hours, hours), { maxLength: 5 }), (pauses) => {
        let clock = startClock(terms, monday)
        let now = monday
        let ran = 0
        const count = (from: string, to: string) =>
          terms.calendar === null ? msBetween(from, to) : openTimeBetween(terms.calendar, from, to)
        for (const [run, rest] of pauses) {
          const stopped = plus(now, run)
          ran += count(now, stopped)
          if (ran >= terms.withinMs) return
          clock = stopClock(clock, stopped)
          expect(deadlinesOf(clock, stopped)).toEqual({
            decideBy: null,
            remindAt: null,
            escalateAt: null,
            concludeAt: null,
          })
          now = plus(stopped, rest)
          clock = resumeClock(clock, now)
        }
        const { decideBy } = deadlinesOf(clock, now)
        expect(ran + count(now, decideBy ?? '')).toBe(terms.withinMs)
      }),
    )
  })

  it('stopped twice is stopped once', () => {
    const once = stopClock(startClock(elapsed, monday), plus(monday, HOUR))
    expect(stopClock(once, plus(monday, 9 * HOUR))).toEqual(once)
  })

  it('is judged by other terms from where it began', () => {
    const clock = stopClock(startClock(elapsed, monday), plus(monday, 30 * HOUR))
    const longer = termsOf(policy({ within: '72h' }), null)
    const resumed = plus(monday, 500 * HOUR)
    expect(deadlinesOf(resumeClock(rejudgeClock(clock, longer), resumed), resumed).decideBy).toBe(
      plus(resumed, 42 * HOUR),
    )
  })
})

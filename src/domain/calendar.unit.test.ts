import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterOpenTime, openTimeBetween } from './calendar.ts'
import { calendar as schema, weekdays, type Calendar } from './policy/calendars.ts'
import { plus } from './time.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
/** Zones whose clocks change at different hours, on different dates, by different amounts, at midnight, or not at all. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Tehran',
]

const berlin = schema.parse({
  timeZone: 'Europe/Berlin',
  hours: { 'mon-thu': '09:00-17:30', fri: ['09:00-12:00', '13:00-15:00'] },
  holidays: ['2026-12-25', '2027-01-01'],
})

/** What a clock on the wall shows, by the platform's own time zones and not by the library under test. */
function wallOf(zone: string, instant: string): { day: string; weekday: (typeof weekdays)[number]; minute: number } {
  const parts = new Map(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
      .formatToParts(new Date(instant))
      .map(({ type, value }) => [type, value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  const weekday = weekdays.find((name) => name === part('weekday').toLowerCase()) ?? 'mon'
  const minute = Number(part('hour')) * 60 + Number(part('minute')) + Number(part('second')) / 60
  return { day: `${part('year')}-${part('month')}-${part('day')}`, weekday, minute }
}

/** Whether the calendar is open at the instant, or closes just then. */
function isWithin(calendar: Calendar, instant: string): boolean {
  // A closing at midnight is told from the moment before.
  return [instant, plus(instant, -1)].some((at) => {
    const { day, weekday, minute } = wallOf(calendar.timeZone, at)
    if (calendar.holidays.includes(day)) return false
    return calendar.hours[weekday].some(({ opensAt, closesAt }) => minute >= opensAt && minute <= closesAt)
  })
}

const time = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const openDay = fc
  .uniqueArray(fc.integer({ min: 0, max: 1440 }), { minLength: 2, maxLength: 4 })
  .map((marks) => marks.toSorted((a, b) => a - b))
  .map((marks) =>
    marks.flatMap((from, index) => {
      const to = marks[index + 1]
      return index % 2 === 0 && to !== undefined ? [`${time(from)}-${time(to)}`] : []
    }),
  )
// Around the changes of 2011 (a day that never was in Apia), 2026 and 2027.
const instant = fc
  .tuple(fc.constantFrom('2011-12-25', '2026-03-01', '2026-10-01', '2027-03-01'), fc.nat({ max: 45 * 86_400_000 }))
  .map(([day, ms]) => plus(`${day}T00:00:00.000Z`, ms))
const anyCalendar = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    hours: fc.dictionary(fc.constantFrom(...weekdays), openDay, { minKeys: 1, noNullPrototype: true }),
    holidays: fc.array(
      instant.map((at) => at.slice(0, 10)),
      { maxLength: 5 },
    ),
  })
  .map((input) => schema.parse(input))
const duration = fc.nat({ max: 200 * HOUR })

describe('business hours', () => {
  it('measure what was added', () => {
    fc.assert(
      fc.property(anyCalendar, instant, duration, (calendar, from, ms) => {
        expect(openTimeBetween(calendar, from, afterOpenTime(calendar, from, ms))).toBe(ms)
      }),
    )
  })

  it('never end outside the hours, on a free weekday or a holiday', () => {
    fc.assert(
      fc.property(anyCalendar, instant, duration, (calendar, from, ms) => {
        const end = afterOpenTime(calendar, from, ms)
        expect([end, isWithin(calendar, end)]).toEqual([end, true])
        expect(end >= from).toBe(true)
      }),
    )
  })

  it('only ever move forward: what is longer or begins later ends no earlier', () => {
    fc.assert(
      fc.property(
        anyCalendar,
        instant,
        duration,
        duration,
        fc.nat({ max: 300 * HOUR }),
        (calendar, from, a, b, later) => {
          const [less, more] = a < b ? [a, b] : [b, a]
          expect(afterOpenTime(calendar, from, less) <= afterOpenTime(calendar, from, more)).toBe(true)
          expect(afterOpenTime(calendar, from, a) <= afterOpenTime(calendar, plus(from, later), a)).toBe(true)
        },
      ),
    )
  })

  it('add up, wherever a stretch of time is cut', () => {
    fc.assert(
      fc.property(
        anyCalendar,
        instant,
        fc.nat({ max: 900 * HOUR }),
        fc.nat({ max: 900 * HOUR }),
        (calendar, from, a, b) => {
          const [middle, end] = [plus(from, a), plus(from, a + b)]
          const parts = openTimeBetween(calendar, from, middle) + openTimeBetween(calendar, middle, end)
          expect(openTimeBetween(calendar, from, end)).toBe(parts)
        },
      ),
    )
  })

  it('are open exactly where the wall clock says so, minute by minute over a change of the clocks', () => {
    const changes = fc.constantFrom<[string, string]>(
      ['Europe/Berlin', '2026-03-28T22:00:00.000Z'],
      ['Europe/Berlin', '2026-10-24T22:00:00.000Z'],
      ['America/New_York', '2026-11-01T04:00:00.000Z'],
      ['America/Santiago', '2026-04-05T00:00:00.000Z'],
      ['Australia/Lord_Howe', '2026-10-03T12:00:00.000Z'],
    )
    fc.assert(
      fc.property(changes, openDay, fc.nat({ max: 6 * 60 }), ([timeZone, around], hours, minutes) => {
        const calendar = schema.parse({ timeZone, hours: { 'mon-sun': hours } })
        const at = plus(around, minutes * MINUTE)
        const open = openTimeBetween(calendar, at, plus(at, MINUTE))
        const { weekday, minute } = wallOf(timeZone, at)
        const isOpen = calendar.hours[weekday].some(({ opensAt, closesAt }) => minute >= opensAt && minute < closesAt)
        // Of an hour that comes twice the pass that is cut by the hours' own end or beginning counts as closed.
        const possible = isOpen ? (isTwice(timeZone, at) ? [0, MINUTE] : [MINUTE]) : [0]
        expect(possible).toContain(open)
      }),
      { numRuns: 400 },
    )
  })

  it.each([
    ['over a night', '2026-11-23T15:00:00.000Z', 2 * HOUR, '2026-11-24T08:30:00.000Z'],
    [
      'up to the closing and not to the next opening',
      '2026-11-23T15:00:00.000Z',
      1.5 * HOUR,
      '2026-11-23T16:30:00.000Z',
    ],
    ['over a lunch break and a weekend', '2026-11-27T10:30:00.000Z', 3 * HOUR, '2026-11-30T08:30:00.000Z'],
    ['over a holiday that falls on a Friday', '2026-12-24T15:30:00.000Z', 2 * HOUR, '2026-12-28T09:00:00.000Z'],
    ['over the night in which clocks go forward', '2026-03-27T13:00:00.000Z', 2 * HOUR, '2026-03-30T08:00:00.000Z'],
    ['over the night in which they go back', '2026-10-23T12:00:00.000Z', 2 * HOUR, '2026-10-26T09:00:00.000Z'],
  ])('count %s', (_, from, ms, until) => {
    expect(afterOpenTime(berlin, from, ms)).toBe(until)
  })

  it('of a whole day are 23 and 25 where the clocks change, and none on a day that never was', () => {
    const always = schema.parse({ timeZone: 'Europe/Berlin', hours: { 'mon-sun': '00:00-24:00' } })
    expect(openTimeBetween(always, '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z')).toBe(23 * HOUR)
    expect(openTimeBetween(always, '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z')).toBe(25 * HOUR)
    const friday = schema.parse({ timeZone: 'Pacific/Apia', hours: { fri: '09:00-17:00' } })
    expect(openTimeBetween(friday, '2011-12-29T00:00:00.000Z', '2012-01-02T00:00:00.000Z')).toBe(0)
  })

  it('that never come are told, not waited for', () => {
    const closed = { ...berlin, hours: { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] } }
    expect(() => afterOpenTime(closed, '2026-11-23T15:00:00.000Z', 1)).toThrow('never opens')
    expect(openTimeBetween(closed, '2026-11-23T15:00:00.000Z', '2027-11-23T15:00:00.000Z')).toBe(0)
  })
})

/** Whether the wall clock shows the same again an hour or half an hour before or after. */
function isTwice(zone: string, at: string): boolean {
  const shown = JSON.stringify(wallOf(zone, at))
  return [-60, -30, 30, 60].some((minutes) => JSON.stringify(wallOf(zone, plus(at, minutes * MINUTE))) === shown)
}

/**
 * Business hours: how much time a calendar was open, and when so much of it has passed. Open is every instant whose wall clock in the
 * calendar's zone stands within the hours of a day that is no holiday; an hour that a daylight-saving change takes out is not worked,
 * and one that comes twice is worked twice where the hours hold both.
 */
import { Temporal } from 'temporal-polyfill/implementation'
import { weekdays, type Calendar, type OpenHours } from './policy/calendars.ts'
import type { Instant } from './time.ts'

/** A stretch of open time in milliseconds since the epoch; `to` is not part of it. */
interface Stretch {
  from: number
  to: number
}

/** So many days without an open minute, and the calendar is taken for one that never opens: its holidays would fill years. */
const LONGEST_CLOSED_DAYS = 3 * 366

/**
 * When so much open time has passed. Nothing to wait for is over at the next open instant; what ends with a stretch ends at its closing
 * and not at the next opening.
 */
export function afterOpenTime(calendar: Calendar, from: Instant, ms: number): Instant {
  const start = Date.parse(from)
  let left = Math.max(0, ms)
  for (const stretch of stretches(calendar, start)) {
    const begins = Math.max(stretch.from, start)
    if (left <= stretch.to - begins) return instantOf(begins + left)
    left -= stretch.to - begins
  }
  throw new Error('the calendar never opens')
}

/** How much open time lies between the instants, in milliseconds; 0 where `to` is not later. */
export function openTimeBetween(calendar: Calendar, from: Instant, to: Instant): number {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (end <= start) return 0
  let open = 0
  for (const stretch of stretches(calendar, start, end)) {
    if (stretch.from >= end) break
    open += Math.max(0, Math.min(stretch.to, end) - Math.max(stretch.from, start))
  }
  return open
}

/** The open stretches that end after `start`, in order. */
function* stretches(calendar: Calendar, start: number, end = Infinity): Generator<Stretch> {
  const zone = calendar.timeZone
  const holidays = new Set(calendar.holidays)
  // The day before: where clocks go back over midnight, the civil day of an instant has begun after it.
  let day = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone).toPlainDate().subtract({ days: 1 })
  let closedDays = 0
  let last = -Infinity
  while (closedDays < LONGEST_CLOSED_DAYS) {
    closedDays += 1
    const hours = holidays.has(day.toString()) ? [] : (calendar.hours[weekdays[day.dayOfWeek - 1] ?? 'mon'] ?? [])
    for (const one of hours) {
      const { from, to } = stretchOf(day, one, zone)
      if (to <= start || to <= from) continue
      yield { from: Math.max(from, last), to }
      last = to
      closedDays = 0
    }
    day = day.add({ days: 1 })
    if (day.toZonedDateTime(zone).epochMilliseconds > end) return
  }
}

/** The hours of one civil day, as the zone's clock runs on that day. */
function stretchOf(day: Temporal.PlainDate, { opensAt, closesAt }: OpenHours, zone: string): Stretch {
  const opens = moments(day, opensAt, zone)
  const closes = moments(day, closesAt, zone)
  // Of an hour that comes twice nothing outside the hours is open: they begin with its second pass and end with its first, or lie in the first whole.
  const from = opens.later < closes.earlier ? opens.later : opens.earlier
  return { from, to: closes.earlier }
}

/** When the wall clock shows so many minutes of the day: twice where it is set back, and where it skips them the moment of the skip. */
function moments(day: Temporal.PlainDate, minutes: number, zone: string): { earlier: number; later: number } {
  const wall = day.toPlainDateTime().add({ minutes })
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' })
  if (!earlier.toPlainDateTime().equals(wall)) {
    const skip = earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? earlier.epochMilliseconds
    return { earlier: skip, later: skip }
  }
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' })
  return { earlier: earlier.epochMilliseconds, later: later.epochMilliseconds }
}

function instantOf(ms: number): Instant {
  return new Date(ms).toISOString()
}

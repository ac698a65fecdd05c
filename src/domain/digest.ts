/** When a digest is due in its reader's time zone. */
import type { Instant } from './time.ts'

export interface DigestTime {
  rhythm: 'daily' | 'weekly'
  /** 0 to 23, by the clock on the reader's wall. */
  hour: number
  /** 1 is Monday, 7 Sunday; only for `weekly`. */
  weekday: number
  timeZone: string
}

const DAY_MS = 86_400_000

/**
 * The first instant after `now` at which a digest is due. By the wall clock: it comes at the same hour before and after the clocks
 * change. In the night in which that hour does not exist it comes as much later as the clocks jump; in the one in which it comes twice,
 * at the first.
 */
export function nextDigest(now: Instant, { rhythm, hour, weekday, timeZone }: DigestTime): Instant {
  const today = wallOf(Date.parse(now), timeZone)
  const midnight = Date.UTC(today.year, today.month - 1, today.day)
  // The day before too: far from UTC the date of a wall is not that of its instant. Nine days hold every weekday.
  for (let day = -1; day <= 8; day += 1) {
    const date = midnight + day * DAY_MS
    if (rhythm === 'weekly' && (new Date(date).getUTCDay() || 7) !== weekday) continue
    const at = new Date(instantOf(date + hour * 3_600_000, timeZone)).toISOString()
    if (at > now) return at
  }
  throw new Error(`no digest is due within nine days of ${now}`)
}

/** The instant at which the clock on the wall shows `wall`, which is written as if it were UTC. */
function instantOf(wall: number, timeZone: string): number {
  // The offsets before and after any change of the clocks near by: the earlier reading that is right, else the one after the jump.
  const before = wall - offsetOf(wall - DAY_MS, timeZone)
  const after = wall - offsetOf(wall + DAY_MS, timeZone)
  const right = [before, after].filter((at) => at + offsetOf(at, timeZone) === wall)
  return right.length === 0 ? before : Math.min(...right)
}

function offsetOf(at: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = wallOf(at, timeZone)
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000
}

type Wall = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>

const formats = new Map<string, Intl.DateTimeFormat>()

function wallOf(at: number, timeZone: string): Wall {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(timeZone, format)
  }
  const parts = new Map<string, number>(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (name: keyof Wall) => parts.get(name) ?? 0
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}

/** Whether a time zone of this name is known. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

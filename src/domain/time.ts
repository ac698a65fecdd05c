/** Instants as ISO 8601 UTC text with milliseconds: text order is time order, and nothing depends on a time zone. */
export type Instant = string

/** @param ms milliseconds, negative for earlier */
export function plus(instant: Instant, ms: number): Instant {
  return new Date(Date.parse(instant) + ms).toISOString()
}

/** Milliseconds from `from` to `to`; negative when `to` is earlier. */
export function msBetween(from: Instant, to: Instant): number {
  return Date.parse(to) - Date.parse(from)
}

/** The earliest of the instants that are set, or null when none is. */
export function earliest(...instants: (Instant | null)[]): Instant | null {
  return instants.reduce((first, at) => (at !== null && (first === null || at < first) ? at : first), null)
}

const DAY_MS = 86_400_000
const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS }
/** A hundred years: what is longer is a slip of the pen, and no calendar holds it. */
const LONGEST_MS = 36_525 * DAY_MS
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/

/** `48h`, `90d`, `250ms` → milliseconds; null when it is no duration. A day is 24 elapsed hours. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text.trim())
  if (match === null) return null
  const [, amount, unit = ''] = match
  const ms = Math.round(Number(amount) * (UNITS[unit] ?? Number.NaN))
  return ms <= LONGEST_MS ? ms : null
}

/** The civil day that an instant falls on in a time zone. */
export function dayIn(timeZone: string, instant: Instant): string {
  // en-CA writes a day as 2026-11-26.
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    Date.parse(instant),
  )
}

/** An instant for people of whom no time zone is known: `2026-11-26 14:05 UTC`. */
export function instantText(instant: Instant): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`
}

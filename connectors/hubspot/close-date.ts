/**
 * A deal's close date is an instant at HubSpot and a civil date with us.
 *
 * The zone rule: the day is the one that the account's time zone shows at that instant, because HubSpot's screens show that one.
 * A day is written as the first of noon, midnight and 23:00 UTC of that date which the account's zone shows as the same day; noon
 * serves every zone from −12:00 to +11:59, the others the rest. No local time of this machine takes part.
 */
export function civilDateOf(stored: string, timeZone: string): string | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(stored)) return stored
  const ms = /^-?\d+$/.test(stored) ? Number(stored) : Date.parse(stored)
  if (Number.isNaN(ms)) return null
  const place = `${timeZone} ${String(ms)}`
  const known = days.get(place)
  if (known !== undefined) return known
  const parts = calendarOf(timeZone).formatToParts(ms)
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? ''
  const day = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  if (days.size >= MOST_DAYS) days.clear()
  days.set(place, day)
  return day
}

/** Deals close on few days: what an instant's day is in a zone is remembered for the next deal. */
const days = new Map<string, string>()
const MOST_DAYS = 2_000

/** Making one costs as much as reading a hundred dates with it; an account has one zone. */
const calendars = new Map<string, Intl.DateTimeFormat>()

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const known = calendars.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  calendars.set(timeZone, made)
  return made
}

/** The instant to store for a civil date. Anything that is no civil date passes as it is, for HubSpot to refuse. */
export function instantOfDay(date: string, timeZone: string): string {
  const candidates = ['12:00', '00:00', '23:00'].map((time) => `${date}T${time}:00.000Z`)
  return candidates.find((instant) => civilDateOf(instant, timeZone) === date) ?? date
}

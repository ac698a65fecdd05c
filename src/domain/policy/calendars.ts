/** Business hours by calendar: a time zone, opening hours for each weekday, and the days on which nobody works. */
import { z } from 'zod'
import { day, timeZone } from './values.ts'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** Minutes since midnight by the calendar's wall clock; `closesAt` is not part of it and at most 1440. */
export interface OpenHours {
  opensAt: number
  closesAt: number
}

/** Without hours it is the end of the day, `24:00`. */
const minutes = (hours?: string, rest?: string) => Number(hours ?? 24) * 60 + Number(rest ?? 0)

const openHours = z.string().transform((text, context): OpenHours => {
  const match = /^([01]\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text.trim())
  const found = match === null ? null : { opensAt: minutes(match[1], match[2]), closesAt: minutes(match[3], match[4]) }
  if (found !== null && found.opensAt < found.closesAt) return found
  context.addIssue({
    code: 'custom',
    message: `expected hours of one day such as 09:00-17:30, found "${text}"`,
  })
  return z.NEVER
})

const span = /^(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?$/
const dayKey = z.string().regex(span, 'expected a weekday such as mon, or days in a row such as mon-fri')

/** `mon-fri: 09:00-17:00`, or several stretches: `mon: [09:00-12:30, 13:30-18:00]`. A day that is not named is free. */
const hours = z
  .record(dayKey, z.union([openHours.transform((one) => [one]), z.array(openHours)]))
  .transform((byKey, context): Record<Weekday, OpenHours[]> => {
    const week: Record<Weekday, OpenHours[]> = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] }
    const said = new Map<Weekday, string>()
    for (const [key, stretches] of Object.entries(byKey)) {
      for (const name of daysOf(key)) {
        const earlier = said.get(name)
        if (earlier !== undefined)
          context.addIssue({ code: 'custom', path: [key], message: `${name} is said by "${earlier}" already` })
        said.set(name, key)
        week[name] = stretches.toSorted((a, b) => a.opensAt - b.opensAt)
      }
      if (overlap(stretches)) context.addIssue({ code: 'custom', path: [key], message: 'its hours overlap' })
    }
    if (Object.values(week).every((stretches) => stretches.length === 0))
      context.addIssue({ code: 'custom', message: 'expected hours on at least one day: no clock would ever run' })
    return week
  })

export const calendar = z.strictObject({
  timeZone,
  hours: hours.prefault({ 'mon-fri': '09:00-17:00' }),
  /** Days on which nobody works, whatever the weekday. */
  holidays: z.array(day).default([]),
})

export type Calendar = z.output<typeof calendar>

function daysOf(key: string): Weekday[] {
  const [, first = 'mon', last = first] = span.exec(key) ?? []
  const from = weekdays.findIndex((name) => name === first)
  const to = weekdays.findIndex((name) => name === last)
  return from <= to ? weekdays.slice(from, to + 1) : [...weekdays.slice(from), ...weekdays.slice(0, to + 1)]
}

function overlap(stretches: OpenHours[]): boolean {
  const sorted = stretches.toSorted((a, b) => a.opensAt - b.opensAt)
  return sorted.some((one, index) => index > 0 && one.opensAt < (sorted[index - 1]?.closesAt ?? 0))
}

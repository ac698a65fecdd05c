import type { Policy } from '../policy.ts'
import { hoursText } from '../words.ts'
import type { DraftSection } from './section.ts'

/** Of the calendars that something counts by. */
export function calendarSection({ calendars, decision }: Policy): DraftSection {
  const used = new Set([decision.calendar, ...Object.values(decision.calendarByRegion)])
  const regions = (name: string) =>
    Object.entries(decision.calendarByRegion).flatMap(([region, calendar]) => (calendar === name ? [region] : []))
  return {
    title: 'Business hours',
    lead: null,
    paragraphs: Object.entries(calendars)
      .filter(([name]) => used.has(name))
      .map(([name, calendar]) => {
        const of = regions(name).length === 0 ? '' : ` for partners of the region ${regions(name).join(', ')}`
        const free = calendar.holidays.length === 0 ? '' : ` Free days: ${calendar.holidays.join(', ')}.`
        return {
          id: `calendar-${name}`,
          text: `The calendar ${name}${of}: ${hoursText(calendar)}, in the time zone ${calendar.timeZone}.${free}`,
        }
      }),
  }
}

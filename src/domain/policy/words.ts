/** The values of a policy in plain English. */
import type { Calendar, OpenHours, Weekday } from './calendars.ts'
import { weekdays } from './calendars.ts'
import type { AmountRange, Conditions, DealType } from './conditions.ts'

/** `48 hours`, `90 days`. */
export function durationText(ms: number): string {
  const units: [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ]
  // Deadlines of some days are said in hours, for so they are counted.
  const fits = ([name, size]: [string, number]) => ms >= size && ms % size === 0 && (name !== 'day' || ms > 3 * size)
  const [unit, size] = units.find(fits) ?? ['millisecond', 1]
  const count = ms / size
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`
}

/** `USD 50,000`. No digit passes through a float. */
export function amountText(amount: string, currency: string | null): string {
  const [whole = '0', fraction] = amount.split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${currency ?? ''} ${grouped}${fraction === undefined ? '' : `.${fraction.padEnd(2, '0')}`}`.trim()
}

/** `a, b and c`. */
export function listText(items: readonly string[], last: 'and' | 'or'): string {
  if (items.length <= 1) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1) ?? ''}`
}

/** What a claim must be for a rule to hold: `a claim for new business of at most USD 50,000 by a Gold partner`. */
export function claimText(when: Conditions, currency: string | null): string {
  const { amount, currencies, tiers, regions, groups, partnerTypes, countries, products, dealTypes } = when
  const or = (items: readonly string[] | null) => (items === null ? null : listText(items, 'or'))
  const partner = [
    tiers === null ? null : `of tier ${or(tiers) ?? ''}`,
    partnerTypes === null ? null : `of type ${or(partnerTypes) ?? ''}`,
    groups === null ? null : `of the group ${or(groups) ?? ''}`,
    regions === null ? null : `of the region ${or(regions) ?? ''}`,
  ].filter((part) => part !== null)
  return [
    'a claim',
    dealTypes === null
      ? null
      : `for ${listText(
          dealTypes.map((type) => dealTypeText[type]),
          'or',
        )}`,
    amount === null ? null : rangeText(amount, currency),
    currencies === null ? null : `in ${or(currencies) ?? ''}`,
    products === null ? null : `with ${or(products) ?? ''}`,
    countries === null ? null : `on a company in ${or(countries) ?? ''}`,
    partner.length === 0 ? null : `by a partner ${listText(partner, 'and')}`,
  ]
    .filter((part) => part !== null)
    .join(' ')
}

/** Whether the conditions ask for anything. */
export function asksForSomething(when: Conditions): boolean {
  return Object.values(when).some((asked) => asked !== null)
}

const dealTypeText: Record<DealType, string> = {
  new: 'new business',
  renewal: 'a renewal',
  expansion: 'an expansion',
}

function rangeText(range: AmountRange, own: string | null): string {
  const say = (bound: string) => amountText(bound, range.currency ?? own)
  const { from, above, upTo, below } = range
  const low = from === null ? (above === null ? null : `more than ${say(above)}`) : `at least ${say(from)}`
  const high = upTo === null ? (below === null ? null : `less than ${say(below)}`) : `at most ${say(upTo)}`
  return `of ${[low, high].filter((part) => part !== null).join(' and ')}`
}

const dayText: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

/** `Monday to Friday 09:00–17:00`. Days in a row with the same hours are said together. */
export function hoursText({ hours }: Calendar): string {
  const runs: { first: Weekday; last: Weekday; text: string }[] = []
  for (const day of weekdays) {
    const text = hours[day].map(stretchText).join(' and ')
    const run = runs.at(-1)
    const follows = run !== undefined && run.text === text && weekdays.indexOf(run.last) === weekdays.indexOf(day) - 1
    if (follows) run.last = day
    else if (text !== '') runs.push({ first: day, last: day, text })
  }
  return listText(
    runs.map(
      ({ first, last, text }) => `${first === last ? dayText[first] : `${dayText[first]} to ${dayText[last]}`} ${text}`,
    ),
    'and',
  )
}

function stretchText({ opensAt, closesAt }: OpenHours): string {
  return `${clockText(opensAt)}–${clockText(closesAt)}`
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

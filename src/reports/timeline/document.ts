/** A timeline as a document that a person reads from top to bottom, in one time zone. Pure. */
import { CausewayError } from '../../errors.ts'
import type { Timeline, TimelineEntry } from './entry.ts'
import { labelOf, plain, roleOf, sentence, titleOf } from './words.ts'

export interface TimelineDocument {
  title: string
  /** Instants in this zone; see `zone`. */
  timeZone: string
  madeAt: string
  claim: Fact[]
  clocks: Fact[]
  steps: Step[]
  /** What is left out and why, and how to read the rest. */
  notes: string[]
}

export interface Fact {
  label: string
  value: string
}

export interface Step {
  at: string
  /** The day that it happened on, as a heading. */
  day: string
  title: string
  by: string | null
  /** The rule and the edition of the policy. */
  rule: string | null
  reason: string | null
  facts: Fact[]
  /** The row that proves it. */
  reference: string
  /** What followed from it at once. */
  under: Step[]
}

/**
 * @param now when it is made
 * @throws CW_REQUEST_INVALID for a time zone that there is not
 */
export function documentOf(timeline: Timeline, timeZone: string, now: string): TimelineDocument {
  const time = clockOf(timeZone)
  const { registration: r, entries, unchangedReadings } = timeline
  const children = Map.groupBy(entries, ({ under }) => under)
  const stepOf = (entry: TimelineEntry): Step => ({
    at: time.instant(entry.at),
    day: time.day(entry.at),
    title: titleOf(entry),
    by: byOf(entry),
    rule: ruleOf(entry),
    reason: entry.reason,
    facts: factsOf(entry, time),
    reference: `${entry.kind} ${entry.id}`,
    under: entry.kind === 'event' ? (children.get(entry.id) ?? []).map(stepOf) : [],
  })
  return {
    title: `Registration of ${r.company ?? 'a company'} by ${r.partner ?? 'a partner'}`,
    timeZone,
    madeAt: time.instant(now),
    claim: facts([
      ['State', plain(r.state)],
      ['Reason', r.reason],
      ['Company', r.company],
      ['Domain', r.domain],
      ['Contact', [r.contactName, r.contactEmail].filter((text) => text !== null).join(', ')],
      ['Amount', r.amount === null ? null : `${r.amount} ${r.currency ?? ''}`.trim()],
      ['Close date', r.closeDate],
      ['Products', r.products],
      ['Partner', r.partner],
      ['Submitted by', r.submittedBy],
      ['Entered on behalf by', r.onBehalfBy],
      ['Submitted through', r.portal],
      ['Policy', r.policyVersion === null ? null : `version ${r.policyVersion}`],
      ['Reference', r.id],
    ]),
    clocks: facts([
      ['Submitted', time.maybe(r.submittedAt)],
      ['Taken in', time.instant(r.createdAt)],
      ['Decision due', time.maybe(r.decideBy)],
      ['Protected from', time.maybe(r.protectedFrom)],
      ['Protected until', time.maybe(r.protectedUntil)],
    ]),
    steps: (children.get(null) ?? []).map(stepOf),
    notes: [
      `All times are in ${timeZone}.`,
      ...(unchangedReadings === 0
        ? []
        : [`Besides, systems were read ${String(unchangedReadings)} times and said what was known already.`]),
    ],
  }
}

function byOf(entry: TimelineEntry): string | null {
  // Where a system is meant it stands in the title.
  if (['write', 'reading', 'clash'].includes(entry.kind)) return null
  if (entry.who === null) return null
  return `${roleOf(entry)} ${entry.who}`
}

function ruleOf({ rule, policyVersion }: TimelineEntry): string | null {
  if (rule === null && policyVersion === null) return null
  const version = policyVersion === null ? null : `policy version ${policyVersion}`
  return [rule === null ? null : `rule “${rule}”`, version].filter((part) => part !== null).join(', ')
}

/** Facts that the title or the column beside it says already. */
const SAID = new Set(['file', 'channel', 'status', 'round'])
/** Facts whose values are codes. */
const CODES = new Set(['why', 'matchedOn', 'stands', 'state', 'ruling', 'audience', 'field', 'with'])

function factsOf(entry: TimelineEntry, time: Clock): Fact[] {
  return facts(
    Object.entries(entry.facts).flatMap(([name, value]): [string, string | null][] => {
      if (SAID.has(name) && entry.kind !== 'write') return []
      if (value === null || value === '') return []
      if (typeof value === 'boolean') return [[labelOf(name), value ? 'yes' : 'no']]
      if (typeof value === 'number') return [[labelOf(name), String(value)]]
      if (INSTANT.test(value)) return [[labelOf(name), time.instant(value)]]
      return [[labelOf(name), CODES.has(name) ? value.split(' ').map(plain).join('; ') : value]]
    }),
  )
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/

function facts(pairs: [string, string | null][]): Fact[] {
  return pairs.flatMap(([label, value]) => (value === null || value === '' ? [] : [{ label: sentence(label), value }]))
}

interface Clock {
  instant(at: string): string
  maybe(at: string | null): string | null
  day(at: string): string
}

function clockOf(timeZone: string): Clock {
  const clock = (options: Intl.DateTimeFormatOptions) => {
    try {
      return new Intl.DateTimeFormat('en-GB', { timeZone, ...options })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new CausewayError(
        'CW_REQUEST_INVALID',
        `There is no time zone "${timeZone}"; expected one such as Europe/Berlin or UTC`,
        { field: 'timeZone' },
      )
    }
  }
  const whole = clock({
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const day = clock({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  const instant = (at: string) => whole.format(new Date(at))
  return { instant, maybe: (at) => (at === null ? null : instant(at)), day: (at) => day.format(new Date(at)) }
}

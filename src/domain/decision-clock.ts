/**
 * The clock of a decision: it runs from the moment that a person is asked, stops while the partner owes an answer, and goes on with what
 * was left. Its terms are fixed when it starts, so that an edit of the policy changes no deadline that people were told.
 */
import { afterOpenTime, openTimeBetween } from './calendar.ts'
import type { Calendar } from './policy/calendars.ts'
import { isSame } from './policy/claim.ts'
import type { Policy } from './policy/policy.ts'
import { msBetween, plus, type Instant } from './time.ts'

export interface ClockTerms {
  withinMs: number
  /** When whoever is asked is reminded, from the start of the clock. */
  remindAfterMs: number[]
  /** Who is told that the decision is overdue, one after another. */
  ladder: { afterMs: number; to: string | null }[]
  /** What happens when nobody has decided for so long; null: the task stays open. */
  end: { afterMs: number; decision: 'approve' | 'decline' } | null
  /** In whose open hours all of this counts; null: every hour. */
  calendar: Calendar | null
}

export interface DecisionClock {
  terms: ClockTerms
  /** Since when it runs; null: it is stopped. */
  since: Instant | null
  /** How much of it ran before. */
  usedMs: number
  /** How many rungs of the ladder were told. */
  rung: number
}

export interface Deadlines {
  decideBy: Instant | null
  remindAt: Instant | null
  escalateAt: Instant | null
  concludeAt: Instant | null
}

/** @param region of the claim's partner: it may have a calendar of its own */
export function termsOf({ decision, calendars }: Policy, region: string | null): ClockTerms {
  const own = Object.entries(decision.calendarByRegion).find(([name]) => region !== null && isSame(name, region))
  const calendar = decision.hours === 'business' ? (own?.[1] ?? decision.calendar) : null
  return {
    withinMs: decision.within,
    remindAfterMs: decision.remindAfter === null ? [] : [decision.remindAfter],
    // Without a ladder whoever was asked is still told that it is overdue.
    ladder:
      decision.ladder.length === 0
        ? [{ afterMs: decision.within, to: null }]
        : decision.ladder.map(({ after, to }) => ({ afterMs: after, to })),
    end:
      decision.atEnd === 'wait' || decision.endAfter === null
        ? null
        : { afterMs: decision.endAfter, decision: decision.atEnd },
    calendar: calendar === null ? null : (calendars[calendar] ?? null),
  }
}

export function startClock(terms: ClockTerms, now: Instant): DecisionClock {
  return { terms, since: now, usedMs: 0, rung: 0 }
}

/** Stops it; what ran until now is used up. One that is stopped stays as it is. */
export function stopClock(clock: DecisionClock, now: Instant): DecisionClock {
  return { ...clock, usedMs: usedOf(clock, now), since: null }
}

/** Lets it go on with what was left. */
export function resumeClock(clock: DecisionClock, now: Instant): DecisionClock {
  return { ...clock, since: now }
}

/** Judges it by other terms, from where it began: what ran of it stays used. */
export function rejudgeClock(clock: DecisionClock, terms: ClockTerms): DecisionClock {
  return { ...clock, terms }
}

/**
 * What is due when. A stopped clock has no deadline. Of the reminders the next one counts: those that are over by `now` were given.
 */
export function deadlinesOf(clock: DecisionClock, now: Instant): Deadlines {
  const { since, terms, usedMs, rung } = clock
  if (since === null) return { decideBy: null, remindAt: null, escalateAt: null, concludeAt: null }
  const used = usedOf(clock, now)
  const at = (offsetMs: number | undefined) =>
    offsetMs === undefined ? null : dueAfter(terms, since, offsetMs - usedMs)
  return {
    decideBy: at(terms.withinMs),
    remindAt: at(terms.remindAfterMs.find((offset) => offset > used)),
    escalateAt: at(terms.ladder[rung]?.afterMs),
    concludeAt: at(terms.end?.afterMs),
  }
}

function usedOf({ since, usedMs, terms }: DecisionClock, now: Instant): number {
  if (since === null) return usedMs
  const { calendar } = terms
  return usedMs + (calendar === null ? Math.max(0, msBetween(since, now)) : openTimeBetween(calendar, since, now))
}

/** What was due before the clock last stopped is due at once. */
function dueAfter({ calendar }: ClockTerms, since: Instant, ms: number): Instant {
  if (calendar === null || ms <= 0) return plus(since, ms)
  return afterOpenTime(calendar, since, ms)
}

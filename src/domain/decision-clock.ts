/**
 * The clock of a decision: it runs from the moment that a person is asked, stops while the partner owes an answer, and goes on with what
 * was left. Its terms are fixed when it starts, so that an edit of the policy changes no deadline that people were told.
 */
import type { Policy } from './policy/policy.ts'
import { msBetween, plus, type Instant } from './time.ts'

export interface ClockTerms {
  withinMs: number
  /** When whoever is asked is reminded, from the start of the clock. */
  remindAfterMs: number[]
  /** Who is told that the decision is overdue, one after another. */
  ladder: { afterMs: number; to: string | null }[]
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
}

export function termsOf({ decision }: Policy): ClockTerms {
  return {
    withinMs: decision.within,
    remindAfterMs: decision.remindAfter === null ? [] : [decision.remindAfter],
    // Without a ladder whoever was asked is still told that it is overdue.
    ladder:
      decision.ladder.length === 0
        ? [{ afterMs: decision.within, to: null }]
        : decision.ladder.map(({ after, to }) => ({ afterMs: after, to })),
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

/**
 * What is due when. A stopped clock has no deadline. Of the reminders the next one counts: those that are over by `now` were given.
 */
export function deadlinesOf(clock: DecisionClock, now: Instant): Deadlines {
  const { since, terms, usedMs, rung } = clock
  if (since === null) return { decideBy: null, remindAt: null, escalateAt: null }
  const used = usedOf(clock, now)
  const at = (offsetMs: number | undefined) => (offsetMs === undefined ? null : plus(since, offsetMs - usedMs))
  return {
    decideBy: at(terms.withinMs),
    remindAt: at(terms.remindAfterMs.find((offset) => offset > used)),
    escalateAt: at(terms.ladder[rung]?.afterMs),
  }
}

function usedOf({ since, usedMs }: DecisionClock, now: Instant): number {
  return since === null ? usedMs : usedMs + Math.max(0, msBetween(since, now))
}

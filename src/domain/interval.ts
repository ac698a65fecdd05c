/** How long a stream sleeps between two polls, and why. */
import { DAILY_SHARE } from './allowance.ts'

export interface Pace {
  /** Milliseconds between polls as configured: what freshness without webhooks is measured by. */
  pollMs: number
  /** What may still be asked today; null: the vendor has no daily limit. */
  day: {
    limit: number
    used: number
    /** Until the day's count begins anew. */
    msLeft: number
  } | null
  /** Requests of the connection in one poll of all its streams, when nothing has changed. */
  requestsAPoll: number
  /** `none`: webhooks and change streams are not set up, or have told nothing for long. `doubted`: a change came without its hint. */
  hints: 'none' | 'healthy' | 'doubted' | 'silent'
  /** Hints that point at records which the vendor does not show yet. */
  unseenHints: number
  /** Our own writes use up what the vendor allows at once: most of what there is to read is what they made. */
  isCrowded: boolean
  fault: { scope: 'record' | 'batch' | 'connection'; retryAfterMs: number | null } | null
}

/** Kept with the stream and shown beside its interval. */
export type PaceReason = 'poll' | 'hinted' | 'silent' | 'waiting' | 'crowded' | 'budget' | 'fault'

/** While hints come, polling only finds what they missed. */
const HINTED_TIMES = 5
const HINTED_LONGEST_MS = 300_000
/**
 * A stream never sleeps longer, however little may be asked: whether there is room again costs no request to find out, and a
 * vendor's headers may say so at any time.
 */
const LONGEST_MS = 900_000
/** Of what is left of the day's allowance polling may use half: the rest is for what it finds. */
const POLLING_SHARE = 0.5
const RETRY_MS = 5_000
/**
 * While our own writes fill the vendor's window a stream reads this seldom, a page at a time: each of its requests takes the place of a
 * batch of records, and what it would find is mostly what was just written.
 */
export const CROWDED_MS = 30_000
/** A vendor that refuses credentials or its whole allowance is asked again this seldom, unless it says when. */
const CONNECTION_FAULT_MS = 60_000

/**
 * Pure: the same row and the same answer give the same interval.
 *
 * It is the configured one, unless hints make polling a safety net (then up to five times that, at most five minutes), or the
 * day's allowance would not last to its end (then as slow as it takes), or our writes fill the vendor's window, or the vendor just
 * failed.
 */
export function nextInterval(pace: Pace): { ms: number; why: PaceReason } {
  const { pollMs, fault } = pace
  if (fault !== null) {
    const asked = fault.retryAfterMs ?? (fault.scope === 'connection' ? CONNECTION_FAULT_MS : RETRY_MS)
    return { ms: Math.max(pollMs, Math.min(asked, LONGEST_MS)), why: 'fault' }
  }
  const wished = wish(pace)
  const affordableMs = affordable(pace)
  return affordableMs > wished.ms ? { ms: affordableMs, why: 'budget' } : wished
}

function wish({ pollMs, hints, unseenHints, isCrowded }: Pace): { ms: number; why: PaceReason } {
  if (unseenHints > 0) return { ms: pollMs, why: 'waiting' }
  if (isCrowded) return { ms: Math.max(pollMs, CROWDED_MS), why: 'crowded' }
  switch (hints) {
    case 'healthy':
      return { ms: Math.max(pollMs, Math.min(pollMs * HINTED_TIMES, HINTED_LONGEST_MS)), why: 'hinted' }
    case 'silent':
      return { ms: pollMs, why: 'silent' }
    case 'none':
    case 'doubted':
      return { ms: pollMs, why: 'poll' }
  }
}

/** The shortest interval that the rest of the day can pay for. */
function affordable({ pollMs, day, requestsAPoll }: Pace): number {
  if (day === null) return 0
  const forPolling = Math.max(0, day.limit * DAILY_SHARE - day.used) * POLLING_SHARE
  if (forPolling < requestsAPoll) return Math.max(pollMs, LONGEST_MS)
  return Math.min(Math.max(pollMs, LONGEST_MS), Math.ceil((day.msLeft * requestsAPoll) / forPolling))
}

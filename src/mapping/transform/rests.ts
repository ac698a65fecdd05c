/** Expressions that are not tried for a while because they were stopped again and again: one bad one costs a bounded part of the time. */
import type { Bound } from './bounds.ts'

/** Stopped so often in a row, an expression rests: a minute at first, then twice as long each time. */
const IN_A_ROW = 3
const FIRST_REST_MS = 60_000
const LONGEST_REST_MS = 32 * 60_000
/**
 * One that is bad for some records only may spend five seconds on being stopped and then a twentieth of the time: beyond that it rests until
 * half of that is its own again.
 */
const MOST_SPENT_MS = 5_000
const SHARE = 0.05

interface Record {
  bound: Bound
  inARow: number
  restMs: number
  untilMs: number
  /** What it spent and has not made up for, as it was at `atMs`. */
  spentMs: number
  atMs: number
}

/** Pure but for what it remembers; instants are milliseconds of any clock that never goes back. */
export class Rests {
  readonly #records = new Map<string, Record>()

  /** The bound that it met last, while it rests; else null. */
  resting(text: string, nowMs: number): Bound | null {
    const record = this.#records.get(text)
    return record !== undefined && record.untilMs > nowMs ? record.bound : null
  }

  /**
   * After a rest that many in a row brought on one more stop is enough for the next one.
   *
   * @param costMs how long everybody waited for it
   */
  stopped(text: string, bound: Bound, costMs: number, nowMs: number): void {
    const known = this.#records.get(text) ?? { inARow: 0, restMs: FIRST_REST_MS, untilMs: 0, spentMs: 0, atMs: nowMs }
    const spentMs = Math.max(0, known.spentMs - (nowMs - known.atMs) * SHARE) + costMs
    const inARow = known.inARow + 1
    const record = { bound, inARow, restMs: known.restMs, untilMs: known.untilMs, spentMs, atMs: nowMs }
    if (inARow >= IN_A_ROW) {
      record.inARow = IN_A_ROW - 1
      record.untilMs = nowMs + known.restMs
      record.restMs = Math.min(known.restMs * 2, LONGEST_REST_MS)
    } else if (spentMs > MOST_SPENT_MS) {
      record.untilMs = nowMs + (spentMs - MOST_SPENT_MS / 2) / SHARE
    }
    this.#records.set(text, record)
  }

  passed(text: string): void {
    const record = this.#records.get(text)
    if (record !== undefined) this.#records.set(text, { ...record, inARow: 0, restMs: FIRST_REST_MS })
  }
}

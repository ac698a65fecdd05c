/** Expressions that are not tried for a while because they were stopped again and again: one bad one costs a bounded part of the time. */

import type { Bound } from './bounds.ts'

/** Stopped so often in a row, an expression rests. */
const IN_A_ROW = 3
const FIRST_REST_MS = 60_000
const LONGEST_REST_MS = 32 * 60_000

interface Record {
  bound: Bound
  inARow: number
  restMs: number
  untilMs: number
}

/** Pure but for what it remembers; instants are milliseconds of any clock that never goes back. */
export class Rests {
  readonly #records = new Map<string, Record>()

  /** The bound that it met last, while it rests; else null. */
  resting(text: string, nowMs: number): Bound | null {
    const record = this.#records.get(text)
    return record !== undefined && record.untilMs > nowMs ? record.bound : null
  }

  /** After a rest one more stop is enough for the next one, which is twice as long. */
  stopped(text: string, bound: Bound, nowMs: number): void {
    const known = this.#records.get(text) ?? { inARow: 0, restMs: FIRST_REST_MS, untilMs: 0 }
    const { restMs, untilMs } = known
    const inARow = known.inARow + 1
    const record =
      inARow < IN_A_ROW
        ? { bound, inARow, restMs, untilMs }
        : { bound, inARow: IN_A_ROW - 1, restMs: Math.min(restMs * 2, LONGEST_REST_MS), untilMs: nowMs + restMs }
    this.#records.set(text, record)
  }

  passed(text: string): void {
    this.#records.delete(text)
  }
}

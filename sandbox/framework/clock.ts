/**
 * The sandbox's time: real until it is set, then still until it is moved.
 *
 * Several records may well get the same instant; paging and change feeds must bear that, as they must at the vendor.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** `2026-11-23T10:00:00.000Z` */
  iso(): string
  mode(): 'real' | 'still'
  /** Stands still at this instant from now on. */
  set(instant: number | string): void
  /** A still clock moves by so much; a running one runs on, so much ahead. Also backwards. */
  advance(ms: number): void
  /** Real time again. */
  follow(): void
}

/** Throws `RangeError` from `set` and `advance` for what is not a time. */
export function createClock(real: () => number = Date.now): Clock {
  let still: number | null = null
  let ahead = 0
  const now = () => still ?? real() + ahead
  return {
    now,
    iso: () => new Date(now()).toISOString(),
    mode: () => (still === null ? 'real' : 'still'),
    set(instant) {
      still = new Date(instant).getTime()
      if (Number.isNaN(still)) {
        still = null
        throw new RangeError(`not an instant: ${instant}`)
      }
    },
    advance(ms) {
      if (!Number.isFinite(ms)) throw new RangeError(`not a number of milliseconds: ${ms}`)
      if (still === null) ahead += ms
      else still += ms
    },
    follow() {
      still = null
      ahead = 0
    },
  }
}

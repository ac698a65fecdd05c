/**
 * A vendor's clock, as its answers tell it. Windows of what changed are in the vendor's time: asked for by a clock that is an hour
 * off they would miss an hour.
 */
export interface VendorClock {
  /** Takes notice of an answer's `Date` header; the instants are this machine's. */
  note(answer: DatedAnswer): void
  /** Milliseconds that the vendor's clock is ahead of this machine's; null: no answer told yet. */
  aheadMs(): number | null
  /** The vendor's present time as far as it is known, and never later than it is. */
  nowMs(): number
}

export interface DatedAnswer {
  date: string
  sentMs: number
  receivedMs: number
}

interface Sample {
  aheadMs: number
  roundTripMs: number
}

/** The quickest of so many answers is believed: a slow one was on its way for an unknown part of its time. */
const SAMPLES = 16
/** Clocks that differ by less are the same: the header counts whole seconds, and the way takes its time. */
const SAME_MS = 2_000
/** What an estimate may be off. */
const ERROR_MS = 1_000

export function vendorClock(nowMs: () => number = Date.now): VendorClock {
  let samples: Sample[] = []
  const best = () =>
    samples.reduce<Sample | null>((a, b) => (a === null || b.roundTripMs <= a.roundTripMs ? b : a), null)
  return {
    note({ date, sentMs, receivedMs }) {
      const told = Date.parse(date)
      if (Number.isNaN(told)) return
      // Half a second of the one that the header cuts off, and half of the way.
      const sample = { aheadMs: told + 500 - (sentMs + receivedMs) / 2, roundTripMs: receivedMs - sentMs }
      const known = best()
      // The clock was set, there or here: what was known of it is over.
      const doubtMs = SAME_MS + sample.roundTripMs + (known?.roundTripMs ?? 0)
      if (known !== null && Math.abs(sample.aheadMs - known.aheadMs) > doubtMs) samples = []
      samples = [...samples, sample].slice(-SAMPLES)
    },
    aheadMs: () => best()?.aheadMs ?? null,
    nowMs: () => Math.floor(nowMs() + allowed(best()?.aheadMs ?? 0)),
  }
}

function allowed(aheadMs: number): number {
  return Math.abs(aheadMs) < SAME_MS ? 0 : aheadMs - ERROR_MS
}

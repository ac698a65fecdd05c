/** What the difference of two clocks means. */

/** So much more or less is no reason to tell anyone: clocks drift, and a `Date` header counts whole seconds. */
const NOTED_MS = 60_000

/** Whether people should know that the vendor's clock and ours differ. */
export function isSkewed(skewMs: number | null): boolean {
  return skewMs !== null && Math.abs(skewMs) >= NOTED_MS
}

/** Clocks that differ by less are the same: measured by whole seconds and over a network, they are not known better. */
const SAME_MS = 2_000

/**
 * What is kept of a clock's difference: it changes only when the measure has clearly changed, so that two looks at one instant
 * do not differ by what measuring is off.
 */
export function keptSkew(kept: number | null, measured: number | null): number | null {
  if (measured === null) return kept
  return kept !== null && Math.abs(measured - kept) < SAME_MS ? kept : Math.round(measured)
}

/** How much of it is to be allowed for. */
export function allowedSkew(skewMs: number | null): number {
  return skewMs === null || Math.abs(skewMs) < SAME_MS ? 0 : skewMs
}

/** What the difference of two clocks means. */

/** So much more or less is no reason to tell anyone: clocks drift, and a `Date` header counts whole seconds. */
const NOTED_MS = 60_000

/** Whether people should know that the vendor's clock and ours differ. */
export function isSkewed(skewMs: number | null): boolean {
  return skewMs !== null && Math.abs(skewMs) >= NOTED_MS
}

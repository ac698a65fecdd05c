/** When a parked record is tried again by itself. */

const MINUTE_S = 60
const HOUR_S = 3600
const DAY_S = 86_400

/**
 * The waits after the first, second, … time that it was parked, in seconds: soon, for the cause may be a passing one; then seldom,
 * for a person will have seen it; after a week of days never, until something changes or somebody says so.
 */
export const retryWaitsS: readonly number[] = [
  10 * MINUTE_S,
  HOUR_S,
  6 * HOUR_S,
  ...Array.from({ length: 8 }, () => DAY_S),
]

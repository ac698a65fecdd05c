/** How fast a long work goes and how long it still takes, from how it moved of late. */

/** What moved longer ago than this no longer counts much: a rate from the beginning would hide that the work has slowed. */
const RECENT_MS = 60_000

/**
 * The rate after so many more records, in records a second: the mean of late, in which older movement fades.
 *
 * @param rate before; null at the first movement
 * @param ms since the last movement
 */
export function nextRate(rate: number | null, records: number, ms: number): number {
  const elapsedMs = Math.max(1, ms)
  const now = (records * 1_000) / elapsedMs
  if (rate === null) return now
  return rate + (now - rate) * (1 - Math.exp(-elapsedMs / RECENT_MS))
}

export interface Progress {
  done: number
  total: number | null
  /** Records a second of late. */
  rate: number | null
  /** Milliseconds until the end at this rate; null: not known. */
  leftMs: number | null
}

/**
 * @param idleMs since the last movement: a work that stands still becomes slower by the minute, whatever its last rate was
 */
export function progressOf(done: number, total: number | null, rate: number | null, idleMs: number): Progress {
  const late = Math.max(0, idleMs - RECENT_MS)
  const present = rate === null ? null : rate * Math.exp(-late / RECENT_MS)
  const left = total === null ? null : Math.max(0, total - done)
  const leftMs =
    left === 0 ? 0 : left === null || present === null || present <= 0 ? null : Math.round((left / present) * 1_000)
  return { done, total, rate: present, leftMs }
}

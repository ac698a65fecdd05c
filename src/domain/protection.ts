/** The instants of a protection that were fixed when it began or was extended. */
import { plus, type Instant } from './time.ts'

/** When people are reminded of the end: the instants that are still to come, the next one first. */
export function remindersOf(until: Instant, beforeMs: readonly number[], now: Instant): Instant[] {
  return [...new Set(beforeMs.map((ms) => plus(until, -ms)))].filter((at) => at > now && at < until).toSorted()
}

/** How often something is taken from one sender: so many a minute, all at once or one after another. Counted in this process. */

/** Answers 0 and counts it, or for how many milliseconds it is not taken. */
export type Pace = (sender: string) => number

const MINUTE_MS = 60_000

export function paceOf(perMinute: number, nowMs: () => number): Pace {
  const each = MINUTE_MS / perMinute
  /** When all that a sender sent would be over at an even pace; the latest sender last. */
  const overAt = new Map<string, number>()
  return (sender) => {
    const now = nowMs()
    const next = Math.max(overAt.get(sender) ?? 0, now) + each
    if (next - now > MINUTE_MS) return next - now - MINUTE_MS
    overAt.delete(sender)
    overAt.set(sender, next)
    for (const [other, at] of overAt) {
      if (at > now) break
      overAt.delete(other)
    }
    return 0
  }
}

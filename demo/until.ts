import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until `look` answers something other than false, null or undefined, and returns it. What it throws counts as not yet.
 *
 * @throws naming what did not hold, with what was last seen
 */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  deadlineMs = 90_000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + deadlineMs
  for (let last: unknown; ;) {
    try {
      const seen = await look()
      if (holds(seen)) return seen
      last = seen
    } catch (error) {
      last = error instanceof Error ? error.message : error
    }
    if (Date.now() > end)
      throw new Error(`did not hold within ${String(deadlineMs / 1000)} s: ${what} (last seen: ${String(last)})`)
    await pause(150)
  }
}

function holds<T>(seen: T): seen is Exclude<T, false | null | undefined> {
  return seen !== false && seen !== null && seen !== undefined
}

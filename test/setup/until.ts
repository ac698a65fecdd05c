import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until the condition gives something other than false, null or undefined, and returns it. A condition that throws
 * counts as not yet met.
 *
 * @throws when `deadlineMs` (10 s) have passed, with what the condition last gave or threw
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { deadlineMs = 10_000, everyMs = 25 }: { deadlineMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    let last: unknown
    try {
      const got = await condition()
      if (isMet(got)) return got
      last = got
    } catch (error) {
      last = error
    }
    if (Date.now() >= deadline) {
      throw new Error(`Not met within ${deadlineMs} ms: ${condition.toString()}; last: ${String(last)}`, {
        cause: last,
      })
    }
    await pause(everyMs)
  }
}

function isMet<T>(got: T): got is Exclude<T, false | null | undefined> {
  return got !== false && got !== null && got !== undefined
}

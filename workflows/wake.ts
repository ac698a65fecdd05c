import { condition, defineSignal, setHandler } from '@temporalio/workflow'

/** Sent by the relay and by whoever changed a row that a process should look at. It carries nothing: the row says what is new. */
export const wakeSignal = defineSignal('wake')

/** The longest a process sleeps without looking; a clock that is wrong by more than that is noticed. */
const LONGEST_MS = 30 * 24 * 3_600_000

/**
 * Listens for wakes. They coalesce: a wake that comes while a step runs makes the next wait end at once, however many came.
 */
export function listenForWake(): {
  heard(): void
  isWoken(): boolean
  orAfter(ms: number | null): Promise<void>
} {
  let isWoken = false
  setHandler(wakeSignal, () => {
    isWoken = true
  })
  return {
    /** Just before the row is looked at: what woke us until now is answered by that look. */
    heard() {
      isWoken = false
    },
    isWoken: () => isWoken,
    /** Waits for a wake, or at most so many milliseconds; null waits for a wake alone. */
    async orAfter(ms) {
      if (ms === null) await condition(() => isWoken)
      else await condition(() => isWoken, Math.max(1, Math.min(ms, LONGEST_MS)))
    },
  }
}

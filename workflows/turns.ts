import { CancellationScope, condition, isCancellation, sleep, workflowInfo } from '@temporalio/workflow'
import type { Turn } from '../src/process/turn.ts'
import { listenForWake } from './wake.ts'

/** The server keeps instants within some centuries. */
const LONGEST_MS = 366 * 24 * 3_600_000

/**
 * Turn after turn, until there is none: what is due is done, then the row's instant or a wake is waited for. A turn is one
 * event of the history, and a clock that a wake did not move runs on, which costs none.
 *
 * @param anew continues as new, when the history is long
 */
export async function inTurns(turn: () => Promise<Turn>, anew: () => Promise<never>): Promise<void> {
  const wake = listenForWake()
  const alarm = alarmClock()
  for (;;) {
    wake.heard()
    const told = await turn()
    if (told.do === 'end') return
    alarm.setTo(told)
    await condition(() => wake.isWoken() || alarm.isRinging())
    if (workflowInfo().continueAsNewSuggested) await anew()
  }
}

/** A timer for an instant that a row names. Set to the instant that it is set to already it runs on. */
function alarmClock() {
  let set: { until: string; scope: CancellationScope } | null = null
  let isRinging = false
  async function ring(present: NonNullable<typeof set>, forMs: number): Promise<void> {
    try {
      await present.scope.run(() => sleep(Math.max(1, Math.min(forMs, LONGEST_MS))))
    } catch (error) {
      if (isCancellation(error)) return
      throw error
    }
    if (set !== present) return
    set = null
    isRinging = true
  }
  return {
    isRinging: () => isRinging,
    setTo({ until, forMs }: { until: string | null; forMs: number | null }): void {
      isRinging = false
      if (set?.until === until) return
      set?.scope.cancel()
      set = until === null ? null : { until, scope: new CancellationScope() }
      if (set !== null) void ring(set, forMs ?? 0)
    },
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import { cancellationSignal } from '@temporalio/activity'
import type { Patience } from '../src/process/registration-turn.ts'

/** Well below the time that a workflow's task may take, of which the wait is a part. */
const FOR_MS = 2_000
const EVERY_MS = 100
/** Of a worker's twenty places for such steps: very many claims at once sleep and are woken. */
const AT_MOST = 4

/** Patience within an activity; it ends with the worker. */
export function onTheSpot(): Patience {
  let waiting = 0
  return async (isThere) => {
    if (waiting === AT_MOST) return
    waiting += 1
    const end = performance.now() + FOR_MS
    const signal = cancellationSignal()
    try {
      while (performance.now() < end && !signal.aborted && !(await isThere())) await pause(EVERY_MS)
    } finally {
      waiting -= 1
    }
  }
}

/**
 * A process goes on in turns: every step that it needs now, one after another and each a transaction of its own, until it has to wait.
 * A turn is one entry of the workflow's history, however many steps it took; it names them, for people who read it.
 */
import type { Instant } from '../domain/time.ts'

/** What a process is told that asks for its next step, or has just taken one. */
export type Told<Step extends string> = ({ do: Step } & Took) | (Wait & Took) | ({ do: 'end' } & Took)

interface Took {
  /** The row of the table that was just gone: state, step, state. */
  took?: string
}

interface Wait {
  do: 'wait'
  /** The instant that the row waits for; null: a wake alone. */
  until: Instant | null
  /** How far that is by the database's clock. */
  forMs: number | null
}

/** What came of a turn. It stands in Temporal's history: ids, instants, counts and codes only. */
export type Turn = (Wait | { do: 'end' }) & {
  /** The rows of the table that were gone, in order. */
  took: string[]
}

export interface Walk<Step extends string> {
  next(): Promise<Told<Step>>
  take(step: Step): Promise<Told<Step>>
}

/** A rule that never comes to rest is a mistake that shows: the turn fails, and goes on with growing pauses. */
const STEPS_AT_MOST = 20

export async function takeTurn<Step extends string>(walk: Walk<Step>): Promise<Turn> {
  const took: string[] = []
  let told = await walk.next()
  while (isStep(told)) {
    if (took.length === STEPS_AT_MOST) throw new Error(`a process took ${took.join(', ')} and did not come to rest`)
    const step = told.do
    told = await walk.take(step)
    took.push(told.took ?? step)
  }
  return 'until' in told ? { took, do: 'wait', until: told.until, forMs: told.forMs } : { took, do: 'end' }
}

function isStep<Step extends string>(told: Told<Step>): told is { do: Step } & Took {
  return told.do !== 'wait' && told.do !== 'end'
}

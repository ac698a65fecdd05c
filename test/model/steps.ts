/** Workers whose every step (a statement, a vendor's call) is taken when the run says so, and who can die at any of them. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Job } from './script.ts'

/** Thrown at the border of a process that is dead: nothing that it does from here on has an effect. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** One activity on its way. */
export class Journey {
  steps = 0
  isKilled = false
  isOver = false
  /** What was thrown, if it was no kill. */
  error: unknown = null
  /** When it last read each vendor record, by the run's own clock. */
  readonly lastRead = new Map<string, number>()
  readonly #kill: Job['kill']
  readonly #isPaced: boolean
  readonly #waiting: (() => void)[] = []
  #tell: () => void = () => undefined

  /** @param isPaced whether each step waits for its turn */
  constructor(kill: Job['kill'], isPaced: boolean) {
    this.#kill = kill
    this.#isPaced = isPaced
  }

  async step<T>(run: () => Promise<T>): Promise<T> {
    if (this.isKilled) throw new Killed()
    const at = (this.steps += 1)
    if (this.#kill?.how === 'before' && at === this.#kill.at) this.die()
    if (this.#isPaced)
      await new Promise<void>((go) => {
        this.#waiting.push(go)
        this.#tell()
      })
    if (this.isKilled) throw new Killed()
    try {
      return await run()
    } finally {
      if (this.#kill?.how === 'after' && at === this.#kill.at) this.die()
      // oxlint-disable-next-line no-unsafe-finally -- a dead process hears no answer, be it a result or an error
      if (this.isKilled) throw new Killed()
    }
  }

  die(): void {
    this.isKilled = true
    for (const go of this.#waiting.splice(0)) go()
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  go(): void {
    this.#waiting.shift()?.()
  }

  /** Over, or waiting for its next turn. */
  async quiet(): Promise<void> {
    if (this.isOver || this.isWaiting) return
    await new Promise<void>((tell) => {
      this.#tell = tell
    })
  }

  async travel(run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!this.isKilled) this.error = error
    }
    this.isOver = true
    this.#tell()
  }
}

/** Longer than a statement takes; who is not back by then is asked whether it waits for a lock. */
const PATIENCE_MS = 15

/**
 * Lets journeys alternate: each takes as many steps as its turn says, unless it waits for a lock that another holds.
 *
 * @param isBlocked whether a statement waits for a lock
 * @param between called before each step with its number
 */
export async function alternate(
  journeys: Journey[],
  turns: number[],
  isBlocked: () => Promise<boolean>,
  between: (step: number) => void,
): Promise<void> {
  let [turn, left, current] = [0, turns[0] ?? 1, 0]
  for (let step = 0; journeys.some(({ isOver }) => !isOver); step += 1) {
    between(step)
    if (left === 0) {
      turn += 1
      left = turns[turn % Math.max(1, turns.length)] ?? 1
      current += 1
    }
    left -= 1
    const order = journeys.map((_, index) => journeys[(current + index) % journeys.length])
    const next = order.find((journey) => journey?.isWaiting === true)
    if (next === undefined) {
      await Promise.race(journeys.filter(({ isOver }) => !isOver).map((journey) => journey.quiet()))
      continue
    }
    next.go()
    const quiet = next.quiet()
    while ((await Promise.race([quiet, pause(PATIENCE_MS, 'late' as const)])) === 'late') if (await isBlocked()) break
  }
}

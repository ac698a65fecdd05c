import { setTimeout as pause } from 'node:timers/promises'
import { reason } from './failure.ts'
import type { Log } from './log.ts'
import type { Exit } from './process.ts'

/** Something that is kept running: a server or a program of ours. */
export interface Part {
  name: string
  /** Its share of the time in which everything stops; after that it is killed. */
  stopMs: number
  /** Starts it, or says why not by throwing. `signal` is given up when the supervisor stops before it has started. */
  start(signal: AbortSignal): Promise<RunningPart>
}

export interface RunningPart {
  pid: number
  port: number | null
  exited: Promise<Exit>
  stop(withinMs: number): Promise<void>
}

export interface PartState {
  status: 'waiting' | 'starting' | 'running' | 'stopped'
  pid: number | null
  port: number | null
  /** How often it was started again since the supervisor began. */
  restarts: number
  /** Since when it has this status, ISO UTC. */
  since: string
}

export interface Supervision {
  states(): Readonly<Record<string, PartState>>
  /** Stops every part in reverse order. Repeating it waits for the same end. */
  stop(): Promise<void>
  stopped: Promise<void>
}

/** The first restart is quick, as a kill or a crash is mostly alone; what keeps dying is tried ever more seldom. */
const firstPauseMs = 250
const longestPauseMs = 30_000
const healthyMs = 10_000

export function pauseBefore(restart: number): number {
  return restart === 0 ? firstPauseMs : Math.min(1000 * 2 ** (restart - 1), longestPauseMs)
}

/**
 * Starts the parts in order and keeps them running until `stop`. When the first start of any fails, the others are stopped
 * and its error is thrown.
 */
export async function supervise(options: {
  parts: readonly Part[]
  log: Log
  /** Called after every change, in order, and awaited before the next. */
  changed?: (states: Readonly<Record<string, PartState>>) => Promise<void>
}): Promise<Supervision> {
  const { log } = options
  const states: Record<string, PartState> = {}
  let told = Promise.resolve()
  const tell = (name: string, change: Partial<PartState>) => {
    states[name] = { ...(states[name] ?? unborn), ...change, since: new Date().toISOString() }
    const seen = structuredClone(states)
    told = told
      .then(() => options.changed?.(seen))
      .catch((error: unknown) => log(`The state could not be written: ${reason(error)}`))
  }
  const watches = options.parts.map((part) => new Watch(part, log, (change) => tell(part.name, change)))

  let stopping: Promise<void> | null = null
  const stop = () => {
    stopping ??= (async () => {
      for (const watch of watches.toReversed()) await watch.stop()
      await told
    })()
    return stopping
  }
  const stopped = Promise.withResolvers<void>()

  const supervision: Supervision = {
    states: () => structuredClone(states),
    stop: () => stop().finally(stopped.resolve),
    stopped: stopped.promise,
  }
  try {
    for (const watch of watches) await watch.begin()
  } catch (error) {
    await supervision.stop()
    throw error
  }
  await told
  return supervision
}

const unborn: PartState = { status: 'stopped', pid: null, port: null, restarts: 0, since: '' }

/** One part through all its lives. */
class Watch {
  readonly #part: Part
  readonly #log: Log
  readonly #tell: (change: Partial<PartState>) => void
  readonly #end = new AbortController()
  #running: RunningPart | null = null
  #starting: Promise<unknown> = Promise.resolve()
  #loop: Promise<void> = Promise.resolve()

  constructor(part: Part, log: Log, tell: (change: Partial<PartState>) => void) {
    this.#part = part
    this.#log = log
    this.#tell = tell
  }

  async begin(): Promise<void> {
    await this.#start()
    this.#loop = this.#keep()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#starting.catch(() => undefined)
    const running = this.#running
    if (running !== null) await running.stop(this.#part.stopMs)
    await this.#loop
    this.#running = null
    this.#tell({ status: 'stopped', pid: null })
  }

  #start(): Promise<void> {
    const starting = (async () => {
      this.#end.signal.throwIfAborted()
      this.#tell({ status: 'starting', pid: null })
      this.#running = await this.#part.start(this.#end.signal)
      this.#tell({ status: 'running', pid: this.#running.pid, port: this.#running.port })
    })()
    this.#starting = starting
    return starting
  }

  async #keep(): Promise<void> {
    let restarts = 0
    let inARow = 0
    while (this.#running !== null) {
      const began = Date.now()
      const exit = await this.#running.exited
      this.#running = null
      if (this.#end.signal.aborted) return
      if (Date.now() - began >= healthyMs) inARow = 0
      this.#log(`${this.#part.name} ended (${exit.signal ?? exit.code ?? 'unknown'}) and is started again`, {
        restarts,
      })
      while (this.#running === null) {
        this.#tell({ status: 'waiting', pid: null, restarts })
        if (!(await this.#wait(pauseBefore(inARow)))) return
        inARow += 1
        restarts += 1
        try {
          await this.#start()
        } catch (error) {
          if (this.#end.signal.aborted) return
          this.#log(`${this.#part.name} did not start: ${reason(error)}`)
        }
      }
      this.#tell({ restarts })
    }
  }

  /** False when the supervisor stops meanwhile. */
  async #wait(ms: number): Promise<boolean> {
    await pause(ms, undefined, { signal: this.#end.signal }).catch(() => undefined)
    return !this.#end.signal.aborted
  }
}

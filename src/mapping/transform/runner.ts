/** Evaluates expressions in a process apart, in order, within bounds: what is stopped is told, and everything else goes on. */
import { fork, type ChildProcess } from 'node:child_process'
import { boundsText, bounds as standard, type Bound, type Bounds } from './bounds.ts'
import type { Result } from './evaluator.ts'
import { isAnswer, type Batch } from './protocol.ts'
import { Rests } from './rests.ts'

export interface Request {
  text: string
  /** What it is evaluated on, as JSON. */
  input: string
}

/** `rests`: it was not tried, for its expression was stopped several times in a row a while ago. */
export type Evaluation = Result | { stopped: Bound; rests: true }

const MOST_AT_ONCE = 2_000
/** Until a fresh process says that it is ready: a busy machine takes its time. */
const START_MS = 20_000

/** How an exchange ended: all was answered, one was stopped, or the process had to be ended or ended itself. */
type End = 'answered' | 'stopped' | 'silent' | 'died'

export class Runner {
  readonly #bounds: Bounds
  readonly #rests = new Rests()
  #process: ChildProcess | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(bounds: Partial<Bounds> = {}) {
    this.#bounds = { ...standard, ...bounds }
  }

  /** Answers in the order of the requests. One call after the other: they share a process. */
  evaluate(requests: readonly Request[]): Promise<Evaluation[]> {
    const turn = this.#turn.then(() => this.#evaluate(requests))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  close(): void {
    this.#closed = true
    this.#end()
  }

  async #evaluate(requests: readonly Request[]): Promise<Evaluation[]> {
    const found = Array.from(requests, (): Evaluation | undefined => undefined)
    /** While it is looked for which evaluation ended the process they go one by one, up to this one. */
    let aloneUntil = -1
    for (;;) {
      const open = this.#open(requests, found)
      const [first] = open
      if (first === undefined) return found.filter((one) => one !== undefined)
      const group = open.slice(0, first <= aloneUntil ? 1 : MOST_AT_ONCE)
      const { results, end, waitedMs } = await this.#exchange(group.flatMap((at) => requests[at] ?? []))
      for (const [i, result] of results.entries()) this.#note(requests, found, group[i], result, waitedMs)
      if (end === 'answered' || end === 'stopped') continue
      if (group.length > 1) aloneUntil = group.at(-1) ?? -1
      else {
        // The batch that it was in waited as well.
        const costMs = 2 * waitedMs
        this.#note(requests, found, first, { stopped: end === 'silent' ? 'time' : 'memory' }, costMs)
        aloneUntil = -1
      }
    }
  }

  /** What is still to be done; requests whose expressions rest are answered. */
  #open(requests: readonly Request[], found: (Evaluation | undefined)[]): number[] {
    const nowMs = performance.now()
    const open: number[] = []
    for (const [at, { text }] of requests.entries()) {
      if (found[at] !== undefined) continue
      const bound = this.#rests.resting(text, nowMs)
      if (bound === null) open.push(at)
      else found[at] = { stopped: bound, rests: true }
    }
    return open
  }

  #note(
    requests: readonly Request[],
    found: (Evaluation | undefined)[],
    at: number | undefined,
    result: Result,
    costMs: number,
  ): void {
    const text = at === undefined ? undefined : requests[at]?.text
    if (at === undefined || text === undefined) return
    found[at] = result
    if ('stopped' in result) this.#rests.stopped(text, result.stopped, costMs, performance.now())
    else this.#rests.passed(text)
  }

  /** `waitedMs`: how long the last answer took, or was waited for in vain. */
  async #exchange(requests: Request[]): Promise<{ results: Result[]; end: End; waitedMs: number }> {
    const child = await this.#started()
    const results: Result[] = []
    let progressMs = performance.now()
    let waitedMs = 0
    hold(child)
    try {
      const end = await new Promise<End>((resolve) => {
        const silent = setTimeout(() => resolve('silent'), this.#bounds.silentMs)
        child.on('message', (message) => {
          if (!isAnswer(message) || !('results' in message)) return
          silent.refresh()
          if (message.results.length === 0) return
          results.push(...message.results)
          waitedMs = performance.now() - progressMs
          progressMs += waitedMs
          const last = results.at(-1)
          if (last !== undefined && 'stopped' in last) resolve('stopped')
          else if (results.length >= requests.length) resolve('answered')
        })
        child.once('exit', () => resolve('died'))
        child.once('error', () => resolve('died'))
        child.send(batchOf(requests), (error) => {
          if (error !== null) resolve('died')
        })
      })
      if (end === 'silent' || end === 'died') {
        waitedMs = performance.now() - progressMs
        this.#end()
      }
      return { results, end, waitedMs }
    } finally {
      child.removeAllListeners()
      letGo(child)
    }
  }

  async #started(): Promise<ChildProcess> {
    if (this.#closed) throw new Error('the transformations were closed')
    if (this.#process?.connected === true && this.#process.exitCode === null) return this.#process
    this.#end()
    const child = fork(new URL('./apart.ts', import.meta.url), [boundsText(this.#bounds)], {
      // Nothing of ours is to be found there, and nothing that it says of its end is for our logs: it may hold values.
      env: {},
      execArgv: [`--max-old-space-size=${String(this.#bounds.heapMb)}`, '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'json',
    })
    this.#process = child
    const ready = await new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), START_MS)
      late.unref()
      child.once('message', () => resolve(true))
      child.once('exit', () => resolve(false))
      child.once('error', () => resolve(false))
    })
    child.removeAllListeners()
    if (ready) return child
    this.#end()
    throw new Error('the process that evaluates transformations did not start')
  }

  #end(): void {
    this.#process?.kill('SIGKILL')
    this.#process = null
  }
}

/** The one of this process. It starts with the first expression that is to be evaluated. */
export const runner = new Runner()

/** Each expression once, however many records it is for. */
function batchOf(requests: Request[]): Batch {
  const texts = new Map<string, number>()
  const tasks = requests.map(({ text, input }): [number, string] => {
    const at = texts.get(text) ?? texts.size
    texts.set(text, at)
    return [at, input]
  })
  return { texts: [...texts.keys()], tasks }
}

/** Only while it works does it keep this process alive. */
function hold(child: ChildProcess): void {
  child.ref()
  child.channel?.ref()
}

function letGo(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

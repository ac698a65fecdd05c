/** The time limit of one request with all its repeats and waits, joined with the caller's own signal. */
export interface Deadline {
  /** Aborts when the time is up or the caller gives up. */
  readonly signal: AbortSignal
  /** Why `signal` aborted, or null while it has not. */
  ended(): 'time' | 'caller' | null
  leftMs(): number
  /** Settles as `work` does, or rejects with the signal's reason as soon as the signal aborts. */
  race<T>(work: Promise<T>): Promise<T>
  /** Waits `ms`; false when the signal aborted first. */
  sleep(ms: number): Promise<boolean>
  /** Ends the timer; to be called when the request is over. */
  release(): void
}

/** Starts a deadline of `ms`, measured by a clock that nobody can set. */
export function startDeadline(caller: AbortSignal, ms: number): Deadline {
  const end = performance.now() + ms
  const timeUp = new AbortController()
  const timer = setTimeout(() => timeUp.abort(), ms)
  const signal = AbortSignal.any([caller, timeUp.signal])
  const whenAborted = (then: () => void): (() => void) => {
    signal.addEventListener('abort', then, { once: true })
    return () => signal.removeEventListener('abort', then)
  }
  return {
    signal,
    ended: () => (caller.aborted ? 'caller' : timeUp.signal.aborted ? 'time' : null),
    leftMs: () => Math.max(0, end - performance.now()),
    race: (work) =>
      new Promise((resolve, reject) => {
        const forget = whenAborted(() => reject(new DOMException('The request was given up', 'AbortError')))
        if (signal.aborted) reject(new DOMException('The request was given up', 'AbortError'))
        work.then(resolve, reject).finally(forget)
      }),
    sleep: (waitMs) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(false)
        const forget = whenAborted(() => {
          clearTimeout(wake)
          resolve(false)
        })
        const wake = setTimeout(() => {
          forget()
          resolve(true)
        }, waitMs)
      }),
    release: () => clearTimeout(timer),
  }
}

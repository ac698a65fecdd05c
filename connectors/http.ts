import {
  ConnectorError,
  faultOf,
  type Fault,
  type Http,
  type HttpRequest,
  type HttpResponse,
  type Usage,
  type VendorLimits,
} from './contract.ts'
import type { Budget } from './budget.ts'
import type { DatedAnswer } from './clock.ts'
import { startDeadline, type Deadline } from './http/deadline.ts'
import { openWire, type Attempt } from './http/exchange.ts'
import { judge, type Verdict } from './http/judge.ts'
import type { Log } from './log.ts'
import { redactFields } from './redact.ts'

export { jsonBody } from './http/json-body.ts'

export interface HttpOptions {
  /** The connection's name, for logs and metrics. */
  connection: string
  budget: Budget
  log: Log
  limits?: VendorLimits
  /** Reads the vendor's limit headers; see `ConnectorModule.usage`. */
  usage?: ((headers: Record<string, string>) => Usage | null) | undefined
  /** Called once an attempt, for metrics. Must not throw. */
  onExchange?: (exchange: Exchange) => void
  /** Called with each answer's date, for the vendor's clock. Must not throw. */
  onDate?: (answer: DatedAnswer) => void
  /** The clock that dates in `Retry-After` are compared with. Deadlines use a clock of their own. */
  nowMs?: () => number
  /** For requests that name none. Default 20 s. */
  deadlineMs?: number
  /** The largest answer body in bytes, decompressed. Default 64 MB. */
  bodyLimit?: number
}

/** One attempt, for logs and metrics: nothing in it is secret or personal. */
export interface Exchange {
  connection: string
  method: HttpRequest['method']
  route: string
  effect: HttpRequest['effect']
  priority: HttpRequest['priority']
  attempt: number
  /** Null when no complete answer came. */
  status: number | null
  /** Why no complete answer came: a network code, `time`, `caller` or `too large`. */
  fault: string | null
  ms: number
  bytesOut: number
  bytesIn: number
}

/**
 * Opens the one HTTP layer of a connection: deadline, repeats, budget, limits, redaction and logging over axios.
 *
 * What each class of effect can rely on:
 *
 * - **`read`** and **`token`** are repeated, with growing and jittered waits, after network faults, cut-off bodies, 5xx and 429
 *   until the deadline. What is thrown at the end always has effect `no`.
 * - **`write`** leaves at most once as far as can be known. It is repeated only after proof that the vendor did not take it: the
 *   connection never stood (refused, name unknown, TLS failed), or the vendor answered 429. After a reset, a stalled or cut-off
 *   answer, a deadline or **any** 5xx, it throws `ConnectorError` with effect `maybe`: the caller settles it by reading. A 503
 *   counts as `maybe` even with `Retry-After`, because a gateway says so also after it passed the request on; the wait that it
 *   asks for is in `fault.retryAfterMs`.
 * - Every other complete answer is returned as it came, 3xx and 4xx and HTML included; `jsonBody` reads it.
 *
 * The deadline covers the whole request with body, repeats and waits. A repeat that cannot start in time is not waited for: the
 * last fault is thrown at once. An answer that the wait for the budget leaves no time for is `CW_VENDOR_THROTTLED` with effect
 * `no`; an allowance that is used up is `CW_VENDOR_QUOTA`.
 *
 * `close` ends idle sockets; requests under way end with a network fault.
 */
export function createHttp(options: HttpOptions): Http & { close(): void } {
  const wire = openWire(options.bodyLimit ?? 64 * 1024 * 1024)
  const nowMs = options.nowMs ?? Date.now
  /** The last pause whose length the vendor did not say. */
  let still = { sinceMs: -Infinity, ms: 0 }

  async function request(r: HttpRequest): Promise<HttpResponse> {
    const deadline = startDeadline(r.signal, r.deadlineMs ?? options.deadlineMs ?? 20_000)
    try {
      for (let attempt = 1; ; attempt += 1) {
        await awaitBudget(r, deadline)
        const startedMs = performance.now()
        const sentMs = Date.now()
        const result = await wire.attempt(r, deadline)
        tellDate(result, sentMs)
        note(r, attempt, result, performance.now() - startedMs)
        const verdict = judge({ effect: r.effect, route: r.route, attempt, result, nowMs: nowMs() })
        await tellBudget(result, verdict, startedMs)
        if (verdict.do === 'answer') return verdict.response
        if (
          !verdict.repeat ||
          r.once === true ||
          verdict.waitMs >= deadline.leftMs() ||
          !(await deadline.sleep(verdict.waitMs))
        ) {
          throw new ConnectorError(verdict.fault, verdict.effect)
        }
      }
    } finally {
      deadline.release()
    }
  }

  /** Asks for one request and waits for its turn. Whatever goes wrong here, nothing was sent. */
  async function awaitBudget(r: HttpRequest, deadline: Deadline): Promise<void> {
    if (deadline.ended() !== null) throw notSent(deadline, null)
    const grant = await deadline.race(options.budget.take(r.priority, deadline.signal)).catch((error: unknown) => {
      if (deadline.ended() !== null) return null
      const fault = faultOf('CW_DATABASE_UNAVAILABLE', 'The request budget could not be asked', { scope: 'connection' })
      throw new ConnectorError(fault, 'no', { cause: error })
    })
    if (grant === null) throw notSent(deadline, null)
    if ('refusedUntil' in grant) {
      const retryAfterMs = Math.max(0, Date.parse(grant.refusedUntil) - nowMs())
      const message = `The allowance of ${options.connection} is used up until ${grant.refusedUntil}`
      throw new ConnectorError(faultOf('CW_VENDOR_QUOTA', message, { scope: 'connection', retryAfterMs }), 'no')
    }
    if (grant.waitMs >= deadline.leftMs()) throw notSent(deadline, grant.waitMs)
    if (grant.waitMs > 0 && !(await deadline.sleep(grant.waitMs))) throw notSent(deadline, grant.waitMs)
    if (deadline.ended() !== null) throw notSent(deadline, null)
  }

  /** An answer that a cache kept tells when it was made, and not the time. */
  function tellDate(result: Attempt, sentMs: number): void {
    if (result.status !== 'answered') return
    const { date, age } = result.response.headers
    if (date !== undefined && age === undefined) options.onDate?.({ date, sentMs, receivedMs: Date.now() })
  }

  /** The budget's own faults must not hide what became of a request that was sent. */
  async function tellBudget(result: Attempt, verdict: Verdict, startedMs: number): Promise<void> {
    if (result.status !== 'answered') return
    try {
      const usage = options.usage?.(result.response.headers) ?? null
      if (usage !== null) await options.budget.learn(usage)
      if (verdict.do === 'fail' && verdict.fault.code === 'CW_VENDOR_THROTTLED')
        await options.budget.pause(pauseMs(verdict.fault, startedMs))
    } catch (error) {
      const { connection } = options
      options.log.warn('The request budget could not be told', redactFields({ connection, error }))
    }
  }

  /**
   * How long all callers keep still after a 429: as the vendor says. Else a tenth of its window, after which there is room for a tenth
   * again, and twice as long as before, up to the whole, if that was not enough: others use what we do not.
   */
  function pauseMs(fault: Fault, startedMs: number): number {
    if (fault.retryAfterMs !== null) return fault.retryAfterMs
    const windowMs = Math.min(options.limits?.window?.windowMs ?? 1000, 10_000)
    // What was on its way when the last pause began says nothing new.
    if (startedMs < still.sinceMs) return still.ms
    const isAgain = startedMs - still.sinceMs < windowMs
    still = { sinceMs: performance.now(), ms: isAgain ? Math.min(windowMs, still.ms * 2) : windowMs / 10 }
    return still.ms
  }

  function note(r: HttpRequest, attempt: number, result: Attempt, ms: number): void {
    const { method, route, effect, priority } = r
    const answered = result.status === 'answered'
    const exchange: Exchange = {
      connection: options.connection,
      method,
      route,
      effect,
      priority,
      attempt,
      status: answered ? result.response.status : null,
      fault: answered ? null : result.reason,
      ms: Math.round(ms),
      bytesOut: r.body === undefined ? 0 : Buffer.byteLength(r.body),
      bytesIn: answered ? result.response.body.length : 0,
    }
    const fine = answered && result.response.status < 500 && result.response.status !== 429
    options.log[fine ? 'debug' : 'warn']('vendor exchange', { ...exchange })
    options.onExchange?.(exchange)
  }

  return { request, close: () => wire.close() }
}

function notSent(deadline: Deadline, waitMs: number | null): ConnectorError {
  const fault =
    deadline.ended() === 'caller'
      ? faultOf('CW_VENDOR_TIMEOUT', 'The caller gave the request up before it was sent', { scope: 'batch' })
      : faultOf('CW_VENDOR_THROTTLED', 'The request budget left no time to send the request', {
          scope: 'connection',
          retryAfterMs: waitMs,
        })
  return new ConnectorError(fault, 'no')
}

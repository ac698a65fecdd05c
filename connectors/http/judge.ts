import { faultOf, type Fault, type HttpRequest, type HttpResponse } from '../contract.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Attempt } from './exchange.ts'

/** What follows from one attempt: the answer, or a fault that may be repeated after `waitMs`. */
export type Verdict =
  | { do: 'answer'; response: HttpResponse }
  | { do: 'fail'; fault: Fault; effect: 'no' | 'maybe'; repeat: boolean; waitMs: number }

interface Judged {
  effect: HttpRequest['effect']
  route: string
  /** From 1. */
  attempt: number
  result: Attempt
  nowMs: number
}

/** More would only add load: by then about 8 s have passed, and the callers have slower repeats of their own. */
const maxAttempts = 6

/**
 * Decides what an attempt means. A read or a token may always be repeated; a write only when it is proven that the vendor did not
 * take it: nothing was sent, or it was answered with 429.
 */
export function judge({ effect, route, attempt, result, nowMs }: Judged): Verdict {
  const write = effect === 'write'
  const fail = (fault: Fault, taken: boolean): Verdict => ({
    do: 'fail',
    fault,
    effect: write && taken ? 'maybe' : 'no',
    repeat: !(write && taken) && attempt < maxAttempts && fault.code !== 'CW_VENDOR_ANSWER',
    waitMs: fault.retryAfterMs ?? backoffMs(attempt),
  })

  if (result.status === 'answered') {
    const { status, headers } = result.response
    if (status !== 429 && status < 500) return { do: 'answer', response: result.response }
    const more = { vendorCode: `HTTP ${status}`, retryAfterMs: retryAfterMs(headers['retry-after'], nowMs) }
    return status === 429
      ? fail(faultOf('CW_VENDOR_THROTTLED', `${route} was answered with 429`, { ...more, scope: 'connection' }), false)
      : fail(
          faultOf('CW_VENDOR_UNAVAILABLE', `${route} was answered with ${status}`, { ...more, scope: 'batch' }),
          true,
        )
  }

  switch (result.why) {
    case 'network': {
      const more = { vendorCode: result.reason, scope: result.sent ? 'batch' : 'connection' } as const
      const message = result.sent ? `The connection broke during ${route}` : `No connection for ${route}`
      return fail(faultOf('CW_VENDOR_UNREACHABLE', message, more), result.sent)
    }
    case 'time':
      return fail(faultOf('CW_VENDOR_TIMEOUT', `${route} did not end in time`, { scope: 'batch' }), result.sent)
    case 'caller':
      return fail(faultOf('CW_VENDOR_TIMEOUT', `${route} was given up by its caller`, { scope: 'batch' }), result.sent)
    default: // too large
      return fail(
        faultOf('CW_VENDOR_ANSWER', `The answer of ${route} is larger than allowed`, { scope: 'batch' }),
        true,
      )
  }
}

/** 0.25, 0.5, 1, 2, 4 s, each by half up or down, so that many callers do not come back together. */
function backoffMs(attempt: number): number {
  return 250 * 2 ** (attempt - 1) * (0.5 + Math.random())
}

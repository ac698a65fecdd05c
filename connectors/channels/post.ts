/** One POST of a channel by the HTTP layer, and what its failure means for the message. */
import { ConnectorError, type Http, type HttpRequest, type HttpResponse } from '../contract.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { Sent } from './contract.ts'

/** Together with a repeat well below the lease of a notice. */
const DEADLINE_MS = 10_000

export type Posted = { answered: true; response: HttpResponse } | { answered: false; failure: Sent }

/** Asks once, by the rules of the HTTP layer: a write is repeated only when it surely was not taken. */
export async function ask(
  http: Http,
  request: Pick<HttpRequest, 'method' | 'url' | 'route' | 'headers' | 'body' | 'effect'>,
): Promise<Posted> {
  try {
    const whole = { ...request, signal: AbortSignal.timeout(DEADLINE_MS), priority: 'user', deadlineMs: DEADLINE_MS }
    return { answered: true, response: await http.request({ ...whole, priority: 'user' }) }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { fault } = error
    // What may have been taken is sent again under the same id: twice is better than never.
    return {
      answered: false,
      failure: {
        sent: false,
        permanent: false,
        code: fault.vendorCode ?? fault.code,
        scope: 'route',
        retryAfterMs: fault.retryAfterMs,
      },
    }
  }
}

/** What an answer that is no success means: some say "later", the others never change. */
export function refusal({ status, headers }: HttpResponse, nowMs = Date.now()): Sent {
  const isLater = status === 408 || status === 425 || status === 409 || (status >= 300 && status < 400)
  return {
    sent: false,
    permanent: !isLater,
    code: `HTTP ${String(status)}`,
    scope: isLater ? 'route' : 'message',
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  }
}

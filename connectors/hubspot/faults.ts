/** HubSpot's refusals as coded faults. Every field of an error body is optional, and none of its text decides anything. */
import { z } from 'zod'
import type { ErrorCode } from '../../src/errors.ts'
import type { Fault, HttpRequest, HttpResponse } from '../contract.ts'
import { faultOf } from '../contract.ts'
import { retryAfterMs } from '../http/retry-after.ts'

const detailSchema = z.object({
  code: z.string().nullish().catch(null),
  in: z.string().nullish().catch(null),
  context: z.record(z.string(), z.array(z.string()).catch([])).nullish().catch(null),
})

/** An error body, or a row of `errors` in a 207 answer. */
export const errorSchema = z.object({
  category: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
  policyName: z.string().nullish().catch(null),
  context: z.record(z.string(), z.array(z.string()).catch([])).nullish().catch(null),
  errors: z.array(detailSchema).nullish().catch(null),
})
export type VendorError = z.output<typeof errorSchema>

/** The lock of a large write lasts two seconds. */
const lockMs = 2000

/** What a complete answer other than success means. `effect` says what the request was. */
export function faultOfAnswer(
  response: HttpResponse,
  route: string,
  effect: HttpRequest['effect'],
  nowMs: number,
): Fault {
  const error = bodyOf(response)
  const { status } = response
  const vendorCode = error?.category ?? error?.policyName ?? `HTTP ${status}`
  const waitMs = retryAfterMs(response.headers['retry-after'], nowMs)
  const said = `${route} was answered with ${status}`
  // Half an answer, a page, a redirect: something in between spoke in HubSpot's place.
  if (error === null && status !== 423 && status !== 477 && status < 500 && status !== 429) {
    return faultOf('CW_VENDOR_ANSWER', `${said} and no HubSpot error`, { vendorCode, scope: 'batch' })
  }
  switch (status) {
    case 401:
      return faultOf('CW_VENDOR_AUTH', `${said}: HubSpot refuses the token`, { vendorCode, scope: 'connection' })
    case 403:
      return scopeFault(error, said)
    case 423:
      return faultOf('CW_VENDOR_LOCKED', said, {
        vendorCode,
        scope: 'batch',
        retryAfterMs: Math.max(lockMs, waitMs ?? 0),
      })
    case 429:
      return error?.policyName === 'DAILY'
        ? faultOf('CW_VENDOR_QUOTA', `${said}: the account's daily allowance is used up`, {
            vendorCode: 'DAILY',
            scope: 'connection',
            retryAfterMs: waitMs,
          })
        : faultOf('CW_VENDOR_THROTTLED', said, { vendorCode, scope: 'connection', retryAfterMs: waitMs })
    case 477:
      return faultOf('CW_VENDOR_UNAVAILABLE', `${said}: the account is being moved to another data centre`, {
        vendorCode,
        scope: 'connection',
        retryAfterMs: waitMs,
      })
    default:
      if (status >= 500)
        return faultOf('CW_VENDOR_UNAVAILABLE', said, { vendorCode, scope: 'batch', retryAfterMs: waitMs })
      return recordFault(error ?? {}, said, status, effect === 'write' ? 'batch' : 'record')
  }
}

/** What a row of `errors` in a 207 answer means for its record; null: not known, so the write is not known either. */
export function faultOfRow(error: VendorError): { status: 'rejected' | 'retry'; fault: Fault } | null {
  const said = 'HubSpot refused the record'
  switch (error.category) {
    case 'VALIDATION_ERROR':
    case 'CONFLICT':
    case 'OBJECT_NOT_FOUND':
    case 'OBJECT_ALREADY_EXISTS':
      return { status: 'rejected', fault: recordFault(error, said, null, 'record') }
    case 'MISSING_SCOPES':
      return { status: 'retry', fault: scopeFault(error, said) }
    case 'RATE_LIMITS':
    case 'RATE_LIMIT':
      return { status: 'retry', fault: faultOf('CW_VENDOR_THROTTLED', said, { vendorCode: error.category }) }
    default:
      return null
  }
}

function recordFault(error: VendorError, said: string, status: number | null, scope: Fault['scope']): Fault {
  const details = (error.errors ?? []).map((e) => e.code).filter((c) => typeof c === 'string')
  const vendorCode = details[0] ?? error.category ?? (status === null ? null : `HTTP ${status}`)
  const fields = fieldsOf(error)
  const named = fields.length === 0 ? '' : `: ${fields.join(', ')}`
  return faultOf(codeOf(error.category ?? null, status), `${said}${named}`, {
    vendorCode,
    scope,
    fields,
    existingIds: existingIds(error),
  })
}

function codeOf(category: string | null, status: number | null): ErrorCode {
  if (category === 'CONFLICT' || category === 'OBJECT_ALREADY_EXISTS' || status === 409) return 'CW_RECORD_DUPLICATE'
  if (category === 'OBJECT_NOT_FOUND' || status === 404) return 'CW_RECORD_GONE'
  return 'CW_RECORD_INVALID'
}

function scopeFault(error: VendorError | null, said: string): Fault {
  const scopes = error?.context?.['requiredGranularScopes'] ?? []
  const message =
    scopes.length === 0 ? `${said}: a permission is missing` : `${said}: these scopes are missing: ${scopes.join(', ')}`
  return faultOf('CW_VENDOR_SCOPE', message, {
    vendorCode: error?.category ?? null,
    scope: 'connection',
    fields: scopes,
  })
}

function fieldsOf(error: VendorError): string[] {
  const named = (error.errors ?? []).flatMap((e) => [
    ...(e.context?.['propertyName'] ?? []),
    ...(typeof e.in === 'string' ? [e.in] : []),
  ])
  return [...new Set([...named, ...(error.context?.['properties'] ?? [])])]
}

/**
 * The ids of the records in the way. HubSpot says them in the sentence only, so this is evidence to confirm by reading, and its
 * absence means nothing.
 */
function existingIds(error: VendorError): string[] {
  return [...(error.message ?? '').matchAll(/Existing ID: (\d+)/gi)].flatMap((m) => (m[1] === undefined ? [] : [m[1]]))
}

function bodyOf(response: HttpResponse): VendorError | null {
  try {
    return errorSchema.safeParse(JSON.parse(response.body.toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

export const categoryOf = (response: HttpResponse): string | null => bodyOf(response)?.category ?? null

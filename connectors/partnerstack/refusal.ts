import { faultOf, type Fault, type HttpResponse } from '../contract.ts'
import { redactText } from '../redact.ts'
import { isObject, textOf } from './json.ts'

/** Why a request was refused, and whether the vendor may have done it all the same. */
export interface Refusal {
  status: 'refused'
  fault: Fault
  effect: 'no' | 'maybe'
}

/**
 * Reads an answer that is not 2xx.
 *
 * Only PartnerStack's own error body, `{ message, status }`, is believed: a 404 or 403 with another body comes from something in
 * between and says nothing about the record or the keys. A 3xx or 408 does not prove that a write was not taken.
 */
export function refusal(response: HttpResponse): Refusal | { status: 'absent' } {
  const { status } = response
  const message = vendorMessage(response)
  const vendorCode = `HTTP ${status}`
  if (status < 400 || status === 408 || message === null) {
    const text = `An answer with ${status} is not one of PartnerStack’s`
    const effect = status < 400 || status === 408 ? 'maybe' : 'no'
    return refused(faultOf('CW_VENDOR_ANSWER', text, { vendorCode, scope: 'batch' }), effect)
  }
  switch (status) {
    case 401:
      return refused(faultOf('CW_VENDOR_AUTH', message, { vendorCode, scope: 'connection' }))
    // The keys are known, and may not do this one thing.
    case 403:
      return refused(faultOf('CW_VENDOR_SCOPE', message, { vendorCode, scope: 'connection' }))
    case 404:
    case 410:
      return { status: 'absent' }
    case 409:
      return refused(faultOf('CW_RECORD_DUPLICATE', message, { vendorCode }))
    case 423:
      return refused(faultOf('CW_VENDOR_LOCKED', message, { vendorCode }))
    default:
      return refused(faultOf('CW_RECORD_INVALID', message, { vendorCode, fields: namedField(message) }))
  }
}

function refused(fault: Fault, effect: 'no' | 'maybe' = 'no'): Refusal {
  return { status: 'refused', fault, effect }
}

function vendorMessage(response: HttpResponse): string | null {
  try {
    const body: unknown = JSON.parse(response.body.toString('utf8'))
    return isObject(body) ? redactText(textOf(body['message']) ?? `HTTP ${response.status}`) : null
  } catch {
    return null
  }
}

/** JSON-schema messages quote the field first: `'stage' is a required property`. For display; nothing decides on it. */
function namedField(message: string): string[] {
  const name = /^'([\w.-]+)'/.exec(message)?.[1]
  return name === undefined ? [] : [name]
}

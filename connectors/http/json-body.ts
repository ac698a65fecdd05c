import { ConnectorError, faultOf, type HttpResponse } from '../contract.ts'

/**
 * The JSON value of an answer's body; an empty body is null.
 *
 * @param effect what is true of the request when the body turns out not to be JSON: `maybe` for a write that was answered with
 *   2xx (a proxy's page may hide that the vendor took it), else `no`.
 * @throws ConnectorError `CW_VENDOR_ANSWER` for HTML or anything else that is not JSON.
 */
export function jsonBody(response: HttpResponse, effect: 'no' | 'maybe' = 'no'): unknown {
  const text = response.body.toString('utf8')
  if (text.trim() === '') return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    const message = `The answer is not JSON but ${response.headers['content-type'] ?? 'of no stated type'}`
    throw new ConnectorError(
      faultOf('CW_VENDOR_ANSWER', message, { vendorCode: `HTTP ${response.status}`, scope: 'batch' }),
      effect,
    )
  }
}

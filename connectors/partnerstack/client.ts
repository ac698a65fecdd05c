import type { Ctx, Http, HttpRequest, HttpResponse } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { jsonBody } from '../http.ts'
import { isObject, type Json } from './json.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { Settings } from './settings.ts'

/** What PartnerStack said: the envelope's `data`, that there is no such record, or why not. */
export type Answer = { status: 'ok'; data: unknown } | { status: 'absent' } | Refusal

export interface Call {
  method: HttpRequest['method']
  /** After the base URL, ids percent-encoded. */
  path: string
  /** The path with its ids replaced. */
  route: string
  query?: Record<string, string | number | boolean | undefined>
  body?: Json
  /** Not repeated, whatever comes of it. */
  once?: true
}

export interface Client {
  /** @throws ConnectorError from the HTTP layer, and `CW_VENDOR_ANSWER` for a 2xx that is not PartnerStack's envelope. */
  call(call: Call, ctx: Ctx): Promise<Answer>
  /** The same, where anything but `ok` is an error: for lists and checks. */
  demand(call: Call, ctx: Ctx): Promise<unknown>
}

/** PartnerStack's API v2: Basic authentication and the envelope `{ data, message, status }`. */
export function createClient(settings: Settings, http: Http): Client {
  const authorization = `Basic ${Buffer.from(`${settings.publicKey}:${settings.secretKey}`).toString('base64')}`

  async function call({ method, path, route, query = {}, body, once }: Call, ctx: Ctx): Promise<Answer> {
    const url = new URL(settings.baseUrl + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const response = await http.request({
      method,
      url: url.href,
      route,
      headers: {
        authorization,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      effect: method === 'GET' ? 'read' : 'write',
      signal: ctx.signal,
      priority: ctx.priority,
      ...(once === true && { once }),
    })
    return response.status >= 200 && response.status < 300 ? accepted(response, method !== 'GET') : refusal(response)
  }

  return {
    call,
    async demand(what, ctx) {
      const answer = await call(what, ctx)
      if (answer.status === 'ok') return answer.data
      if (answer.status === 'refused') throw new ConnectorError(answer.fault, answer.effect)
      throw new ConnectorError(
        faultOf('CW_VENDOR_ANSWER', `PartnerStack has no ${what.route}`, {
          vendorCode: 'HTTP 404',
          scope: 'connection',
        }),
        'no',
      )
    },
  }
}

/** A page in the vendor's place may say 200, so a write whose answer is not the envelope has perhaps been taken. */
function accepted(response: HttpResponse, write: boolean): Answer {
  const effect = write ? 'maybe' : 'no'
  const body = jsonBody(response, effect)
  if (isObject(body) && 'data' in body && typeof body['data'] === 'object') return { status: 'ok', data: body['data'] }
  const fault = faultOf('CW_VENDOR_ANSWER', 'The answer is not the envelope that PartnerStack sends', {
    scope: 'batch',
  })
  throw new ConnectorError(fault, effect)
}

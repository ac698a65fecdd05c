/**
 * jsforce's way to the network, led through our HTTP layer.
 *
 * The stock transport must not be used: a body that is cut off ends the process, a stalled one hangs for ever, and a token that
 * the org refuses is renewed in an endless loop. `sdk-bugs.integration.test.ts` shows each.
 */
import { PassThrough } from 'node:stream'
import { Transport } from 'jsforce/lib/transport.js'
import type { HttpRequest, HttpRequestOptions, HttpResponse } from 'jsforce/lib/types/common.js'
import { StreamPromise } from 'jsforce/lib/util/promise.js'
import type * as contract from '../contract.ts'

/** What one call says of itself, and what the vendor answered; jsforce hands it through as an option of the request. */
export interface Exchange {
  route: string
  effect: contract.HttpRequest['effect']
  ctx: contract.Ctx
  deadlineMs: number | null
  answer: contract.HttpResponse | null
}

export type Send = (request: contract.HttpRequest) => Promise<contract.HttpResponse>

export class ContractTransport extends Transport {
  readonly send: Send
  /** For clients that pass no options, as jsforce's OAuth2 does. */
  readonly always: Exchange | null

  constructor(send: Send, always: Exchange | null = null) {
    super()
    this.send = send
    this.always = always
  }

  override httpRequest(
    request: HttpRequest,
    options?: HttpRequestOptions & { exchange?: Exchange },
  ): StreamPromise<HttpResponse> {
    const exchange = options?.exchange ?? this.always
    if (exchange === null) throw new Error(`${request.url}: every request must say what it is`)
    // Nobody reads the stream: bodies are read whole.
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: this.exchange(request, exchange) }))
  }

  private async exchange(request: HttpRequest, exchange: Exchange): Promise<HttpResponse> {
    if (request.method === 'HEAD' || request.method === 'OPTIONS') throw new Error(`${request.method} is not used`)
    if (request.body !== undefined && typeof request.body !== 'string') throw new Error('a body is text')
    // The layer below counts the bytes itself.
    const headers = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'content-length')
    exchange.answer = await this.send({
      method: request.method,
      url: request.url,
      route: exchange.route,
      headers: Object.fromEntries(headers),
      ...(request.body === undefined ? {} : { body: request.body }),
      effect: exchange.effect,
      signal: exchange.ctx.signal,
      priority: exchange.ctx.priority,
      ...(exchange.deadlineMs === null ? {} : { deadlineMs: exchange.deadlineMs }),
    })
    const { status, headers: answered, body } = exchange.answer
    return { statusCode: status, headers: answered, body: body.toString('utf8') }
  }
}

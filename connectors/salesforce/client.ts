/** Calls to the org: jsforce builds the request, our transport sends it, and answers are read with all their digits. */
import { Connection } from 'jsforce'
import type { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { ConnectorDeps, Ctx, HttpRequest, HttpResponse, Token } from '../contract.ts'
import { parseExact } from './exact-json.ts'
import { problemsSchema, readFault } from './refusal.ts'
import type { Problem } from './refusal.ts'
import type { Settings } from './settings.ts'
import { mintToken } from './token.ts'
import { ContractTransport } from './transport.ts'
import type { Exchange } from './transport.ts'

export type Answer = { ok: true; body: unknown; serverMs: number | null } | { ok: false; problems: Problem[] }

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/services/data/vNN.0`. */
  path: string
  /** The path with its values replaced. */
  route: string
  /** Sent as JSON; `csv` is sent as it is. */
  body?: unknown
  csv?: string
  effect: 'read' | 'write'
  /** What a success holds. Default `json`; where nothing is expected, an empty body is a success. */
  expects?: 'json' | 'text' | 'nothing'
  /** For calls that take longer than others. */
  deadlineMs?: number
}

export interface Client {
  /** The path prefix of the API version, as composite subrequests name it. */
  readonly base: string
  /** An exchange outside the REST API, with the token: for the change stream. `path` is below the org's address. */
  raw(path: string, body: unknown, headers: Record<string, string>, deadlineMs: number, ctx: Ctx): Promise<HttpResponse>
  /** @throws ConnectorError from the HTTP layer; `CW_VENDOR_AUTH` after a second 401; `CW_VENDOR_ANSWER` for an unreadable answer */
  call(call: Call, ctx: Ctx): Promise<Answer>
  /** The body in its shape, where anything else is an error: for reads. `serverMs` is the org's clock. */
  demand<Body>(
    call: Omit<Call, 'effect'>,
    shape: z.ZodType<Body>,
    ctx: Ctx,
  ): Promise<{ body: Body; serverMs: number | null }>
}

export function createClient(settings: Settings, deps: ConnectorDeps): Client {
  const conn = new Connection({
    loginUrl: settings.loginUrl,
    instanceUrl: settings.loginUrl,
    version: settings.apiVersion,
    // Change events name this as the origin of our writes.
    callOptions: { client: 'causeway' },
    logLevel: 'NONE',
  })
  const send = authorised(settings, deps)
  conn._transport = new ContractTransport(send)
  const base = `/services/data/v${settings.apiVersion}`

  async function call(what: Call, ctx: Ctx): Promise<Answer> {
    const { method, path, route, body, csv, effect, expects = 'json', deadlineMs = null } = what
    const exchange: Exchange = { route: `${method} ${route}`, effect, ctx, deadlineMs, answer: null }
    const request = {
      method,
      url: `${base}${path}`,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      ...(csv === undefined ? {} : { body: csv, headers: { 'content-type': 'text/csv; charset=UTF-8' } }),
    }
    try {
      // As text, because jsforce would parse numbers into floats; and what it throws for a status is read below.
      await conn.request(request, { responseType: 'text/plain', exchange })
    } catch (error) {
      if (exchange.answer === null) throw error
    }
    if (exchange.answer === null) throw new Error('jsforce answered without a request')
    return readAnswer(exchange.answer, effect, expects)
  }

  return {
    base,
    call,
    raw: (path, body, headers, deadlineMs, { signal, priority }) =>
      send({
        method: 'POST',
        url: `${settings.loginUrl}${path}`,
        route: `POST ${path}`,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        effect: 'read',
        signal,
        priority,
        deadlineMs,
      }),
    async demand(what, shape, ctx) {
      const answer = await call({ ...what, effect: 'read' }, ctx)
      if (!answer.ok) throw new ConnectorError(readFault(answer.problems), 'no')
      const parsed = shape.safeParse(answer.body)
      if (parsed.success) return { body: parsed.data, serverMs: answer.serverMs }
      throw new ConnectorError(
        faultOf('CW_VENDOR_ANSWER', `The answer of ${what.route} has another shape than Salesforce’s`, {
          scope: 'batch',
        }),
        'no',
      )
    },
  }
}

/** A page in the vendor's place may say anything, so a write whose answer is not Salesforce's has perhaps been taken. */
function readAnswer(response: HttpResponse, effect: 'read' | 'write', expects: 'json' | 'text' | 'nothing'): Answer {
  const unreadable = (): ConnectorError =>
    new ConnectorError(
      faultOf('CW_VENDOR_ANSWER', 'The answer is not one of Salesforce’s', {
        vendorCode: `HTTP ${String(response.status)}`,
        scope: 'batch',
      }),
      effect === 'write' ? 'maybe' : 'no',
    )
  const text = response.body.toString('utf8')
  const isSuccess = response.status >= 200 && response.status < 300
  const isPage = (response.headers['content-type'] ?? '').includes('html')
  let body: unknown
  try {
    if (isPage) throw unreadable()
    body =
      isSuccess && expects === 'text'
        ? text
        : isSuccess && expects === 'nothing' && text === ''
          ? null
          : parseExact(text)
  } catch {
    throw unreadable()
  }
  if (isSuccess) {
    const serverMs = Date.parse(response.headers.date ?? '')
    return { ok: true, body, serverMs: Number.isNaN(serverMs) ? null : serverMs }
  }
  const problems = problemsSchema.safeParse(body)
  if (!problems.success) throw unreadable()
  return { ok: false, problems: problems.data }
}

/**
 * Adds the token and the address it is good for. A 401 renews the token once, through the store, so that parallel calls make one
 * renewal; a second 401 is the caller's to know. The vendor takes nothing that it answers with 401, so writes are repeated too.
 */
function authorised(settings: Settings, deps: ConnectorDeps) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const mint = (held: Token | null) =>
      mintToken(settings, deps, { signal: request.signal, priority: request.priority }, held)
    let token = (await deps.tokens.current()) ?? (await deps.tokens.renew(null, mint))
    for (const last of [false, true]) {
      const url = `${token.instanceUrl ?? settings.loginUrl}${request.url.slice(settings.loginUrl.length)}`
      const response = await deps.http.request({
        ...request,
        url,
        headers: { ...request.headers, authorization: `Bearer ${token.accessToken}` },
      })
      if (response.status !== 401) return response
      if (!last) token = await deps.tokens.renew(token, mint)
    }
    const message = 'The org refuses a token that it has just given'
    throw new ConnectorError(
      faultOf('CW_VENDOR_AUTH', message, { scope: 'connection', vendorCode: 'INVALID_SESSION_ID' }),
      'no',
    )
  }
}

/** A vendor that answers what a test scripts, with msw under the real HTTP layer; a request beyond the script is never answered. */
import { http, HttpResponse, type JsonBodyType } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { unlimitedBudget } from './budget.ts'
import { ConnectorError, type ConnectorDeps, type Ctx, type Fault, type Token, type TokenStore } from './contract.ts'
import { createHttp } from './http.ts'
import { silentLog } from './log.ts'

export interface Sent {
  method: string
  host: string
  /** As it went over the wire, escapes included. */
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** The JSON of the body, the text of any other one, or null. */
  body: unknown
}

export interface ScriptedVendor {
  /** What left, oldest first. */
  sent: Sent[]
  /** The answers to the next requests, in order, one each. */
  answers(...responses: HttpResponse<JsonBodyType>[]): void
  deps(tokens?: TokenStore): ConnectorDeps
}

export const nowMs = Date.parse('2026-11-23T10:00:00.000Z')
export const ctx: Ctx = { signal: new AbortController().signal, priority: 'sync' }

/** Registers the hooks of the test file that calls it. */
export function scriptedVendor(): ScriptedVendor {
  const server = setupServer()
  const sent: Sent[] = []
  const wire = createHttp({ connection: 'scripted', budget: unlimitedBudget, log: silentLog, deadlineMs: 2000 })
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
  afterEach(() => {
    server.resetHandlers()
    sent.length = 0
  })
  afterAll(() => {
    wire.close()
    server.close()
  })
  return {
    sent,
    answers(...responses) {
      server.use(
        ...responses.map((response) =>
          http.all(
            '*',
            async ({ request }) => {
              sent.push(await noted(request))
              return response
            },
            { once: true },
          ),
        ),
      )
    },
    deps: (tokens = memoryTokens()) => ({ http: wire, tokens, nowMs: () => nowMs }),
  }
}

async function noted(request: Request): Promise<Sent> {
  const url = new URL(request.url)
  const text = await request.text()
  const json = request.headers.get('content-type')?.startsWith('application/json') === true
  return {
    method: request.method,
    host: url.host,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(request.headers),
    body: text === '' ? null : json ? JSON.parse(text) : text,
  }
}

/** `token` is the one that an earlier call left. */
export function memoryTokens(token: Token | null = null): TokenStore {
  let held = token
  return {
    current: () => Promise.resolve(held),
    async renew(stale, mint) {
      if (held === null || held.accessToken === stale?.accessToken) held = await mint(held)
      return held
    },
  }
}

export const json = (body: JsonBodyType, status = 200, headers: Record<string, string> = {}) =>
  HttpResponse.json(body, { status, headers })
export const page = (status: number) =>
  new HttpResponse<JsonBodyType>('<html>Sign in</html>', { status, headers: { 'content-type': 'text/html' } })
export const empty = (status: number) => new HttpResponse<JsonBodyType>(null, { status })

/** The fault and the effect of what a call throws. */
export async function thrownBy(call: Promise<unknown>): Promise<Fault & { effect: 'no' | 'maybe' }> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw new Error('the call was to throw a ConnectorError', { cause: error })
  return { ...error.fault, effect: error.effect }
}

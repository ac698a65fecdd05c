import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unlimitedBudget, type Budget } from './budget.ts'
import { ConnectorError, type HttpRequest, type HttpResponse } from './contract.ts'
import { createHttp, jsonBody, type Exchange, type HttpOptions } from './http.ts'
import { silentLog } from './log.ts'

type Act = (response: ServerResponse, request: IncomingMessage) => void

// What a server does to one request. Bodies are longer than what is sent, so that a part never passes for the whole.
const ok: Act = (response) => response.end('{"ok":true}')
const answer =
  (status: number, headers: Record<string, string> = {}, body = '{}'): Act =>
  (response) =>
    response.writeHead(status, headers).end(body)
const resetBeforeHeaders: Act = (response) => response.socket?.resetAndDestroy()
const closeBeforeHeaders: Act = (response) => response.socket?.end()
const half = (then: (response: ServerResponse) => void): Act => {
  return (response) => response.writeHead(200, { 'content-length': '100' }).write('{"half":', () => then(response))
}
const resetMidBody = half((response) => response.socket?.resetAndDestroy())
const closeMidBody = half((response) => response.socket?.end())
const closeMidChunks: Act = (response) => response.write('{"half":', () => response.socket?.end())
const stallHeaders: Act = () => {}
const stallBody = half(() => {})
const garbage: Act = (response) => response.socket?.end('this is not HTTP\r\n\r\n')
const cutGzip: Act = (response) => {
  const packed = gzipSync(JSON.stringify({ ok: 'x'.repeat(10_000) }))
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, packed.length - 10))
}

const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`)
  request.resume()
  request.on('end', () => (acts.shift() ?? fallback)(response, request))
})
let acts: Act[] = []
let fallback: Act = ok
let seen: string[] = []
let base = ''
let exchanges: Exchange[] = []
let opened: { close(): void }[] = []

beforeEach(async () => {
  acts = []
  fallback = ok
  seen = []
  exchanges = []
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterEach(async () => {
  for (const http of opened) http.close()
  opened = []
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function send(request: Partial<HttpRequest> = {}, options: Partial<HttpOptions> = {}): Promise<HttpResponse> {
  const http = createHttp({
    connection: 'portal',
    budget: unlimitedBudget,
    log: silentLog,
    onExchange: (exchange) => exchanges.push(exchange),
    ...options,
  })
  opened.push(http)
  return http.request({
    method: 'GET',
    url: `${base}/things/1?token=abc`,
    route: '/things/{id}',
    effect: 'read',
    priority: 'sync',
    signal: new AbortController().signal,
    deadlineMs: 4000,
    ...request,
  })
}

const write = { method: 'POST', effect: 'write', body: '{"a":1}' } as const

async function failure(sent: Promise<HttpResponse>): Promise<ConnectorError> {
  const outcome = await sent.then(
    () => null,
    (error: unknown) => error,
  )
  if (outcome instanceof ConnectorError) return outcome
  throw new Error('expected a ConnectorError', { cause: outcome })
}

describe('faults on the way', () => {
  const faults: [string, Act, string][] = [
    ['a reset before the headers', resetBeforeHeaders, 'CW_VENDOR_UNREACHABLE'],
    ['a close before the headers', closeBeforeHeaders, 'CW_VENDOR_UNREACHABLE'],
    ['a reset in the body', resetMidBody, 'CW_VENDOR_UNREACHABLE'],
    ['a close in the body', closeMidBody, 'CW_VENDOR_UNREACHABLE'],
    ['a close between chunks', closeMidChunks, 'CW_VENDOR_UNREACHABLE'],
    ['an answer that is not HTTP', garbage, 'CW_VENDOR_UNREACHABLE'],
    ['a cut gzip body', cutGzip, 'CW_VENDOR_UNREACHABLE'],
    ['a 500', answer(500), 'CW_VENDOR_UNAVAILABLE'],
    ['a 502 with a page', answer(502, { 'content-type': 'text/html' }, '<html>'), 'CW_VENDOR_UNAVAILABLE'],
    ['a 504', answer(504), 'CW_VENDOR_UNAVAILABLE'],
    ['a 520', answer(520), 'CW_VENDOR_UNAVAILABLE'],
    ['a 503 with Retry-After', answer(503, { 'retry-after': '0' }), 'CW_VENDOR_UNAVAILABLE'],
  ]

  it.each(faults)('repeats a read and a token request after %s', async (_, fault) => {
    for (const effect of ['read', 'token'] as const) {
      acts = [fault]
      seen = []
      expect((await send({ effect })).body.toString()).toBe('{"ok":true}')
      expect(seen).toHaveLength(2)
    }
  })

  it.each(faults)('sends a write once and says that it may have been taken after %s', async (_, fault, code) => {
    acts = [fault]
    const error = await failure(send(write))
    expect(error).toMatchObject({ effect: 'maybe', fault: { code } })
    expect(seen).toHaveLength(1)
  })

  it('ends a read that always fails within its deadline, as never taken', async () => {
    fallback = answer(503)
    const started = performance.now()
    const error = await failure(send({ deadlineMs: 800 }))
    expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_UNAVAILABLE', vendorCode: 'HTTP 503' } })
    expect(performance.now() - started).toBeLessThan(900)
    expect(seen.length).toBeGreaterThan(1)
  })

  it('keeps the wait that a 503 asks for in the fault of a write', async () => {
    acts = [answer(503, { 'retry-after': '120' })]
    const error = await failure(send(write))
    expect(error).toMatchObject({ effect: 'maybe', fault: { retryAfterMs: 120_000 } })
  })
})

describe('silence', () => {
  it.each([
    ['headers', stallHeaders],
    ['body', stallBody],
  ])('gives up on stalled %s at the deadline', async (_, stall) => {
    fallback = stall
    for (const [request, effect] of [
      [{}, 'no'],
      [write, 'maybe'],
    ] as const) {
      const started = performance.now()
      const error = await failure(send({ ...request, deadlineMs: 250 }))
      expect(error).toMatchObject({ effect, fault: { code: 'CW_VENDOR_TIMEOUT' } })
      expect(performance.now() - started).toBeLessThan(600)
    }
  })

  it.each([
    ['headers', stallHeaders],
    ['body', stallBody],
  ])('stops at once when the caller gives up during stalled %s', async (_, stall) => {
    for (const [request, effect] of [
      [{}, 'no'],
      [write, 'maybe'],
    ] as const) {
      const caller = new AbortController()
      fallback = (response, incoming) => {
        stall(response, incoming)
        setTimeout(() => caller.abort(), 20)
      }
      const started = performance.now()
      const error = await failure(send({ ...request, signal: caller.signal }))
      expect(error).toMatchObject({ effect, fault: { code: 'CW_VENDOR_TIMEOUT' } })
      expect(performance.now() - started).toBeLessThan(600)
    }
  })

  it('stops at once when the caller gives up between two attempts', async () => {
    const caller = new AbortController()
    fallback = answer(429, { 'retry-after': '3' })
    const started = performance.now()
    const sent = failure(send({ ...write, signal: caller.signal }))
    setTimeout(() => caller.abort(), 100)
    expect(await sent).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_THROTTLED' } })
    expect(performance.now() - started).toBeLessThan(600)
    expect(seen).toHaveLength(1)
  })

  it('sends nothing for a caller that has given up already', async () => {
    const error = await failure(send({ ...write, signal: AbortSignal.abort() }))
    expect(error.effect).toBe('no')
    expect(seen).toHaveLength(0)
  })
})

describe('no connection', () => {
  it.each([
    ['refused', 'http://127.0.0.1:1/'],
    ['an unknown host', 'http://nowhere.invalid/'],
  ])('repeats a write to the deadline and proves that it was not taken: %s', async (_, url) => {
    const error = await failure(send({ ...write, url, deadlineMs: 900 }))
    expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_UNREACHABLE', scope: 'connection' } })
    expect(exchanges.length).toBeGreaterThan(1)
  })

  it('proves that a write was not taken when TLS does not come about', async () => {
    const error = await failure(send({ ...write, url: base.replace('http:', 'https:'), deadlineMs: 300 }))
    expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_UNREACHABLE' } })
    expect(seen).toHaveLength(0)
  })
})

describe('429', () => {
  it.each([
    ['with Retry-After', answer(429, { 'retry-after': '0.1' })],
    ['without Retry-After', answer(429)],
    ['with a date', answer(429, { 'retry-after': new Date(0).toUTCString() })],
  ])('is repeated for reads and writes: %s', async (_, throttle) => {
    for (const request of [{}, write]) {
      acts = [throttle]
      seen = []
      expect((await send(request)).status).toBe(200)
      expect(seen).toHaveLength(2)
    }
  })

  it('waits as long as the vendor says', async () => {
    acts = [answer(429, { 'retry-after': '1' })]
    const started = performance.now()
    await send(write)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  it('is thrown at once, as not taken, when the wait is longer than the deadline', async () => {
    acts = [answer(429, { 'retry-after': '60' })]
    const started = performance.now()
    const error = await failure(send(write))
    expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_THROTTLED', retryAfterMs: 60_000 } })
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('is told at once to who asks once', async () => {
    acts = [answer(429, { 'retry-after': '0.1' })]
    const error = await failure(send({ once: true }))
    expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_THROTTLED', retryAfterMs: 100 } })
    expect(seen).toHaveLength(1)
  })

  it('pauses the budget for all callers', async () => {
    const pauses: number[] = []
    const budget: Budget = { ...unlimitedBudget, pause: (ms) => Promise.resolve(void pauses.push(ms)) }
    acts = [answer(429, { 'retry-after': '0.2' }), answer(429), answer(429)]
    await send({}, { budget, limits: { window: { requests: 10, windowMs: 10_000 }, daily: null } })
    expect(pauses).toEqual([200, 1000, 2000])
  })
})

describe('the budget', () => {
  it('is asked before every attempt and its wait is kept', async () => {
    const asked: string[] = []
    const take: Budget['take'] = (priority) => Promise.resolve({ waitMs: asked.push(priority) * 100 })
    acts = [answer(503)]
    const started = performance.now()
    await send({ priority: 'user' }, { budget: { ...unlimitedBudget, take } })
    expect(asked).toEqual(['user', 'user'])
    expect(performance.now() - started).toBeGreaterThanOrEqual(400)
  })

  it('sends nothing when the wait would pass the deadline', async () => {
    const budget: Budget = { ...unlimitedBudget, take: () => Promise.resolve({ waitMs: 60_000 }) }
    const started = performance.now()
    const error = await failure(send(write, { budget }))
    expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_THROTTLED', retryAfterMs: 60_000 } })
    expect(performance.now() - started).toBeLessThan(500)
    expect(seen).toHaveLength(0)
  })

  it('sends nothing when it does not answer within the deadline', async () => {
    const budget: Budget = { ...unlimitedBudget, take: () => new Promise(() => {}) }
    const error = await failure(send({ ...write, deadlineMs: 200 }, { budget }))
    expect(error.effect).toBe('no')
    expect(seen).toHaveLength(0)
  })

  it('names an allowance that is used up', async () => {
    const refusedUntil = '2026-11-24T00:00:00.000Z'
    const budget: Budget = { ...unlimitedBudget, take: () => Promise.resolve({ refusedUntil }) }
    const error = await failure(send(write, { budget, nowMs: () => Date.parse(refusedUntil) - 3_600_000 }))
    expect(error.effect).toBe('no')
    expect(error.fault).toMatchObject({ code: 'CW_VENDOR_QUOTA', scope: 'connection', retryAfterMs: 3_600_000 })
  })

  it('learns from every answer, and its own faults never hide what became of a write', async () => {
    const learned: unknown[] = []
    const budget: Budget = {
      ...unlimitedBudget,
      learn: (usage) => {
        learned.push(usage)
        return Promise.reject(new Error('no database'))
      },
    }
    acts = [answer(201, { 'X-Used': '7' })]
    const warnings: unknown[] = []
    const log = { ...silentLog, warn: (_: string, fields: unknown) => void warnings.push(fields) }
    const response = await send(write, {
      budget,
      log,
      usage: (headers) => ({ dailyUsed: Number(headers['x-used']), dailyLimit: null, windowRemaining: null }),
    })
    expect(response.status).toBe(201)
    expect(learned).toEqual([{ dailyUsed: 7, dailyLimit: null, windowRemaining: null }])
    expect(warnings).toHaveLength(1)
  })

  it('makes a coded error of a budget that fails', async () => {
    const budget: Budget = { ...unlimitedBudget, take: () => Promise.reject(new Error('down')) }
    expect(await failure(send(write, { budget }))).toMatchObject({
      effect: 'no',
      fault: { code: 'CW_DATABASE_UNAVAILABLE' },
    })
  })
})

describe('answers', () => {
  it.each([200, 204, 301, 400, 401, 404, 409, 422])('returns a %i as it is, once', async (status) => {
    acts = [answer(status, { location: '/elsewhere', 'X-Thing': 'a' }, status === 204 ? '' : '{"a":1}')]
    const response = await send(write)
    expect(response.status).toBe(status)
    expect(response.headers['x-thing']).toBe('a')
    expect(seen).toHaveLength(1)
  })

  it('unpacks a body and keeps its bytes', async () => {
    acts = [(response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":"é"}'))]
    expect(jsonBody(await send())).toEqual({ a: 'é' })
  })

  it('refuses a body over the limit and does not read it again', async () => {
    acts = [answer(200, {}, 'x'.repeat(2000))]
    const error = await failure(send({}, { bodyLimit: 1000 }))
    expect(error.fault.code).toBe('CW_VENDOR_ANSWER')
    expect(seen).toHaveLength(1)
    acts = [(response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(2000)))]
    expect((await failure(send(write, { bodyLimit: 1000 }))).effect).toBe('maybe')
  })

  it('names a page in the place of JSON, with the effect that the caller states', async () => {
    acts = [answer(200, { 'content-type': 'text/html' }, '<html>')]
    const response = await send(write)
    expect(() => jsonBody(response, 'maybe')).toThrow(ConnectorError)
    expect(() => jsonBody(response, 'maybe')).toThrow('CW_VENDOR_ANSWER')
    expect(jsonBody({ ...response, body: Buffer.alloc(0) })).toBeNull()
  })

  it('sends body and headers as given', async () => {
    let got = ''
    acts = [
      (response, request) => {
        got = ['content-type', 'x-a', 'content-length'].map((name) => request.headers[name]).join(' ')
        response.end('{}')
      },
    ]
    await send({ ...write, body: '{"é":1}', headers: { 'Content-Type': 'application/json', 'X-A': 'b' } })
    expect(got).toBe('application/json b 8')
  })
})

describe('log and metrics', () => {
  it('makes one entry an attempt and puts no query value, header or body in it', async () => {
    const lines: string[] = []
    const note = (message: string, fields?: Record<string, unknown>) =>
      void lines.push(JSON.stringify([message, fields]))
    acts = [answer(503, { 'set-cookie': 'sid=hunter2' }, '{"secret":"hunter2"}')]
    await send(
      { headers: { authorization: 'Bearer hunter2' }, body: '{"password":"hunter2"}', method: 'PUT' },
      { log: { debug: note, info: note, warn: note, error: note } },
    )
    expect(lines).toHaveLength(2)
    expect(lines.join('')).not.toMatch(/hunter2|token=abc|things\/1/)
    expect(exchanges).toMatchObject([
      { connection: 'portal', method: 'PUT', route: '/things/{id}', attempt: 1, status: 503, fault: null },
      { attempt: 2, status: 200, bytesIn: 11, bytesOut: 22 },
    ])
  })

  it('leaves no secret in a thrown error', async () => {
    acts = [resetBeforeHeaders]
    const error = await failure(send({ ...write, headers: { authorization: 'Bearer hunter2' } }))
    expect(JSON.stringify([error, error.cause, error.stack])).not.toContain('hunter2')
    expect(exchanges).toMatchObject([{ status: null, fault: 'ECONNRESET' }])
  })
})

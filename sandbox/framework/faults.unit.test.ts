import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exampleSandbox } from './example.ts'
import type { FaultInput } from './faults.ts'
import { startSandbox, type RunningSandbox } from './start.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await startSandbox(exampleSandbox)
})
afterEach(() => sandbox.close())

/** Longer than any answer on loopback takes, short enough for a test that waits for nothing. */
const patience = 150
const post = (text = 'x', more: RequestInit = {}) =>
  fetch(`${sandbox.url}/notes`, { method: 'POST', body: JSON.stringify({ text }), ...more })
const get = (path = '/notes', more: RequestInit = {}) => fetch(`${sandbox.url}${path}`, more)
const stored = async () => z.object({ notes: z.array(z.unknown()) }).parse(await sandbox.control.state()).notes.length
const add = (fault: Omit<FaultInput, 'route'> & { route?: string }) => sandbox.control.faults.add(fault)

/** What comes over a bare socket until it ends, fails or stays silent. */
function overSocket(text: string): Promise<{ bytes: string; end: 'closed' | 'reset' | 'silent' }> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1', () => socket.write(text))
    let bytes = ''
    const done = (end: 'closed' | 'reset' | 'silent') => {
      socket.destroy()
      resolve({ bytes, end })
    }
    socket.setTimeout(patience, () => done('silent'))
    socket.on('data', (part: Buffer) => (bytes += part.toString('utf8')))
    socket.on('error', () => done('reset'))
    socket.on('end', () => done('closed'))
  })
}
const rawPost = 'POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 12\r\n\r\n{"text":"x"}'

describe('a fault seen by a client', () => {
  it('status: before, nothing happened', async () => {
    await add({ kind: 'status', status: 502, body: { error: 'bad gateway' }, headers: { 'x-proxy': 'p1' } })
    const answer = await post()
    expect(answer.status).toBe(502)
    expect(answer.headers.get('x-proxy')).toBe('p1')
    expect(await answer.json()).toEqual({ error: 'bad gateway' })
    expect(await stored()).toBe(0)
  })

  it('status: after, it has happened and only the answer is lost', async () => {
    await add({ kind: 'status', when: 'after' })
    expect((await post()).status).toBe(503)
    expect(await stored()).toBe(1)
  })

  it('throttle: in the vendor’s shape, with and without Retry-After', async () => {
    await add({ kind: 'throttle' })
    await add({ kind: 'throttle', retryAfter: 7 })
    const bare = await get()
    expect(bare.status).toBe(429)
    expect(bare.headers.has('retry-after')).toBe(false)
    expect(await bare.json()).toEqual({ error: 'slow down' })
    expect((await get()).headers.get('retry-after')).toBe('7')
    expect((await get()).status).toBe(200)
  })

  it('expired token: in the vendor’s shape', async () => {
    await add({ kind: 'expired-token' })
    const answer = await post()
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ error: 'expired' })
    expect(await stored()).toBe(0)
  })

  it('html: a page that says all is well', async () => {
    await add({ kind: 'html' })
    const answer = await get()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(await answer.text()).toContain('<html>')
  })

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('reset before headers, %s: not one byte, and %i note', async (when, notes) => {
    await add({ kind: 'reset-before-headers', when })
    expect(await overSocket(rawPost)).toEqual({ bytes: '', end: 'reset' })
    expect(await stored()).toBe(notes)
  })

  it('reset in the middle of the body: the headers and a part, then the end', async () => {
    await add({ kind: 'reset-mid-body', when: 'after' })
    const { bytes, end } = await overSocket(rawPost)
    expect(end).toBe('reset')
    expect(bytes).toMatch(/^HTTP\/1\.1 201 /)
    expect(bytes).toContain('{"id":"note_')
    expect(bytes).not.toContain('}')
    expect(await stored()).toBe(1)
  })

  it('stall: the headers and a part of the body, then nothing', async () => {
    await add({ kind: 'stall', when: 'after' })
    const { bytes, end } = await overSocket(rawPost)
    expect(end).toBe('silent')
    expect(bytes).toContain('content-length')
    expect(bytes).not.toContain('}')
    expect(await stored()).toBe(1)
  })

  it('stall before headers: nothing at all', async () => {
    await add({ kind: 'stall-before-headers' })
    expect(await overSocket(rawPost)).toEqual({ bytes: '', end: 'silent' })
    expect(await stored()).toBe(0)
  })

  it.each([
    ['reset-mid-body', 'reset'],
    ['stall', 'silent'],
  ] as const)('%s of an answer without a body: not even the headers come', async (kind, end) => {
    const { id } = z.object({ id: z.string() }).parse(await (await post()).json())
    await add({ kind, when: 'after' })
    expect(await overSocket(`DELETE /notes/${id} HTTP/1.1\r\nhost: x\r\n\r\n`)).toEqual({ bytes: '', end })
    expect(await stored()).toBe(0)
  })

  it('stall: fetch waits for the body and gives up by its own deadline', async () => {
    await add({ kind: 'stall', when: 'after' })
    const answer = await get('/notes', { signal: AbortSignal.timeout(patience) })
    expect(answer.status).toBe(200)
    await expect(answer.json()).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('delay: late but whole, also together with another fault', async () => {
    await add({ kind: 'delay', ms: 60 })
    const started = performance.now()
    expect((await post()).status).toBe(201)
    expect(performance.now() - started).toBeGreaterThanOrEqual(55)
    await add({ kind: 'delay', ms: 10 })
    await add({ kind: 'status' })
    expect((await get()).status).toBe(503)
    expect(await sandbox.control.requests.list({ faulted: true })).toMatchObject([
      { faults: ['delay'] },
      { faults: ['delay', 'status'] },
    ])
  })
})

async function statuses(count: number): Promise<number[]> {
  const found: number[] = []
  for (let n = 0; n < count; n += 1) found.push((await get()).status)
  return found
}

async function chances(): Promise<number[]> {
  await sandbox.control.reset()
  await add({ kind: 'status', times: 'always', probability: 0.5, seed: 42 })
  return statuses(20)
}

describe('which requests a fault strikes', () => {
  it('so many, or always until it is cleared', async () => {
    await add({ kind: 'status', times: 2 })
    expect(await statuses(3)).toEqual([503, 503, 200])
    const { id } = await add({ kind: 'status', times: 'always' })
    expect(await statuses(2)).toEqual([503, 503])
    await sandbox.control.faults.clear(id)
    expect(await statuses(1)).toEqual([200])
    await expect(sandbox.control.faults.clear(id)).rejects.toMatchObject({ status: 404, code: 'not-found' })
  })

  it.each([
    ['GET /notes', [503, 201, 404]],
    ['GET *', [503, 201, 503]],
    ['* /notes', [503, 503, 404]],
    ['GET /notes/:id', [200, 201, 503]],
    ['GET /notes/none', [200, 201, 503]],
    ['* *', [503, 503, 503]],
  ])('those of the route %s', async (route, expected) => {
    await add({ route, kind: 'status', times: 'always' })
    const found = [await get(), await post(), await get('/notes/none')]
    expect(found.map(({ status }) => status)).toEqual(expected)
  })

  it.each([
    [{ header: { 'X-Tag': 'red' } }, () => post('a', { headers: { 'x-tag': 'dark red' } })],
    [{ path: '/no' }, () => post('a')],
    [{ query: 'q=a b' }, () => get('/notes?q=a%20b')],
    [{ body: 'needle' }, () => post('a needle')],
  ])('those that match %j and no others', async (match, hit) => {
    await add({ route: '* *', kind: 'status', times: 'always', match })
    expect((await hit()).status).toBe(503)
    expect((await get('/files/else')).status).toBe(200)
  })

  it('by chance, the same in every run of a seed', async () => {
    const first = await chances()
    expect(await chances()).toEqual(first)
    expect(new Set(first)).toEqual(new Set([200, 503]))
  })
})

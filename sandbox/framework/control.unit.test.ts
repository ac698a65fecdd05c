import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createClock } from './clock.ts'
import { exampleSandbox } from './example.ts'
import { createRequestLog } from './request-log.ts'
import { startSandbox, type RunningSandbox } from './start.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await startSandbox(exampleSandbox)
})
afterEach(() => sandbox.close())

const post = (text: string) => fetch(`${sandbox.url}/notes`, { method: 'POST', body: JSON.stringify({ text }) })
const listed = async () =>
  z
    .object({ notes: z.array(z.object({ text: z.string() })) })
    .parse(await (await fetch(`${sandbox.url}/notes`)).json())
    .notes.map(({ text }) => text)

describe('the clock', () => {
  it('follows real time, stands still where it is set, moves, and follows again', () => {
    let real = 1000
    const clock = createClock(() => real)
    expect(clock.now()).toBe(1000)
    clock.advance(50)
    real = 1100
    expect(clock.now()).toBe(1150)
    clock.set('1970-01-01T00:00:05.000Z')
    real = 9000
    expect([clock.now(), clock.iso(), clock.mode()]).toEqual([5000, '1970-01-01T00:00:05.000Z', 'still'])
    clock.advance(-1000)
    expect(clock.now()).toBe(4000)
    clock.follow()
    expect([clock.now(), clock.mode()]).toEqual([9000, 'real'])
    expect(() => clock.set('soon')).toThrow(RangeError)
  })

  it('rules the records over the control API', async () => {
    const { clock, switches } = sandbox.control
    expect(await clock.set('2026-11-23T10:00:00.000Z')).toMatchObject({
      mode: 'still',
      nowMs: Date.UTC(2026, 10, 23, 10),
    })
    await switches.set({ lagMs: 5000 })
    await post('one')
    await post('two')
    expect(await listed()).toEqual([])
    await clock.advance(5000)
    expect(await listed()).toEqual(['one', 'two'])
    expect(await clock.follow()).toMatchObject({ mode: 'real' })
    await expect(clock.set('soon')).rejects.toMatchObject({ status: 400, code: 'invalid' })
  })
})

describe('the request log', () => {
  it('keeps what was asked and answered, without credentials', async () => {
    await fetch(`${sandbox.url}/notes?access_token=t&page=2`, { headers: { authorization: 'Bearer t', 'x-tag': 'a' } })
    const [entry] = await sandbox.control.requests.list()
    expect(entry).toMatchObject({
      method: 'GET',
      path: '/notes',
      route: 'GET /notes',
      status: 200,
      query: { access_token: '[removed]', page: '2' },
      headers: { authorization: '[removed]', 'x-tag': 'a' },
      faults: [],
    })
  })

  it('is filtered, counted and cleared', async () => {
    await post('one')
    await fetch(`${sandbox.url}/notes/none`)
    const { requests } = sandbox.control
    expect(await requests.list({ status: 404 })).toMatchObject([{ path: '/notes/none', number: 2 }])
    expect(await requests.list({ method: 'POST', route: 'POST /notes', path: '/no', limit: 5 })).toHaveLength(1)
    expect(await requests.list({ after: 1 })).toHaveLength(1)
    expect(await requests.counts()).toMatchObject({
      total: 2,
      unknown: 0,
      byRoute: { 'GET /notes/:id': { total: 1, byStatus: { 404: 1 } } },
    })
    await requests.clear()
    expect(await requests.counts()).toMatchObject({ total: 0, byRoute: {} })
  })

  it('forgets the oldest and goes on counting', () => {
    const log = createRequestLog(10)
    const entry = {
      at: '',
      method: 'GET',
      path: '/',
      route: 'GET /',
      query: {},
      headers: {},
      status: 200,
      ms: 0,
      bytesIn: 0,
      bytesOut: 0,
      faults: [],
    }
    for (let n = 0; n < 100; n += 1) log.add(entry)
    expect(log.list().map(({ number }) => number)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100])
    expect(log.counts().total).toBe(100)
  })
})

async function refused(method: string, path: string, body?: string): Promise<[number, string]> {
  const response = await fetch(`${sandbox.url}/_sandbox${path}`, { method, ...(body !== undefined && { body }) })
  const { error } = z.object({ error: z.looseObject({ code: z.string() }) }).parse(await response.json())
  return [response.status, error.code]
}

describe('the control API', () => {
  it('sets switches to positions that they have', async () => {
    const { switches } = sandbox.control
    expect((await switches.get()).docs).toHaveProperty('greeting')
    await switches.set({ greeting: 'hello' })
    expect((await fetch(`${sandbox.url}/notes`)).headers.get('x-greeting')).toBe('hello')
    await expect(switches.set({ greeting: 'shout' })).rejects.toMatchObject({ code: 'switch-position' })
    await expect(switches.set({ lagMs: -1 })).rejects.toMatchObject({ code: 'switch-position' })
    await expect(switches.set({ strict: 'yes' })).rejects.toMatchObject({ code: 'switch-position' })
    await expect(switches.set({ volume: 3 })).rejects.toMatchObject({ code: 'unknown-switch', status: 400 })
  })

  it('seeds, shows and resets', async () => {
    expect(await sandbox.control.seed({ notes: [{ text: 'a' }] })).toMatchObject({ notes: [{ text: 'a' }] })
    await expect(sandbox.control.seed({ notes: [{}] })).rejects.toMatchObject({
      status: 400,
      code: 'invalid',
      message: expect.stringContaining('notes.0.text') as unknown,
    })
    await sandbox.control.switches.set({ lagMs: 1 })
    await sandbox.control.faults.add({ kind: 'status', times: 'always' })
    await sandbox.control.clock.set(0)
    await sandbox.control.reset()
    expect(await sandbox.control.state()).toEqual({ notes: [] })
    expect(await sandbox.control.faults.list()).toEqual([])
    expect((await sandbox.control.switches.get()).switches).toEqual(exampleSandbox.switches)
    expect(await sandbox.control.clock.get()).toMatchObject({ mode: 'real' })
  })

  it('never gives an id twice, also after a reset', async () => {
    const idSchema = z.object({ id: z.string() })
    const first = idSchema.parse(await (await post('a')).json()).id
    await sandbox.control.reset()
    expect(idSchema.parse(await (await post('a')).json()).id).not.toBe(first)
  })

  it('says clearly what is wrong', async () => {
    expect(await refused('GET', '/nothing')).toEqual([404, 'not-found'])
    expect(await refused('POST', '/faults', '{')).toEqual([400, 'not-json'])
    expect(await refused('POST', '/faults', '{"kind":"explode"}')).toEqual([400, 'invalid'])
    expect(await refused('POST', '/faults', '{"kind":"status","tiems":3}')).toEqual([400, 'invalid'])
    expect(await refused('GET', '/requests?colour=red')).toEqual([400, 'invalid'])
  })
})

describe('a handler', () => {
  it('gets gzipped bodies unpacked', async () => {
    const body = gzipSync('{"text":"packed"}')
    await fetch(`${sandbox.url}/notes`, { method: 'POST', body, headers: { 'content-encoding': 'gzip' } })
    expect(await listed()).toEqual(['packed'])
  })

  it('answers 400 to what is not JSON, and is refused by the definition first', async () => {
    expect((await fetch(`${sandbox.url}/notes`, { method: 'POST', body: '{' })).status).toBe(400)
    expect((await fetch(`${sandbox.url}/notes`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  })

  it('that fails shows as a bug of the sandbox and of nobody else', async () => {
    const answer = await fetch(`${sandbox.url}/notes`, { method: 'POST', body: '{"text":5}' })
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({ error: 'sandbox-bug' })
  })
})

it('cuts every connection when it closes, stalled ones included', async () => {
  await sandbox.control.faults.add({ kind: 'stall-before-headers' })
  const hanging = fetch(`${sandbox.url}/notes`).catch((error: unknown) => error)
  await vi.waitFor(async () => expect(await sandbox.control.faults.list()).toMatchObject([{ struck: 1 }]), {
    interval: 5,
  })
  await sandbox.close()
  expect(await hanging).toBeInstanceOf(TypeError)
  sandbox = await startSandbox(exampleSandbox)
})

import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { exampleSandbox } from './example.ts'
import { startSandbox, type RunningSandbox } from './start.ts'

let sandbox: RunningSandbox
let receiver: Server
let url: string
let subjects: string[]
let statuses: number[]
beforeEach(async () => {
  subjects = []
  statuses = []
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString('utf8')))
    request.on('end', () => {
      for (const { subject } of z.array(z.object({ subject: z.string() })).parse(JSON.parse(body)))
        subjects.push(subject)
      response.statusCode = statuses.shift() ?? 200
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const bound = receiver.address()
  url = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}/`
  sandbox = await startSandbox(exampleSandbox)
  await sandbox.control.webhooks.setTarget({ url, secret: 's' })
})
afterEach(async () => {
  await sandbox.close()
  receiver.closeAllConnections()
  receiver.close()
})

const hooks = () => sandbox.control.webhooks
async function notes(count: number): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) {
    const answer = await fetch(`${sandbox.url}/notes`, { method: 'POST', body: `{"text":"${n}"}` })
    ids.push(z.object({ id: z.string() }).parse(await answer.json()).id)
  }
  return ids
}
const settled = () =>
  vi.waitFor(async () => expect(await hooks().get()).toMatchObject({ pending: 0 }), { timeout: 3000, interval: 5 })

describe('webhooks', () => {
  it('go out in order, with the target’s secret, and are kept', async () => {
    const ids = await notes(3)
    await settled()
    expect(subjects).toEqual(ids)
    expect(await hooks().deliveries()).toMatchObject(
      ids.map((subject) => ({
        url,
        state: 'accepted',
        events: [{ type: 'note.created', subject }],
        headers: { 'x-secret': 's' },
        attempts: [{ status: 200, error: null }],
      })),
    )
  })

  it('are repeated on the vendor’s schedule until they are taken', async () => {
    statuses = [500, 503]
    await notes(1)
    await settled()
    expect(await hooks().deliveries()).toMatchObject([
      { state: 'accepted', attempts: [{ status: 500 }, { status: 503 }, { status: 200 }] },
    ])
  })

  it('fail in the end, also when nobody listens', async () => {
    await hooks().setTarget({ url: 'http://127.0.0.1:9/' })
    await notes(1)
    await settled()
    const [delivery] = await hooks().deliveries()
    expect(delivery).toMatchObject({ state: 'failed', attempts: [{ status: 0 }, { status: 0 }, { status: 0 }] })
    expect(delivery?.attempts[0]?.error).not.toBeNull()
  })

  it('wait while paused', async () => {
    await hooks().set({ paused: true })
    await notes(2)
    expect(await hooks().get()).toMatchObject({ paused: true, pending: 2 })
    const [waiting] = await hooks().deliveries()
    expect(waiting).toMatchObject({ state: 'waiting', attempts: [], headers: { 'x-secret': 's' } })
    expect(waiting?.body).toContain('note.created')
    await hooks().set({ paused: false })
    await settled()
    expect(subjects).toHaveLength(2)
  })

  it('get lost when told to', async () => {
    await hooks().set({ dropNext: 1 })
    const ids = await notes(2)
    await settled()
    expect(subjects).toEqual(ids.slice(1))
    expect(await hooks().deliveries()).toMatchObject([{ state: 'dropped' }, { state: 'accepted' }])
  })

  it('come twice when told to, and once more when redelivered', async () => {
    await hooks().set({ duplicateNext: 1 })
    const [id] = await notes(1)
    await vi.waitFor(() => expect(subjects).toEqual([id, id]), { timeout: 3000, interval: 5 })
    await hooks().redeliver('delivery_1')
    await vi.waitFor(() => expect(subjects).toEqual([id, id, id]), { timeout: 3000, interval: 5 })
    await expect(hooks().redeliver('none')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('come in another order when shuffled', async () => {
    await hooks().set({ shuffleNext: 4 })
    const ids = await notes(4)
    await settled()
    expect(subjects).toHaveLength(4)
    expect(subjects).not.toEqual(ids)
    expect(subjects.toSorted()).toEqual(ids.toSorted())
  })

  it('come late when delayed', async () => {
    await hooks().set({ delayMs: 50 })
    const started = performance.now()
    await notes(1)
    await settled()
    expect(performance.now() - started).toBeGreaterThanOrEqual(45)
  })

  it('go only to targets that asked for the event', async () => {
    await hooks().setTarget({ url, events: ['note.deleted'] })
    await notes(1)
    expect(await hooks().deliveries()).toEqual([])
    await hooks().removeTarget()
    await notes(1)
    expect(await hooks().deliveries()).toEqual([])
  })
})

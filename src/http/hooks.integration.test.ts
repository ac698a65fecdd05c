/** Webhooks: kept before the 2xx, and every bad one refused by code. Over a real server, because limits are about bytes. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listening, type Listening } from '../../test/setup/listening.ts'
import { hints, nudges, streams } from '../db/schema/index.ts'
import { openRig, publicUrl, readAnswer, signatureOf, type Rig } from './rig.test-support.ts'

let rig: Rig
let api: Listening

beforeAll(async () => {
  rig = await openRig()
  api = await listening(rig.app)
})

afterAll(async () => {
  await api.close()
  await rig.close()
})

async function post(path: string, body: string, signed = `${publicUrl}${path}`) {
  const headers = { 'x-signature': signatureOf(signed, body) }
  const response = await fetch(`${api.url}${path}`, { method: 'POST', body, headers })
  return { status: response.status, json: readAnswer(await response.text()) }
}

it('keeps the hint and wakes its stream before it answers', async () => {
  const { status, json } = await post('/hooks/portal?tenant=7', '{"id":"d1"}')
  expect([status, json['hints']]).toEqual([202, 1])
  expect(await rig.db.select().from(hints)).toEqual([
    expect.objectContaining({ connection: 'portal', object: 'deals', externalId: 'd1', body: '{"id":"d1"}' }),
  ])
  expect((await rig.db.select().from(nudges)).map((row) => row.workflowId)).toEqual(['stream/portal/deals'])
  expect(rig.kicks()).toBe(1)
})

it.each([
  [
    'a signature over another address',
    '/hooks/portal',
    '{"id":"d1"}',
    'https://elsewhere.example/hooks/portal',
    401,
    'CW_WEBHOOK_SIGNATURE',
  ],
  ['garbage', '/hooks/portal', '\u0000\u00ff<html>', undefined, 400, 'CW_WEBHOOK_BODY'],
  ['an id that no vendor gives', '/hooks/portal', '{"id":"a\\u0000b"}', undefined, 400, 'CW_WEBHOOK_BODY'],
  ['nothing', '/hooks/portal', '', undefined, 400, 'CW_WEBHOOK_BODY'],
  ['an unknown connection', '/hooks/nothing', '{"id":"d1"}', undefined, 404, 'CW_WEBHOOK_UNKNOWN'],
  ['a connection without webhooks', '/hooks/sales', '{"id":"d1"}', undefined, 404, 'CW_WEBHOOK_UNKNOWN'],
])('refuses %s by code', async (_, path, body, signed, status, code) => {
  const answer = await post(path, body, signed)
  expect([answer.status, answer.json.error.code]).toEqual([status, code])
})

it('counts refusals by connection, and logs codes and no bodies', async () => {
  const { json } = await rig.call('admin', 'GET', '/api/v1/connections')
  expect(json.items[0]?.['refusedWebhooks']).toEqual({ CW_WEBHOOK_SIGNATURE: 1, CW_WEBHOOK_BODY: 3 })
  expect(json.items[1]?.['refusedWebhooks']).toEqual({ CW_WEBHOOK_UNKNOWN: 1 })
  expect(JSON.stringify(rig.logged)).not.toMatch(/html|"d1"/)
})

it('measures the vendor’s replay window by the vendor’s clock', async () => {
  const portal = rig.deps.connectors.get('portal')
  const plain = portal?.webhooks
  if (portal === undefined || plain === undefined) throw new Error('no webhooks')
  const hour = 3_600_000
  // As a vendor whose clock is an hour ahead signs: five minutes either way.
  const stampedMs = Date.now() + hour
  const verify: typeof plain.verify = (asked) =>
    Math.abs(asked.nowMs - stampedMs) > 300_000 ? 'invalid' : plain.verify(asked)
  Object.assign(portal, { webhooks: { ...plain, verify } })
  try {
    expect((await post('/hooks/portal', '{"id":"d2"}')).status).toBe(401)
    await rig.db.insert(streams).values({ connection: 'portal', object: 'deals', skewMs: hour })
    expect((await post('/hooks/portal', '{"id":"d2"}')).status).toBe(202)
    expect((await post('/hooks/portal', '{"id":"d2"}', 'https://elsewhere.example')).status).toBe(401)
  } finally {
    Object.assign(portal, { webhooks: plain })
  }
})

describe('50 MB', () => {
  it.each([
    ['that say so', true],
    ['that do not', false],
  ])('%s are refused before they are read', async (_, says) => {
    const { status, code, sent } = await flood(50 * 1024 * 1024, says)
    expect([status, code]).toEqual([413, 'CW_REQUEST_TOO_LARGE'])
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })
})

/** Sends until it is answered, as fast as the server takes it. */
function flood(bytes: number, saysLength: boolean): Promise<{ status: number; code: string; sent: number }> {
  const chunk = Buffer.alloc(64 * 1024)
  return new Promise((resolve, reject) => {
    let sent = 0
    let answered = false
    const headers = saysLength ? { 'content-length': String(bytes) } : { 'transfer-encoding': 'chunked' }
    const outgoing = request(`${api.url}/hooks/portal`, { method: 'POST', headers }, (response) => {
      answered = true
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => {
        outgoing.destroy()
        const { error } = readAnswer(text)
        resolve({ status: response.statusCode ?? 0, code: error.code, sent })
      })
    })
    outgoing.on('error', (error) => (answered ? undefined : reject(error)))
    const push = () => {
      if (answered || sent >= bytes) return
      sent += chunk.length
      if (outgoing.write(chunk)) setImmediate(push)
      else outgoing.once('drain', push)
    }
    push()
  })
}

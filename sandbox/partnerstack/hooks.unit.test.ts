import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { programme, registration, startPortal, type Portal } from './testing.ts'

let portal: Portal
let receiver: Server
let received: { headers: IncomingHttpHeaders; body: string }[]
let address: string
beforeEach(async () => {
  received = []
  portal = await startPortal()
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString('utf8')))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const bound = receiver.address()
  address = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}/hook`
})
afterEach(async () => {
  await portal.close()
  receiver.closeAllConnections()
  receiver.close()
})

const arrived = (count: number) =>
  vi.waitFor(() => expect(received).toHaveLength(count), { timeout: 3000, interval: 5 })

describe('webhooks', () => {
  it('are kept under the address field of the switch', async () => {
    expect(await portal.call('POST', '/webhooks', { target_url: address })).toMatchObject({
      status: 400,
      message: "'target' is a required property",
    })
    const hook = await portal.record('POST', '/webhooks', { target: address, events: ['deal.created'] })
    expect(await portal.record('GET', `/webhooks/${hook.key}`)).toMatchObject({ target: address })
    await portal.control.switches.set({ webhookUrlField: 'target_url' })
    expect(await portal.record('PATCH', `/webhooks/${hook.key}`, { events: [] })).toMatchObject({
      target_url: address,
      events: [],
    })
    await portal.record('DELETE', `/webhooks/${hook.key}`)
    await portal.control.seed(programme)
    expect(await portal.control.webhooks.deliveries()).toEqual([])
  })

  it('tell of a deal as one flat object, archived as text, unsigned', async () => {
    await portal.control.seed(programme)
    await portal.record('POST', '/webhooks', { target: address, events: ['deal.created', 'deal.deleted'] })
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    await portal.record('PATCH', `/deals/${deal.key}`, { amount: 1 })
    await portal.record('DELETE', `/deals/${deal.key}`)
    await arrived(2)
    const bodies = received.map(({ body }) => JSON.parse(body) as unknown)
    expect(bodies).toContainEqual(
      expect.objectContaining({ event: 'deal.created', key: deal.key, archived: 'false', partner_key: 'bright' }),
    )
    expect(bodies).toContainEqual(expect.objectContaining({ event: 'deal.deleted', archived: 'true' }))
    expect(received[0]?.headers['x-partnerstack-signature']).toBeUndefined()
  })

  it('can be spelt with underscores and signed', async () => {
    await portal.control.switches.set({
      webhookNames: 'underscore',
      webhookSignature: 'hmac-sha256-hex',
      webhookSecret: 's3',
    })
    await portal.record('POST', '/webhooks', { target: address, events: ['partnership_created'] })
    await portal.record('POST', '/partnerships', { email: 'lee@nova.example' })
    await arrived(1)
    const body = received[0]?.body ?? ''
    expect(JSON.parse(body)).toMatchObject({
      event: 'partnership_created',
      email: 'lee@nova.example',
      archived: 'false',
    })
    expect(received[0]?.headers['x-partnerstack-signature']).toBe(createHmac('sha256', 's3').update(body).digest('hex'))
  })

  it('say nothing of test records', async () => {
    await portal.control.webhooks.setTarget({ url: address })
    await portal.record('POST', '/partnerships', { email: 't@nova.example' }, 'test')
    await portal.record('POST', '/partnerships', { email: 'p@nova.example' })
    await arrived(1)
    expect(received[0]?.body).toContain('p@nova.example')
  })
})

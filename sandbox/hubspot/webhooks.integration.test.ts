/** Webhooks as HubSpot sends them: one event a property, batches, repeats, and signatures that the SDK accepts. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Signature } from '@hubspot/api-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { until } from '../../test/setup/until.ts'
import { startSandbox } from '../framework/start.ts'
import type { RunningSandbox } from '../framework/start.ts'
import { hubspotSandbox } from './index.ts'

let sandbox: RunningSandbox

beforeAll(async () => {
  sandbox = await startSandbox(hubspotSandbox)
})
beforeEach(async () => {
  await sandbox.control.reset()
})
afterAll(async () => {
  await sandbox.close()
})

const seededIds = z.object({ created: z.array(z.string()) })
const seed = async (document: Record<string, unknown>) => seededIds.parse(await sandbox.control.seed(document)).created
const companies = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    type: 'companies',
    properties: { name: `Company ${n}`, country: n % 2 === 0 ? 'DE' : 'FR' },
  }))
const dealOf = (name: string) => ({
  type: 'deals',
  properties: { dealname: name, dealstage: 'contractsent', pipeline: 'default', amount: '100' },
})
describe('webhooks', () => {
  interface Received {
    headers: Record<string, string>
    body: string
  }
  const eventSchema = z.array(z.looseObject({ subscriptionType: z.string(), attemptNumber: z.number() }))

  /** A receiver that refuses the first `refusals` deliveries. */
  async function withReceiver(
    refusals: number,
    test: (received: Received[], url: string) => Promise<void>,
  ): Promise<void> {
    const received: Received[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (chunk: string) => (body += chunk))
      request.on('end', () => {
        received.push({
          body,
          headers: Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)])),
        })
        response.statusCode = received.length <= refusals ? 500 : 204
        response.end()
      })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = z.object({ port: z.number() }).parse(server.address() satisfies AddressInfo | string | null)
    const url = `http://127.0.0.1:${port}/hook`
    try {
      await sandbox.control.webhooks.setTarget({ url, secret: 'shh' })
      await test(received, url)
    } finally {
      await sandbox.control.webhooks.removeTarget()
      server.closeAllConnections()
      server.close()
    }
  }
  const events = (received: Received[]) => received.flatMap((r) => eventSchema.parse(JSON.parse(r.body)))

  it('tell each property apart, in batches of a hundred at most, signed as the SDK checks it', () =>
    withReceiver(0, async (received, url) => {
      await seed({ create: companies(60) })
      // A creation and two properties each.
      await until(() => events(received).length === 180)
      expect(Math.max(...received.map((r) => events([r]).length))).toBe(100)
      const [first] = received
      const valid = Signature.isValid({
        signatureVersion: 'v3',
        method: 'POST',
        clientSecret: 'shh',
        url,
        requestBody: first?.body ?? '',
        signature: first?.headers['x-hubspot-signature-v3'] ?? '',
        timestamp: Number(first?.headers['x-hubspot-request-timestamp']),
      })
      expect(valid).toBe(true)
    }))

  it('are sent of the types that were subscribed to', () =>
    withReceiver(0, async (received, url) => {
      await sandbox.control.webhooks.setTarget({ url, secret: 'shh', events: ['company.creation'] })
      await seed({ create: [...companies(1), dealOf('D')] })
      await until(() => events(received).length > 0)
      expect(events(received).map((e) => e.subscriptionType)).toEqual(['company.creation'])
    }))

  it('are repeated with growing attempt numbers, and doubled on demand', () =>
    withReceiver(2, async (received) => {
      await seed({ create: [dealOf('D')] })
      await until(() => received.length === 3)
      expect(received.map((r) => events([r])[0]?.attemptNumber)).toEqual([0, 1, 2])
      await sandbox.control.webhooks.set({ duplicateNext: 1 })
      await seed({ archive: [{ type: 'deals', id: '21000000002' }] })
      await until(() => received.length === 5)
      expect(received.slice(3).map((r) => events([r])[0]?.subscriptionType)).toEqual(['deal.deletion', 'deal.deletion'])
    }))

  it('tell a primary association twice, and a merge with all its ids', () =>
    withReceiver(0, async (received) => {
      const [a = '', b = '', deal = ''] = await seed({ create: [...companies(2), dealOf('D')] })
      await seed({
        associate: [{ from: { type: 'deals', id: deal }, to: { type: 'companies', id: a }, label: 'Primary' }],
      })
      await seed({ merge: [{ type: 'companies', primary: a, other: b }] })
      const all = await until(() => {
        const seen = events(received)
        return seen.some((e) => e.subscriptionType === 'company.merge') ? seen : null
      })
      expect(
        all.filter((e) => e.subscriptionType === 'deal.associationChange').map((e) => e['isPrimaryAssociation']),
      ).toEqual([false, true])
      const merge = all.find((e) => e.subscriptionType === 'company.merge')
      expect(merge).toMatchObject({ primaryObjectId: a, mergedObjectIds: [a, b] })
      expect(merge?.['newObjectId']).not.toBe(a)
    }))
})

/** Each known fault of @hubspot/api-client 14.0.1, shown with the stock client and closed in our connector. Revisit at every upgrade. */
import { createHmac } from 'node:crypto'
import { Client, Signature } from '@hubspot/api-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import { ConnectorError } from '../contract.ts'
import { ctx, idOf, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'
import { hubspot } from './index.ts'

let rig: Rig
let url: string
const stock = (more: ConstructorParameters<typeof Client>[0] = {}) =>
  new Client({ accessToken: serviceKey, basePath: url, ...more })
const company = { properties: { name: 'Acme' }, associations: [] }
const createRoute = 'POST /crm/v3/objects/:type'
const upsertRoute = 'POST /crm/v3/objects/:type/batch/upsert'

beforeEach(async () => {
  rig = await startRig()
  url = rig.sandbox.url
})
afterEach(async () => {
  // The decorators of the last client stay in the process: put them back to none.
  stock()
  await rig.close()
})

const thrown = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

async function names(): Promise<number> {
  const counts = await rig.sandbox.control.requests.counts()
  return (counts.byRoute[createRoute]?.total ?? 0) + (counts.byRoute[upsertRoute]?.total ?? 0)
}

describe('no deadline', () => {
  it('the stock client still waits when ours has long said so', async () => {
    await rig.sandbox.control.faults.add({ route: '* *', kind: 'stall', times: 'always' })
    let settled = false
    const waiting = thrown(stock().crm.companies.basicApi.getPage()).then((error) => {
      settled = true
      return error
    })
    const error = await thrown(
      rig.connect({}, { deadlineMs: 300 }).read([{ object: 'companies', by: 'id', value: '1' }], [], ctx()),
    )
    expect(error).toMatchObject({ fault: { code: 'CW_VENDOR_TIMEOUT' }, effect: 'no' })
    expect(settled).toBe(false)
    await rig.sandbox.close()
    await waiting
    rig = await startRig()
  })
})

describe('creates repeated after a server error', () => {
  it('the stock client with retries makes two companies; ours makes one and says that it does not know', async () => {
    await rig.sandbox.control.faults.add({ route: createRoute, kind: 'status', status: 502, body: {}, when: 'after' })
    await stock({ numberOfApiCallRetries: 3 }).crm.companies.basicApi.create(company)
    expect((await stock().crm.companies.basicApi.getPage()).results).toHaveLength(2)

    await rig.sandbox.control.requests.clear()
    await rig.sandbox.control.faults.add({ route: upsertRoute, kind: 'status', status: 502, body: {}, when: 'after' })
    const outcomes = await rig.connect().write([write('companies', 'k1', { name: 'Ours' })], ctx())
    expect(outcomes).toMatchObject([{ status: 'unclear', fault: { code: 'CW_VENDOR_UNAVAILABLE' } }])
    expect(await names()).toBe(1)
  })
})

describe('settings that belong to the process', () => {
  it('a second stock client takes the retries of the first; a second connector takes nothing', async () => {
    const first = stock({ numberOfApiCallRetries: 3 })
    stock()
    await rig.sandbox.control.faults.add({ route: createRoute, kind: 'status', status: 500, body: {} })
    expect(await thrown(first.crm.companies.basicApi.create(company))).toMatchObject({ code: 500 })
    expect(await names()).toBe(1)

    // And a stock client elsewhere in the process gives ours no retries.
    const ours = rig.connect()
    stock({ numberOfApiCallRetries: 6 })
    await rig.sandbox.control.requests.clear()
    await rig.sandbox.control.faults.add({ route: upsertRoute, kind: 'status', status: 500, body: {} })
    expect(await ours.write([write('companies', 'k1', { name: 'Ours' })], ctx())).toMatchObject([{ status: 'unclear' }])
    expect(await names()).toBe(1)
  })
})

describe('an unexpected 2xx', () => {
  it('the stock client throws at a success that it does not list; ours reads the answer', async () => {
    const row = {
      id: '77',
      properties: { name: 'Acme', causeway_id: 'k1', hs_lastmodifieddate: '2026-11-23T10:00:00.000Z' },
      createdAt: '2026-11-23T10:00:00Z',
      updatedAt: '2026-11-23T10:00:00Z',
    }
    const answer = {
      status: 'COMPLETE',
      results: [row],
      startedAt: '2026-11-23T10:00:00Z',
      completedAt: '2026-11-23T10:00:00Z',
    }
    await rig.sandbox.control.faults.add({ route: '* *', kind: 'status', status: 202, body: answer, times: 2 })
    const inputs = [{ id: 'k1', idProperty: 'causeway_id', properties: { name: 'Acme' } }]
    expect(await thrown(stock().crm.companies.batchApi.upsert({ inputs }))).toMatchObject({ code: 202 })
    expect(await rig.connect().write([write('companies', 'k1', { name: 'Acme' })], ctx())).toMatchObject([
      { status: 'done', id: '77' },
    ])
  })
})

describe('secrets in messages', () => {
  it('the stock client’s message holds the body and the headers; ours holds neither', async () => {
    const leak = { message: 'SECRET-IN-BODY', category: 'VALIDATION_ERROR' }
    const headers = { 'x-session': 'SECRET-IN-HEADER' }
    await rig.sandbox.control.faults.add({ route: '* *', kind: 'status', status: 400, body: leak, headers, times: 2 })
    expect(String(await thrown(stock().crm.companies.basicApi.getPage()))).toMatch(/SECRET-IN-BODY[^]*SECRET-IN-HEADER/)
    const error = await thrown(rig.connect().read([{ object: 'companies', by: 'id', value: '1' }], [], ctx()))
    if (!(error instanceof ConnectorError)) throw new Error('expected a ConnectorError')
    const everything = `${String(error)} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    expect(everything).not.toContain('SECRET')
    expect(everything).not.toContain(serviceKey)
  })
})

describe('an empty 503', () => {
  it('the stock client forgets the status; ours keeps it', async () => {
    await rig.sandbox.control.faults.add({ route: '* *', kind: 'status', status: 503, times: 'always' })
    const plain = await thrown(stock().crm.companies.basicApi.getPage())
    expect(plain).toBeInstanceOf(Error)
    expect(plain).not.toHaveProperty('code')
    const outcomes = await rig.connect().write([write('companies', 'k1', { name: 'Ours' })], ctx())
    expect(outcomes).toMatchObject([
      { status: 'unclear', fault: { code: 'CW_VENDOR_UNAVAILABLE', vendorCode: 'HTTP 503' } },
    ])
  })
})

describe('what it is given', () => {
  it('the stock client changes the headers object; ours is given none and changes no settings', async () => {
    const defaultHeaders = { 'x-own': 'yes' }
    await stock({ defaultHeaders }).crm.companies.basicApi.getPage()
    expect(Object.keys(defaultHeaders)).not.toEqual(['x-own'])

    const settings = Object.freeze(rig.settings())
    expect(idOf((await rig.connect(settings).write([write('companies', 'k1', { name: 'A' })], ctx()))[0])).not.toBe('')
  })

  it('a slash at the end of the address breaks the stock client’s paths, and not ours', async () => {
    expect(await thrown(stock({ basePath: `${url}/` }).crm.companies.basicApi.getPage())).toMatchObject({ code: 501 })
    const ours = rig.connect({ baseUrl: `${url}/` })
    expect(await ours.read([{ object: 'companies', by: 'id', value: '1' }], [], ctx())).toEqual([{ status: 'absent' }])
  })
})

describe('apiRequest', () => {
  it('does not throw at an error; ours has no way around the check of the status', async () => {
    const answer = await stock().apiRequest({ path: '/crm/v3/objects/companies/404' })
    expect(answer.status).toBe(404)
    expect(await rig.connect({ accessToken: 'wrong' }).check(ctx())).toMatchObject([{ code: 'CW_VENDOR_AUTH' }])
  })
})

describe('fields that it does not know', () => {
  it('the stock client drops them; ours reads the bytes', async () => {
    const made = await stock().crm.companies.basicApi.create(company)
    const raw = await fetch(`${url}/crm/v3/objects/companies/${made.id}`, {
      headers: { authorization: `Bearer ${serviceKey}` },
    })
    expect(await raw.json()).toHaveProperty('url')
    expect(await stock().crm.companies.basicApi.getById(made.id)).not.toHaveProperty('url')
    // The SDK's own decoding loses the typed dates' precision and refuses new shapes; a new member of an answer does not disturb ours.
    const row = {
      id: made.id,
      properties: { name: 'Acme' },
      updatedAt: '2026-11-23T10:00:00.123Z',
      brandNew: { deep: [1] },
    }
    await rig.sandbox.control.faults.add({
      route: '* *',
      kind: 'status',
      status: 200,
      body: { results: [row], brandNew: true },
    })
    const [read] = await rig.connect().read([{ object: 'companies', by: 'id', value: made.id }], ['name'], ctx())
    expect(read).toMatchObject({
      status: 'found',
      record: { modifiedAt: '2026-11-23T10:00:00.123Z', fields: { name: 'Acme' } },
    })
  })
})

describe('signatures', () => {
  const clientSecret = 'webhook-secret'
  const requestBody = '[]'
  const { webhooks } = hubspot.create(hubspot.settings.parse({ accessToken: 'x', clientSecret }), {
    http: { request: () => Promise.reject(new Error('no network')) },
    tokens: { current: () => Promise.resolve(null), renew: () => Promise.reject(new Error('none')) },
    nowMs: Date.now,
  })
  const sign = (address: string, timestamp: number) =>
    createHmac('sha256', clientSecret).update(`POST${address}${requestBody}${timestamp}`).digest('base64')
  const ours = (address: string, signature: string, timestamp: number) =>
    webhooks?.verify({
      method: 'POST',
      url: address,
      body: Buffer.from(requestBody),
      nowMs: Date.now(),
      headers: { 'X-HubSpot-Signature-v3': signature, 'X-HubSpot-Request-Timestamp': String(timestamp) },
    })
  const theirs = (address: string, signature: string, timestamp: number) =>
    Signature.isValid({
      signatureVersion: 'v3',
      method: 'POST',
      clientSecret,
      requestBody,
      url: address,
      signature,
      timestamp,
    })

  it('the stock check does not decode the address; ours decodes what HubSpot decodes', () => {
    const now = Date.now()
    const signature = sign('https://road.example/in?to=a:b/c&keep=%20', now)
    const called = 'https://road.example/in?to=a%3Ab%2Fc&keep=%20'
    expect(theirs(called, signature, now)).toBe(false)
    expect(ours(called, signature, now)).toBe('valid')
  })

  it('the stock check throws at an old time and takes one of next year; ours says invalid to both', () => {
    const address = 'https://road.example/in'
    const [old, future] = [Date.now() - 301_000, Date.now() + 365 * 86_400_000]
    expect(() => theirs(address, sign(address, old), old)).toThrow('Timestamp')
    expect(theirs(address, sign(address, future), future)).toBe(true)
    expect(ours(address, sign(address, old), old)).toBe('invalid')
    expect(ours(address, sign(address, future), future)).toBe('invalid')
  })
})

/** The stock `@hubspot/api-client`, unmodified, against the sandbox: a wrong success code makes it throw. */
import { Client } from '@hubspot/api-client'
import {
  PropertyCreateFieldTypeEnum as FieldType,
  PropertyCreateTypeEnum as Type,
} from '@hubspot/api-client/lib/codegen/crm/properties/index.js'
import { SubscriptionCreateRequestEventTypeEnum as EventType } from '@hubspot/api-client/lib/codegen/webhooks/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startSandbox } from '../framework/start.ts'
import type { RunningSandbox } from '../framework/start.ts'
import { hubspotSandbox, serviceKey, webhookApp } from './index.ts'

let sandbox: RunningSandbox
let client: Client

beforeAll(async () => {
  sandbox = await startSandbox(hubspotSandbox)
})
beforeEach(async () => {
  await sandbox.control.reset()
  client = new Client({ accessToken: serviceKey, basePath: sandbox.url })
})
afterAll(async () => {
  await sandbox.close()
})

const acme = { name: 'Acme', domain: 'acme.example' }
const deal = { dealname: 'Acme 500', dealstage: 'appointmentscheduled', pipeline: 'default', amount: '500' }

const errorBody = z.looseObject({
  errors: z
    .array(
      z.object({ code: z.string(), context: z.object({ propertyName: z.array(z.string()).optional() }).optional() }),
    )
    .optional(),
})

/** What the SDK threw, by code and parsed body. */
async function failure(work: Promise<unknown>): Promise<{ code: number; body: z.output<typeof errorBody> }> {
  const error: unknown = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof Error) || !('code' in error) || !('body' in error)) throw new Error('no ApiException')
  const body: unknown = typeof error.body === 'string' ? JSON.parse(error.body) : error.body
  return { code: Number(error.code), body: errorBody.parse(body) }
}

const upsert = (id: string, properties: Record<string, string>, trace?: string) => ({
  id,
  idProperty: 'causeway_id',
  properties,
  ...(trace === undefined ? {} : { objectWriteTraceId: trace }),
})

const mixedInputs = (traced: boolean) =>
  ['x', 'y', 'z'].map((key) => upsert(key, key === 'y' ? { nope: '1' } : { name: key }, traced ? key : undefined))

const manyInputs = (n: number) => Array.from({ length: n }, (_, i) => upsert(`k${i}`, { name: `n${i}` }))

describe('records', () => {
  it('creates, reads, changes, lists and archives', async () => {
    const made = await client.crm.companies.basicApi.create({ properties: acme, associations: [] })
    const read = await client.crm.companies.basicApi.getById(made.id, ['name', 'domain', 'country', 'no_such_property'])
    expect(read.properties).toMatchObject({ ...acme, country: null, hs_object_id: made.id })
    expect(read.properties).not.toHaveProperty('no_such_property')
    await client.crm.companies.basicApi.update(made.id, { properties: { country: 'DE' } })
    expect(
      (await client.crm.companies.basicApi.getPage(10, undefined, ['country'])).results[0]?.properties['country'],
    ).toBe('DE')
    await client.crm.companies.basicApi.update(made.id, { properties: { country: '' } })
    expect((await client.crm.companies.basicApi.getById(made.id, ['country'])).properties['country']).toBeNull()
    await client.crm.companies.basicApi.archive(made.id)
    expect((await failure(client.crm.companies.basicApi.getById(made.id))).code).toBe(404)
    const gone = await client.crm.companies.basicApi.getById(made.id, [], [], [], true)
    expect(gone.archived).toBe(true)
    expect((await client.crm.companies.basicApi.getPage(10, undefined, [], [], [], true)).results).toHaveLength(1)
  })

  it('pages a list by the id of the next record', async () => {
    for (let n = 0; n < 3; n += 1)
      await client.crm.companies.basicApi.create({ properties: { name: `c${n}` }, associations: [] })
    const first = await client.crm.companies.basicApi.getPage(2)
    const second = await client.crm.companies.basicApi.getPage(2, first.paging?.next?.after)
    expect(second.results.map((r) => r.id)).toEqual([first.paging?.next?.after])
    expect(second.paging).toBeUndefined()
  })

  it('refuses unknown, read-only and unlisted values and names the properties', async () => {
    const refused = await failure(
      client.crm.deals.basicApi.create({
        properties: {
          ...deal,
          nope: '1',
          hs_is_closed: 'true',
          partner_source: 'direct',
          amount: '1,000',
          dealstage: 'x',
        },
        associations: [],
      }),
    )
    expect(refused).toMatchObject({ code: 400, body: { category: 'VALIDATION_ERROR' } })
    const codes = (refused.body.errors ?? []).map((e) => [e.context?.propertyName?.[0], e.code])
    expect(Object.fromEntries(codes)).toEqual({
      nope: 'PROPERTY_DOESNT_EXIST',
      hs_is_closed: 'READ_ONLY_VALUE',
      partner_source: 'INVALID_OPTION',
      amount: 'INVALID_LONG',
      dealstage: 'INVALID_OPTION',
    })
    expect(
      (await failure(client.crm.deals.basicApi.create({ properties: { amount: '1' }, associations: [] }))).code,
    ).toBe(400)
  })

  it('keeps unique values unique and says the other id in the text only', async () => {
    const made = await client.crm.companies.basicApi.create({
      properties: { ...acme, causeway_id: 'a1' },
      associations: [],
    })
    const refused = await failure(
      client.crm.companies.basicApi.create({ properties: { name: 'B', causeway_id: 'A1' }, associations: [] }),
    )
    expect(refused).toMatchObject({
      code: 409,
      body: { category: 'CONFLICT', message: `Company already exists. Existing ID: ${made.id}` },
    })
  })

  it('derives whether a deal is closed and won from its stage', async () => {
    const made = await client.crm.deals.basicApi.create({
      properties: { ...deal, dealstage: 'closedwon' },
      associations: [],
    })
    const names = ['hs_is_closed', 'hs_is_closed_won']
    expect((await client.crm.deals.basicApi.getById(made.id, names)).properties).toMatchObject({
      hs_is_closed: 'true',
      hs_is_closed_won: 'true',
    })
    await client.crm.deals.basicApi.update(made.id, { properties: { dealstage: 'closedlost' } })
    expect((await client.crm.deals.basicApi.getById(made.id, names)).properties).toMatchObject({
      hs_is_closed: 'true',
      hs_is_closed_won: 'false',
    })
  })

  it('takes dates as civil days or midnight UTC, and instants in both forms', async () => {
    await client.crm.properties.coreApi.create('deals', {
      name: 'renewal_day',
      label: 'Renewal',
      type: Type.Date,
      fieldType: FieldType.Date,
      groupName: 'causeway',
    })
    const midnight = Date.UTC(2026, 2, 29)
    const made = await client.crm.deals.basicApi.create({
      properties: { ...deal, renewal_day: String(midnight), closedate: String(midnight + 1000) },
      associations: [],
    })
    expect(made.properties).toMatchObject({ renewal_day: '2026-03-29', closedate: '2026-03-29T00:00:01.000Z' })
    expect(
      (await failure(client.crm.deals.basicApi.update(made.id, { properties: { renewal_day: String(midnight + 1) } })))
        .code,
    ).toBe(400)
  })
})

describe('batches', () => {
  it('upserts by a unique property and says what is new', async () => {
    const first = await client.crm.companies.batchApi.upsert({ inputs: [upsert('a1', { name: 'A' })] })
    const second = await client.crm.companies.batchApi.upsert({
      inputs: [upsert('a1', { name: 'A2' }), upsert('a2', { name: 'B' })],
    })
    expect(first.results[0]?._new).toBe(true)
    expect(second.results.map((r) => r._new)).toEqual([false, true])
    expect(second.results[0]?.id).toBe(first.results[0]?.id)
  })

  it('fails as a whole without trace ids, and record by record with them', async () => {
    expect((await failure(client.crm.companies.batchApi.upsert({ inputs: mixedInputs(false) }))).code).toBe(400)
    expect((await client.crm.companies.basicApi.getPage()).results).toEqual([])
    const mixed = await client.crm.companies.batchApi.upsert({ inputs: mixedInputs(true) })
    expect(mixed.results.map((r) => r.properties['name'])).toEqual(['x', 'z'])
    expect(mixed.results[0]).not.toHaveProperty('objectWriteTraceId')
    expect('errors' in mixed && mixed.errors?.[0]?.context['objectWriteTraceId']).toEqual(['y'])
  })

  it('takes 100 inputs and no more', async () => {
    expect((await client.crm.companies.batchApi.upsert({ inputs: manyInputs(100) })).results).toHaveLength(100)
    expect((await failure(client.crm.companies.batchApi.upsert({ inputs: manyInputs(101) }))).code).toBe(400)
  })

  it('refuses partial upserts of contacts by e-mail', async () => {
    const input = { id: 'a@example.com', idProperty: 'email', properties: { firstname: 'A' } }
    expect((await failure(client.crm.contacts.batchApi.upsert({ inputs: [input] }))).code).toBe(400)
    const whole = { ...input, properties: { ...input.properties, email: 'a@example.com' } }
    expect((await client.crm.contacts.batchApi.upsert({ inputs: [whole] })).results[0]?._new).toBe(true)
  })

  it.each(['207', 'fewer'])('tells of ids that a batch read does not find: %s', async (missingInBatchRead) => {
    await sandbox.control.switches.set({ missingInBatchRead })
    const made = await client.crm.companies.batchApi.create({ inputs: [{ properties: acme, associations: [] }] })
    const id = made.results[0]?.id ?? ''
    const read = await client.crm.companies.batchApi.read({
      inputs: [{ id }, { id: '404' }],
      properties: ['name'],
      propertiesWithHistory: [],
    })
    expect(read.results.map((r) => r.id)).toEqual([id])
    expect('errors' in read).toBe(missingInBatchRead === '207')
    const updated = await client.crm.companies.batchApi.update({ inputs: [{ id, properties: { name: 'New' } }] })
    expect(updated.results[0]?.properties['name']).toBe('New')
    await client.crm.companies.batchApi.archive({ inputs: [{ id }] })
  })
})

describe('tasks, notes, leads, owners, pipelines and tokens', () => {
  it('answers the calls that Causeway makes of them', async () => {
    const task = await client.crm.objects.tasks.basicApi.create({
      properties: { hs_timestamp: '2026-11-23T10:00:00.000Z', hs_task_subject: 'Look', hs_task_status: 'NOT_STARTED' },
      associations: [],
    })
    expect(task.properties['hs_task_subject']).toBe('Look')
    await client.crm.objects.notes.basicApi.create({
      properties: { hs_timestamp: '2026-11-23T10:00:00.000Z' },
      associations: [],
    })
    await client.crm.objects.leads.basicApi.create({ properties: { hs_lead_name: 'L' }, associations: [] })
    expect((await client.crm.owners.ownersApi.getPage()).results).toHaveLength(2)
    expect((await client.crm.owners.ownersApi.getPage(undefined, undefined, 10, true)).results).toHaveLength(1)
    expect((await client.crm.owners.ownersApi.getById(7001)).email).toBe('rae.morgan@example.com')
    const [pipeline] = (await client.crm.pipelines.pipelinesApi.getAll('deals')).results
    expect(pipeline?.stages.find((s) => s.id === 'closedwon')?.metadata).toEqual({
      isClosed: 'true',
      probability: '1.0',
    })
    const token = await client.oauth.tokensApi.create(
      'refresh_token',
      undefined,
      undefined,
      'sandbox-client',
      'sandbox-client-secret',
      'sandbox-refresh-token',
    )
    expect(token.expiresIn).toBe(1800)
    client.setAccessToken(token.accessToken)
    expect((await client.crm.companies.basicApi.getPage()).results).toEqual([])
    await sandbox.control.seed({ expireTokens: true })
    expect(await failure(client.crm.companies.basicApi.getPage())).toMatchObject({
      code: 401,
      body: { category: 'EXPIRED_AUTHENTICATION' },
    })
  })

  it('asks for scopes and names the missing ones', async () => {
    await sandbox.control.seed({ tokens: [{ token: 'narrow', scopes: ['crm.objects.companies.read'] }] })
    client.setAccessToken('narrow')
    await client.crm.companies.basicApi.getPage()
    const refused = await failure(client.crm.deals.basicApi.getPage())
    expect(refused).toMatchObject({
      code: 403,
      body: { category: 'MISSING_SCOPES', context: { requiredGranularScopes: ['crm.objects.deals.read'] } },
    })
  })

  it('creates properties with their uniqueness, and refuses what does not fit together', async () => {
    const wish = {
      name: 'our_key',
      label: 'Key',
      type: Type.String,
      fieldType: FieldType.Text,
      groupName: 'causeway',
      hasUniqueValue: true,
    }
    const made = await client.crm.properties.coreApi.create('companies', wish)
    expect(made.hasUniqueValue).toBe(true)
    expect((await failure(client.crm.properties.coreApi.create('companies', wish))).code).toBe(409)
    expect(
      (
        await failure(
          client.crm.properties.coreApi.create('companies', { ...wish, name: 'b', fieldType: FieldType.Number }),
        )
      ).code,
    ).toBe(400)
    expect((await client.crm.properties.coreApi.getByName('companies', 'our_key')).label).toBe('Key')
    expect((await client.crm.properties.groupsApi.create('companies', { name: 'g', label: 'G' })).name).toBe('g')
    expect((await client.crm.properties.groupsApi.getAll('companies')).results.map((g) => g.name)).toContain('g')
    const batch = await client.crm.properties.batchApi.create('companies', { inputs: [{ ...wish, name: 'third' }] })
    expect(batch.results.map((p) => p.name)).toEqual(['third'])
  })
})

describe('the dated paths', () => {
  it('reach the same records, with the codes listed there', async () => {
    const headers = { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' }
    const made = await fetch(`${sandbox.url}/crm/objects/2026-09/0-2`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ properties: acme }),
    })
    expect(made.status).toBe(201)
    const { id } = z.object({ id: z.string() }).parse(await made.json())
    expect((await client.crm.companies.basicApi.getById(id)).id).toBe(id)
    const dealId = (await client.crm.deals.basicApi.create({ properties: deal, associations: [] })).id
    const linked = await fetch(`${sandbox.url}/crm/associations/2026-09/deals/companies/batch/create`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        inputs: [
          {
            from: { id: dealId },
            to: { id },
            types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 5 }],
          },
        ],
      }),
    })
    expect(linked.status).toBe(200)
  })
})

describe('owners', () => {
  it('are paged by the last one shown, those who left apart', async () => {
    await sandbox.control.seed({
      owners: [{ email: 'new@example.com', firstName: 'New', lastName: 'One' }],
      leave: ['7001'],
    })
    const first = await client.crm.owners.ownersApi.getPage(undefined, undefined, 1, false)
    const second = await client.crm.owners.ownersApi.getPage(undefined, first.paging?.next?.after, 1, false)
    expect([...first.results, ...second.results].map((o) => o.id)).toEqual(['7002', '7004'])
    expect(second.paging).toBeUndefined()
    const left = await client.crm.owners.ownersApi.getPage(undefined, undefined, 100, true)
    expect(left.results.map((o) => [o.id, o.archived])).toEqual([
      ['7001', true],
      ['7003', true],
    ])
  })
})

describe('people', () => {
  it('are erased for good, restored from the archive, and one to an e-mail', async () => {
    const make = (email: string) => client.crm.contacts.basicApi.create({ properties: { email }, associations: [] })
    const [a, b] = [await make('a@example.com'), await make('b@example.com')]
    expect((await failure(make('A@example.com'))).code).toBe(409)
    await client.crm.contacts.basicApi.purge({ objectId: a.id })
    await client.crm.contacts.basicApi.archive(b.id)
    for (const id of [a.id, b.id]) expect((await failure(client.crm.contacts.basicApi.getById(id))).code).toBe(404)
    expect((await failure(client.crm.contacts.basicApi.getById(a.id, [], [], [], true))).code).toBe(404)
    await sandbox.control.seed({ restore: [{ type: 'contacts', id: b.id }] })
    expect((await client.crm.contacts.basicApi.getById(b.id)).id).toBe(b.id)
    const again = await make('a@example.com')
    expect(again.id).not.toBe(a.id)
    expect((await failure(make('b@example.com'))).code).toBe(409)
  })

  it('may not be upserted in part by their e-mail', async () => {
    const partial = { id: 'a@example.com', idProperty: 'email', properties: { phone: '1' } }
    expect((await failure(client.crm.contacts.batchApi.upsert({ inputs: [partial] }))).code).toBe(400)
  })
})

describe('an app’s webhooks', () => {
  it('are set and subscribed to with the developer’s key alone', async () => {
    const developer = new Client({ developerApiKey: webhookApp.developerApiKey, basePath: sandbox.url })
    const { settingsApi, subscriptionsApi } = developer.webhooks
    const { appId } = webhookApp
    expect((await failure(settingsApi.getAll(appId))).code).toBe(404)
    const throttling = { maxConcurrentRequests: 10 }
    const targetUrl = 'https://hooks.example/here'
    expect(await settingsApi.configure(appId, { targetUrl, throttling })).toMatchObject({ targetUrl, throttling })
    const made = await subscriptionsApi.create(appId, {
      eventType: EventType.DealPropertyChange,
      propertyName: 'amount',
      active: false,
    })
    expect(made).toMatchObject({ active: false, propertyName: 'amount' })
    const id = Number(made.id)
    expect(await subscriptionsApi.update(id, appId, { active: true })).toMatchObject({ active: true })
    await subscriptionsApi.updateBatch(appId, { inputs: [{ id, active: false }] })
    expect((await subscriptionsApi.getAll(appId)).results.map((s) => s.active)).toEqual([false])
    const same = { eventType: EventType.DealPropertyChange, propertyName: 'amount', active: true }
    expect((await failure(subscriptionsApi.create(appId, same))).code).toBe(409)
    const nameless = { eventType: EventType.DealPropertyChange, active: true }
    expect((await failure(subscriptionsApi.create(appId, nameless))).code).toBe(400)
    await subscriptionsApi.archive(id, appId)
    expect((await failure(subscriptionsApi.getById(id, appId))).code).toBe(404)
    await settingsApi.clear(appId)
    const stranger = new Client({ developerApiKey: 'wrong', basePath: sandbox.url })
    expect((await failure(stranger.webhooks.settingsApi.getAll(appId))).code).toBe(401)
  })
})

describe('a batch without trace ids', () => {
  it('leaves nothing behind when one of its inputs is refused', async () => {
    const kept = await client.crm.companies.basicApi.create({
      properties: { name: 'Kept', causeway_id: 'kept' },
      associations: [],
    })
    const inputs = [upsert('kept', { name: 'Changed' }), upsert('new', { name: 'New' }), upsert('bad', { nope: '1' })]
    expect((await failure(client.crm.companies.batchApi.upsert({ inputs }))).code).toBe(400)
    const { results } = await client.crm.companies.basicApi.getPage(10, undefined, ['name'])
    expect(results.map((r) => [r.id, r.properties['name']])).toEqual([[kept.id, 'Kept']])
    // The key of what was undone is free.
    const again = await client.crm.companies.batchApi.upsert({ inputs: [upsert('new', { name: 'New' })] })
    expect(again.results).toHaveLength(1)
  })
})

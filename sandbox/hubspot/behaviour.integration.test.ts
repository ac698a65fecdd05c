/** What makes a HubSpot portal hard to sync with, through the stock client: search, associations, merges and limits. */
import { Client } from '@hubspot/api-client'
import { AssociationSpecAssociationCategoryEnum as Category } from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import { FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/companies/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startSandbox } from '../framework/start.ts'
import type { RunningSandbox } from '../framework/start.ts'
import { hubspotSandbox, serviceKey } from './index.ts'

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
const code = (work: Promise<unknown>) =>
  work.then(
    () => 200,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
const search = (more: object) =>
  client.crm.companies.searchApi.doSearch({ filterGroups: [], sorts: [], properties: ['name'], limit: 10, ...more })
const filter = (propertyName: string, operator: Operator, value?: string, values?: string[]) => ({
  propertyName,
  operator,
  ...(value === undefined ? {} : { value }),
  ...(values === undefined ? {} : { values }),
})

const total = async (...filters: object[]) => (await search({ filterGroups: [{ filters }] })).total

describe('search', () => {
  beforeEach(async () => {
    await sandbox.control.switches.set({ searchPerSecond: 1000 })
  })

  it('knows its operators', async () => {
    const ids = await seed({ create: companies(4) })
    expect(await total(filter('country', Operator.Eq, 'de'))).toBe(2)
    expect(await total(filter('country', Operator.Neq, 'DE'))).toBe(2)
    expect(await total(filter('country', Operator.In, undefined, ['de', 'fr']))).toBe(4)
    expect(await total(filter('country', Operator.NotIn, undefined, ['de']))).toBe(2)
    expect(await total(filter('hs_object_id', Operator.Gt, ids[1] ?? ''))).toBe(2)
    expect(await total(filter('hs_object_id', Operator.Lte, ids[1] ?? ''))).toBe(2)
    expect(await total(filter('domain', Operator.NotHasProperty))).toBe(4)
    expect(await total(filter('name', Operator.ContainsToken, 'comp*'))).toBe(4)
    expect(await total(filter('country', Operator.Eq, 'DE'), filter('name', Operator.Eq, 'Company 2'))).toBe(1)
    expect(await total(filter('hs_lastmodifieddate', Operator.Gte, String(Date.now() - 60_000)))).toBe(4)
  })

  it('sorts by one property and pages by offset', async () => {
    await seed({ create: companies(5) })
    const first = await search({ sorts: ['-name'], limit: 2 })
    const second = await search({ sorts: ['-name'], limit: 2, after: first.paging?.next?.after })
    expect([...first.results, ...second.results].map((r) => r.properties['name'])).toEqual([
      'Company 4',
      'Company 3',
      'Company 2',
      'Company 1',
    ])
    expect(await code(search({ sorts: ['name', 'country'] }))).toBe(400)
  })

  it('keeps its limits: 200 a page, 10,000 results, groups and filters, 3,000 characters', async () => {
    const one = filter('name', Operator.Eq, 'x')
    expect(await code(search({ limit: 201 }))).toBe(400)
    expect(await code(search({ limit: 200, after: '9801' }))).toBe(400)
    expect(await code(search({ limit: 200, after: '9800' }))).toBe(200)
    expect(await code(search({ filterGroups: Array.from({ length: 6 }, () => ({ filters: [one] })) }))).toBe(400)
    expect(await code(search({ filterGroups: [{ filters: Array.from({ length: 7 }, () => one) }] }))).toBe(400)
    expect(
      await code(
        search({ filterGroups: Array.from({ length: 4 }, () => ({ filters: Array.from({ length: 5 }, () => one) })) }),
      ),
    ).toBe(400)
    expect(await code(search({ query: 'x'.repeat(3000) }))).toBe(400)
  })

  it('lags behind writes, and never shows what is archived', async () => {
    await sandbox.control.switches.set({ searchLagMs: 10_000 })
    const [id = ''] = await seed({ create: companies(1) })
    expect((await search({})).total).toBe(0)
    expect((await client.crm.companies.basicApi.getById(id)).id).toBe(id)
    await sandbox.control.clock.advance(10_001)
    await seed({ update: [{ type: 'companies', id, properties: { name: 'New' } }] })
    expect((await search({})).results[0]?.properties['name']).toBe('Company 0')
    await seed({ archive: [{ type: 'companies', id }] })
    await sandbox.control.clock.advance(10_001)
    expect((await search({})).total).toBe(0)
  })
})

const link = (from: string, to: string, category: Category, typeId: number) =>
  client.crm.associations.v4.basicApi.create('deals', from, 'companies', to, [
    { associationCategory: category, associationTypeId: typeId },
  ])

describe('associations', () => {
  it('bring the plain type with a primary one, keep one primary, and show both directions', async () => {
    const [a = '', b = '', deal = ''] = await seed({ create: [...companies(2), dealOf('D')] })
    await link(deal, a, Category.HubspotDefined, 5)
    await link(deal, b, Category.HubspotDefined, 5)
    const of = async () => {
      const page = await client.crm.associations.v4.basicApi.getPage('deals', deal, 'companies')
      return Object.fromEntries(
        page.results.map((r) => [r.toObjectId, r.associationTypes.map((t) => t.typeId).toSorted((x, y) => x - y)]),
      )
    }
    expect(await of()).toEqual({ [a]: [341], [b]: [5, 341] })
    const back = await client.crm.associations.v4.basicApi.getPage('companies', b, 'deals')
    expect(back.results[0]?.associationTypes.map((t) => t.typeId).toSorted((x, y) => x - y)).toEqual([6, 342])
    await client.crm.associations.v4.basicApi.archive('deals', deal, 'companies', a)
    expect(await of()).toEqual({ [b]: [5, 341] })
  })

  it('take labels of the account’s own, whose ids are found by name', async () => {
    const [company = '', deal = ''] = await seed({ create: [...companies(1), dealOf('D')] })
    const made = await client.crm.associations.v4.schema.definitionsApi.create('deals', 'companies', {
      name: 'influencer',
      label: 'Influencing partner',
    })
    expect(made.results).toHaveLength(2)
    const labels = await client.crm.associations.v4.schema.definitionsApi.getAll('deals', 'companies')
    expect(labels.results.map((l) => l.label)).toEqual([null, 'Primary', 'Sourcing partner', 'Influencing partner'])
    const pair = await link(deal, company, Category.UserDefined, made.results[0]?.typeId ?? 0)
    expect(pair.labels).toEqual(['Influencing partner'])
    expect(await code(link(deal, company, Category.HubspotDefined, made.results[0]?.typeId ?? 0))).toBe(400)
    expect(await code(link(deal, '404', Category.HubspotDefined, 5))).toBe(404)
  })

  it('go by batches, which tell what failed', async () => {
    const [company = '', deal = ''] = await seed({ create: [...companies(1), dealOf('D')] })
    const types = [{ associationCategory: Category.HubspotDefined, associationTypeId: 341 }]
    const inputs = [company, '404'].map((id) => ({ _from: { id: deal }, to: { id }, types }))
    const mixed = await client.crm.associations.v4.batchApi.create('deals', 'companies', { inputs })
    expect(mixed.results).toHaveLength(1)
    expect('errors' in mixed && mixed.errors).toHaveLength(1)
    const read = await client.crm.associations.v4.batchApi.getPage('deals', 'companies', { inputs: [{ id: deal }] })
    expect(read.results[0]?.to.map((t) => t.toObjectId)).toEqual([company])
    await client.crm.associations.v4.batchApi.archive('deals', 'companies', {
      inputs: [{ _from: { id: deal }, to: [{ id: company }] }],
    })
    const none = await client.crm.associations.v4.batchApi.getPage('deals', 'companies', { inputs: [{ id: deal }] })
    expect(none.results).toEqual([])
  })

  it('can be made with the record', async () => {
    const [company = ''] = await seed({ create: companies(1) })
    const { properties } = dealOf('D')
    const associations = [
      { to: { id: company }, types: [{ associationCategory: Category.HubspotDefined, associationTypeId: 5 }] },
    ]
    // The two packages' enums of the same values are different types.
    const made = await client.apiRequest({
      method: 'POST',
      path: '/crm/v3/objects/deals',
      body: { properties, associations },
    })
    expect(made.status).toBe(201)
    const { id } = z.object({ id: z.string() }).parse(await made.json())
    const read = await client.crm.deals.basicApi.getById(id, [], [], ['companies'])
    expect(read.associations?.['companies']?.results.map((r) => r.id)).toEqual([company, company])
  })
})

describe('merges', () => {
  it.each([false, true])('lead from the old ids to what is left (primary kept: %s)', async (mergeKeepsPrimary) => {
    await sandbox.control.switches.set({ mergeKeepsPrimary })
    const [a = '', b = '', deal = ''] = await seed({ create: [...companies(2), dealOf('D')] })
    await seed({ associate: [{ from: { type: 'deals', id: deal }, to: { type: 'companies', id: b } }] })
    const merged = await client.crm.companies.basicApi.merge({ primaryObjectId: a, objectIdToMerge: b })
    expect(merged.id === a).toBe(mergeKeepsPrimary)
    for (const id of [a, b]) expect((await client.crm.companies.basicApi.getById(id, ['name'])).id).toBe(merged.id)
    const linked = await client.crm.associations.v4.basicApi.getPage('deals', deal, 'companies')
    expect(linked.results.map((r) => r.toObjectId)).toEqual([merged.id])
    expect((await client.crm.companies.basicApi.getPage()).results).toHaveLength(1)
  })
})

const headersOf = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(`${sandbox.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
  })
  const body = z.looseObject({ policyName: z.string().optional() }).parse(await answer.json())
  return { status: answer.status, headers: Object.fromEntries(answer.headers), policy: body.policyName }
}

const list = () => headersOf('/crm/v3/objects/companies')
const searches = () => headersOf('/crm/v3/objects/companies/search', { method: 'POST', body: '{}' })

describe('limits', () => {
  it('count ten seconds, and say so in headers', async () => {
    await sandbox.control.switches.set({ tenSecondLimit: 2 })
    expect((await list()).headers).toMatchObject({
      'x-hubspot-ratelimit-max': '2',
      'x-hubspot-ratelimit-remaining': '1',
      'x-hubspot-ratelimit-daily': '625000',
    })
    await list()
    expect(await list()).toMatchObject({ status: 429, policy: 'TEN_SECONDLY_ROLLING' })
    await sandbox.control.clock.advance(10_001)
    expect((await list()).status).toBe(200)
  })

  it('count the day', async () => {
    await sandbox.control.switches.set({ dailyLimit: 1 })
    await list()
    expect(await list()).toMatchObject({ status: 429, policy: 'DAILY' })
    await sandbox.control.clock.advance(86_400_000)
    expect((await list()).status).toBe(200)
  })

  it('hold search to five a second, without a header', async () => {
    for (let n = 0; n < 5; n += 1) {
      const answer = await searches()
      expect(answer.status).toBe(200)
      expect(Object.keys(answer.headers).filter((h) => h.startsWith('x-hubspot'))).toEqual([])
    }
    expect(await searches()).toMatchObject({ status: 429, policy: 'SECONDLY' })
  })
})

it('tells the account’s limits and what is used of them, in both families, to who may read records', async () => {
  await sandbox.control.switches.set({ customProperties: 20, dealPipelines: 2, labelsAPair: 5 })
  const ask = async (path: string) => {
    const response = await fetch(sandbox.url + path, { headers: { authorization: `Bearer ${serviceKey}` } })
    return { status: response.status, json: z.looseObject({}).parse(await response.json()) }
  }
  for (const under of ['/crm/v3/limits', '/crm/limits/2026-09']) {
    const properties = await ask(`${under}/custom-properties`)
    const tasks = { objectTypeId: '0-27', singularLabel: 'task', pluralLabel: 'tasks' }
    expect(properties.json['byObjectType']).toContainEqual({ ...tasks, limit: 20, usage: 3, percentage: 15 })
    expect(properties.json).toMatchObject({ overallLimit: 140 })
    expect((await ask(`${under}/pipelines`)).json).toMatchObject({
      hubspotDefinedObjectTypes: [{ objectTypeId: '0-3', limit: 2, usage: 1, percentage: 50 }],
    })
    const pair = 'fromObjectTypeId=0-3&toObjectTypeId=0-2'
    expect((await ask(`${under}/associations/labels?${pair}`)).json).toMatchObject({
      results: [{ fromObjectType: { objectTypeId: '0-3' }, allLabels: ['Sourcing partner'], limit: 5, usage: 1 }],
    })
  }
  await sandbox.control.switches.set({ limitsTold: false })
  expect(await ask('/crm/v3/limits/pipelines')).toMatchObject({ status: 403, json: { category: 'MISSING_SCOPES' } })
})

const makeCompany = (name: string) =>
  code(client.crm.companies.basicApi.create({ properties: { name }, associations: [] }))

it('tells the rules of properties in both families, and refuses what breaks them', async () => {
  const rule = { ruleType: 'MIN_LENGTH', ruleArguments: ['5'], shouldApplyNormalization: false }
  const set = (...rules: object[]) =>
    sandbox.control.seed({ validations: [{ type: 'companies', property: 'name', rules }] })
  await set({ ruleType: 'MIN_LENGTH', ruleArguments: ['5'] })
  const ask = async (path: string) => {
    const response = await fetch(sandbox.url + path, { headers: { authorization: `Bearer ${serviceKey}` } })
    return z.looseObject({ results: z.array(z.unknown()) }).parse(await response.json()).results
  }
  for (const under of ['/crm/v3/property-validations/0-2', '/crm/property-validations/2026-09/companies']) {
    expect(await ask(under)).toEqual([{ propertyName: 'name', propertyValidationRules: [rule] }])
    expect(await ask(`${under}/name`)).toEqual([rule])
    expect(await ask(`${under}/domain`)).toEqual([])
  }
  expect(await makeCompany('Acme')).toBe(400)
  expect(await makeCompany('Acme Ltd')).toBe(200)
  await sandbox.control.switches.set({ rulesBindWrites: false })
  expect(await makeCompany('Acme')).toBe(200)
  await sandbox.control.switches.set({ rulesBindWrites: true })
  await set()
  expect(await makeCompany('Acme')).toBe(200)
})

/** Each change of a schema is described and enforced by the vendor's own API, in its own words. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { createControlClient, type ControlClient } from './control-client.ts'
import type { SchemaChange } from './framework/schema-change.ts'
import { startSandboxes, type RunningSandboxes } from './main.ts'

let sandboxes: RunningSandboxes
let salesforce: { url: string; control: ControlClient }
let hubspot: typeof salesforce
let partnerstack: typeof salesforce

beforeAll(async () => {
  const only = ['partnerstack', 'salesforce', 'hubspot'] as const
  sandboxes = await startSandboxes({ ports: { partnerstack: 0, salesforce: 0, hubspot: 0 }, only: [...only] })
  const opened = only.map((name) => {
    const url = sandboxes[name]?.url ?? ''
    return { url, control: createControlClient(url) }
  })
  const [first, second, third] = opened
  if (first === undefined || second === undefined || third === undefined) throw new Error('a sandbox is missing')
  ;[partnerstack, salesforce, hubspot] = [first, second, third]
})
afterAll(() => sandboxes.close())
beforeEach(async () => {
  for (const { control } of [salesforce, hubspot, partnerstack]) await control.reset()
})

async function org(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'causeway-client',
    client_secret: 'causeway-secret',
  })
  const token: unknown = await (
    await fetch(`${salesforce.url}/services/oauth2/token`, { method: 'POST', body: form })
  ).json()
  const access =
    token !== null && typeof token === 'object' && 'access_token' in token ? String(token.access_token) : ''
  return call(`${salesforce.url}/services/data/v67.0${path}`, method, `Bearer ${access}`, body)
}

const portal = (method: string, path: string, body?: unknown) =>
  call(`${hubspot.url}/crm/v3${path}`, method, 'Bearer pat-na1-sandbox-service-key', body)

const tenant = (method: string, path: string, body?: unknown) =>
  call(
    `${partnerstack.url}/api/v2${path}`,
    method,
    `Basic ${Buffer.from('pk_7Qm2ZkVwsB:sk_Rt81yLxPn4').toString('base64')}`,
    body,
  )

async function call(url: string, method: string, authorization: string, body: unknown) {
  const response = await fetch(url, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const json: unknown = text === '' ? null : JSON.parse(text)
  return { status: response.status, json }
}

/** What is changed, what is sent then, and what the refusal names. */
type Refusals = [SchemaChange, Record<string, string>, string][]

const at = { object: 'Opportunity', field: 'Registered_By__c' } as const
const deal = { Name: 'Acme', StageName: 'Qualification', CloseDate: '2027-01-31' }

it('Salesforce: a removed field is no column any more, and what a field made anew holds is nothing', async () => {
  const made = await org('POST', '/sobjects/Opportunity', { ...deal, Registered_By__c: 'Ana' })
  expect(made.status).toBe(201)
  await salesforce.control.schema({ do: 'remove', ...at })
  const query = `/query?q=${encodeURIComponent('SELECT Id, Registered_By__c FROM Opportunity')}`
  expect(await org('GET', query)).toMatchObject({ status: 400, json: [{ errorCode: 'INVALID_FIELD' }] })
  expect(await org('POST', '/sobjects/Opportunity', { ...deal, Registered_By__c: 'Ana' })).toMatchObject({
    status: 400,
    json: [{ errorCode: 'INVALID_FIELD' }],
  })
  await salesforce.control.schema({ do: 'add', ...at, type: 'string', length: 80 })
  expect(await org('GET', query)).toMatchObject({ status: 200, json: { records: [{ Registered_By__c: null }] } })
})

it('Salesforce: a renamed field takes its values with it', async () => {
  await org('POST', '/sobjects/Opportunity', { ...deal, Registered_By__c: 'Ana' })
  await salesforce.control.schema({ do: 'rename', ...at, to: 'Sent_By__c' })
  const query = `/query?q=${encodeURIComponent('SELECT Id, Sent_By__c FROM Opportunity')}`
  expect(await org('GET', query)).toMatchObject({ json: { records: [{ Sent_By__c: 'Ana' }] } })
})

const refusedByOrg: Refusals = [
  [{ do: 'alter', ...at, required: true }, {}, 'REQUIRED_FIELD_MISSING'],
  [{ do: 'alter', ...at, readOnly: true }, { Registered_By__c: 'Ana' }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
  [{ do: 'alter', ...at, computed: true }, { Registered_By__c: 'Ana' }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
  [{ do: 'alter', ...at, length: 3 }, { Registered_By__c: 'Anna' }, 'STRING_TOO_LONG'],
  [{ do: 'alter', ...at, type: 'double' }, { Registered_By__c: 'Ana' }, 'JSON_PARSER_ERROR'],
  [
    { do: 'remove-values', object: 'Opportunity', field: 'Partner_Source__c', values: ['Direct'] },
    { Partner_Source__c: 'Direct' },
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  ],
  [
    { do: 'alter', object: 'Opportunity', field: 'Partner_Account__c', refersTo: ['Contact'] },
    { Partner_Account__c: 'an account' },
    'FIELD_INTEGRITY_EXCEPTION',
  ],
]

it.each(refusedByOrg)('Salesforce: after %j a save of %j is refused with %s', async (change, fields, errorCode) => {
  const seeded = await salesforce.control.seed({ accounts: [{ Name: 'North', Type: 'Partner' }] })
  const [account] = z.object({ accounts: z.array(z.string()) }).parse(seeded).accounts
  await salesforce.control.schema(change)
  const given = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value === 'an account' ? account : value]),
  )
  expect(await org('POST', '/sobjects/Opportunity', { ...deal, ...given })).toMatchObject({
    status: 400,
    json: [{ errorCode }],
  })
})

it('Salesforce: what describe says follows the change', async () => {
  await salesforce.control.schema(
    { do: 'alter', ...at, length: 3, required: true },
    { do: 'add', object: 'Opportunity', field: 'Score__c', type: 'double', computed: true },
    { do: 'add', object: 'Opportunity', field: 'Tags__c', type: 'multipicklist', values: ['a', 'b'], restricted: true },
  )
  const { json } = await org('GET', '/sobjects/Opportunity/describe')
  const { fields } = z.object({ fields: z.array(z.looseObject({ name: z.string() })) }).parse(json)
  expect(fields.find(({ name }) => name === 'Registered_By__c')).toMatchObject({ length: 3, nillable: false })
  expect(fields.find(({ name }) => name === 'Score__c')).toMatchObject({ calculated: true, createable: false })
  expect(fields.find(({ name }) => name === 'Tags__c')).toMatchObject({ restrictedPicklist: true })
})

const dealOf = (properties: Record<string, string>) => ({
  properties: { dealname: 'Acme', pipeline: 'default', dealstage: 'qualifiedtobuy', ...properties },
})

const refusedByPortal: Refusals = [
  [{ do: 'remove', object: 'deals', field: 'registered_by' }, { registered_by: 'Ana' }, 'PROPERTY_DOESNT_EXIST'],
  [
    { do: 'alter', object: 'deals', field: 'registered_by', readOnly: true },
    { registered_by: 'Ana' },
    'READ_ONLY_VALUE',
  ],
  [
    { do: 'alter', object: 'deals', field: 'registered_by', computed: true },
    { registered_by: 'Ana' },
    'READ_ONLY_VALUE',
  ],
  [{ do: 'alter', object: 'deals', field: 'registered_by', type: 'number' }, { registered_by: 'Ana' }, 'INVALID_LONG'],
  [
    { do: 'remove-values', object: 'deals', field: 'partner_source', values: ['Direct'] },
    { partner_source: 'Direct' },
    'INVALID_OPTION',
  ],
  [{ do: 'remove-values', object: 'deals', field: 'dealstage', values: ['qualifiedtobuy'] }, {}, 'INVALID_OPTION'],
]

it.each(refusedByPortal)('HubSpot: after %j a create with %j is refused with %s', async (change, properties, code) => {
  await hubspot.control.schema(change)
  expect(await portal('POST', '/objects/deals', dealOf(properties))).toMatchObject({
    status: 400,
    json: { category: 'VALIDATION_ERROR', errors: [{ code }] },
  })
})

it('HubSpot: reads pass over a property that is gone, its name may be used again, and it is empty then', async () => {
  const { json } = await portal('POST', '/objects/deals', dealOf({ registered_by: 'Ana' }))
  const { id } = z.looseObject({ id: z.string() }).parse(json)
  await hubspot.control.schema({ do: 'remove', object: 'deals', field: 'registered_by' })
  const read = `/objects/deals/${id}?properties=registered_by,dealname`
  expect(await portal('GET', read)).toMatchObject({ json: { properties: { dealname: 'Acme' } } })
  expect((await portal('GET', read)).json).not.toHaveProperty('properties.registered_by')
  await hubspot.control.schema({ do: 'add', object: 'deals', field: 'registered_by', type: 'string' })
  expect(await portal('GET', read)).toMatchObject({ json: { properties: { registered_by: null } } })
})

it('HubSpot: nobody renames a property', async () => {
  const renamed = hubspot.control.schema({ do: 'rename', object: 'deals', field: 'registered_by', to: 'sent_by' })
  await expect(renamed).rejects.toMatchObject({ status: 400, code: 'invalid' })
})

const claim = (fields: Record<string, string>) => ({
  partner_key: 'bright',
  account_name: 'Northwind',
  fields: { company_domain: 'northwind.example', contact_email: 'cto@northwind.example', ...fields },
})

const refusedByTenant: Refusals = [
  [{ do: 'remove', object: 'deals', field: 'products' }, { products: 'CRM' }, 'products'],
  [{ do: 'alter', object: 'deals', field: 'products', required: true }, {}, 'products'],
  [{ do: 'alter', object: 'deals', field: 'products', readOnly: true }, { products: 'CRM' }, 'products'],
  [{ do: 'alter', object: 'deals', field: 'products', type: 'number' }, { products: 'CRM' }, 'products'],
  [{ do: 'alter', object: 'deals', field: 'products', type: 'picklist', values: ['ERP'] }, { products: 'CRM' }, 'ERP'],
]

it.each(refusedByTenant)(
  'PartnerStack: after %j a deal with %j is refused, naming %s',
  async (change, fields, named) => {
    await partnerstack.control.seed({ partnerships: [{ partner_key: 'bright', email: 'ana@bright.example' }] })
    await partnerstack.control.schema(change)
    const { status, json } = await tenant('POST', '/deals', claim(fields))
    expect(status).toBe(400)
    expect(JSON.stringify(json)).toContain(named)
  },
)

it('PartnerStack: a renamed field is shown by its new name and still known by the one that never changes', async () => {
  await partnerstack.control.seed({ partnerships: [{ partner_key: 'bright', email: 'ana@bright.example' }] })
  await partnerstack.control.schema({ do: 'rename', object: 'deals', field: 'products', to: 'goods' })
  expect(await tenant('POST', '/deals', claim({ products: 'CRM' }))).toMatchObject({
    status: 200,
    json: { data: { field_data: { goods: 'CRM' } } },
  })
})

it('PartnerStack: stages come and go in all groups', async () => {
  await partnerstack.control.schema({ do: 'remove-values', object: 'deals', field: 'stage', values: ['Proposal'] })
  const { json } = await tenant('GET', '/sales-cycles/deals/stages?group_key=grup_resellers')
  expect(JSON.stringify(json)).not.toContain('Proposal')
})

it('refuses what is not there, and what is no change', async () => {
  const nowhere = salesforce.control.schema({ do: 'remove', object: 'Opportunity', field: 'Nothing__c' })
  await expect(nowhere).rejects.toMatchObject({ status: 400 })
  const standard = salesforce.control.schema({ do: 'remove', object: 'Opportunity', field: 'Amount' })
  await expect(standard).rejects.toThrow('standard field')
})

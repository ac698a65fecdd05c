/**
 * Each change of a schema over the sandboxes: known before records fail, what it affects waits together under one code without a vain
 * request, everything else goes on, and once the schema or the mapping is mended what waited goes on by itself.
 */
import { sql } from 'drizzle-orm'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { Vendor } from '../../connectors/registry.ts'
import type { SchemaChange } from '../../sandbox/framework/schema-change.ts'
import { idFor } from '../../src/db/ids.ts'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type { ObjectMapping } from '../../src/mapping/definition.ts'
import { countParked } from '../../src/reports/parked.ts'
import { knownSchema, listSchemaChanges } from '../../src/reports/schema.ts'
import { examineSchemas } from '../../src/runtime/doctor/schemas.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { startVendor, type SandboxedVendor } from './vendors.test-support.ts'

let vendor: SandboxedVendor
let bench: Bench
afterEach(async () => {
  await bench.close()
  await vendor.close()
})

const objects = { salesforce: 'Opportunity', hubspot: 'deals' } as const

async function start(name: Vendor, role: 'crm' | 'portal' = 'crm'): Promise<void> {
  vendor = await startVendor(name, name === 'partnerstack' ? { stages: { approved: 'Qualified' } } : {})
  const { connector, mappings } = vendor
  bench = await startBench({ alpha: { role, capabilities: [...connector.capabilities], mappings, connector } })
}

/** As if an hour had passed since the schema was read. */
const hourLater = () => bench.rows(`update schema_snapshots set next_at = now(), read_at = read_at - interval '1 hour'`)
const changed = (...changes: SchemaChange[]) => vendor.sandbox.control.schema(...changes)
const writes = () =>
  bench.rows<{ status: string; code: string | null; n: number }>(
    `select status, code, count(*)::int as n from writes group by 1, 2 order by 1, 2`,
  )
const open = () =>
  bench.rows<{ kind: string; path: string; value: string | null; breaks: string[] }>(
    `select kind, path, value, breaks from schema_changes where mended_at is null order by id`,
  )

const ids = Array.from({ length: 5 }, (_, n) => idFor('test', 'deal', String(n)))

/** Five deals of the ledger to be made at the vendor. */
async function plan(object: string, values: Record<string, string>): Promise<void> {
  await bench.db.transaction(async (tx) => {
    const rows = ids.map((id, n) => ({ id, values: { name: `Deal ${String(n)}`, home: 'alpha', ...values } }))
    await insertRecords(tx, 'deal', rows)
    await ensureLinks(
      tx,
      ids.map((recordId) => ({ connection: 'alpha', object, kind: 'deal' as const, recordId })),
    )
    await planWrites(tx, ids, {})
  })
}

async function edit(values: Record<string, string>): Promise<void> {
  await bench.db.transaction(async (tx) => {
    await updateRecords(
      tx,
      'deal',
      ids.map((id) => ({ id, values })),
    )
    await planWrites(tx, ids, {})
  })
}

/** How many requests that write records reached the vendor. */
async function requestsToWrite(): Promise<number> {
  const all = await vendor.sandbox.control.requests.list()
  return all.filter(
    ({ method, path }) => method !== 'GET' && /composite|objects\/deals\/batch\/(create|update|upsert)/.test(path),
  ).length
}

/** The first reading of the schema, by which later ones are measured. */
async function look(object: string): Promise<void> {
  await bench.pull('alpha', object)
}

const registered = { salesforce: 'Registered_By__c', hubspot: 'registered_by' } as const
const source = { salesforce: 'Partner_Source__c', hubspot: 'partner_source' } as const

interface Drift {
  vendor: 'salesforce' | 'hubspot'
  name: string
  change: SchemaChange
  /** What the administrator does to undo it. */
  undo: SchemaChange
  /** What the deals say, so that they are affected. */
  values: Record<string, string>
  found: { kind: string; path: string; breaks: string[] }
  /** A mapping that no longer needs what is gone. */
  remap: (mapping: ObjectMapping) => ObjectMapping
}

const without =
  (...paths: string[]) =>
  (mapping: ObjectMapping): ObjectMapping => ({
    ...mapping,
    fields: mapping.fields.filter(({ path }) => !paths.includes(path)),
  })

const drifts: Drift[] = (['salesforce', 'hubspot'] as const).flatMap((name): Drift[] => {
  const object = objects[name]
  const at = { object, field: registered[name] }
  const removed: Drift = {
    vendor: name,
    name: 'a removed field',
    change: { do: 'remove', ...at },
    undo: { do: 'add', ...at, type: 'string' },
    values: { registeredBy: 'Ana' },
    found: { kind: 'field-removed', path: at.field, breaks: ['registeredBy'] },
    remap: without(at.field),
  }
  const readOnly: Drift = {
    ...removed,
    name: 'a field that became read-only',
    change: { do: 'alter', ...at, readOnly: true },
    undo: { do: 'alter', ...at, readOnly: false },
    found: { kind: 'became-read-only', path: at.field, breaks: ['registeredBy'] },
  }
  const retyped: Drift = {
    ...removed,
    name: 'a changed type',
    change: { do: 'alter', ...at, type: name === 'salesforce' ? 'double' : 'number' },
    undo: { do: 'alter', ...at, type: 'string' },
    found: { kind: 'type-changed', path: at.field, breaks: ['registeredBy'] },
  }
  const value: Drift = {
    vendor: name,
    name: 'a removed picklist value',
    change: { do: 'remove-values', object, field: source[name], values: ['Partner-Sourced'] },
    undo: { do: 'add-values', object, field: source[name], values: ['Partner-Sourced'] },
    values: { source: 'partner-sourced' },
    found: { kind: 'value-removed', path: source[name], breaks: ['source'] },
    remap: (mapping) => ({
      ...mapping,
      fields: mapping.fields.map((field) =>
        field.path === source[name]
          ? { ...field, values: { ...field.values, 'partner-sourced': 'Partner-Influenced' } }
          : field,
      ),
    }),
  }
  if (name === 'hubspot') return [removed, readOnly, retyped, value]
  const shortened: Drift = {
    ...removed,
    name: 'a shortened field',
    change: { do: 'alter', ...at, length: 2 },
    undo: { do: 'alter', ...at, length: 255 },
    found: { kind: 'length-changed', path: at.field, breaks: ['registeredBy'] },
  }
  const demanded: Drift = {
    ...removed,
    name: 'a field that became required',
    change: { do: 'alter', ...at, required: true },
    undo: { do: 'alter', ...at, required: false },
    values: {},
    found: { kind: 'became-required', path: at.field, breaks: ['registeredBy'] },
    remap: (mapping) => ({
      ...mapping,
      fields: mapping.fields.map((field) => (field.path === at.field ? { ...field, initial: 'Nobody' } : field)),
    }),
  }
  const newcomer: Drift = {
    ...demanded,
    name: 'a new field that is required',
    change: { do: 'add', object, field: 'Region__c', type: 'string', required: true },
    undo: { do: 'alter', object, field: 'Region__c', required: false },
    found: { kind: 'field-added', path: 'Region__c', breaks: [] },
    remap: (mapping) => ({ ...mapping, fixed: { ...mapping.fixed, Region__c: 'EMEA' } }),
  }
  return [removed, readOnly, retyped, value, shortened, demanded, newcomer]
})

/** Changed, read an hour later, and then written to: nothing is sent that would be refused. */
async function drifted({ vendor: name, change, values, found }: Drift): Promise<string> {
  await start(name)
  const object = objects[name]
  await look(object)
  expect(await open()).toEqual([])
  await changed(change)
  await hourLater()
  await look(object)
  expect(await open()).toMatchObject([found])
  await plan(object, values)
  const before = await requestsToWrite()
  await bench.drain('alpha')
  expect(await writes()).toEqual([{ status: 'parked', code: 'CW_SCHEMA_CHANGED', n: 5 }])
  expect(await requestsToWrite()).toBe(before)
  return object
}

it.each(drifts)('$vendor: $name waits together, and goes on when the vendor undid it', async (drift) => {
  const object = await drifted(drift)
  await changed(drift.undo)
  await hourLater()
  await look(object)
  expect(await open()).toEqual([])
  await bench.settle()
  expect(await writes()).toEqual([{ status: 'done', code: null, n: 5 }])
})

it.each(drifts)('$vendor: $name waits together, and goes on when the mapping was mended', async (drift) => {
  const object = await drifted(drift)
  const system = bench.system('alpha')
  const remapped = system.mappings.map((mapping) => (mapping.object === object ? drift.remap(mapping) : mapping))
  // As a publication does it: another generation, whose mappings whoever asks next has.
  await bench.rows(`update connections set generation = generation + 1`)
  Object.assign(system, { mappings: remapped, generation: (system.generation ?? 0) + 1 })
  await look(object)
  expect(await open()).toEqual([])
  await bench.settle()
  expect(await writes()).toEqual([{ status: 'done', code: null, n: 5 }])
})

it.each(['salesforce', 'hubspot'] as const)(
  '%s: a change that is met before it is known costs few refusals, and what was refused waits with the others',
  async (name) => {
    await start(name)
    const object = objects[name]
    await look(object)
    await changed({ do: 'remove', object, field: registered[name] })
    await plan(object, { registeredBy: 'Ana' })
    await bench.rows(`update schema_snapshots set read_at = read_at - interval '1 hour'`)
    await bench.drain('alpha')
    // Refused as records that are invalid: that is looked into at once, and not an hour later.
    await look(object)
    expect(await open()).toMatchObject([{ kind: 'field-removed' }])
    await bench.age()
    await bench.drain('alpha')
    expect(await writes()).toEqual([{ status: 'parked', code: 'CW_SCHEMA_CHANGED', n: 5 }])
  },
)

it.each(['salesforce', 'hubspot'] as const)(
  '%s: reads go on without a field that is gone, and what it holds comes in when it is back',
  async (name) => {
    await start(name)
    const object = objects[name]
    await plan(object, { registeredBy: 'Ana', amount: '100' })
    await bench.settle()
    expect(await writes()).toEqual([{ status: 'done', code: null, n: 5 }])
    // A field that the vendor's people fill, read by us.
    const amount = name === 'salesforce' ? 'Custom_Amount__c' : 'custom_amount'
    await changed({ do: 'add', object, field: amount, type: name === 'salesforce' ? 'double' : 'number' })
    const system = bench.system('alpha')
    Object.assign(system, {
      mappings: system.mappings.map((mapping) =>
        mapping.object === object
          ? {
              ...mapping,
              fields: mapping.fields.map((field) =>
                field.field === 'amount' ? { ...field, path: amount, create: 'in', update: 'in' } : field,
              ),
            }
          : mapping,
      ),
    })
    await hourLater()
    await look(object)
    expect(await open()).toEqual([])

    await changed({ do: 'remove', object, field: amount })
    // Not yet known: the reading that fails because of it looks into it, and goes on at once.
    const renamed = await byPeople(name, object, name === 'salesforce' ? { Name: 'Renamed' } : { dealname: 'Renamed' })
    await bench.rows(`update schema_snapshots set read_at = read_at - interval '1 hour'`)
    if (name === 'hubspot') await hourLater()
    for (let pulls = 0; pulls < 3; pulls += 1) await bench.pull('alpha', object)
    expect(await open()).toMatchObject([{ kind: 'field-removed', path: amount, breaks: ['amount'] }])
    expect(await bench.rows(`select count(*)::int as n from deals where name = 'Renamed'`)).toEqual([{ n: 1 }])
    expect(await bench.rows(`select failing_since from streams where object = '${object}'`)).toEqual([
      { failing_since: null },
    ])

    await changed({ do: 'add', object, field: amount, type: name === 'salesforce' ? 'double' : 'number' })
    await plant(name, object, renamed, { [amount]: 250 })
    await hourLater()
    for (let pulls = 0; pulls < 8; pulls += 1) {
      await bench.rows(`update runs set wait_until = now() where wait_until is not null`).catch(() => undefined)
      await bench.pull('alpha', object)
    }
    expect(await open()).toEqual([])
    expect(await bench.rows(`select amount::float8 as amount from deals where name = 'Renamed'`)).toEqual([
      { amount: 250 },
    ])
  },
)

/** As HubSpot's administrators lay rules upon the values of a property. */
const ruleFor = (property: string, ...rules: [ruleType: string, argument: string][]) =>
  vendor.sandbox.control.seed({
    validations: [
      {
        type: 'deals',
        property,
        rules: rules.map(([ruleType, argument]) => ({ ruleType, ruleArguments: [argument] })),
      },
    ],
  })

it('hubspot: what a rule on length is sure to refuse is not sent, and goes when the rule is taken away', async () => {
  await start('hubspot')
  await look('deals')
  await ruleFor('registered_by', ['MAX_LENGTH', '2'])
  await hourLater()
  await look('deals')
  expect(await open()).toMatchObject([{ kind: 'length-changed', path: 'registered_by', breaks: ['registeredBy'] }])
  await plan('deals', { registeredBy: 'Ana' })
  const before = await requestsToWrite()
  await bench.drain('alpha')
  expect(await writes()).toEqual([{ status: 'parked', code: 'CW_SCHEMA_CHANGED', n: 5 }])
  expect(await requestsToWrite()).toBe(before)
  await ruleFor('registered_by')
  await hourLater()
  await look('deals')
  expect(await open()).toEqual([])
  await bench.settle()
  expect(await writes()).toEqual([{ status: 'done', code: null, n: 5 }])
})

it('hubspot: a rule that is met before it is known is read after the first refusals, and its end frees what it held', async () => {
  await start('hubspot')
  await look('deals')
  await ruleFor('registered_by', ['MIN_LENGTH', '5'])
  await plan('deals', { registeredBy: 'Ana' })
  await bench.rows(`update schema_snapshots set read_at = read_at - interval '1 hour'`)
  await bench.drain('alpha')
  expect(await writes()).toEqual([{ status: 'parked', code: 'CW_RECORD_INVALID', n: 5 }])
  await look('deals')
  const told = await bench.rows(`select kind, path, value from schema_changes order by id`)
  expect(told).toEqual([{ kind: 'rule-added', path: 'registered_by', value: 'MIN_LENGTH 5' }])
  // A rule that most records satisfy breaks no mapping.
  expect(await open()).toEqual([])

  await ruleFor('registered_by')
  await hourLater()
  await look('deals')
  await bench.settle()
  expect(await writes()).toEqual([{ status: 'done', code: null, n: 5 }])
})

/** The vendor's id of one record, edited by its people. */
async function byPeople(name: Vendor, object: string, fields: Record<string, string>): Promise<string> {
  const [link] = await bench.rows<{ id: string }>(
    `select external_id as id from links where object = '${object}' and external_id is not null order by id limit 1`,
  )
  const id = link?.id ?? ''
  if (name === 'salesforce') await vendor.sandbox.control.seed({ edit: [{ object, id, fields }] })
  else await vendor.sandbox.control.seed({ update: [{ type: object, id, properties: fields }] })
  return id
}

/** A value that moves no modification date. */
async function plant(name: Vendor, object: string, id: string, values: Record<string, number>): Promise<void> {
  const texts = Object.fromEntries(Object.entries(values).map(([field, value]) => [field, String(value)]))
  if (name === 'salesforce') await vendor.sandbox.control.seed({ plant: [{ object, id, fields: values }] })
  else await vendor.sandbox.control.seed({ plant: [{ type: object, id, properties: texts }] })
}

it('salesforce: a type that changed under what comes in parks the changed records together, and mended they are read anew', async () => {
  await start('salesforce')
  await vendor.sandbox.control.seed({ accounts: [{ Name: 'Hafen' }] })
  const made = await vendor.sandbox.control.seed({
    opportunities: [{ Name: 'One', StageName: 'Qualification', CloseDate: '2027-01-31', Amount: 100 }],
  })
  const [deal = ''] = z.object({ opportunities: z.array(z.string()) }).parse(made).opportunities
  await bench.settle()
  const parked = () =>
    bench.rows(`select code, detail #>> '{schemaChange,kind}' as kind from changes where status = 'parked'`)
  expect(await parked()).toEqual([])
  await changed({ do: 'alter', object: 'Opportunity', field: 'Amount', type: 'string' })
  await vendor.sandbox.control.seed({ edit: [{ object: 'Opportunity', id: deal, fields: { Amount: 'a lot' } }] })
  // An amount that is a text may still be a number: what tells is the value.
  await changed({ do: 'alter', object: 'Opportunity', field: 'Amount', type: 'boolean' })
  await hourLater()
  await bench.pull('alpha', 'Opportunity')
  expect(await open()).toMatchObject([{ kind: 'type-changed', path: 'Amount', breaks: ['amount'] }])
  expect(await parked()).toEqual([{ code: 'CW_SCHEMA_CHANGED', kind: 'type-changed' }])
  await changed({ do: 'alter', object: 'Opportunity', field: 'Amount', type: 'currency' })
  await plant('salesforce', 'Opportunity', deal, { Amount: 300 })
  await hourLater()
  for (let pulls = 0; pulls < 3; pulls += 1) await bench.pull('alpha', 'Opportunity')
  expect(await open()).toEqual([])
  expect(await parked()).toEqual([])
  expect(await bench.rows(`select amount::float8 as amount from deals`)).toEqual([{ amount: 300 }])
})

it('salesforce: what a change does not affect is written and read as before', async () => {
  await start('salesforce')
  await plan('Opportunity', { registeredBy: 'Ana', amount: '100' })
  await bench.settle()
  await changed({ do: 'remove', object: 'Opportunity', field: 'Registered_By__c' })
  await hourLater()
  await look('Opportunity')
  await edit({ amount: '200' })
  await bench.settle()
  expect(await writes()).toEqual([{ status: 'done', code: null, n: 5 }])
  const state = z
    .object({ objects: z.object({ Opportunity: z.array(z.looseObject({ Amount: z.unknown() })) }) })
    .parse(await vendor.sandbox.control.state())
  expect(new Set(state.objects.Opportunity.map(({ Amount }) => JSON.stringify(Amount))).size).toBe(1)
  expect(await bench.rows(`select distinct amount::float8 as amount from deals`)).toEqual([{ amount: 200 }])
})

it('tells of what broke in the list of changes and in the doctor, and of the fields as they are', async () => {
  await start('salesforce')
  await look('Opportunity')
  expect(await examineSchemas(bench.url, ['alpha'])).toMatchObject([{ status: 'well' }])
  await changed({ do: 'remove', object: 'Opportunity', field: 'Registered_By__c' })
  await changed({ do: 'add', object: 'Opportunity', field: 'Region__c', type: 'string' })
  await hourLater()
  await look('Opportunity')
  await plan('Opportunity', { registeredBy: 'Ana' })
  await bench.drain('alpha')
  const filter = { limit: 10, connection: 'alpha' }
  expect(await listSchemaChanges(bench.db, { ...filter, open: true })).toMatchObject([
    { kind: 'field-removed', path: 'Registered_By__c', breaks: ['registeredBy'], mendedAt: null, waiting: 5 },
  ])
  expect((await listSchemaChanges(bench.db, { ...filter, open: false })).map(({ kind }) => kind).toSorted()).toEqual([
    'field-added',
    'field-removed',
  ])
  expect(await examineSchemas(bench.url, ['alpha'])).toMatchObject([
    {
      part: 'schema alpha Opportunity',
      status: 'wrong',
      code: 'CW_SCHEMA_CHANGED',
      message:
        'the vendor has no field Registered_By__c any more, or does not show it: breaks registeredBy; 5 wait because of it',
    },
  ])
  expect(await countParked(bench.db)).toMatchObject([{ code: 'CW_SCHEMA_CHANGED', kind: 'write', count: 5 }])
  const known = await knownSchema(bench.db, 'alpha', 'Opportunity')
  expect(known?.code).toBeNull()
  expect(known?.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['Region__c', 'Amount']))
  expect(await knownSchema(bench.db, 'alpha', 'Nothing')).toBeNull()
})

it('of two workers one reads the schema, and both know it', async () => {
  await start('salesforce')
  await look('Opportunity')
  await changed({ do: 'remove', object: 'Opportunity', field: 'Registered_By__c' })
  await hourLater()
  await vendor.sandbox.control.requests.clear()
  await Promise.all([look('Opportunity'), look('Opportunity')])
  const described = (await vendor.sandbox.control.requests.list()).filter(({ path }) => path.endsWith('/describe'))
  expect(described).toHaveLength(1)
  expect(await open()).toMatchObject([{ kind: 'field-removed' }])
  // Not due again within the hour.
  await look('Opportunity')
  expect((await vendor.sandbox.control.requests.list()).filter(({ path }) => path.endsWith('/describe'))).toHaveLength(
    1,
  )
})

it('partnerstack: forms and stages are watched, and what is decided on a claim waits for its field', async () => {
  await start('partnerstack', 'portal')
  await vendor.sandbox.control.seed({
    partnerships: [{ partner_key: 'bright', email: 'ana@bright.example', company: 'Bright' }],
    deals: [
      {
        partner_key: 'bright',
        account_name: 'Acme',
        fields: { company_domain: 'acme.com', contact_email: 'buyer@acme.com' },
      },
    ],
  })
  await bench.settle()
  await changed(
    { do: 'remove', object: 'deals', field: 'registration_status' },
    { do: 'remove-values', object: 'deals', field: 'stage', values: ['Qualified'] },
    { do: 'add', object: 'leads', field: 'region', type: 'input', required: true },
  )
  await hourLater()
  await bench.pull('alpha', 'deals')
  await bench.pull('alpha', 'leads')
  expect(await open()).toMatchObject([
    { kind: 'field-removed', path: 'fields.registration_status', breaks: ['state'] },
    { kind: 'value-removed', path: 'stage', value: 'Qualified', breaks: ['pipelineStage'] },
    { kind: 'field-added', path: 'fields.region', breaks: [] },
  ])
  await bench.db.execute(sql`update registrations set state = 'approved', pipeline_stage = 'approved'`)
  const [claim] = await bench.rows<{ id: string }>(`select id from registrations`)
  await bench.db.transaction((tx) => planWrites(tx, [claim?.id ?? ''], {}))
  await vendor.sandbox.control.requests.clear()
  await bench.drain('alpha')
  expect(await writes()).toContainEqual({ status: 'parked', code: 'CW_SCHEMA_CHANGED', n: 1 })
  expect((await vendor.sandbox.control.requests.list()).filter(({ method }) => method === 'PATCH')).toEqual([])
  await changed(
    { do: 'add', object: 'deals', field: 'registration_status', type: 'input' },
    { do: 'add-values', object: 'deals', field: 'stage', values: ['Qualified'] },
    { do: 'alter', object: 'leads', field: 'region', required: false },
  )
  await hourLater()
  await bench.pull('alpha', 'leads')
  await bench.settle()
  expect(await open()).toEqual([])
  expect(await bench.rows('select status, code, detail from writes')).toEqual([
    { status: 'done', code: null, detail: null },
  ])
})

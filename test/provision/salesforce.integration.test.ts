/** A blank Salesforce org, set up by plan and apply over the sandbox's own APIs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import type { Making, Provisioner } from '../../connectors/contract.ts'
import { idOf, seed, stored, write } from '../../connectors/salesforce/deals.test-support.ts'
import { ctx, startOrg, type Org } from '../../connectors/salesforce/org.test-support.ts'
import { openDatabase, type Database } from '../../src/db/connection.ts'
import { audit } from '../../src/db/schema/index.ts'
import { applyPlan, type StepResult } from '../../src/provision/apply.ts'
import { countStandings } from '../../src/provision/plan.ts'
import { createTestDatabase } from '../setup/database.ts'
import { until } from '../setup/until.ts'

const childFile = fileURLToPath(new URL('apply.child.ts', import.meta.url))

let home: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
beforeAll(async () => {
  home = await createTestDatabase()
  database = openDatabase(home.url, 3)
})
afterAll(async () => {
  await database.close()
  await home.drop()
})

let org: Org
let connection = ''
let round = 0
beforeEach(async () => {
  org = await startOrg()
  await org.sandbox.control.switches.set({ setUp: 'blank' })
  connection = `sales-${(round += 1)}`
})
afterEach(() => org.close())

function provisioner() {
  const { provision } = org.connector
  if (provision === undefined) throw new Error('the connector provisions nothing')
  return provision
}

const plan = () => provisioner().plan(ctx())

async function apply(only?: string[], by: Provisioner = provisioner()): Promise<StepResult[]> {
  const wish = { db: database.db, connection, provisioner: by, actor: 'key:1', withinMs: 60_000, ctx: ctx() }
  return applyPlan({ ...wish, only })
}

/** What did not go well, or did not go. */
function troubles(results: StepResult[]): unknown[][] {
  return results
    .filter(({ outcome }) => outcome !== 'made' && outcome !== 'there')
    .map(({ step, outcome, fault }) => [step.id, outcome, fault?.code, fault?.vendorCode, fault?.message])
}

/** Requests that change something, since the last call. */
let read = 0
function writes(): string[] {
  const since = org.exchanges.slice(read)
  read = org.exchanges.length
  return since.map(({ route }) => route).filter((route) => !route.startsWith('GET') && !route.includes('oauth2'))
}
beforeEach(() => void (read = 0))

const told = async (): Promise<number> => {
  const rows = await database.db
    .select()
    .from(audit)
    .where(sql`${audit.connection} = ${connection} and ${audit.what} = 'provision.made'`)
  return rows.length
}

it('is planned, made, whole, and left alone when it is applied again', async () => {
  const before = await plan()
  expect(countStandings(before)).toEqual({ made: 0, missing: before.length, differs: 0, 'by-hand': 0 })
  expect(before.length).toBeGreaterThan(40)
  expect(new Set(before.map(({ granted }) => granted))).toEqual(new Set([true]))
  expect(writes()).toEqual([])
  const results = await apply()
  expect(troubles(results)).toEqual([])
  expect(results.filter(({ outcome }) => outcome === 'made')).toHaveLength(before.length)
  expect(await told()).toBe(before.length)
  const after = await plan()
  expect(after.filter(({ state }) => state !== 'made')).toEqual([])
  writes()
  expect(troubles(await apply())).toEqual([])
  expect(writes()).toEqual([])
  expect(await told()).toBe(before.length)
  expect(await org.connector.check(ctx())).toEqual([])
})

const deal = { Name: 'New', StageName: 'Prospecting', CloseDate: '2027-01-01' }

/** The step's connector makes it; this says first what happens meanwhile. */
function meddled(meddle: (id: string, made: number) => Promise<void>): Provisioner {
  let made = 0
  return {
    plan: (c) => provisioner().plan(c),
    async make(step, c) {
      await meddle(step.id, (made += 1))
      return provisioner().make(step, c)
    },
  }
}

describe('what was made is in force', () => {
  const key = 'Causeway_Id__c'

  it('writes and reads a deal with every field of the mapping', async () => {
    await apply()
    const [partner] = (await seed(org, { accounts: [{ Name: 'P', Type: 'Partner' }] })).accounts
    const fields = {
      Name: 'Deal 1',
      Partner_Account__c: partner ?? '',
      Partner_Source__c: 'Partner-Sourced',
      Registered_By__c: 'P',
      Registered_At__c: '2026-11-23T10:00:00.000+0000',
      Registration_Status__c: 'approved',
      Protected_Until__c: '2027-02-23T10:00:00.000+0000',
      Registration_Id__c: 'r-1',
      Home_System__c: 'sales',
    }
    const [outcome] = await org.connector.write([write(1, fields)], ctx())
    expect(outcome).toMatchObject({ status: 'done' })
    const names = [...Object.keys(fields), 'Deal_Under_Review__c']
    const found = await org.connector.read([{ object: 'Opportunity', by: 'key', value: 'deal-1' }], names, ctx())
    expect(found).toMatchObject([
      { status: 'found', record: { key: 'deal-1', fields: { ...fields, Deal_Under_Review__c: false } } },
    ])
  })

  it('wants a source of every new deal, takes a direct one for granted, and lets old deals be edited', async () => {
    const [old = ''] = (await seed(org, { opportunities: [deal] })).opportunities
    await apply()
    const [silent] = await org.connector.write([write(1, {}, { mode: 'create' })], ctx())
    expect(stored(silent)?.fields).toMatchObject({ Partner_Source__c: 'Direct' })
    const [empty] = await org.connector.write([write(2, { Partner_Source__c: null }, { mode: 'create' })], ctx())
    expect(empty).toMatchObject({
      status: 'rejected',
      fault: { vendorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', fields: ['Partner_Source__c'] },
    })
    const edit = write(3, { Name: 'Old, and edited' }, { mode: 'update', id: old, key: null })
    expect(await org.connector.write([edit], ctx())).toMatchObject([{ status: 'done' }])
  })

  it('holds the stage of a deal under review, until it is not', async () => {
    await apply()
    const [made] = await org.connector.write([write(1, { Partner_Source__c: 'Direct', [key]: 'deal-1' })], ctx())
    const id = idOf(made)
    const user = (fields: Record<string, unknown>) =>
      org.sandbox.control.seed({ edit: [{ object: 'Opportunity', id, fields }] })
    await user({ Deal_Under_Review__c: true })
    await user({ Name: 'The name may change' })
    await expect(user({ StageName: 'Closed Won' })).rejects.toThrow('FIELD_CUSTOM_VALIDATION_EXCEPTION')
    await user({ Deal_Under_Review__c: false })
    await user({ StageName: 'Closed Won' })
  })
})

describe('when something comes between', () => {
  it('goes on where it was once rights that were lost half-way are back', async () => {
    const all = await plan()
    const lost = { system: ['CustomizeApplication', 'EditPublicFilters'] }
    const losing = meddled(async (_id, made) => {
      if (made === 15) await org.sandbox.control.seed({ revoke: lost })
    })
    const first = await apply(undefined, losing)
    const failed = first.filter(({ outcome }) => outcome === 'failed')
    expect(failed.length).toBeGreaterThan(5)
    expect(new Set(failed.map(({ fault }) => fault?.code))).toEqual(new Set(['CW_VENDOR_SCOPE']))
    expect(new Set(failed.map(({ step }) => step.granted))).toEqual(new Set([false]))
    // Permissions on fields that were made in time take another right, and were granted all the same.
    expect(first.find(({ step }) => step.id.endsWith('Account.Causeway_Id__c'))?.outcome).toBe('made')
    expect(first.find(({ step }) => step.id === 'list-view:Opportunity.Causeway_Partner_Pipeline')).toMatchObject({
      outcome: 'held',
    })
    expect(
      (await plan()).filter(({ state, granted }) => state === 'missing' && granted === false).length,
    ).toBeGreaterThan(5)
    await org.sandbox.control.seed({ grant: lost })
    expect(troubles(await apply())).toEqual([])
    expect((await plan()).filter(({ state }) => state !== 'made')).toEqual([])
    expect(await told()).toBe(all.length)
  })

  it('goes on after a kill half-way, and tells of each thing once', async () => {
    const all = await plan()
    await org.sandbox.control.faults.add({
      route: 'POST *CustomField',
      kind: 'stall-before-headers',
      when: 'after',
      times: 'always',
      match: { body: 'Opportunity.Registered_At__c' },
    })
    const child = spawn(process.execPath, [childFile], {
      env: { TEST_DATABASE: home.url, TEST_ORG: org.url, TEST_CONNECTION: connection },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const ended = once(child, 'close')
    await until(async () => (await org.sandbox.control.faults.list()).some(({ struck }) => struck > 0), {
      deadlineMs: 60_000,
    })
    child.kill('SIGKILL')
    await ended
    await org.sandbox.control.faults.clear()
    expect(await told()).toBeGreaterThan(3)
    expect(await told()).toBeLessThan(all.length)
    const results = await apply()
    expect(troubles(results)).toEqual([])
    expect(results.find(({ step }) => step.id === 'field:Opportunity.Registered_At__c')?.outcome).toBe('there')
    expect(await told()).toBe(all.length)
    expect((await plan()).filter(({ state }) => state !== 'made')).toEqual([])
  })

  it('is made once by two who apply at once', async () => {
    const all = await plan()
    const both = await Promise.all([apply(), apply()])
    expect(both.flatMap(troubles)).toEqual([])
    expect((await plan()).filter(({ state }) => state !== 'made')).toEqual([])
    const made = both.flat().filter(({ outcome }) => outcome === 'made')
    expect(made.map(({ step }) => step.id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
    expect(await told()).toBe(all.length)
  })

  it('takes for there what another made while it was about to', async () => {
    const mine = [
      'field:Lead.Causeway_Id__c',
      'picklist-value:Account.Type=Partner',
      'rule:Opportunity.Causeway_Deal_Source',
    ]
    const byOthers: Making[] = []
    const others = meddled(async (id) => {
      const step = (await plan()).find((one) => one.id === id)
      if (step !== undefined && mine.includes(id)) byOthers.push(await provisioner().make(step, ctx()))
    })
    const results = await apply(undefined, others)
    expect(byOthers).toEqual(['made', 'made', 'made'])
    expect(troubles(results)).toEqual([])
    expect(
      results
        .filter(({ outcome }) => outcome === 'there')
        .map(({ step }) => step.id)
        .toSorted(),
    ).toEqual(mine.toSorted())
  })
})

describe('what is there in another form', () => {
  it('is told and left alone, and what needs it is made', async () => {
    await org.sandbox.control.schema(
      { do: 'add', object: 'Account', field: 'Causeway_Id__c', type: 'string', length: 40 },
      { do: 'add', object: 'Opportunity', field: 'Home_System__c', type: 'string', length: 20 },
      { do: 'add', object: 'Opportunity', field: 'Registered_By__c', type: 'string', length: 255 },
      { do: 'add', object: 'Opportunity', field: 'Protected_Until__c', type: 'date' },
      {
        do: 'add',
        object: 'Opportunity',
        field: 'Partner_Source__c',
        type: 'picklist',
        values: ['Direct', 'Other'],
        restricted: true,
      },
    )
    const before = new Map((await plan()).map((step) => [step.id, step]))
    const stateOf = (id: string) => [before.get(id)?.state, before.get(id)?.found]
    expect(stateOf('field:Account.Causeway_Id__c')).toEqual(['differs', expect.stringContaining('40 characters')])
    expect(stateOf('field:Opportunity.Home_System__c')).toEqual(['differs', expect.stringContaining('20 characters')])
    expect(stateOf('field:Opportunity.Registered_By__c')).toEqual(['made', undefined])
    expect(stateOf('field:Opportunity.Protected_Until__c')).toEqual(['differs', expect.stringContaining('date')])
    expect(stateOf('picklist-value:Opportunity.Partner_Source__c=Direct')).toEqual(['made', undefined])
    expect(stateOf('picklist-value:Opportunity.Partner_Source__c=Partner-Sourced')).toEqual(['missing', undefined])
    const results = await apply()
    expect(troubles(results).map(([id, outcome]) => [id, outcome])).toEqual([
      ['field:Account.Causeway_Id__c', 'differs'],
      ['field:Opportunity.Protected_Until__c', 'differs'],
      ['field:Opportunity.Home_System__c', 'differs'],
    ])
    const fields = await org.connector.describe('Opportunity', ctx())
    expect(fields.find(({ name }) => name === 'Home_System__c')).toMatchObject({ maxLength: 20 })
    expect(fields.find(({ name }) => name === 'Partner_Source__c')).toMatchObject({
      values: ['Direct', 'Other', 'Partner-Sourced', 'Partner-Influenced'],
    })
  })

  it('is told of rules, list views and permissions too', async () => {
    await apply()
    const other = org.connectWith({ settings: { sourceValues: { 'partner-sourced': 'Sourced' } } })
    const plans = new Map(((await other.provision?.plan(ctx())) ?? []).map((step) => [step.id, step]))
    expect(plans.get('list-view:Opportunity.Causeway_Partner_Pipeline')).toMatchObject({ state: 'differs' })
    const renamed = org.connectWith({ settings: { fields: { underReview: 'Held__c' } } })
    const again = new Map(((await renamed.provision?.plan(ctx())) ?? []).map((step) => [step.id, step]))
    const rule = again.get('rule:Opportunity.Causeway_Deal_Under_Review')
    expect(rule?.state).toBe('differs')
    expect(rule?.found).toContain('Deal_Under_Review__c')
    expect(again.get('field:Opportunity.Held__c')).toMatchObject({ state: 'missing' })
  })
})

it('says what it may not do, and plans all the same without a look at the set-up', async () => {
  await org.sandbox.control.seed({
    revoke: { system: ['ViewSetup', 'CustomizeApplication', 'ManageProfilesPermissionsets', 'AssignPermissionSets'] },
  })
  const steps = await plan()
  expect(steps.length).toBeGreaterThan(40)
  const refused = steps.filter(({ granted }) => granted === false)
  expect(new Set(refused.map(({ permission }) => permission))).toEqual(
    new Set(['Customize Application', 'Manage Profiles and Permission Sets', 'Assign Permission Sets']),
  )
  expect(new Set((await apply()).map(({ outcome, fault }) => fault?.code ?? outcome))).toEqual(
    new Set(['CW_VENDOR_SCOPE', 'held']),
  )
  expect(await told()).toBe(0)
})

it('wishes for nothing of objects that the settings leave out', async () => {
  const plain = org.connectWith({ settings: { objects: [] } })
  const steps = (await plain.provision?.plan(ctx())) ?? []
  expect(steps.filter(({ id }) => /Contact|Lead|Partner\.Role/.test(id))).toEqual([])
})

it('makes the key of an object of the org’s own, and lets the integration user work with it', async () => {
  const customObjects = [{ object: 'Deal_Registration__c', kind: 'registration', key: 'Our_Key__c' }]
  const connector = org.connectWith({ settings: { objects: [], customObjects } })
  const planned = async () => (await connector.provision?.plan(ctx())) ?? []
  const own = /Deal_Registration__c/
  expect((await planned()).filter(({ id }) => own.test(id)).map(({ id, state }) => [id, state])).toEqual([
    ['permission:Causeway_Integration.Deal_Registration__c', 'missing'],
    ['field:Deal_Registration__c.Our_Key__c', 'missing'],
    ['permission:Causeway_Integration.Deal_Registration__c.Our_Key__c', 'missing'],
  ])
  expect(troubles(await apply(undefined, connector.provision))).toEqual([])
  expect((await planned()).filter(({ state }) => state !== 'made')).toEqual([])
  expect(await connector.check(ctx())).toEqual([])
})

/** The stock jsforce client, unchanged, drives the sandbox as it would drive an org. */
import { Connection } from 'jsforce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startSandbox } from '../framework/start.ts'
import type { RunningSandbox } from '../framework/start.ts'
import { salesforceSandbox } from './index.ts'
import { app } from './oauth.ts'

let sandbox: RunningSandbox
let conn: Connection

beforeEach(async () => {
  sandbox = await startSandbox(salesforceSandbox)
  conn = new Connection({
    version: '67.0',
    loginUrl: sandbox.url,
    instanceUrl: sandbox.url,
    oauth2: { loginUrl: sandbox.url, clientId: app.clientId, clientSecret: app.clientSecret },
  })
  await conn.authorize({ grant_type: 'client_credentials' })
})
afterEach(() => sandbox.close())

const deal = (n: number) => ({ Name: `Deal ${String(n)}`, StageName: 'Qualification', CloseDate: '2027-03-31' })

describe('one record', () => {
  it('creates, retrieves, changes and deletes', async () => {
    const created = await conn.sobject('Account').create({ Name: 'Acme', Website: 'https://acme.example' })
    expect(created.success).toBe(true)
    const id = String(created.id)
    expect(id).toHaveLength(18)
    expect((await conn.sobject('Account').update({ Id: id, Name: 'Acme Inc' })).success).toBe(true)
    const row = await conn.sobject('Account').retrieve(id.slice(0, 15))
    expect(row).toMatchObject({
      Id: id,
      Name: 'Acme Inc',
      attributes: { type: 'Account', url: `/services/data/v67.0/sobjects/Account/${id}` },
    })
    expect(row.CreatedDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/)
    await conn.sobject('Account').destroy(id)
    await expect(conn.sobject('Account').retrieve(id)).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' })
  })

  it('upserts by external id, whatever its case', async () => {
    const first = await conn.sobject('Opportunity').upsert({ Causeway_Id__c: 'deal-1', ...deal(1) }, 'Causeway_Id__c')
    const second = await conn.sobject('Opportunity').upsert({ Causeway_Id__c: 'DEAL-1', Amount: 10 }, 'Causeway_Id__c')
    expect(first).toMatchObject({ success: true, created: true })
    expect(second).toMatchObject({ success: true, created: false, id: first.id })
  })

  it('answers 300 when an external id names several records', async () => {
    await sandbox.control.seed({
      alterFields: [{ object: 'Account', name: 'Causeway_Id__c', unique: false }],
      accounts: [
        { Name: 'A', Causeway_Id__c: 'x' },
        { Name: 'B', Causeway_Id__c: 'X' },
      ],
    })
    await expect(
      conn.sobject('Account').upsert({ Causeway_Id__c: 'x', Name: 'C' }, 'Causeway_Id__c'),
    ).rejects.toMatchObject({ errorCode: 'MULTIPLE_CHOICES', data: [expect.any(String), expect.any(String)] })
  })

  it.each([
    ['REQUIRED_FIELD_MISSING', { StageName: 'Qualification', CloseDate: '2027-01-01' }],
    ['INVALID_FIELD', { ...deal(1), Nope__c: 1 }],
    ['STRING_TOO_LONG', { ...deal(1), Name: 'x'.repeat(121) }],
    ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', { ...deal(1), Partner_Source__c: 'Else' }],
    ['INVALID_FIELD_FOR_INSERT_UPDATE', { ...deal(1), IsWon: true }],
    ['INVALID_CROSS_REFERENCE_KEY', { ...deal(1), AccountId: '001Cw0000000001' }],
    ['JSON_PARSER_ERROR', { ...deal(1), Amount: 'much' }],
    ['JSON_PARSER_ERROR', { ...deal(1), CloseDate: '31.3.2027' }],
    ['NUMBER_OUTSIDE_VALID_RANGE', { ...deal(1), Amount: 1e17 }],
  ])('refuses with %s', async (errorCode, fields) => {
    await expect(conn.sobject('Opportunity').create(fields)).rejects.toMatchObject({ errorCode })
  })
})

describe('queries', () => {
  it('filters, orders, limits, and follows a parent', async () => {
    const { id } = await conn.sobject('Account').create({ Name: "O'Brien \\ Sons" })
    await conn
      .sobject('Opportunity')
      .create([{ ...deal(1), AccountId: String(id), Amount: 100.5 }, { ...deal(2), Amount: 7 }, deal(3)], {
        allOrNone: true,
      })
    const found = await conn.query(
      String.raw`SELECT Id, Name, Account.Name, Amount, IsClosed FROM Opportunity WHERE (Account.Name = 'O\'Brien \\ Sons' OR Amount < 10) AND NOT Name LIKE '%9' ORDER BY Amount DESC, Id LIMIT 5`,
    )
    expect(found.records.map((r): unknown[] => [r.Name, r.Account, r.Amount, r.IsClosed])).toEqual([
      ['Deal 1', expect.objectContaining({ Name: "O'Brien \\ Sons" }), 100.5, false],
      ['Deal 2', null, 7, false],
    ])
  })

  it.each([
    ['MALFORMED_QUERY', "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'"],
    ['MALFORMED_QUERY', "SELECT Id FROM Account WHERE Name = 'a"],
    ['INVALID_FIELD', 'SELECT Nope FROM Account'],
    ['INVALID_FIELD', 'SELECT MasterRecordId FROM Opportunity'],
    ['INVALID_FIELD', "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01'"],
    ['INVALID_TYPE', 'SELECT Id FROM Nope'],
  ])('refuses with %s: %s', async (errorCode, soql) => {
    await expect(conn.query(soql)).rejects.toMatchObject({ errorCode })
  })

  it('gives further pages by locator, also when they are smaller than asked', async () => {
    await sandbox.control.switches.set({ queryPage: 'smaller' })
    await sandbox.control.seed({ accounts: Array.from({ length: 15 }, (_, i) => ({ Name: `A${String(i)}` })) })
    const first = await conn.query('SELECT Id FROM Account')
    expect([first.done, first.totalSize, first.records.length]).toEqual([false, 15, 7])
    expect(first.nextRecordsUrl).toMatch(/-7$/)
    const second = await conn.queryMore(String(first.nextRecordsUrl))
    const third = await conn.queryMore(String(second.nextRecordsUrl))
    expect([second.records.length, third.records.length, third.done]).toEqual([7, 1, true])
  })

  it('shows deleted rows to queryAll, and who won a merge', async () => {
    const made = await conn.sobject('Account').create([{ Name: 'Winner' }, { Name: 'Loser' }])
    const [master, loser] = made.map((m) => String(m.id))
    await sandbox.control.seed({ merge: [{ object: 'Account', master, losers: [loser] }] })
    const soql = 'SELECT Id, IsDeleted, MasterRecordId FROM Account'
    expect((await conn.query(soql)).records).toHaveLength(1)
    const all = await conn.query(soql, { scanAll: true })
    expect(all.records).toContainEqual(expect.objectContaining({ Id: loser, IsDeleted: true, MasterRecordId: master }))
  })
})

describe('collections', () => {
  it('answers a result for each record under statusCode, and undoes all with allOrNone', async () => {
    const results = await conn.sobject('Account').create([{ Name: 'A' }, { Website: 'b.example' }])
    expect(results[0]).toMatchObject({ success: true })
    expect(results[1]).toEqual({
      success: false,
      errors: [expect.objectContaining({ statusCode: 'REQUIRED_FIELD_MISSING', fields: ['Name'] })],
    })
    await conn.sobject('Account').create([{ Name: 'C' }, { Website: 'b.example' }], { allOrNone: true })
    expect((await conn.query('SELECT Id FROM Account')).totalSize).toBe(1)
  })

  it('upserts, changes, retrieves and deletes many', async () => {
    const made = await conn.sobject('Opportunity').upsert(
      [
        { Causeway_Id__c: 'a', ...deal(1) },
        { Causeway_Id__c: 'b', ...deal(2) },
      ],
      'Causeway_Id__c',
    )
    const ids = made.map((m) => String(m.id))
    const changed = await conn.sobject('Opportunity').update(ids.map((Id) => ({ Id, StageName: 'Closed Won' })))
    expect(changed.every((r) => r.success)).toBe(true)
    const rows = await conn.sobject('Opportunity').retrieve([...ids, '006Cw0000000009'], { fields: ['Name', 'IsWon'] })
    expect(rows).toMatchObject([{ IsWon: true }, { IsWon: true }, null])
    expect((await conn.sobject('Opportunity').destroy(ids)).every((r) => r.success)).toBe(true)
  })

  it('takes no more than 200 records', async () => {
    const many = Array.from({ length: 201 }, (_, i) => ({ Name: String(i) }))
    await expect(conn.sobject('Account').create(many)).rejects.toMatchObject({ errorCode: 'EXCEEDED_ID_LIMIT' })
  })
})

describe('composite', () => {
  it('passes parts of earlier answers on, and answers each part', async () => {
    const answer = await conn.requestPost<{ compositeResponse: { httpStatusCode: number; body: unknown }[] }>(
      '/composite',
      {
        compositeRequest: [
          { method: 'POST', url: '/services/data/v67.0/sobjects/Account', referenceId: 'acme', body: { Name: 'Acme' } },
          {
            method: 'POST',
            url: '/services/data/v67.0/sobjects/Opportunity',
            referenceId: 'deal',
            body: { ...deal(1), AccountId: '@{acme.id}' },
          },
          {
            method: 'GET',
            url: "/services/data/v67.0/query?q=SELECT+Account.Name+FROM+Opportunity+WHERE+Id+=+'@{deal.id}'",
            referenceId: 'back',
          },
          { method: 'POST', url: '/services/data/v67.0/sobjects/Account', referenceId: 'bad', body: {} },
        ],
      },
    )
    expect(answer.compositeResponse.map((p) => p.httpStatusCode)).toEqual([201, 201, 200, 400])
    expect(answer.compositeResponse[2]?.body).toMatchObject({ records: [{ Account: { Name: 'Acme' } }] })
  })
})

const query = (n: number) => ({
  method: 'GET',
  url: '/services/data/v67.0/query?q=SELECT+Id+FROM+Account',
  referenceId: `q${String(n)}`,
})
const many = (count: number, part: (n: number) => unknown) => Array.from({ length: count }, (_, n) => part(n))

const make = (n: number, body: unknown) => ({
  method: 'POST',
  url: '/services/data/v67.0/sobjects/Account',
  referenceId: `a${String(n)}`,
  body,
})

describe('limits of composite calls', () => {
  it.each([
    ['26 parts', many(26, (n) => ({ ...query(n), url: '/services/data/v67.0/limits' }))],
    ['6 queries', many(6, query)],
    ['one name twice', [query(1), query(1)]],
  ])('%s', async (name, compositeRequest) => {
    await expect(conn.requestPost('/composite', { compositeRequest })).rejects.toMatchObject({
      errorCode: name === 'one name twice' ? 'INVALID_REQUEST' : 'LIMIT_EXCEEDED',
    })
  })

  it('stops a part that names nothing, and undoes all with allOrNone', async () => {
    const call = (allOrNone: boolean) =>
      conn.requestPost('/composite', {
        allOrNone,
        compositeRequest: [make(1, { Name: 'A' }), make(2, { Name: 'B', ParentId: '@{nobody.id}' })],
      })
    expect(await call(true)).toMatchObject({
      compositeResponse: [{ httpStatusCode: 400 }, { body: [{ errorCode: 'PROCESSING_HALTED' }] }],
    })
    expect((await conn.query('SELECT Id FROM Account')).totalSize).toBe(0)
    expect(await call(false)).toMatchObject({ compositeResponse: [{ httpStatusCode: 201 }, { httpStatusCode: 400 }] })
  })

  it('cuts a collection of mixed types into at most ten chunks', async () => {
    const records = many(11, (n) =>
      n % 2 === 0 ? { attributes: { type: 'Account' }, Name: 'A' } : { attributes: { type: 'Contact' }, LastName: 'B' },
    )
    await expect(conn.requestPost('/composite/sobjects', { records })).rejects.toMatchObject({
      errorCode: 'TOO_MANY_CHUNKS',
    })
    expect(await conn.requestPost('/composite/sobjects', { records: records.slice(1) })).toHaveLength(10)
  })
})

describe('tokens', () => {
  it('by refresh token, and with the platform’s own errors', async () => {
    await sandbox.control.seed({ refreshTokens: ['r1'] })
    expect(await conn.oauth2.refreshToken('r1')).toMatchObject({
      instance_url: sandbox.url,
    })
    await expect(conn.oauth2.refreshToken('r2')).rejects.toMatchObject({ name: 'invalid_grant' })
    await expect(conn.oauth2.requestToken({ grant_type: 'else' })).rejects.toMatchObject({
      name: 'unsupported_grant_type',
    })
  })

  it('live as long as the switch says', async () => {
    await sandbox.control.clock.advance(7_300_000)
    const stranger = new Connection({
      version: '67.0',
      instanceUrl: sandbox.url,
      accessToken: String(conn.accessToken),
    })
    await expect(stranger.query('SELECT Id FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' })
  })

  it('lists versions to anyone, and knows several', async () => {
    const versions = z
      .array(z.object({ version: z.string() }))
      .parse(await (await fetch(`${sandbox.url}/services/data`)).json())
    expect(versions.map((v) => v.version)).toContain('68.0')
    const old = new Connection({ version: '64.0', instanceUrl: sandbox.url, accessToken: String(conn.accessToken) })
    expect((await old.query('SELECT Id FROM Account')).done).toBe(true)
    await expect(
      new Connection({ version: '12.0', instanceUrl: sandbox.url, accessToken: String(conn.accessToken) }).query(
        'SELECT Id FROM Account',
      ),
    ).rejects.toMatchObject({ errorCode: 'NOT_FOUND' })
  })
})

describe('what an administrator sees', () => {
  it('describes objects, limits and versions', async () => {
    const described = await conn.describe('Opportunity')
    expect(described.fields.find((f) => f.name === 'Causeway_Id__c')).toMatchObject({
      externalId: true,
      unique: true,
      type: 'string',
    })
    expect((await conn.describeGlobal()).sobjects.map((s) => s.name)).toContain('Partner')
    expect((await conn.limits()).DailyApiRequests).toMatchObject({ Max: 100_000 })
    expect(conn.limitInfo.apiUsage?.limit).toBe(100_000)
    expect((await conn.identity()).organization_id).toMatch(/^00D/)
  })

  it('creates a field that stays hidden until a permission set that is assigned grants it', async () => {
    await conn.tooling
      .sobject('CustomField')
      .create({ FullName: 'Account.Region__c', Metadata: { label: 'Region', type: 'Text', length: 20 } })
    await expect(conn.query('SELECT Region__c FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' })
    const set = await conn.sobject('PermissionSet').create({ Name: 'Causeway' })
    await conn.sobject('FieldPermissions').create({
      ParentId: String(set.id),
      SobjectType: 'Account',
      Field: 'Account.Region__c',
      PermissionsRead: true,
      PermissionsEdit: true,
    })
    await expect(conn.query('SELECT Region__c FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' })
    const AssigneeId = (await conn.identity()).user_id
    await conn.sobject('PermissionSetAssignment').create({ AssigneeId, PermissionSetId: String(set.id) })
    expect((await conn.query('SELECT Region__c FROM Account')).records).toEqual([])
  })

  it('feeds changed and deleted ids up to an instant that lags behind', async () => {
    const { id } = await conn.sobject('Account').create({ Name: 'A' })
    const [start, end] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000)]
    const updated = await conn.sobject('Account').updated(start.toISOString(), end.toISOString())
    expect(updated.ids).toEqual([id])
    expect(Date.parse(updated.latestDateCovered)).toBeLessThan(Date.now() - 50_000)
    await conn.sobject('Account').destroy(String(id))
    expect(
      (await conn.sobject('Account').deleted(start.toISOString(), end.toISOString())).deletedRecords,
    ).toMatchObject([{ id }])
  })
})

describe('refusals of the org', () => {
  it('401 without a live session, 403 when the day is used up', async () => {
    await sandbox.control.switches.set({ dailyLimit: 2 })
    await conn.query('SELECT Id FROM Account')
    await conn.query('SELECT Id FROM Account')
    await expect(conn.query('SELECT Id FROM Account')).rejects.toMatchObject({ errorCode: 'REQUEST_LIMIT_EXCEEDED' })
    const stranger = new Connection({ version: '67.0', instanceUrl: sandbox.url, accessToken: 'no' })
    await expect(stranger.query('SELECT Id FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' })
  })

  it('duplicates, validation, approval locks and row locks', async () => {
    const made = await sandbox.control.seed({
      accounts: [{ Name: 'Acme', Website: 'acme.example' }],
      duplicateRules: [{ object: 'Account', match: ['Website'], name: 'Website' }],
      validationRules: [
        { object: 'Opportunity', when: 'Amount < 0', message: 'Amount must not be negative', fields: ['Amount'] },
      ],
    })
    const [acme = ''] = z.object({ accounts: z.array(z.string()) }).parse(made).accounts
    await expect(conn.sobject('Account').create({ Name: 'Acme again', Website: 'ACME.example' })).rejects.toMatchObject(
      {
        errorCode: 'DUPLICATES_DETECTED',
        data: { duplicateResut: { matchResults: [{ matchRecords: [{ record: { Id: acme } }] }] } },
      },
    )
    await expect(conn.sobject('Opportunity').create({ ...deal(1), Amount: -1 })).rejects.toMatchObject({
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    })
    await sandbox.control.seed({ lock: [acme] })
    await expect(conn.sobject('Account').update({ Id: acme, Name: 'B' })).rejects.toMatchObject({
      errorCode: 'ENTITY_IS_LOCKED',
    })
    await sandbox.control.switches.set({ rowLockWindowMs: 60_000 })
    await conn.sobject('Opportunity').create({ ...deal(1), AccountId: acme })
    await expect(conn.sobject('Opportunity').create({ ...deal(2), AccountId: acme })).rejects.toMatchObject({
      errorCode: 'UNABLE_TO_LOCK_ROW',
    })
  })
})

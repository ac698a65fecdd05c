/** The stock jsforce client against bulk jobs, the change stream and partner rows, as it would be against an org. */
import { Connection } from 'jsforce'
import { StreamingExtension } from 'jsforce/lib/api/streaming.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { until } from '../../test/setup/until.ts'
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
    callOptions: { client: 'stock' },
  })
  await conn.authorize({ grant_type: 'client_credentials' })
  conn.bulk2.pollInterval = 20
})
afterEach(() => sandbox.close())

describe('bulk jobs', () => {
  it('upsert rows, tell the fate of each, and are deleted', async () => {
    await conn.sobject('Account').create({ Name: 'Old', Causeway_Id__c: 'a' })
    const job = conn.bulk2.createJob({ object: 'Account', operation: 'upsert', externalIdFieldName: 'Causeway_Id__c' })
    await job.open()
    await job.uploadData([
      { Causeway_Id__c: 'A', Name: 'New, "quoted"' },
      { Causeway_Id__c: 'b', Name: 'B' },
      { Causeway_Id__c: 'c', Name: 'x'.repeat(256) },
    ])
    await job.close()
    await job.poll(20, 5000)
    const { successfulResults, failedResults, unprocessedRecords } = await job.getAllResults()
    expect(successfulResults).toHaveLength(2)
    expect(successfulResults).toContainEqual(expect.objectContaining({ sf__Created: 'false', Name: 'New, "quoted"' }))
    expect(successfulResults).toContainEqual(expect.objectContaining({ sf__Created: 'true', Name: 'B' }))
    expect(failedResults).toMatchObject([
      { sf__Error: expect.stringMatching(/^STRING_TOO_LONG:.*:Name --$/) as unknown },
    ])
    expect(unprocessedRecords).toEqual([])
    expect(await job.check()).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 3, numberRecordsFailed: 1 })
    await job.delete()
    await expect(job.check()).rejects.toMatchObject({ errorCode: 'NOT_FOUND' })
  })

  it.each(['insert', 'update', 'delete'] as const)('%s', async (operation) => {
    const made = await conn.sobject('Account').create({ Name: 'Old' })
    const Id = String(made.id)
    const input = operation === 'insert' ? [{ Name: 'New' }] : operation === 'delete' ? [{ Id }] : [{ Id, Name: 'New' }]
    const result = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation, input, pollInterval: 20 })
    expect(result.successfulResults).toHaveLength(1)
    const { records } = await conn.query<{ Name: string }>('SELECT Name FROM Account ORDER BY Name')
    expect(records.map(({ Name }) => Name)).toEqual({ insert: ['New', 'Old'], update: ['New'], delete: [] }[operation])
  })

  it('work in the background, and are stopped when they are told to', async () => {
    await sandbox.control.switches.set({ bulkMs: 60_000 })
    const job = conn.bulk2.createJob({ object: 'Account', operation: 'insert' })
    await job.open()
    await job.uploadData([{ Name: 'A' }])
    await job.close()
    expect(await job.check()).toMatchObject({ state: 'InProgress' })
    await job.abort()
    await sandbox.control.clock.advance(120_000)
    expect(await job.check()).toMatchObject({ state: 'Aborted' })
    expect((await conn.query('SELECT Id FROM Account')).totalSize).toBe(0)
  })

  it.each([
    ['half', 'Failed', [1, 1]],
    ['failed', 'Failed', [0, 2]],
  ])('end as the switch says: %s', async (bulkEnd, state, [done, untouched]) => {
    await sandbox.control.switches.set({ bulkEnd })
    const job = conn.bulk2.createJob({ object: 'Account', operation: 'insert' })
    await job.open()
    await job.uploadData([{ Name: 'A' }, { Name: 'B' }])
    await job.close()
    await until(async () => (await job.check()).state === state)
    const text = await job.getUnprocessedRecords(true)
    expect(text.trim().split('\n')).toHaveLength(1 + (untouched ?? 0))
    expect((await conn.query('SELECT Id FROM Account')).totalSize).toBe(done)
  })

  it('fail at once with a column that is no field', async () => {
    const job = conn.bulk2.createJob({ object: 'Account', operation: 'insert' })
    await job.open()
    await job.uploadData([{ Name: 'A', Nope__c: 'x' }])
    await job.close()
    await until(async () => (await job.check()).state === 'Failed')
    expect(await job.check()).toMatchObject({ errorMessage: 'InvalidBatch : Field name not found : Nope__c' })
  })

  it.each([
    ['an operation that is not known', { object: 'Account', operation: 'merge' }, 'INVALIDJOB'],
    ['an upsert without its field', { object: 'Account', operation: 'upsert' }, 'INVALIDJOB'],
    ['an object that is not there', { object: 'Nope', operation: 'insert' }, 'NOT_FOUND'],
  ])('refuse %s', async (_, body, errorCode) => {
    await expect(conn.requestPost('/jobs/ingest', body)).rejects.toMatchObject({ errorCode })
  })
})

const eventSchema = z.looseObject({
  payload: z.looseObject({
    ChangeEventHeader: z.looseObject({
      recordIds: z.array(z.string()),
      changeType: z.string(),
      changeOrigin: z.string(),
    }),
  }),
  event: z.object({ replayId: z.number() }),
})

/** Subscribes with the stock client; `heard` fills as events come. */
function listen(channel: string, replay: number) {
  const client = conn.streaming.createClient([new StreamingExtension.Replay(channel, replay)])
  const heard: z.output<typeof eventSchema>[] = []
  const subscription = client.subscribe(channel, (message: unknown) => {
    heard.push(eventSchema.parse(message))
  })
  return { heard, subscription }
}

describe('the change stream', () => {
  it('tells of changes, who made them, and what changed', async () => {
    const { heard, subscription } = listen('/data/AccountChangeEvent', -1)
    await subscription
    const { id } = await conn.sobject('Account').create({ Name: 'Acme' })
    await conn.sobject('Account').update({ Id: String(id), Name: 'Acme Inc' })
    await conn.sobject('Account').destroy(String(id))
    await until(() => heard.length >= 3)
    expect(heard.map(({ payload }) => payload.ChangeEventHeader)).toMatchObject([
      { changeType: 'CREATE', recordIds: [id], changeOrigin: 'com/salesforce/api/rest/67.0;client=stock' },
      { changeType: 'UPDATE', recordIds: [id], changedFields: expect.arrayContaining(['Name']) as unknown },
      { changeType: 'DELETE', recordIds: [id] },
    ])
    subscription.cancel()
  })

  it('gives events again after the id that a client knows, and all that are retained', async () => {
    await conn.sobject('Account').create([{ Name: 'Same' }, { Name: 'Same' }])
    await conn.sobject('Account').create({ Name: 'Third' })
    const first = listen('/data/ChangeEvents', -2)
    await until(() => first.heard.length >= 2)
    // One call that makes the same change of two records tells of both at once.
    expect(first.heard.map(({ payload }) => payload.ChangeEventHeader.recordIds.length)).toEqual([2, 1])
    first.subscription.cancel()
    const second = listen('/data/AccountChangeEvent', first.heard[0]?.event.replayId ?? 0)
    await until(() => second.heard.length > 0)
    expect(second.heard.map(({ event }) => event.replayId)).toEqual([first.heard[1]?.event.replayId])
    second.subscription.cancel()
  })

  it('forgets after three days', async () => {
    await conn.sobject('Account').create({ Name: 'Old' })
    await sandbox.control.clock.advance(3 * 86_400_000 + 1000)
    await conn.authorize({ grant_type: 'client_credentials' })
    await conn.sobject('Account').create({ Name: 'New' })
    const { heard, subscription } = listen('/data/AccountChangeEvent', -2)
    await until(() => heard.length > 0)
    expect(heard.map(({ payload }) => payload.Name)).toEqual(['New'])
    subscription.cancel()
  })

  it('refuses what the org does not publish', async () => {
    await sandbox.control.switches.set({ changeEvents: false })
    const { subscription } = listen('/data/AccountChangeEvent', -1)
    await expect(Promise.resolve(subscription)).rejects.toMatchObject({ code: 403 })
    subscription.cancel()
  })
})

describe('partners of deals', () => {
  const deal = { Name: 'Deal', StageName: 'Qualification', CloseDate: '2027-03-31' }
  const made = async () => {
    const account = await conn.sobject('Account').create({ Name: 'Nordwind' })
    const opportunity = await conn.sobject('Opportunity').create(deal)
    return { AccountToId: String(account.id), OpportunityId: String(opportunity.id) }
  }

  it('are made and deleted with the platform’s own rows, and never changed', async () => {
    const fields = await made()
    const { id } = await conn.sobject('Partner').create({ ...fields, Role: 'Reseller', IsPrimary: true })
    expect((await conn.query('SELECT Role, IsPrimary FROM OpportunityPartner')).records).toMatchObject([
      { Role: 'Reseller', IsPrimary: true },
    ])
    await expect(conn.sobject('Partner').update({ Id: String(id), Role: 'Advertiser' })).rejects.toMatchObject({
      errorCode: 'METHOD_NOT_ALLOWED',
    })
    await expect(conn.sobject('Partner').create({ ...fields, IsPrimary: true })).rejects.toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
    })
    await conn.sobject('Partner').destroy(String(id))
    expect((await conn.query('SELECT Id FROM OpportunityPartner')).totalSize).toBe(0)
  })

  it('hang on a deal or an account, and an account’s has its reverse', async () => {
    const { AccountToId, OpportunityId } = await made()
    const other = await conn.sobject('Account').create({ Name: 'Alba' })
    const both = { AccountToId, OpportunityId, AccountFromId: String(other.id) }
    await expect(conn.sobject('Partner').create(both)).rejects.toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION' })
    await conn.sobject('Partner').create({ AccountToId, AccountFromId: String(other.id), Role: 'Reseller' })
    expect((await conn.query('SELECT Id FROM Partner')).totalSize).toBe(2)
    expect((await conn.query('SELECT Id FROM AccountPartner')).totalSize).toBe(2)
  })

  it('go with their deal', async () => {
    const fields = await made()
    await conn.sobject('Partner').create({ ...fields, Role: 'Reseller' })
    await conn.sobject('Opportunity').destroy(fields.OpportunityId)
    expect((await conn.query('SELECT Id FROM Partner')).totalSize).toBe(0)
  })
})

it('refuses an owner who has left', async () => {
  const made = z.object({ users: z.array(z.string()) })
  const { users } = made.parse(
    await sandbox.control.seed({ users: [{ LastName: 'Gone', Email: 'gone@meridian.example', IsActive: false }] }),
  )
  await expect(conn.sobject('Account').create({ Name: 'A', OwnerId: users[0] ?? '' })).rejects.toMatchObject({
    errorCode: 'INACTIVE_OWNER_OR_USER',
  })
})

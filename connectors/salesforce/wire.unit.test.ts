/** Requests of lists, searches, bulk jobs and the change stream as they leave, and answers that a sandbox does not give. */
import { HttpResponse, type JsonBodyType } from 'msw'
import { describe, expect, it } from 'vitest'
import type { Hint, Write } from '../contract.ts'
import { ctx, json, memoryTokens, scriptedVendor } from '../scripted-vendor.test-support.ts'
import { salesforce } from './index.ts'

const vendor = scriptedVendor()
const held = { accessToken: '00DA!session', instanceUrl: 'https://api.example', expiresAt: null }
const connect = (more: object = {}) =>
  salesforce.create(
    salesforce.settings.parse({ loginUrl: 'https://login.example', clientId: 'app', clientSecret: 's', ...more }),
    vendor.deps(memoryTokens(held)),
  )
const base = '/services/data/v67.0'
const row = (more: object) => ({ SystemModstamp: '2026-11-23T09:00:00.000+0000', IsDeleted: false, ...more })
const rows = (...records: object[]) => json({ totalSize: records.length, done: true, records } as object)
const csv = (text: string) =>
  new HttpResponse<JsonBodyType>(text, { status: 200, headers: { 'content-type': 'text/csv' } })
const nothing = (status: number) => new HttpResponse<JsonBodyType>(null, { status })

const opened = () => json({ id: '750A', state: 'Open' })
const ended = (state: string) => json({ id: '750A', state, errorMessage: 'why' })
const bayeux = (...messages: object[]) => json(messages as object)

const event = (more: object) => ({
  channel: '/data/OpportunityChangeEvent',
  data: {
    event: { replayId: 7 },
    payload: { ChangeEventHeader: { entityName: 'Opportunity', recordIds: ['006A0000006Vm9r'], ...more } },
  },
})

describe('reading', () => {
  it('asks for partners’ contacts only, with the columns that their fields are made from', async () => {
    vendor.answers(rows())
    await connect().changes({ object: 'Contact', cursor: null, from: null, fields: ['AccountId', 'PersonName'] }, ctx)
    expect(vendor.sent[0]?.query.q).toBe(
      "SELECT Id, SystemModstamp, IsDeleted, MasterRecordId, Causeway_Id__c, AccountId, Account.Type, Name FROM Contact WHERE (Account.Type IN ('Partner') OR Causeway_Id__c != null) ORDER BY SystemModstamp, Id LIMIT 2000",
    )
  })

  it('asks no user whether it is deleted, and for no key of ours', async () => {
    vendor.answers(rows())
    await connect().changes({ object: 'User', cursor: null, from: '2026-11-01T00:00:00Z', fields: ['UserState'] }, ctx)
    expect(vendor.sent[0]?.query.q).toBe(
      "SELECT Id, SystemModstamp, IsActive FROM User WHERE (UserType IN ('Standard')) AND (SystemModstamp >= 2026-11-01T00:00:00.000Z) ORDER BY SystemModstamp, Id LIMIT 2000",
    )
  })

  it('makes short ids long wherever they stand', async () => {
    const short = '001A0000006Vm9r'
    vendor.answers(
      rows(
        row({
          Id: '006A0000006Vm9r',
          AccountId: short,
          Partner_Account__c: short,
          Registered_By__c: 'FifteenLetters1',
        }),
      ),
    )
    const fields = ['AccountId', 'Partner_Account__c', 'Registered_By__c']
    const page = await connect().changes({ object: 'Opportunity', cursor: null, from: null, fields }, ctx)
    expect(page.records).toMatchObject([
      {
        id: '006A0000006Vm9rIAC',
        fields: {
          AccountId: '001A0000006Vm9rIAC',
          Partner_Account__c: '001A0000006Vm9rIAC',
          Registered_By__c: 'FifteenLetters1',
        },
      },
    ])
  })

  it('gets the first page of a list and its total in one request', async () => {
    const page = {
      httpStatusCode: 200,
      body: { totalSize: 1, done: true, records: [row({ Id: '006A0000006Vm9rIAC' })] },
    }
    vendor.answers(
      json({ compositeResponse: [page, { httpStatusCode: 200, body: { totalSize: 41, done: true, records: [] } }] }),
      rows(),
    )
    const connector = connect({ pageSize: 1 })
    const first = await connector.list?.({ object: 'Opportunity', cursor: null, fields: [] }, ctx)
    expect(first).toMatchObject({ total: 41, cursor: '006A0000006Vm9rIAC' })
    const last = await connector.list?.({ object: 'Opportunity', cursor: first?.cursor ?? null, fields: [] }, ctx)
    expect(last).toEqual({ records: [], cursor: null, total: null })
    expect(vendor.sent[1]?.query.q).toBe(
      "SELECT Id, SystemModstamp, IsDeleted, Causeway_Id__c FROM Opportunity WHERE Id > '006A0000006Vm9rIAC' ORDER BY Id LIMIT 1",
    )
  })

  it.each([
    ['nothing', { compositeResponse: [] }],
    ['rows of another shape', { compositeResponse: [{ httpStatusCode: 200, body: { rows: [] } }] }],
  ])('takes a composite answer with %s for no list', async (_, answer) => {
    vendor.answers(json(answer as object))
    await expect(connect().list?.({ object: 'Opportunity', cursor: null, fields: [] }, ctx)).rejects.toMatchObject({
      fault: { code: 'CW_VENDOR_ANSWER' },
    })
  })

  it('searches with one request, every value quoted', async () => {
    vendor.answers(rows())
    const any = { Email: ["o'hara@x.example"], Name: ['A\\B', 'C'] }
    await connect().find?.({ object: 'Lead', any, fields: ['Company'], limit: 5 }, ctx)
    expect(vendor.sent).toHaveLength(1)
    expect(vendor.sent[0]?.query.q).toBe(
      String.raw`SELECT Id, SystemModstamp, IsDeleted, MasterRecordId, Causeway_Id__c, Company FROM Lead WHERE Email IN ('o\'hara@x.example') OR Name IN ('A\\B', 'C') ORDER BY Id LIMIT 5`,
    )
  })
})

describe('a bulk job', () => {
  const batch = Array.from({ length: 2001 }, (_, n): Write => ({
    ref: `w${n}`,
    object: 'Account',
    mode: 'upsert',
    id: null,
    key: `k${n}`,
    parent: null,
    ifVersion: null,
    fields: { Name: n === 0 ? 'a,"b"' : 'x', Website: n === 1 ? null : 'x.example', BillingCountry: '' },
  }))
  const done = (from: number, to: number) =>
    `sf__Id,sf__Created,Causeway_Id__c\n${batch
      .slice(from, to)
      .map(({ key }) => `001A0000006Vm9r,true,${(key ?? '').toUpperCase()}\n`)
      .join('')}`

  it('is opened, filled, closed, watched and read', async () => {
    vendor.answers(
      opened(),
      nothing(201),
      json({ id: '750A', state: 'UploadComplete' }),
      ended('InProgress'),
      ended('JobComplete'),
      csv(done(0, 1999)),
      csv('sf__Id,sf__Error,Causeway_Id__c\n,"UNABLE_TO_LOCK_ROW:unable to obtain: 1 records:--",k1999\n'),
      csv('Causeway_Id__c\nk2000\n'),
    )
    const outcomes = await connect().write(batch, ctx)
    expect(vendor.sent.map(({ method, path }) => `${method} ${path.slice(base.length)}`)).toEqual([
      'POST /jobs/ingest',
      'PUT /jobs/ingest/750A/batches',
      'PATCH /jobs/ingest/750A',
      'GET /jobs/ingest/750A',
      'GET /jobs/ingest/750A',
      'GET /jobs/ingest/750A/successfulResults',
      'GET /jobs/ingest/750A/failedResults',
      'GET /jobs/ingest/750A/unprocessedrecords',
    ])
    expect(vendor.sent[0]?.body).toEqual({
      object: 'Account',
      operation: 'upsert',
      externalIdFieldName: 'Causeway_Id__c',
      contentType: 'CSV',
      columnDelimiter: 'COMMA',
      lineEnding: 'LF',
    })
    expect(vendor.sent[1]?.headers['content-type']).toBe('text/csv; charset=UTF-8')
    expect(String(vendor.sent[1]?.body).split('\n').slice(0, 3)).toEqual([
      '"Causeway_Id__c","BillingCountry","Name","Website"',
      '"k0","#N/A","a,""b""","x.example"',
      '"k1","#N/A","x","#N/A"',
    ])
    expect(vendor.sent[2]?.body).toEqual({ state: 'UploadComplete' })
    expect(outcomes[1998]).toEqual({ ref: 'w1998', status: 'done', id: '001A0000006Vm9rIAC', stored: null })
    expect(outcomes[1999]).toMatchObject({
      status: 'retry',
      fault: { code: 'CW_VENDOR_LOCKED', vendorCode: 'UNABLE_TO_LOCK_ROW' },
    })
    expect(outcomes[2000]).toMatchObject({ status: 'retry', fault: { code: 'CW_VENDOR_UNAVAILABLE' } })
  })

  it('leaves a record unclear that no result names, or whose results are no CSV', async () => {
    vendor.answers(
      opened(),
      nothing(201),
      ended('UploadComplete'),
      ended('JobComplete'),
      csv(done(0, 1)),
      csv('sf__Id,sf__Error,Causeway_Id__c\n,"broken'),
      csv('Causeway_Id__c\n'),
    )
    const outcomes = await connect().write(batch, ctx)
    expect(outcomes[0]).toMatchObject({ status: 'done' })
    expect(new Set(outcomes.slice(1).map(({ status }) => status))).toEqual(new Set(['unclear']))
  })

  it('takes an error that is worded otherwise for a refusal of the record', async () => {
    vendor.answers(
      opened(),
      nothing(201),
      ended('UploadComplete'),
      ended('JobComplete'),
      csv(done(0, 2000)),
      csv('sf__Id,sf__Error,Causeway_Id__c\n,Something else,k2000\n'),
      csv('Causeway_Id__c\n'),
    )
    expect((await connect().write(batch, ctx))[2000]).toMatchObject({
      status: 'rejected',
      fault: { code: 'CW_RECORD_INVALID', vendorCode: 'UNKNOWN', message: 'Something else' },
    })
  })

  it('that is refused is refused of no record', async () => {
    vendor.answers(json([{ errorCode: 'FEATURENOTENABLED', message: 'No bulk' }], 400))
    const outcomes = await connect().write(batch, ctx)
    expect(outcomes[0]).toMatchObject({ status: 'retry', fault: { vendorCode: 'FEATURENOTENABLED', scope: 'batch' } })
    expect(vendor.sent).toHaveLength(1)
  })
})

describe('the change stream', () => {
  const shaken = { channel: '/meta/handshake', successful: true, clientId: 'c1' }
  const subscribed = { channel: '/meta/subscribe', successful: true }
  const polled = { channel: '/meta/connect', successful: true }
  const over = {
    channel: '/meta/connect',
    successful: false,
    error: '403::Unknown client',
    advice: { reconnect: 'none' },
  }
  const hear = async (...polls: object[][]) => {
    vendor.answers(
      json([shaken] as object, 200, { 'set-cookie': 'BAYEUX_BROWSER=b1;Path=/;Expires=Wed, 21 Oct 2027 07:28:00 GMT' }),
      bayeux(subscribed),
      ...polls.map((messages) => bayeux(...messages)),
    )
    const hints: Hint[] = []
    const caller = new AbortController()
    const listening = connect({ changeEvents: true }).listen?.(
      ['Opportunity'],
      (some) => {
        hints.push(...some)
        return Promise.resolve()
      },
      { ...ctx, signal: caller.signal },
    )
    // The script is over, and what is asked then is never answered.
    const error: unknown = await Promise.race([
      listening?.catch((reason: unknown) => reason),
      new Promise((resolve) => setTimeout(resolve, 700)),
    ])
    caller.abort()
    await listening?.catch(() => null)
    return { hints, error }
  }

  it('speaks Bayeux with the session’s cookie, and gives ids in their long form', async () => {
    const { hints } = await hear([event({ changeOrigin: 'com/salesforce/core' }), polled], [over])
    expect(hints).toEqual([{ object: 'Opportunity', id: '006A0000006Vm9rIAC' }])
    const [handshake, subscribe, poll] = vendor.sent
    expect(handshake).toMatchObject({
      method: 'POST',
      host: 'api.example',
      path: '/cometd/67.0',
      headers: { authorization: 'Bearer 00DA!session' },
      body: [{ channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'] }],
    })
    expect(subscribe).toMatchObject({
      headers: { cookie: 'BAYEUX_BROWSER=b1' },
      body: [
        {
          channel: '/meta/subscribe',
          clientId: 'c1',
          subscription: '/data/OpportunityChangeEvent',
          ext: { replay: { '/data/OpportunityChangeEvent': -1 } },
        },
      ],
    })
    expect(poll?.body).toMatchObject([{ channel: '/meta/connect', clientId: 'c1', connectionType: 'long-polling' }])
  })

  it.each([
    ['our own', { changeOrigin: 'com/salesforce/api/rest/67.0;client=causeway' }, 0],
    ['another program’s with a name like ours', { changeOrigin: 'com/salesforce/api/rest/67.0;client=causeway2' }, 1],
    ['without an origin', {}, 1],
    ['a gap of a whole object', { recordIds: ['006*'], changeOrigin: '' }, 0],
  ])('hears of a write: %s', async (_, header, count) => {
    const { hints } = await hear([event(header), polled], [over])
    expect(hints).toHaveLength(count)
  })

  it('takes messages of other shapes for nothing', async () => {
    const odd = { channel: '/data/OpportunityChangeEvent', data: { payload: {} } }
    const { hints } = await hear([odd, { channel: '/else' }, polled], [event({}), polled], [over])
    expect(hints).toHaveLength(1)
  })
})

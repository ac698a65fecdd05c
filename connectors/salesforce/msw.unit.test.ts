/** Requests as they leave, and answers that a sandbox does not give: odd shapes, refusals, pages in the vendor's place. */
import { describe, expect, it } from 'vitest'
import type { Outcome, Write } from '../contract.ts'
import { ctx, empty, json, memoryTokens, page, scriptedVendor, thrownBy } from '../scripted-vendor.test-support.ts'
import { salesforce } from './index.ts'

const vendor = scriptedVendor()
const session = '00DA0000000abcd!AQEAQSession1'
const held = { accessToken: session, instanceUrl: 'https://api.example', expiresAt: null }
const id = '006A0000006Vm9rIAC'

const connect = (tokens = memoryTokens(held)) =>
  salesforce.create(
    salesforce.settings.parse({ loginUrl: 'https://login.example', clientId: 'app', clientSecret: 'hidden-secret' }),
    vendor.deps(tokens),
  )
const row = (more: Record<string, unknown> = {}) => ({
  attributes: { type: 'Opportunity', url: '/x' },
  Id: id,
  SystemModstamp: '2026-11-23T09:00:00.000+0000',
  IsDeleted: false,
  Causeway_Id__c: 'deal-1',
  ...more,
})
const rows = (records: object[], more: object = {}) => json({ totalSize: records.length, done: true, records, ...more })

const wish = (n: number, more: Partial<Write> = {}): Write => ({
  ref: `w${n}`,
  object: 'Opportunity',
  mode: 'upsert',
  id: null,
  key: `deal-${n}`,
  parent: null,
  ifVersion: null,
  fields: { Name: 'Hidden Prospect' },
  ...more,
})
const write = (...batch: Write[]): Promise<Outcome[]> => connect().write(batch, ctx)
const read = (fields: string[] = ['Name']) =>
  connect().read([{ object: 'Opportunity', by: 'key', value: 'deal-1' }], fields, ctx)

/** A composite answer whose upserts came to `body`. */
const saved = (body: unknown, httpStatusCode: unknown = 200) =>
  json({ compositeResponse: [{ referenceId: 'upsert', httpStatusCode, httpHeaders: {}, body }] } as object)

const problem = (errorCode: string, message = 'No') => [{ errorCode, message }]

describe('requests', () => {
  it('get a token with the app’s credentials and go with it to the address that it names', async () => {
    vendor.answers(json({ access_token: session, instance_url: 'https://api.example/', extra: 1 }), rows([]))
    await connect(memoryTokens()).read([{ object: 'Account', by: 'id', value: id }], ['Name'], ctx)
    const [token, query] = vendor.sent
    expect(token).toMatchObject({ method: 'POST', host: 'login.example', path: '/services/oauth2/token', query: {} })
    expect(token?.headers['content-type']).toContain('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(String(token?.body)))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'hidden-secret',
    })
    expect(query).toMatchObject({
      method: 'GET',
      host: 'api.example',
      path: '/services/data/v67.0/queryAll',
      headers: { authorization: `Bearer ${session}`, 'sforce-call-options': 'client=causeway' },
      body: null,
    })
    expect(query?.query).toEqual({
      q: `SELECT Id, SystemModstamp, IsDeleted, MasterRecordId, Causeway_Id__c, Name FROM Account WHERE Id IN ('${id}')`,
    })
  })

  it('save a batch and read it back in one composite call, an amount with its digits', async () => {
    vendor.answers(saved([{ id, success: true, errors: [], created: true }]))
    await write(wish(1, { fields: { Amount: '1200.50', StageName: 'Proposal', CloseDate: '2027-03-31' } }))
    expect(vendor.sent).toHaveLength(1)
    expect(vendor.sent[0]).toMatchObject({
      method: 'POST',
      path: '/services/data/v67.0/composite',
      headers: { 'content-type': 'application/json', 'sforce-call-options': 'client=causeway' },
      body: {
        allOrNone: false,
        compositeRequest: [
          {
            method: 'PATCH',
            url: '/services/data/v67.0/composite/sobjects/Opportunity/Causeway_Id__c',
            referenceId: 'upsert',
            body: {
              allOrNone: false,
              records: [
                {
                  attributes: { type: 'Opportunity' },
                  Causeway_Id__c: 'deal-1',
                  Amount: 1200.5,
                  StageName: 'Proposal',
                  CloseDate: '2027-03-31',
                },
              ],
            },
          },
          { method: 'GET', referenceId: 'stored0' },
        ],
      },
    })
  })

  it('follow the address that the org gives for the rest of an answer', async () => {
    const nextRecordsUrl = '/services/data/v67.0/query/01g-2000'
    vendor.answers(rows([], { done: false, nextRecordsUrl }), rows([row()]))
    expect(await read()).toMatchObject([{ status: 'found', record: { id } }])
    expect(vendor.sent[1]).toMatchObject({ method: 'GET', host: 'api.example', path: nextRecordsUrl, query: {} })
  })
})

describe('odd answers', () => {
  it('leave a record readable: null for a parent, fields left out, fields that nobody knows', async () => {
    vendor.answers(
      rows([row({ Account: null, Amount: 1.25e7, Address: { city: 'B' }, New__c: [1], Causeway_Id__c: 'DEAL-1' })], {
        nextRecordsUrl: null,
      }),
    )
    expect(await read(['Account.Name', 'Amount', 'Address', 'Name'])).toMatchObject([
      {
        status: 'found',
        record: {
          key: 'DEAL-1',
          deleted: false,
          modifiedAt: '2026-11-23T09:00:00.000Z',
          fields: { 'Account.Name': null, Amount: '12500000', Address: null, Name: null },
        },
      },
    ])
  })

  it.each([
    ['unfinished, without its rest', rows([], { done: false })],
    ['a row without Id', rows([row({ Id: null })])],
    ['a row without its time', rows([row({ SystemModstamp: undefined })])],
    ['null for the rows', json({ done: true, records: null })],
    ['an empty body', empty(200)],
    ['a page', page(200)],
  ])('do not prove that a record is absent: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await thrownBy(read())).toMatchObject({ code: 'CW_VENDOR_ANSWER', scope: 'batch', effect: 'no' })
  })

  it('count changes as covered by the org’s clock and not by ours', async () => {
    vendor.answers(
      json({ done: true, totalSize: '0', records: [] }, 200, { date: 'Mon, 23 Nov 2026 08:00:00 GMT' }),
      rows([]),
    )
    const q = { object: 'Opportunity', cursor: null, from: null, fields: ['Name'] }
    expect(await connect().changes(q, ctx)).toMatchObject({ more: false, coveredThrough: '2026-11-23T07:59:55.000Z' })
    // Without that header ours has to do.
    expect(await connect().changes(q, ctx)).toMatchObject({ coveredThrough: '2026-11-23T09:59:55.000Z' })
  })

  it('give each record of a 200 its own outcome, with null for what an error leaves out', async () => {
    const duplicate = { matchResults: [{ matchRecords: [{ record: { Id: '006A0000006Vm9sIAC' } }] }] }
    vendor.answers(
      saved([
        { id, success: true, errors: [], created: null },
        { id: null, success: false, errors: [{ statusCode: 'DUPLICATES_DETECTED', duplicateResult: duplicate }] },
        {
          success: false,
          errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW', message: null, fields: null, duplicateResult: null }],
        },
        { success: false, errors: [{ message: 'x', fields: ['Amount'], extendedErrorDetails: [{}] }] },
      ]),
    )
    expect(await write(wish(1), wish(2), wish(3), wish(4))).toMatchObject([
      { ref: 'w1', status: 'done', id, stored: null },
      { status: 'rejected', fault: { code: 'CW_RECORD_DUPLICATE', existingIds: ['006A0000006Vm9sIAC'] } },
      { status: 'retry', fault: { code: 'CW_VENDOR_LOCKED', scope: 'record', fields: [] } },
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', vendorCode: 'UNKNOWN', fields: ['Amount'] } },
    ])
  })

  it.each([
    ['an empty body', empty(200)],
    ['no content', empty(204)],
    ['a page', page(200)],
    ['a page that says 403', page(403)],
    ['another object', json({ ok: true })],
    ['no part for the records', json({ compositeResponse: [] })],
    ['fewer results than records', saved([])],
    ['null for the results', saved(null)],
    ['a success without an id', saved([{ success: true, id: null, errors: [] }])],
    ['a part that failed in a page', saved('<html></html>', '502')],
  ])('leave a write unclear: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await write(wish(1))).toMatchObject([{ ref: 'w1', status: 'unclear', fault: { code: 'CW_VENDOR_ANSWER' } }])
    expect(vendor.sent).toHaveLength(1)
  })
})

describe('refusals', () => {
  it.each([
    [403, 'REQUEST_LIMIT_EXCEEDED', 'retry', 'CW_VENDOR_QUOTA', 'connection'],
    [403, 'API_DISABLED_FOR_ORG', 'retry', 'CW_VENDOR_SCOPE', 'connection'],
    [400, 'QUERY_TIMEOUT', 'retry', 'CW_VENDOR_UNAVAILABLE', 'batch'],
    [400, 'JSON_PARSER_ERROR', 'rejected', 'CW_RECORD_INVALID', 'record'],
    [400, 'ENTITY_IS_LOCKED', 'retry', 'CW_VENDOR_LOCKED', 'record'],
  ])('of a write, %i %s, are the same for the call and for its part', async (status, name, outcome, code, scope) => {
    vendor.answers(json(problem(name), status), saved(problem(name), status))
    const expected = [{ status: outcome, fault: { code, scope, vendorCode: name } }]
    expect(await write(wish(1))).toMatchObject(expected)
    expect(await write(wish(1))).toMatchObject(expected)
  })

  it.each([
    [400, 'INVALID_FIELD', 'CW_VENDOR_SCOPE', 'connection'],
    [400, 'MALFORMED_QUERY', 'CW_VENDOR_ANSWER', 'batch'],
    [403, 'REQUEST_LIMIT_EXCEEDED', 'CW_VENDOR_QUOTA', 'connection'],
  ])('of a read, %i %s, blame no record', async (status, name, code, scope) => {
    vendor.answers(json(problem(name), status))
    expect(await thrownBy(read())).toMatchObject({ code, scope, vendorCode: name, effect: 'no' })
  })

  it('by 429 keep the whole connection waiting as long as the vendor says', async () => {
    vendor.answers(json([], 429, { 'retry-after': '3600' }))
    expect(await write(wish(1))).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_THROTTLED', scope: 'connection', retryAfterMs: 3_600_000 } },
    ])
  })

  it.each([
    [json({ error: 'invalid_client', error_description: null }, 400), 'CW_VENDOR_AUTH', 'invalid_client'],
    [json({ error: 'invalid_grant' }, 400), 'CW_VENDOR_AUTH', 'invalid_grant'],
    [page(400), 'CW_VENDOR_ANSWER', 'HTTP 400'],
    [json({ access_token: null }), 'CW_VENDOR_ANSWER', null],
  ])('of a token stop the connection before anything is written: %#', async (answer, code, vendorCode) => {
    vendor.answers(answer)
    const [outcome] = await connect(memoryTokens()).write([wish(1)], ctx)
    expect(outcome).toMatchObject({ status: 'retry', fault: { code, vendorCode, scope: 'connection' } })
    expect(vendor.sent).toHaveLength(1)
  })

  it('show no session, no secret and nothing of the record', async () => {
    const leak = `no access for ${session} with Bearer ${session}`
    vendor.answers(json(problem('INSUFFICIENT_ACCESS', leak), 400))
    const refused = JSON.stringify(await write(wish(1)))
    vendor.answers(
      json({ error: 'invalid_client', error_description: `${leak} of x?client_secret=hidden-secret` }, 400),
    )
    const untrusted = JSON.stringify(await connect(memoryTokens()).write([wish(1)], ctx))
    for (const shown of [refused, untrusted]) {
      expect(shown).toContain('no access for')
      for (const secret of ['AQEAQSession1', 'hidden-secret', 'Hidden Prospect']) expect(shown).not.toContain(secret)
    }
  })
})

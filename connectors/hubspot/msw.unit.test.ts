/** Requests as they leave, and answers that a sandbox does not give: odd shapes, refusals, pages in the vendor's place. */
import { describe, expect, it } from 'vitest'
import type { Outcome, Write } from '../contract.ts'
import { ctx, empty, json, nowMs, page, scriptedVendor, thrownBy } from '../scripted-vendor.test-support.ts'
import { hubspot } from './index.ts'

const vendor = scriptedVendor()
const key = 'pat-eu1-hidden-key1'
const oauth = { accessToken: undefined, clientId: 'app', clientSecret: 'hidden-secret', refreshToken: 'hidden-refresh' }

const connect = (more: object = {}) =>
  hubspot.create(
    hubspot.settings.parse({ baseUrl: 'https://crm.example/', accessToken: key, searchLagMs: 0, ...more }),
    vendor.deps(),
  )
const wish = (n: number, more: Partial<Write> = {}): Write => ({
  ref: `w${n}`,
  object: 'companies',
  mode: 'upsert',
  id: null,
  key: `acc-${n}`,
  parent: null,
  ifVersion: null,
  fields: { name: 'Hidden Prospect' },
  ...more,
})
const write = (...batch: Write[]): Promise<Outcome[]> => connect().write(batch, ctx)
const read = (object = 'companies', fields = ['name']) =>
  connect().read([{ object, by: 'id', value: '7' }], fields, ctx)
const row = (n: number) => ({ id: `70${n}`, properties: { causeway_id: `acc-${n}` } })
const always = ['causeway_id', 'hs_lastmodifieddate', 'hs_merged_object_ids']

const types = (typeId: number) => [{ category: 'X', typeId, label: null }]
const failed = (trace: number, category: unknown, more: object = {}) => ({
  status: 'error',
  category,
  context: { objectWriteTraceId: [`${trace}`] },
  ...more,
})

describe('requests', () => {
  it('search a window of time by ascending id, never by offset', async () => {
    vendor.answers(json({ total: 0, results: [] }))
    const from = '2026-11-01T00:00:00.000Z'
    await connect().changes({ object: 'companies', cursor: null, from, fields: ['name'] }, ctx)
    expect(vendor.sent).toMatchObject([
      {
        method: 'POST',
        path: '/crm/v3/objects/companies/search',
        query: {},
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      },
    ])
    expect(vendor.sent[0]?.body).toEqual({
      filterGroups: [
        {
          filters: [
            { propertyName: 'hs_lastmodifieddate', operator: 'GTE', value: String(Date.parse(from) - 1000) },
            { propertyName: 'hs_lastmodifieddate', operator: 'LT', value: String(nowMs + 1) },
          ],
        },
      ],
      sorts: ['hs_object_id'],
      properties: ['name', ...always],
      limit: 200,
    })
  })

  it('upsert by our key, every value as text, an empty one to clear', async () => {
    vendor.answers(json({ status: 'COMPLETE', results: [row(1)] }))
    await write(wish(1, { fields: { name: 'A', employees: 7, tags: ['a', 'b'], active: true, city: null } }))
    expect(vendor.sent).toMatchObject([{ method: 'POST', path: '/crm/v3/objects/companies/batch/upsert', query: {} }])
    expect(vendor.sent[0]?.body).toEqual({
      inputs: [
        {
          objectWriteTraceId: '0',
          id: 'acc-1',
          idProperty: 'causeway_id',
          properties: { name: 'A', employees: '7', tags: 'a;b', active: 'true', city: '', causeway_id: 'acc-1' },
        },
      ],
    })
  })

  it('update by the portal’s id, and put a close date at an instant that shows its day', async () => {
    vendor.answers(json({ status: 'COMPLETE', results: [{ id: '7' }] }))
    const fields = { closedate: '2027-03-31', dealStatus: 'won' }
    await write(wish(1, { object: 'deals', mode: 'update', id: '7', key: null, fields }))
    expect(vendor.sent).toMatchObject([{ method: 'POST', path: '/crm/v3/objects/deals/batch/update' }])
    expect(vendor.sent[0]?.body).toEqual({
      inputs: [{ objectWriteTraceId: '0', id: '7', properties: { closedate: '2027-03-31T12:00:00.000Z' } }],
    })
  })

  it('renew a token by a form, and go on with it when its lifetime comes as text', async () => {
    vendor.answers(
      json({ access_token: 'fresh-1', expires_in: '1800', token_type: 'bearer' }),
      json({ results: [row(1)] }),
    )
    expect(await connect(oauth).write([wish(1)], ctx)).toMatchObject([{ status: 'done', id: '701' }])
    const [token, upsert] = vendor.sent
    expect(token).toMatchObject({ method: 'POST', path: '/oauth/v1/token', query: {} })
    expect(token?.headers).not.toHaveProperty('authorization')
    expect(Object.fromEntries(new URLSearchParams(String(token?.body)))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'app',
      client_secret: 'hidden-secret',
      refresh_token: 'hidden-refresh',
    })
    expect(upsert?.headers['authorization']).toBe('Bearer fresh-1')
  })
})

describe('odd answers', () => {
  it('leave a record readable: properties that are null or left out, fields that nobody knows, another type', async () => {
    const record = { id: '7', properties: { name: null, odd: 'x' }, updatedAt: null, archived: null, new: { a: [1] } }
    vendor.answers(json({ results: [record], errors: null, new: 1 }, 200, { 'content-type': 'text/plain' }))
    expect(await read('companies', ['name', 'domain'])).toEqual([
      {
        status: 'found',
        record: {
          object: 'companies',
          id: '7',
          key: null,
          version: '',
          modifiedAt: null,
          deleted: false,
          mergedInto: null,
          fields: { name: null },
        },
      },
    ])
  })

  it('find the companies of a deal whether ids come as numbers or as text, and labels as null', async () => {
    vendor.answers(
      json({ results: [{ id: '7', properties: {} }] }),
      json({
        results: [
          { category: 'HUBSPOT_DEFINED', typeId: 5, label: null },
          { category: 'USER_DEFINED', typeId: 33, label: 'Sourcing partner' },
        ],
      }),
      json({
        results: [
          {
            from: { id: 7 },
            to: [
              { toObjectId: 8, associationTypes: types(5) },
              { toObjectId: '9', associationTypes: types(33) },
            ],
          },
        ],
      }),
    )
    expect(await read('deals', ['companyId', 'partnerCompanyId'])).toMatchObject([
      { status: 'found', record: { fields: { companyId: '8', partnerCompanyId: '9' } } },
    ])
  })

  it('do not prove that a record is absent when a 207 could not read it', async () => {
    vendor.answers(json({ results: [], errors: [{ category: 'INTERNAL_ERROR' }] }, 207), json({ results: [] }))
    expect(await read()).toMatchObject([{ status: 'failed', fault: { code: 'CW_VENDOR_ANSWER' } }])
  })

  it.each([
    ['null for the results', json({ results: null })],
    ['a bare array', json([])],
    ['an empty body', empty(200)],
    ['a page', page(200)],
    ['a page that says 404', page(404)],
  ])('are not taken for an answer of no records: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await thrownBy(read())).toMatchObject({ code: 'CW_VENDOR_ANSWER', scope: 'batch', effect: 'no' })
  })

  it('give each record of a 207 its own outcome, whatever the order', async () => {
    vendor.answers(
      json(
        {
          results: [row(5), row(1)],
          errors: [
            failed(1, 'VALIDATION_ERROR', { errors: [{ code: 'INVALID_INTEGER', in: 'employees', context: null }] }),
            failed(2, 'RATE_LIMITS', { message: null }),
            failed(3, 17),
          ],
        },
        207,
      ),
    )
    expect(await write(wish(1), wish(2), wish(3), wish(4), wish(5))).toMatchObject([
      { ref: 'w1', status: 'done', id: '701' },
      {
        ref: 'w2',
        status: 'rejected',
        fault: { vendorCode: 'INVALID_INTEGER', fields: ['employees'], scope: 'record' },
      },
      { ref: 'w3', status: 'retry', fault: { code: 'CW_VENDOR_THROTTLED' } },
      { ref: 'w4', status: 'unclear', fault: { code: 'CW_VENDOR_ANSWER' } },
      { ref: 'w5', status: 'done', id: '705' },
    ])
  })

  it.each([
    ['an empty body', empty(200)],
    ['no content', empty(204)],
    ['a page', page(200)],
    ['a page that says 403', page(403)],
    ['another object', json({ ok: true })],
    ['no word of the record', json({ results: [] })],
    ['null for the record', json({ results: [null] })],
  ])('leave a write unclear: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await write(wish(1))).toMatchObject([{ ref: 'w1', status: 'unclear', fault: { code: 'CW_VENDOR_ANSWER' } }])
    expect(vendor.sent).toHaveLength(1)
  })
})

describe('refusals', () => {
  it.each([
    [400, 'VALIDATION_ERROR', 'rejected', 'CW_RECORD_INVALID', 'record', null],
    [401, 'INVALID_AUTHENTICATION', 'retry', 'CW_VENDOR_AUTH', 'connection', null],
    [403, 'MISSING_SCOPES', 'retry', 'CW_VENDOR_SCOPE', 'connection', null],
    [404, 'OBJECT_NOT_FOUND', 'rejected', 'CW_RECORD_GONE', 'record', null],
    [409, 'CONFLICT', 'rejected', 'CW_RECORD_DUPLICATE', 'record', null],
    [423, 'LOCKED', 'retry', 'CW_VENDOR_LOCKED', 'batch', 2000],
    [477, 'MIGRATION_IN_PROGRESS', 'retry', 'CW_VENDOR_UNAVAILABLE', 'connection', null],
  ])('of a write by %i %s are sent once and named', async (status, category, outcome, code, scope, retryAfterMs) => {
    vendor.answers(json({ status: 'error', category, message: 'No' }, status))
    expect(await write(wish(1))).toMatchObject([
      { status: outcome, fault: { code, scope, vendorCode: category, retryAfterMs } },
    ])
    expect(vendor.sent).toHaveLength(1)
  })

  it('by 429 keep the whole connection waiting as long as the vendor says', async () => {
    vendor.answers(json({ policyName: 'SECONDLY' }, 429, { 'retry-after': '3600' }))
    expect(await write(wish(1))).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_THROTTLED', scope: 'connection', retryAfterMs: 3_600_000 } },
    ])
  })

  it.each([
    [json({ status: 'BAD_REFRESH_TOKEN', message: 'hidden-refresh' }, 400), 'CW_VENDOR_AUTH', 'connection'],
    [json({ access_token: null }), 'CW_VENDOR_ANSWER', 'connection'],
    [json({ access_token: 'hidden-refresh', expires_in: null }), 'CW_VENDOR_ANSWER', 'connection'],
    [page(401), 'CW_VENDOR_ANSWER', 'batch'],
  ])('of a token stop a write before it is sent, and show no token: %#', async (answer, code, scope) => {
    vendor.answers(answer)
    const outcomes = await connect(oauth).write([wish(1)], ctx)
    expect(outcomes).toMatchObject([{ status: 'retry', fault: { code, scope } }])
    expect(vendor.sent).toHaveLength(1)
    expect(JSON.stringify(outcomes)).not.toContain('hidden')
  })

  it('name fields and the record in the way, and repeat neither values nor the key', async () => {
    const message = `Hidden Prospect <buyer@hidden.example> exists, said ${key}. Existing ID: 4711`
    const errors = [{ message, code: 'CONFLICTING_UNIQUE_VALUE', context: { propertyName: ['domain'] } }]
    vendor.answers(json({ category: 'CONFLICT', message, errors, context: { value: ['Hidden Prospect'] } }, 409))
    const outcomes = await write(wish(1))
    expect(outcomes).toMatchObject([
      { fault: { code: 'CW_RECORD_DUPLICATE', fields: ['domain'], existingIds: ['4711'] } },
    ])
    expect(JSON.stringify(outcomes)).not.toMatch(/hidden/i)
  })
})

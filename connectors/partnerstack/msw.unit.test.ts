/** Requests as they leave, and answers that a sandbox does not give: odd shapes, refusals, pages in the vendor's place. */
import { describe, expect, it } from 'vitest'
import type { Fields, Outcome, Read, Write } from '../contract.ts'
import { ctx, empty, json, nowMs, page, scriptedVendor, thrownBy } from '../scripted-vendor.test-support.ts'
import { partnerstack } from './index.ts'

const vendor = scriptedVendor()
const keys = { publicKey: 'pk_public11', secretKey: 'sk_secret22' }
const authorization = `Basic ${Buffer.from('pk_public11:sk_secret22').toString('base64')}`

const connect = (more: object = {}) =>
  partnerstack.create(
    partnerstack.settings.parse({ baseUrl: 'https://portal.example/api/v2/', ...keys, ...more }),
    vendor.deps(),
  )
const data = (body: Parameters<typeof json>[0]) => json({ data: body, message: 'ok', status: 200 })
const refusal = (status: number, message = 'No', headers: Record<string, string> = {}) =>
  json({ message, status }, status, headers)

async function write(fields: Fields, more: Partial<Write> = {}, settings: object = {}): Promise<Outcome> {
  const wish: Write = {
    ref: 'w',
    object: 'deals',
    mode: 'update',
    id: 'deal_1',
    key: null,
    parent: null,
    ifVersion: null,
    fields,
    ...more,
  }
  const [outcome] = await connect(settings).write([wish], ctx)
  if (outcome === undefined) throw new Error('a write has an outcome')
  return outcome
}

async function read(value: string, fields: string[] = []): Promise<Read> {
  const [found] = await connect().read([{ object: 'deals', by: 'id', value }], fields, ctx)
  if (found === undefined) throw new Error('a ref has an answer')
  return found
}

const changes = (object: string, cursor: string | null = null) =>
  connect().changes({ object, cursor, from: '2026-11-01T00:00:00.000Z', fields: ['key'] }, ctx)

describe('requests', () => {
  it('ask for each page of a list with both keys, from where the last one ended', async () => {
    vendor.answers(
      data({ has_more: true, items: [{ key: 'a' }, { key: 'b' }] }),
      data({ has_more: false, items: [{ key: 'c' }] }),
    )
    const first = await changes('partnerships')
    const last = await changes('partnerships', first.cursor)
    const query = { limit: '250', min_updated: String(Date.UTC(2026, 10, 1)), include_archived: 'true' }
    expect(vendor.sent).toMatchObject([
      { method: 'GET', path: '/api/v2/partnerships', query, body: null },
      { method: 'GET', path: '/api/v2/partnerships', query: { ...query, starting_after: 'b' }, body: null },
    ])
    expect(vendor.sent[0]?.query).toEqual(query)
    expect(vendor.sent[0]?.headers).toMatchObject({ authorization, accept: 'application/json' })
    expect(last).toMatchObject({ more: false, coveredThrough: new Date(nowMs).toISOString() })
  })

  it('put a record’s id into the path as one segment, and custom fields where the settings say', async () => {
    vendor.answers(data(null))
    await write({ amount: 1200, 'fields.products': ['a', 'b'] }, { id: 'a/b?c' }, { customFieldsIn: 'meta' })
    expect(vendor.sent).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/v2/deals/a%2Fb%3Fc',
        query: {},
        headers: { authorization, 'content-type': 'application/json' },
      },
    ])
    expect(vendor.sent[0]?.body).toEqual({ amount: 1200, meta: { products: ['a', 'b'] } })
  })

  it('change a partner by the vendor’s own key, which they ask for first', async () => {
    vendor.answers(data({ key: 'part_9', partner_key: 'acme' }), data({ key: 'part_9', partner_key: 'acme' }))
    const outcome = await write({ manager_email: 'm@b.example' }, { object: 'partnerships', id: 'acme' })
    expect(vendor.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v2/partnerships/acme',
      'PATCH /api/v2/partnerships/part_9',
    ])
    expect(outcome).toMatchObject({ status: 'done', id: 'acme' })
  })
})

describe('odd answers', () => {
  it('leave a deal readable: numbers as text, parts that are null or missing, fields that nobody knows', async () => {
    const deal = {
      key: 17,
      amount: '1200',
      updated_at: '1764000000000',
      team_member: null,
      team: null,
      new: { a: [{}] },
    }
    vendor.answers(data(deal))
    expect(await read('17', ['amount', 'submitted_by', 'team.name', 'contact_name'])).toEqual({
      status: 'found',
      record: {
        object: 'deals',
        id: '17',
        key: null,
        version: '1764000000000',
        modifiedAt: new Date(1_764_000_000_000).toISOString(),
        deleted: false,
        mergedInto: null,
        fields: { amount: '1200', submitted_by: null, 'team.name': null, contact_name: null },
      },
    })
  })

  it.each([
    ['null', data(null)],
    ['a list', data([])],
    ['a record without key', data({ amount: 1 })],
    ['an empty body', empty(200)],
    ['a page', page(200)],
  ])('do not prove that a deal is absent: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await read('deal_1')).toMatchObject({
      status: 'failed',
      fault: { code: 'CW_VENDOR_ANSWER', scope: 'batch' },
    })
  })

  it('do not make a partner gone whom the vendor did not call gone', async () => {
    vendor.answers(data(null))
    const outcome = await write({ manager_email: 'm@b.example' }, { object: 'partnerships', id: 'acme' })
    expect(outcome).toMatchObject({ status: 'retry', fault: { code: 'CW_VENDOR_ANSWER' } })
    expect(vendor.sent).toHaveLength(1)
  })

  it.each([
    ['no items', data({ has_more: false })],
    ['null for its items', data({ has_more: false, items: null })],
    ['a bare array', data([])],
    ['an item without key', data({ has_more: false, items: [{ amount: 1 }] })],
  ])('are not taken for an empty list of changes: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await thrownBy(changes('deals'))).toMatchObject({ code: 'CW_VENDOR_ANSWER', effect: 'no' })
  })

  it.each([
    ['an empty body', empty(200)],
    ['no content', empty(204)],
    ['a page', page(200)],
    ['JSON that is no envelope', json({ ok: true })],
    ['a redirect', empty(302)],
  ])('leave a write unclear: %s', async (_, answer) => {
    vendor.answers(answer)
    expect(await write({ amount: 1 })).toMatchObject({ status: 'unclear', fault: { code: 'CW_VENDOR_ANSWER' } })
    expect(vendor.sent).toHaveLength(1)
  })

  it('are enough for a write that the envelope confirms without the record', async () => {
    vendor.answers(data(null))
    expect(await write({ amount: 1 })).toEqual({ ref: 'w', status: 'done', id: 'deal_1', stored: null })
  })
})

describe('refusals', () => {
  it.each([
    [refusal(400, "'stage' is a required property"), 'rejected', 'CW_RECORD_INVALID', 'record', ['stage']],
    [refusal(401), 'retry', 'CW_VENDOR_AUTH', 'connection', []],
    [refusal(403), 'retry', 'CW_VENDOR_SCOPE', 'connection', []],
    [refusal(404), 'rejected', 'CW_RECORD_GONE', 'record', []],
    [refusal(409), 'rejected', 'CW_RECORD_DUPLICATE', 'record', []],
    [refusal(422), 'rejected', 'CW_RECORD_INVALID', 'record', []],
    [refusal(423), 'retry', 'CW_VENDOR_LOCKED', 'record', []],
    [page(404), 'retry', 'CW_VENDOR_ANSWER', 'batch', []],
  ])('of a write name code and scope: %#', async (answer, status, code, scope, fields) => {
    vendor.answers(answer)
    const vendorCode = `HTTP ${answer.status}`
    expect(await write({ amount: 1 })).toMatchObject({ status, fault: { code, scope, fields, vendorCode } })
  })

  it('by 429 keep the whole connection waiting as long as the vendor says', async () => {
    vendor.answers(refusal(429, 'Slow down', { 'retry-after': '3600' }))
    expect(await write({ amount: 1 })).toMatchObject({
      status: 'retry',
      fault: { code: 'CW_VENDOR_THROTTLED', scope: 'connection', retryAfterMs: 3_600_000 },
    })
  })

  it('show no key that the vendor repeats, and nothing of the record', async () => {
    vendor.answers(refusal(401, `Bad credentials ${authorization} of pk_public11 and sk_secret22`))
    const shown = JSON.stringify(await write({ account_name: 'Hidden Prospect' }))
    expect(shown).toContain('Bad credentials')
    for (const secret of [authorization, 'public11', 'secret22', 'Hidden Prospect']) expect(shown).not.toContain(secret)
  })
})

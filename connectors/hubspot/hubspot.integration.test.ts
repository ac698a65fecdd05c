import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import type { Budget } from '../budget.ts'
import { hubspot } from './index.ts'
import { ctx, idOf, oauthSettings, readAll, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
const seeded = z.object({ created: z.array(z.string()) })
const mergedIds = z.object({ merged: z.array(z.string()) })

const start = async (switches: SwitchSet = {}, settings: Record<string, unknown> = {}) => {
  rig = await startRig(switches, settings)
  return rig
}
afterEach(async () => {
  await rig.close()
})

const dealFields = [
  'dealname',
  'amount',
  'closedate',
  'dealstage',
  'dealStatus',
  'companyId',
  'partnerCompanyId',
  'partner_source',
]

describe('the way of a deal', () => {
  it('makes companies and a deal, links them, and reads the deal with its customer and its partner', async () => {
    const connector = (await start()).connect()
    const companies = await connector.write(
      [
        write('companies', 'acc-1', { name: 'Acme', domain: 'acme.example', type: 'PROSPECT' }),
        write('companies', 'par-1', { name: 'Reseller', type: 'PARTNER' }),
      ],
      ctx(),
    )
    const [accountId, partnerId] = companies.map(idOf)
    const [deal] = await connector.write(
      [
        write('deals', 'deal-1', {
          dealname: 'Acme 500',
          amount: '500.00',
          closedate: '2026-12-31',
          dealstage: 'qualifiedtobuy',
          partner_source: 'Partner-Sourced',
        }),
      ],
      ctx(),
    )
    const dealId = idOf(deal)
    expect(deal?.status === 'done' && deal.stored?.fields).toMatchObject({ closedate: '2026-12-31', amount: '500.00' })
    const parties = await connector.write(
      [
        write('deal-companies', null, { dealId, accountCompanyId: accountId ?? '', role: 'customer' }),
        write('deal-companies', null, { dealId, partnerCompanyId: partnerId ?? '', role: 'sourcing' }),
      ],
      ctx(),
    )
    expect(parties.map(idOf)).toEqual([`${dealId}:${accountId}:customer`, `${dealId}:${partnerId}:sourcing`])
    const { records } = await readAll(connector, 'deals', dealFields)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      id: dealId,
      key: 'deal-1',
      deleted: false,
      mergedInto: null,
      fields: {
        dealname: 'Acme 500',
        closedate: '2026-12-31',
        dealStatus: 'open',
        companyId: accountId,
        partnerCompanyId: partnerId,
        partner_source: 'Partner-Sourced',
      },
    })
    expect(await connector.check(ctx())).toEqual([])
    expect(await rig.sandbox.control.unknown()).toEqual([])
  })
})

const seedCompanies = async (count: number, at?: number) =>
  seeded.parse(
    await rig.sandbox.control.seed({
      create: Array.from({ length: count }, (_, n) => ({ type: 'companies', properties: { name: `C${n}` } })),
      ...(at === undefined ? {} : { at }),
    }),
  ).created

describe('changes', () => {
  it('reads more than ten thousand records past the wall of search, thousands of them with one instant', async () => {
    const fast = { searchesPerSecond: 1000 }
    await start({ searchPerSecond: 1000, tenSecondLimit: 1000 }, fast)
    const base = rig.nowMs() - 3_600_000
    const ids = [
      ...(await seedCompanies(9600, base)),
      ...(await seedCompanies(300, base + 5)),
      ...(await seedCompanies(300, base + 9)),
    ]
    const { records } = await readAll(rig.connect(), 'companies', ['name'])
    expect(new Set(records.map((r) => r.id))).toEqual(new Set(ids))
    const searches = await requests('POST /crm/v3/objects/:type/search')
    // 51 full pages; the rest are cuts and the ends of windows.
    expect(searches).toBeLessThan(62)
    expect(await statuses('POST /crm/v3/objects/:type/search')).toEqual(['200'])
  })

  it('holds the watermark back by the lag of search, so that a late record is not lost', async () => {
    await start({ searchLagMs: 30_000 }, { searchLagMs: 30_000 })
    const connector = rig.connect()
    const first = await readAll(connector, 'companies', ['name'])
    expect(Date.parse(first.coveredThrough)).toBeLessThanOrEqual(rig.nowMs() - 30_000)
    const [id] = await seedCompanies(1)
    const second = await readAll(connector, 'companies', ['name'], first.cursor)
    expect(second.records).toEqual([])
    await rig.tick(31_000)
    expect((await readAll(connector, 'companies', ['name'], second.cursor)).records.map((r) => r.id)).toEqual([id])
  })

  it('finds archived records, once, and keeps the list’s cost to about one request a minute', async () => {
    await start()
    const connector = rig.connect()
    const ids = await seedCompanies(250)
    const first = await readAll(connector, 'companies', ['name'])
    await rig.sandbox.control.seed({ archive: ids.map((id) => ({ type: 'companies', id })) })
    const second = await readAll(connector, 'companies', ['name'], first.cursor)
    expect(second.records.filter((r) => r.deleted).map((r) => r.id)).toEqual(ids)
    await rig.sandbox.control.requests.clear()
    const third = await readAll(connector, 'companies', ['name'], second.cursor)
    expect(await requests('GET /crm/v3/objects/:type')).toBe(0)
    await rig.tick(181_000)
    const fourth = await readAll(connector, 'companies', ['name'], third.cursor)
    expect(await requests('GET /crm/v3/objects/:type')).toBe(3)
    await rig.tick(600_000)
    expect((await readAll(connector, 'companies', ['name'], fourth.cursor)).records).toEqual([])
  })

  it.each([false, true])(
    'leads from the old ids of a merge to the record that is left (primary kept: %s)',
    async (mergeKeepsPrimary) => {
      await start({ mergeKeepsPrimary })
      const connector = rig.connect()
      const [a = '', b = ''] = await seedCompanies(2)
      const first = await readAll(connector, 'companies', ['name'])
      const { merged } = mergedIds.parse(
        await rig.sandbox.control.seed({ merge: [{ type: 'companies', primary: a, other: b }] }),
      )
      const [heir = ''] = merged
      const gone = mergeKeepsPrimary ? [b] : [a, b]
      const { records } = await readAll(connector, 'companies', ['name'], first.cursor)
      const byId = new Map(records.map((r) => [r.id, r.mergedInto]))
      expect(byId.get(heir)).toBeNull()
      for (const id of gone) expect(byId.get(id)).toBe(heir)
      const reads = await connector.read(
        [...gone, heir].map((value) => ({ object: 'companies', by: 'id', value })),
        ['name'],
        ctx(),
      )
      expect(reads.map((r) => (r.status === 'found' ? [r.record.id, r.record.mergedInto] : r.status))).toEqual([
        ...gone.map((id) => [id, heir]),
        [heir, null],
      ])
    },
  )

  it('reads a deleted record by its id as deleted, and one that never was as absent', async () => {
    await start()
    const [id = ''] = await seedCompanies(1)
    await rig.sandbox.control.seed({ archive: [{ type: 'companies', id }] })
    const reads = await rig.connect().read(
      [id, '404'].map((value) => ({ object: 'companies', by: 'id', value })),
      ['name'],
      ctx(),
    )
    expect(reads).toMatchObject([{ status: 'found', record: { id, deleted: true } }, { status: 'absent' }])
  })

  it('reads the companies of a page of deals in one request, and none without being asked', async () => {
    await start()
    const deal = { dealname: 'D', dealstage: 'closedwon', pipeline: 'default' }
    const create = Array.from({ length: 150 }, (_, n) => ({ type: 'deals', properties: deal, ref: `d${n}` }))
    await rig.sandbox.control.seed({
      create: [
        ...create,
        { type: 'companies', properties: { name: 'A' }, ref: 'a' },
        { type: 'companies', properties: { name: 'P' }, ref: 'p' },
      ],
      associate: [
        { from: { type: 'deals', id: 'd0' }, to: { type: 'companies', id: 'a' }, label: 'Primary' },
        { from: { type: 'deals', id: 'd0' }, to: { type: 'companies', id: 'p' }, label: 'Sourcing partner' },
      ],
    })
    const connector = rig.connect()
    await readAll(connector, 'deals', ['dealname'])
    expect(await requests('POST /crm/v4/associations/:type/:to/batch/read')).toBe(0)
    const { records } = await readAll(connector, 'deals', dealFields)
    expect(await requests('POST /crm/v4/associations/:type/:to/batch/read')).toBe(1)
    expect(records.filter((r) => r.fields['companyId'] !== null)).toHaveLength(1)
    expect(records.every((r) => r.fields['dealStatus'] === 'won')).toBe(true)
  })
})

describe('writes', () => {
  it('begins a new deal in the open stage, and never moves one back that a rep has moved on', async () => {
    const connector = (await start()).connect()
    const id = idOf((await connector.write([write('deals', 'd1', { dealname: 'New' })], ctx()))[0])
    await rig.sandbox.control.seed({ update: [{ type: 'deals', id, properties: { dealstage: 'contractsent' } }] })
    await connector.write([write('deals', 'd1', { dealname: 'Newer' })], ctx())
    const [read] = await connector.read([{ object: 'deals', by: 'key', value: 'd1' }], ['dealname', 'dealstage'], ctx())
    expect(read).toMatchObject({
      status: 'found',
      record: { id, fields: { dealname: 'Newer', dealstage: 'contractsent' } },
    })
  })

  it('links a hundred parties in one request, and tells the one that cannot be', async () => {
    const connector = (await start()).connect()
    const companies = await connector.write(
      Array.from({ length: 50 }, (_, n) => write('companies', `c${n}`, { name: `C${n}` })),
      ctx(),
    )
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    await rig.sandbox.control.requests.clear()
    const batch = companies.map((c) =>
      write('deal-companies', null, { dealId, partnerCompanyId: idOf(c), role: 'sourcing' }),
    )
    const bad = write('deal-companies', null, { dealId, accountCompanyId: '404', role: 'customer' })
    const outcomes = await connector.write([...batch, bad], ctx())
    expect(outcomes.map((o) => o.status)).toEqual([...batch.map(() => 'done'), 'rejected'])
    expect(outcomes.at(-1)).toMatchObject({ fault: { code: 'CW_RECORD_GONE', scope: 'record' } })
    expect(await requests('POST /crm/v4/associations/:type/:to/batch/create')).toBe(1)
    const ids = outcomes.flatMap((o) => (o.status === 'done' ? [o.id] : []))
    const reads = await connector.read(
      [...ids, `${dealId}:404:customer`].map((value) => ({ object: 'deal-companies', by: 'id', value })),
      [],
      ctx(),
    )
    expect(reads.map((r) => r.status)).toEqual([...ids.map(() => 'found'), 'absent'])
  })

  it('has one customer for a deal, the last one set', async () => {
    const connector = (await start()).connect()
    const [a, b] = await connector.write(
      [write('companies', 'a', { name: 'A' }), write('companies', 'b', { name: 'B' })],
      ctx(),
    )
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    for (const company of [a, b]) {
      await connector.write(
        [write('deal-companies', null, { dealId, accountCompanyId: idOf(company), role: 'customer' })],
        ctx(),
      )
    }
    const { records } = await readAll(connector, 'deals', dealFields)
    expect(records[0]?.fields['companyId']).toBe(idOf(b))
  })

  it('refuses a partner’s part where the account has no such label, and looks again later', async () => {
    const connector = (await start({ seededLabel: false })).connect()
    const companyId = idOf((await connector.write([write('companies', 'a', { name: 'A' })], ctx()))[0])
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    const party = [write('deal-companies', null, { dealId, partnerCompanyId: companyId, role: 'sourcing' })]
    expect(await connector.write(party, ctx())).toMatchObject([{ status: 'rejected', fault: { fields: ['role'] } }])
    await rig.sandbox.control.seed({ labels: [{ from: 'deals', to: 'companies', label: 'Sourcing partner' }] })
    expect(await connector.write(party, ctx())).toMatchObject([{ status: 'done' }])
  })

  it('tells of a key that another record has', async () => {
    const connector = (await start()).connect()
    const [a, b] = await connector.write(
      [write('companies', 'a', { name: 'A' }), write('companies', 'b', { name: 'B' })],
      ctx(),
    )
    const taken = write('companies', 'a', { name: 'B2' }, { mode: 'update', id: idOf(b) })
    expect(await connector.write([taken], ctx())).toMatchObject([
      { status: 'rejected', fault: { code: 'CW_RECORD_DUPLICATE', scope: 'record', existingIds: [idOf(a)] } },
    ])
  })

  it.each([
    [423, {}, { status: 'retry', fault: { code: 'CW_VENDOR_LOCKED', retryAfterMs: 2000 } }],
    [
      477,
      { 'retry-after': '3600' },
      { status: 'retry', fault: { code: 'CW_VENDOR_UNAVAILABLE', scope: 'connection', retryAfterMs: 3_600_000 } },
    ],
    [524, {}, { status: 'unclear', fault: { code: 'CW_VENDOR_UNAVAILABLE' } }],
    [200, {}, { status: 'unclear', fault: { code: 'CW_VENDOR_ANSWER' } }],
  ])('judges %i', async (status, headers, outcome) => {
    const connector = (await start()).connect()
    await rig.sandbox.control.faults.add({
      route: 'POST */batch/upsert',
      kind: 'status',
      status,
      headers,
      body: status === 200 ? { results: [] } : '',
    })
    expect(await connector.write([write('companies', 'a', { name: 'A' })], ctx())).toMatchObject([outcome])
  })

  it('leaves a refusal of the whole batch to be halved, and a refusal of one to its record', async () => {
    const connector = (await start()).connect()
    const refusal = { status: 'error', category: 'VALIDATION_ERROR', message: 'm' }
    await rig.sandbox.control.faults.add({
      route: 'POST */batch/upsert',
      kind: 'status',
      status: 400,
      body: refusal,
      times: 2,
    })
    const [a, b] = [write('companies', 'a', { name: 'A' }), write('companies', 'b', { name: 'B' })]
    expect(await connector.write([a, b], ctx())).toMatchObject([
      { fault: { scope: 'batch' } },
      { fault: { scope: 'batch' } },
    ])
    expect(await connector.write([a], ctx())).toMatchObject([{ status: 'rejected', fault: { scope: 'record' } }])
  })

  it('stops when the day’s allowance is used up', async () => {
    await start({ dailyLimit: 2 })
    let used = 0
    const budget: Budget = {
      take: () =>
        Promise.resolve(used >= 2 ? { refusedUntil: new Date(rig.nowMs() + 60_000).toISOString() } : { waitMs: 0 }),
      pause: () => Promise.resolve(),
      learn: (usage) => {
        used = usage.dailyUsed ?? 0
        return Promise.resolve()
      },
    }
    const connector = rig.connect({}, { budget })
    const one = [write('companies', 'a', { name: 'A' })]
    for (const status of ['done', 'done']) expect(await connector.write(one, ctx())).toMatchObject([{ status }])
    expect(await connector.write(one, ctx())).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_QUOTA', scope: 'connection' } },
    ])
  })
})

describe('tokens', () => {
  it('renews an expired token once for all who meet it, and no other refusal', async () => {
    await start({}, oauthSettings)
    const connector = rig.connect()
    const read = () => connector.read([{ object: 'companies', by: 'id', value: '1' }], [], ctx())
    await Promise.all([read(), read(), read()])
    expect(await requests('POST /oauth/v1/token')).toBe(1)
    await rig.sandbox.control.seed({ expireTokens: true })
    await Promise.all([read(), read(), read()])
    expect(await requests('POST /oauth/v1/token')).toBe(2)
    const refusal = { status: 'error', category: 'INVALID_AUTHENTICATION' }
    await rig.sandbox.control.faults.add({ route: 'POST */batch/upsert', kind: 'status', status: 401, body: refusal })
    expect(await connector.write([write('companies', 'a', { name: 'A' })], ctx())).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_AUTH' } },
    ])
    expect(await requests('POST /oauth/v1/token')).toBe(2)
  })

  it('renews before the end, by its own note of it', async () => {
    await start({}, oauthSettings)
    const connector = rig.connect()
    await connector.check(ctx())
    await rig.tick(29.5 * 60_000)
    await connector.check(ctx())
    expect(await requests('POST /oauth/v1/token')).toBe(2)
    expect(await statuses('GET /crm/v3/properties/:type')).toEqual(['200'])
  })
})

describe('check', () => {
  it('names every property, label and stage that is missing', async () => {
    await start({ seededProperties: false, seededLabel: false })
    const faults = await rig.connect({ openStage: 'none' }).check(ctx())
    expect(faults.every((f) => f.code === 'CW_CONFIG_INVALID')).toBe(true)
    expect(faults.flatMap((f) => f.fields)).toEqual([
      'partner_tier',
      'causeway_id',
      'partner_source',
      'registration_id',
      'registered_by',
      'registered_at',
      'registration_status',
      'protected_until',
      'causeway_id',
      'dealstage',
      'role',
    ])
  })

  it('finds a key that is not unique', async () => {
    await start()
    const faults = await rig.connect({ properties: { key: 'description' } }).check(ctx())
    expect(faults.map((f) => f.message)).toContain(
      'HubSpot’s property description on deals is not unique; uniqueness is set when a property is made',
    )
  })

  it('names missing scopes and goes on', async () => {
    await start()
    await rig.sandbox.control.seed({
      tokens: [{ token: 'narrow', scopes: ['crm.objects.companies.read', 'crm.schemas.deals.read'] }],
    })
    const faults = await rig.connect({ accessToken: 'narrow' }).check(ctx())
    expect(new Set(faults.map((f) => f.code))).toEqual(new Set(['CW_VENDOR_SCOPE']))
    expect(faults.flatMap((f) => f.fields)).toEqual(['crm.objects.deals.read', 'crm.schemas.companies.read'])
  })

  it('reads the limits that HubSpot tells', () => {
    const headers = {
      'x-hubspot-ratelimit-daily': '625000',
      'x-hubspot-ratelimit-daily-remaining': '600000',
      'x-hubspot-ratelimit-remaining': '12',
    }
    expect(hubspot.usage?.(headers)).toEqual({ dailyUsed: 25_000, dailyLimit: 625_000, windowRemaining: 12 })
    expect(hubspot.usage?.({})).toBeNull()
  })
})

async function requests(route: string): Promise<number> {
  return (await rig.sandbox.control.requests.counts()).byRoute[route]?.total ?? 0
}

async function statuses(route: string): Promise<string[]> {
  return Object.keys((await rig.sandbox.control.requests.counts()).byRoute[route]?.byStatus ?? {})
}

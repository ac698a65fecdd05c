/** Writes: the way of a deal, its parties, and what refusals and odd answers mean. */
import { Client } from '@hubspot/api-client'
import { afterEach, describe, expect, it } from 'vitest'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import type { Budget } from '../budget.ts'
import { ctx, idOf, readAll, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig

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

const dealIn = (currency: string) =>
  write('deals', currency, {
    dealname: currency,
    amount: '500.00',
    deal_currency_code: currency,
    closedate: '2026-12-31',
  })

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

  it('finds a label that was deleted and made anew under another id', async () => {
    const connector = (await start()).connect()
    const companyId = idOf((await connector.write([write('companies', 'a', { name: 'A' })], ctx()))[0])
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    const party = [write('deal-companies', null, { dealId, partnerCompanyId: companyId, role: 'sourcing' })]
    expect(await connector.write(party, ctx())).toMatchObject([{ status: 'done' }])
    const stock = new Client({ accessToken: serviceKey, basePath: rig.sandbox.url }).crm.associations.v4.schema
      .definitionsApi
    const [label] = (await stock.getAll('deals', 'companies')).results.filter((l) => l.label === 'Sourcing partner')
    await stock.remove('deals', 'companies', label?.typeId ?? 0)
    await stock.create('deals', 'companies', { name: 'other', label: 'Other' })
    await stock.create('deals', 'companies', { name: 'sourcing', label: 'Sourcing partner' })
    expect(await connector.write(party, ctx())).toMatchObject([{ status: 'rejected' }])
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

  it('refuses one deal in a currency that the account lacks, and makes the deal beside it', async () => {
    const connector = (await start()).connect()
    expect(await connector.write([dealIn('NOK'), dealIn('EUR')], ctx())).toMatchObject([
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', scope: 'record', fields: ['deal_currency_code'] } },
      { status: 'done', stored: { fields: { deal_currency_code: 'EUR' } } },
    ])
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

async function requests(route: string): Promise<number> {
  return (await rig.sandbox.control.requests.counts()).byRoute[route]?.total ?? 0
}

/** Lists of everything, searches by content, and the archive. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import type { Connector, VendorRecord } from '../contract.ts'
import { ctx, idOf, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
afterEach(async () => {
  await rig.close()
})
const start = async (switches: SwitchSet = {}, settings: Record<string, unknown> = {}) => {
  rig = await startRig({ searchPerSecond: 1000, ...switches }, { searchesPerSecond: 1000, ...settings })
  return rig.connect()
}
const seeded = z.object({ created: z.array(z.string()) })
const seed = async (document: Record<string, unknown>) => seeded.parse(await rig.sandbox.control.seed(document)).created
const companies = (count: number, more: (n: number) => Record<string, string> = () => ({})) =>
  Array.from({ length: count }, (_, n) => ({ type: 'companies', properties: { name: `C${String(n)}`, ...more(n) } }))
const requests = async (route: string) => (await rig.sandbox.control.requests.counts()).byRoute[route]?.total ?? 0

/** Pages until the list is whole; `between` happens after each. */
async function listAll(
  connector: Connector,
  object: string,
  fields: string[],
  between?: (page: number) => Promise<void>,
) {
  const records: VendorRecord[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const page: Awaited<ReturnType<NonNullable<Connector['list']>>> | undefined = await connector.list?.(
      { object, cursor, fields },
      ctx(),
    )
    records.push(...(page?.records ?? []))
    cursor = page?.cursor ?? null
    pages += 1
    await between?.(pages)
  } while (cursor !== null)
  return { records, pages }
}

describe('list', () => {
  it('reads what search does not show yet, a hundred a request', async () => {
    const connector = await start({ searchLagMs: 30_000 })
    const ids = await seed({ create: companies(250) })
    const { records, pages } = await listAll(connector, 'companies', ['name'])
    expect(records.map((r) => r.id)).toEqual(ids)
    expect(pages).toBe(3)
    expect(await requests('GET /crm/v3/objects/:type')).toBe(3)
  })

  it('misses no record when others are archived, made, edited and merged under it', async () => {
    const connector = await start()
    const ids = await seed({ create: companies(400) })
    const away = [0, 50, 99, 100, 101, 199, 200, 250].map((n) => ids[n] ?? '')
    const made: string[] = []
    const { records } = await listAll(connector, 'companies', ['name'], async (page) => {
      if (page > 2) return
      const archive = (page === 1 ? away.slice(0, 5) : away.slice(5)).map((id) => ({ type: 'companies', id }))
      await seed({ archive, update: [{ type: 'companies', id: ids[300], properties: { country: String(page) } }] })
      made.push(
        ...(await seed({
          create: companies(1),
          merge: [{ type: 'companies', primary: ids[390 + page], other: ids[395 + page] }],
        })),
      )
    })
    const found = new Set(records.map((r) => r.id))
    const gone = new Set([...away, ids[391], ids[392], ids[396], ids[397]])
    expect(ids.filter((id) => !gone.has(id) && !found.has(id))).toEqual([])
    expect(made.every((id) => found.has(id))).toBe(true)
    expect(records.every((r) => !r.deleted && r.mergedInto === null)).toBe(true)
  })

  it('has deals with their companies at two requests a hundred, and the parts of companies in them', async () => {
    const connector = await start()
    const deal = { dealname: 'D', dealstage: 'closedwon', pipeline: 'default' }
    const refs = Array.from({ length: 100 }, (_, n) => `d${String(n)}`)
    const [customer = ''] = await seed({
      create: [
        ...companies(1),
        { type: 'companies', properties: { name: 'P', type: 'PARTNER' }, ref: 'p' },
        ...refs.map((ref) => ({ type: 'deals', properties: deal, ref })),
      ],
      associate: refs.map((ref) => ({
        from: { type: 'deals', id: ref },
        to: { type: 'companies', id: 'p' },
        label: 'Sourcing partner',
      })),
    })
    const { records } = await listAll(connector, 'deals', ['dealname', 'companyId', 'partnerCompanyId', 'dealStatus'])
    expect(records).toHaveLength(100)
    expect(records.every((r) => r.fields['companyId'] === null && r.fields['dealStatus'] === 'won')).toBe(true)
    expect(new Set(records.map((r) => r.fields['partnerCompanyId'])).size).toBe(1)
    expect(await requests('GET /crm/v3/objects/:type')).toBe(1)
    expect(await requests('POST /crm/v4/associations/:type/:to/batch/read')).toBe(1)
    const parts = await listAll(connector, 'deal-companies', [])
    expect(parts.records).toHaveLength(100)
    expect(parts.records.every((r) => r.fields['role'] === 'sourcing' && r.fields['companyId'] !== customer)).toBe(true)
  })

  it('reads all of more associations than a page of them holds', async () => {
    const connector = await start()
    const deal = { dealname: 'D', dealstage: 'closedwon', pipeline: 'default' }
    const partners = companies(700, () => ({ type: 'PARTNER' })).map((c, n) => ({ ...c, ref: `c${String(n)}` }))
    await seed({
      create: [...partners, { type: 'deals', properties: deal, ref: 'd' }],
      associate: partners.map(({ ref }) => ({
        from: { type: 'deals', id: 'd' },
        to: { type: 'companies', id: ref },
        label: 'Sourcing partner',
      })),
    })
    expect((await listAll(connector, 'deal-companies', [])).records).toHaveLength(700)
  })
})

describe('find', () => {
  it('finds by any of several fields, in as few searches as their limits allow', async () => {
    const connector = await start()
    const ids = await seed({
      create: companies(6, (n) => ({ domain: `C${String(n)}.example`, country: `Land ${String(n)}` })),
    })
    const any = { domain: ['c1.EXAMPLE', 'c2.example'], country: ['LAND 4'], name: ['none'] }
    const found = await connector.find?.({ object: 'companies', any, fields: ['domain'], limit: 50 }, ctx())
    expect(new Set(found?.map((r) => r.id))).toEqual(new Set([ids[1], ids[2], ids[4]]))
    expect(await requests('POST /crm/v3/objects/:type/search')).toBe(1)
  })

  it('asks in several searches when there are too many values for one, and keeps to the limit', async () => {
    const connector = await start()
    await seed({ create: companies(300, (n) => ({ domain: `company-number-${String(n)}.example` })) })
    const domain = Array.from({ length: 300 }, (_, n) => `company-number-${String(n)}.example`)
    const found = await connector.find?.({ object: 'companies', any: { domain }, fields: [], limit: 1000 }, ctx())
    expect(found).toHaveLength(300)
    expect(
      Object.keys(
        (await rig.sandbox.control.requests.counts()).byRoute['POST /crm/v3/objects/:type/search']?.byStatus ?? {},
      ),
    ).toEqual(['200'])
    expect(await connector.find?.({ object: 'companies', any: { domain }, fields: [], limit: 7 }, ctx())).toHaveLength(
      7,
    )
  })

  it('finds by our key at once, although search lags', async () => {
    const connector = await start({ searchLagMs: 30_000 })
    const id = idOf((await connector.write([write('companies', 'key-1', { name: 'A' })], ctx()))[0])
    const any = { causeway_id: ['key-1', 'key-2'] }
    const found = await connector.find?.({ object: 'companies', any, fields: ['name'], limit: 5 }, ctx())
    expect(found).toMatchObject([{ id, key: 'key-1', fields: { name: 'A' } }])
  })
})

describe('remove', () => {
  it('archives records, and takes a part’s label and not its link', async () => {
    const connector = await start()
    const batch = Array.from({ length: 150 }, (_, n) =>
      write('companies', `k${String(n)}`, { name: 'N', type: 'PARTNER' }),
    )
    const ids = [
      ...(await connector.write(batch.slice(0, 100), ctx())),
      ...(await connector.write(batch.slice(100), ctx())),
    ].map(idOf)
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    const [company = ''] = ids
    const parties = ['customer', 'sourcing'].map((role) =>
      write('deal-companies', null, { dealId, companyId: company, role }),
    )
    const made = (await connector.write(parties, ctx())).map(idOf)
    const types = async () => {
      const state = z
        .looseObject({ associations: z.array(z.object({ from: z.string(), types: z.array(z.string()) })) })
        .parse(await rig.sandbox.control.state())
      return state.associations.find(({ from }) => from === `deals:${dealId}`)?.types
    }
    expect(await types()).toEqual(['deal_to_company', 'Primary', 'Sourcing partner'])
    expect(await connector.remove?.('deal-companies', made, ctx())).toEqual([])
    expect(await types()).toEqual(['deal_to_company'])
    expect(await connector.remove?.('companies', [...ids, '404'], ctx())).toEqual([])
    expect((await listAll(connector, 'companies', [])).records).toEqual([])
  })
})

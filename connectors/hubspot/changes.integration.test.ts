/** What changed: past the wall of search, its lag, archives and merges. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { ctx, readAll, startRig } from './rig.test-support.ts'
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

  it('asks for as little as it can where requests are scarce, and misses nothing', async () => {
    await start()
    const ids = await seedCompanies(450)
    const connector = rig.connect()
    const read = (cursor: string | null) =>
      connector.changes({ object: 'companies', cursor, from: null, fields: ['name'], isSparing: true }, ctx())
    const first = await read(null)
    expect(first.records).toHaveLength(200)
    expect(await requests('POST /crm/v3/objects/:type/search')).toBe(1)
    const rest = await readAll(connector, 'companies', ['name'], first.cursor)
    expect(new Set([...first.records, ...rest.records].map((r) => r.id))).toEqual(new Set(ids))
  })

  it('reads more than ten thousand records of one single instant, and again only what changed since', async () => {
    await start({ searchPerSecond: 1000, tenSecondLimit: 1000 }, { searchesPerSecond: 1000 })
    const base = rig.nowMs() - 3_600_000
    const ids = await seedCompanies(10_400, base)
    const first = await readAll(rig.connect(), 'companies', ['name'])
    expect(new Set(first.records.map((r) => r.id))).toEqual(new Set(ids))
    expect(await statuses('POST /crm/v3/objects/:type/search')).toEqual(['200'])
    const [late] = await seedCompanies(1)
    const second = await readAll(rig.connect(), 'companies', ['name'], first.cursor)
    expect(second.records.map((r) => r.id)).toEqual([late])
  })

  it('comes to its end with what was there when it began, however much is written meanwhile', async () => {
    await start({ searchPerSecond: 1000, tenSecondLimit: 1000 }, { searchesPerSecond: 1000 })
    const ids = await seedCompanies(9_400, rig.nowMs() - 3_600_000)
    const connector = rig.connect()
    const first = await connector.changes({ object: 'companies', cursor: null, from: null, fields: ['name'] }, ctx())
    await rig.tick(60_000)
    const late = await seedCompanies(300)
    await rig.tick(60_000)
    const rest = await readAll(connector, 'companies', ['name'], first.cursor)
    expect(new Set([...first.records, ...rest.records].map((r) => r.id))).toEqual(new Set(ids))
    const next = await readAll(connector, 'companies', ['name'], rest.cursor)
    expect(new Set(next.records.map((r) => r.id))).toEqual(new Set(late))
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

  it.each(['all', 'last'])(
    'follows a merge of what was merged before, when the record names %s of its old ids',
    async (mergedIds_) => {
      await start({ mergedIds: mergedIds_ })
      const connector = rig.connect()
      for (const type of ['companies', 'contacts', 'deals']) {
        const fields: Record<string, Record<string, string>> = {
          companies: { name: 'C', type: 'PARTNER' },
          contacts: { lastname: 'P' },
          deals: { dealname: 'D', dealstage: 'closedwon', pipeline: 'default' },
        }
        const properties = fields[type] ?? {}
        const create = ['a', 'b', 'c', 'd'].map((ref) => ({ type, properties, ref }))
        const partner = { type: 'companies', properties: { name: 'Partner', type: 'PARTNER' }, ref: 'partner' }
        const associate = create.map(({ ref }) => ({
          from: { type, id: ref },
          to: { type: 'companies', id: 'partner' },
          label: 'Primary',
        }))
        const isContact = type === 'contacts'
        const document = { create: isContact ? [...create, partner] : create, associate: isContact ? associate : [] }
        const [a = '', b = '', c = '', d = ''] = seeded.parse(await rig.sandbox.control.seed(document)).created
        const first = await readAll(connector, type, [])
        const merge = async (primary: string, other: string) =>
          mergedIds.parse(await rig.sandbox.control.seed({ merge: [{ type, primary, other }] })).merged[0] ?? ''
        const middle = await merge(a, b)
        const side = await merge(c, d)
        const heir = await merge(middle, side)
        const { records } = await readAll(connector, type, [], first.cursor)
        const told = new Map(records.map((r) => [r.id, r.mergedInto]))
        const named = mergedIds_ === 'all' ? [a, b, c, d, middle, side] : [middle, side]
        expect(told.get(heir)).toBeNull()
        for (const id of named) expect(told.get(id)).toBe(heir)
        const reads = await connector.read(
          [a, b, c, d, middle, side].map((value) => ({ object: type, by: 'id', value })),
          [],
          ctx(),
        )
        expect(reads.map((r) => (r.status === 'found' ? r.record.mergedInto : r.status))).toEqual(Array(6).fill(heir))
      }
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

async function requests(route: string): Promise<number> {
  return (await rig.sandbox.control.requests.counts()).byRoute[route]?.total ?? 0
}

async function statuses(route: string): Promise<string[]> {
  return Object.keys((await rig.sandbox.control.requests.counts()).byRoute[route]?.byStatus ?? {})
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programme, registration, startPortal, type Portal } from './testing.ts'

let portal: Portal
beforeEach(async () => {
  portal = await startPortal()
  await portal.control.seed(programme)
  await portal.control.clock.set(1_800_000_000_000)
})
afterEach(() => portal.close())

const seedDeals = (count: number) =>
  portal.control.seed({
    deals: Array.from({ length: count }, (_, index) => registration(`D${index}`, { key: `deal_${index}` })),
  })
const keys = async (path: string) => (await portal.page(path)).items.map(({ key }) => key)

describe('a list', () => {
  it('gives 10 by default and 250 at most', async () => {
    await seedDeals(260)
    expect((await portal.page('/deals')).items).toHaveLength(10)
    expect((await portal.page('/deals?limit=1000')).items).toHaveLength(250)
    await portal.control.switches.set({ limitAboveCap: 'reject' })
    expect((await portal.call('GET', '/deals?limit=251')).status).toBe(400)
    expect((await portal.call('GET', '/deals?limit=0')).status).toBe(400)
  })

  it('goes newest first, and through records of one instant without losing any', async () => {
    await seedDeals(5)
    expect(await keys('/deals')).toEqual(['deal_4', 'deal_3', 'deal_2', 'deal_1', 'deal_0'])
    expect(await portal.page('/deals?limit=2')).toMatchObject({ has_more: true })
    expect(await keys('/deals?limit=2&starting_after=deal_3')).toEqual(['deal_2', 'deal_1'])
    expect(await portal.page('/deals?limit=2&starting_after=deal_2')).toMatchObject({ has_more: false })
    expect(await keys('/deals?limit=2&ending_before=deal_0')).toEqual(['deal_2', 'deal_1'])
  })

  it('has no more after a last page that is exactly full', async () => {
    await seedDeals(4)
    expect(await portal.page('/deals?limit=2&starting_after=deal_2')).toMatchObject({
      has_more: false,
      items: [{ key: 'deal_1' }, { key: 'deal_0' }],
    })
  })

  it('keeps its place when the cursor’s record is archived meanwhile', async () => {
    await seedDeals(4)
    await portal.record('DELETE', '/deals/deal_2')
    expect(await keys('/deals?limit=2&starting_after=deal_2')).toEqual(['deal_1', 'deal_0'])
  })

  it('refuses both cursors, and an unknown one with the status of the switch', async () => {
    await seedDeals(1)
    expect((await portal.call('GET', '/deals?starting_after=deal_0&ending_before=deal_0')).status).toBe(400)
    expect((await portal.call('GET', '/deals?starting_after=no')).status).toBe(404)
    await portal.control.switches.set({ unknownCursorStatus: 400 })
    expect((await portal.call('GET', '/deals?starting_after=no')).status).toBe(400)
  })

  it('filters by instants in milliseconds, bounds included', async () => {
    await seedDeals(1)
    await portal.control.clock.advance(1000)
    await portal.record('PATCH', '/deals/deal_0', { amount: 1 })
    expect(await keys('/deals?min_created=1800000000000&max_created=1800000000000')).toEqual(['deal_0'])
    expect(await keys('/deals?min_updated=1800000001000')).toEqual(['deal_0'])
    expect(await keys('/deals?min_updated=1800000001001')).toEqual([])
    expect(await keys('/deals?max_updated=1800000000999')).toEqual([])
    expect((await portal.call('GET', '/deals?min_updated=yesterday')).status).toBe(400)
  })

  it('filters deals by group name and by partner', async () => {
    await seedDeals(1)
    expect(await keys('/deals?group=resellers')).toEqual(['deal_0'])
    expect(await keys('/deals?group=affiliates')).toEqual([])
    expect(await keys('/deals?partner_key=bright')).toEqual(['deal_0'])
    expect(await keys('/deals?partner_key=link')).toEqual([])
  })

  it('shows new records after the lag, and reads by key after theirs', async () => {
    await portal.control.switches.set({ listLagMs: 5000, readLagMs: 1000 })
    await seedDeals(1)
    expect(await keys('/deals')).toEqual([])
    expect((await portal.call('GET', '/deals/deal_0')).status).toBe(404)
    await portal.control.clock.advance(1000)
    expect((await portal.call('GET', '/deals/deal_0')).status).toBe(200)
    expect(await keys('/deals')).toEqual([])
    await portal.control.clock.advance(4000)
    expect(await keys('/deals')).toEqual(['deal_0'])
  })

  it('orders partnerships by what is asked', async () => {
    await portal.control.clock.advance(1000)
    await portal.record('PATCH', '/partnerships/part_bright', { manager_email: 'pam@vendor.example' })
    expect(await keys('/partnerships?order_by=-updated_at')).toEqual(['part_bright', 'part_link'])
    expect(await keys('/partnerships?order_by=updated_at')).toEqual(['part_link', 'part_bright'])
    expect((await portal.call('GET', '/partnerships?order_by=email')).status).toBe(400)
  })
})

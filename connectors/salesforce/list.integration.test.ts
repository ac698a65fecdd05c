/** Lists of everything, searches by content, and marked records to the bin. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ListPage } from '../contract.ts'
import { deal, seed } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

/** Every page, until the list is whole. */
async function all(pageSize: number, between: (page: number) => Promise<void> = () => Promise.resolve()) {
  const connector = org.connectWith({ settings: { pageSize } })
  const ids: string[] = []
  const totals: (number | null)[] = []
  let cursor: string | null = null
  for (let page = 0; page < 100; page += 1) {
    const next: ListPage | undefined = await connector.list?.(
      { object: 'Opportunity', cursor, fields: ['Name'] },
      ctx(),
    )
    if (next === undefined) throw new Error('no list')
    ids.push(...next.records.map(({ id }) => id))
    totals.push(next.total)
    if (next.cursor === null) return { ids, totals }
    cursor = next.cursor
    await between(page)
  }
  throw new Error('the list does not end')
}

describe('list', () => {
  it.each(['as-asked', 'smaller'])(
    'gives every live record once, and how many there are: pages %s',
    async (queryPage) => {
      await org.sandbox.control.switches.set({ queryPage })
      const { opportunities } = await seed(org, { opportunities: Array.from({ length: 33 }, () => deal) })
      await seed(org, { delete: [{ object: 'Opportunity', id: opportunities[4] }] })
      const { ids, totals } = await all(11)
      expect(ids.toSorted()).toEqual(opportunities.filter((_, n) => n !== 4).toSorted())
      expect(totals[0]).toBe(32)
      const routes = org.exchanges.filter((e) => e.effect !== 'token').map((e) => e.route)
      expect(routes[0]).toBe('POST /composite')
      expect(new Set(routes.slice(1))).toEqual(new Set(['GET /query']))
    },
  )

  it('skips nothing and repeats nothing while records are edited and deleted', async () => {
    const { opportunities } = await seed(org, { opportunities: Array.from({ length: 30 }, () => deal) })
    const { ids } = await all(10, async (page) => {
      await seed(org, {
        edit: opportunities.slice(0, 25).map((id) => ({ object: 'Opportunity', id, fields: { Name: 'Edited' } })),
        delete: page === 0 ? [{ object: 'Opportunity', id: opportunities[29] }] : [],
      })
    })
    expect(ids).toEqual(opportunities.slice(0, 29))
  })

  it('knows that an empty list is whole', async () => {
    expect(await all(10)).toEqual({ ids: [], totals: [0] })
  })

  it('says what is missing when a field is not there', async () => {
    await expect(
      org.connector.list?.({ object: 'Opportunity', cursor: null, fields: ['Nope__c'] }, ctx()),
    ).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_SCOPE' } })
  })
})

const find = (any: Record<string, string[]>, limit = 50, object = 'Account') =>
  org.connector.find?.({ object, any, fields: ['Name'], limit }, ctx()).then((found) => found.map((r) => r.fields.Name))

describe('find', () => {
  it('finds what holds one of the values in one of the fields', async () => {
    await seed(org, {
      accounts: [
        { Name: 'By host', Website: 'hafen.example' },
        { Name: 'By address', Website: 'https://www.hafen.example/' },
        { Name: 'Elsewhere', Website: 'other.example' },
        { Name: "O'Brien \\ Sons" },
        { Name: 'Deleted', Website: 'hafen.example' },
      ],
    })
    const { accounts } = await seed(org, { accounts: [{ Name: 'Gone', Website: 'hafen.example' }] })
    await seed(org, { delete: [{ object: 'Account', id: accounts[0] }] })
    expect(await find({ Website: ['hafen.example'], Name: ["o'brien \\ sons"] })).toEqual([
      'By host',
      'By address',
      "O'Brien \\ Sons",
      'Deleted',
    ])
    expect(await find({ Website: ['hafen.example'] }, 2)).toEqual(['By host', 'By address'])
  })

  it.each([String.raw`\' OR Name != '`, "x' OR Name != 'x", '%', '_'])('is not misled by %j', async (value) => {
    await seed(org, { accounts: [{ Name: 'A' }] })
    expect(await find({ Name: [value] })).toEqual([])
  })

  it('finds nothing by nothing, and takes more values than fit into an address', async () => {
    await seed(org, { accounts: Array.from({ length: 3 }, (_, n) => ({ Name: `Account ${String(n * 1000)}` })) })
    expect(await find({})).toEqual([])
    const names = Array.from({ length: 2500 }, (_, n) => `Account ${String(n)}`)
    expect((await find({ Name: names }))?.length).toBe(3)
  })
})

describe('remove', () => {
  it('puts records into the bin, and is content with what is gone', async () => {
    const { opportunities } = await seed(org, { opportunities: Array.from({ length: 250 }, () => deal) })
    expect(await org.connector.remove?.('Opportunity', opportunities, ctx())).toEqual([])
    expect(await org.connector.remove?.('Opportunity', opportunities.slice(0, 3), ctx())).toEqual([])
    expect((await all(2000)).ids).toEqual([])
  })

  it('tells what could not be removed', async () => {
    const { opportunities } = await seed(org, { opportunities: [deal, deal] })
    await seed(org, { lock: [opportunities[0]] })
    expect(await org.connector.remove?.('Opportunity', opportunities, ctx())).toMatchObject([
      { code: 'CW_VENDOR_LOCKED' },
    ])
  })
})

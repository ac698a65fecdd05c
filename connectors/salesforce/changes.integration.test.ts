/** Reading: what changed, and records by id and key. */
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Page } from '../contract.ts'
import { changes, deal, seed, write } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

describe('changes', () => {
  it('reads page by page, in the order of change, without a locator', async () => {
    await seed(org, { opportunities: Array.from({ length: 25 }, () => deal) })
    const connector = org.connectWith({ settings: { pageSize: 10 } })
    const seen: string[] = []
    let cursor: string | null = null
    for (let more = true; more;) {
      const page = await connector.changes({ object: 'Opportunity', cursor, from: null, fields: ['Name'] }, ctx())
      seen.push(...page.records.map((r) => r.id))
      ;({ cursor, more } = page)
    }
    expect([seen.length, new Set(seen).size]).toEqual([25, 25])
    expect((await org.sandbox.control.requests.list()).map((r) => r.route)).not.toContain(
      'GET /services/data/:version/queryAll/:locator',
    )
  })

  it('loses nothing that is written in the second of a page, and is soon quiet', async () => {
    await org.sandbox.control.clock.set('2026-11-23T10:00:00.200Z')
    await org.connector.write([write(1, {})], ctx())
    const first = await changes(org)
    await org.sandbox.control.clock.set('2026-11-23T10:00:00.900Z')
    await org.connector.write([write(2, {}), write(1, { Name: 'Edited' })], ctx())
    const second = await changes(org, first.cursor)
    expect(new Set(second.records.map((r) => r.fields.Name))).toEqual(new Set(['Deal 2', 'Edited']))
    await org.sandbox.control.clock.advance(10_000)
    const third = await changes(org, second.cursor)
    const fourth = await changes(org, third.cursor)
    expect([third.records.length, fourth.records.length]).toEqual([2, 0])
    expect(fourth.coveredThrough).toBe('2026-11-23T10:00:05.000Z')
  })

  it('says who was deleted, and into whom a record was merged', async () => {
    const { accounts } = await seed(org, { accounts: [{ Name: 'Winner' }, { Name: 'Loser' }, { Name: 'Gone' }] })
    const [master, loser, gone] = accounts
    const start = await changes(org, null, 'Account')
    await seed(org, {
      merge: [{ object: 'Account', master, losers: [loser] }],
      delete: [{ object: 'Account', id: gone }],
    })
    const { records } = await changes(org, start.cursor, 'Account')
    expect(records).toContainEqual(expect.objectContaining({ id: loser, deleted: true, mergedInto: master }))
    expect(records).toContainEqual(expect.objectContaining({ id: gone, deleted: true, mergedInto: null }))
  })

  it.each(['as-asked', 'smaller'])(
    'reads thousands of records of one stamp, each once: pages %s',
    async (queryPage) => {
      await org.sandbox.control.switches.set({ queryPage })
      await org.sandbox.control.clock.set('2026-11-23T10:00:00.000Z')
      const count = queryPage === 'smaller' ? 700 : 5000
      const { opportunities } = await seed(org, { opportunities: Array.from({ length: count }, () => deal) })
      await org.sandbox.control.clock.advance(60_000)
      const connector = org.connectWith({ settings: { pageSize: 777 } })
      const seen: string[] = []
      let cursor: string | null = null
      for (let more = true; more;) {
        const page = await connector.changes({ object: 'Opportunity', cursor, from: null, fields: ['Name'] }, ctx())
        seen.push(...page.records.map((r) => r.id))
        ;({ cursor, more } = page)
      }
      expect(seen).toHaveLength(count)
      expect(new Set(seen)).toEqual(new Set(opportunities))
      // All are settled: the next round reads none of them again.
      const next = await connector.changes({ object: 'Opportunity', cursor, from: null, fields: ['Name'] }, ctx())
      expect(next).toMatchObject({ records: [], more: false })
    },
  )

  it('loses no edit, whenever it falls among pages, stamps and rounds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.record({ who: fc.nat(11), afterMs: fc.constantFrom(0, 1, 400, 1000, 7000) }), { maxLength: 12 }),
        async (pageSize, edits) => {
          await org.sandbox.control.reset()
          await org.sandbox.control.clock.set('2026-11-23T10:00:00.000Z')
          const { opportunities } = await seed(org, { opportunities: Array.from({ length: 12 }, () => deal) })
          const connector = org.connectWith({ settings: { pageSize } })
          const names = new Map<string, unknown>()
          let cursor: string | null = null
          const page = async () => {
            const read: Page = await connector.changes(
              { object: 'Opportunity', cursor, from: null, fields: ['Name'] },
              ctx(),
            )
            for (const record of read.records) names.set(record.id, record.fields.Name)
            cursor = read.cursor
            return read.more
          }
          const wanted = new Map(opportunities.map((id) => [id, 'Seeded']))
          for (const [n, { who, afterMs }] of edits.entries()) {
            const id = opportunities[who] ?? ''
            await org.sandbox.control.clock.advance(afterMs)
            await seed(org, { edit: [{ object: 'Opportunity', id, fields: { Name: `Edit ${String(n)}` } }] })
            wanted.set(id, `Edit ${String(n)}`)
            await page()
          }
          for (let rounds = 0; rounds < 3; rounds += 1) {
            while (await page());
            await org.sandbox.control.clock.advance(10_000)
          }
          expect(names).toEqual(wanted)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('names the next of a chain of merges, each with its own winner', async () => {
    const { accounts } = await seed(org, { accounts: [{ Name: 'A' }, { Name: 'B' }, { Name: 'C' }] })
    const [a, b, c] = accounts
    await seed(org, { merge: [{ object: 'Account', master: b, losers: [a] }] })
    await seed(org, { merge: [{ object: 'Account', master: c, losers: [b] }] })
    const { records } = await changes(org, null, 'Account')
    expect(new Set(records.map(({ id, deleted, mergedInto }) => JSON.stringify([id, deleted, mergedInto])))).toEqual(
      new Set(
        [
          [a, true, b],
          [b, true, c],
          [c, false, null],
        ].map((one) => JSON.stringify(one)),
      ),
    )
    const reads = await org.connector.read([{ object: 'Account', by: 'id', value: a?.slice(0, 15) ?? '' }], [], ctx())
    expect(reads).toMatchObject([{ status: 'found', record: { id: a, deleted: true, mergedInto: b } }])
  })

  it.each([
    ['Closed Won', 'won'],
    ['Closed Lost', 'lost'],
    ['Prospecting', 'open'],
  ])('calls the stage %s %s', async (StageName, status) => {
    await seed(org, { opportunities: [{ ...deal, StageName }] })
    expect((await changes(org, null, 'Opportunity', ['StageStatus'])).records).toMatchObject([
      { fields: { StageStatus: status } },
    ])
  })

  it('starts where it is told', async () => {
    await org.sandbox.control.clock.set('2026-11-20T10:00:00Z')
    await seed(org, { opportunities: [deal] })
    await org.sandbox.control.clock.set('2026-11-23T10:00:00Z')
    const { opportunities } = await seed(org, { opportunities: [deal] })
    const page = await org.connector.changes(
      { object: 'Opportunity', cursor: null, from: '2026-11-22T00:00:00.000Z', fields: [] },
      ctx(),
    )
    expect(page.records.map((r) => r.id)).toEqual(opportunities)
  })
})

describe('read', () => {
  it('takes JSON of another shape for no answer, and a field that is not there for a missing permission', async () => {
    await expect(changes(org, null, 'Opportunity', ['Nope__c'])).rejects.toMatchObject({
      fault: { code: 'CW_VENDOR_SCOPE', scope: 'connection' },
    })
    await expect(changes(org, null, 'Opportunity', ['Name FROM User'])).rejects.toMatchObject({
      fault: { code: 'CW_CONFIG_INVALID' },
    })
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'status', status: 200, body: [] })
    await expect(changes(org)).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_ANSWER' }, effect: 'no' })
  })

  it('finds by both forms of the id and by key, deleted ones as deleted, in the order asked', async () => {
    const { opportunities } = await seed(org, {
      opportunities: [
        { ...deal, Causeway_Id__c: 'A' },
        { ...deal, Causeway_Id__c: 'b' },
      ],
    })
    const [a = '', b = ''] = opportunities
    await seed(org, { delete: [{ object: 'Opportunity', id: b }] })
    const reads = await org.connector.read(
      [
        { object: 'Opportunity', by: 'key', value: 'a' },
        { object: 'Opportunity', by: 'id', value: b },
        { object: 'Opportunity', by: 'id', value: a.slice(0, 15) },
        { object: 'Opportunity', by: 'id', value: 'no id' },
      ],
      ['Name'],
      ctx(),
    )
    expect(reads).toMatchObject([
      { record: { id: a } },
      { record: { id: b, deleted: true } },
      { record: { id: a } },
      { status: 'absent' },
    ])
  })
})

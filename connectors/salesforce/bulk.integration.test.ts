/** Very many writes at once go as bulk jobs; every record has a true outcome. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Outcome, Write } from '../contract.ts'
import { idOf, write } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

const many = (count: number, of: (n: number) => Write = (n) => write(n, {})): Write[] =>
  Array.from({ length: count }, (_, n) => of(n))
const counts = (outcomes: Outcome[]): Record<string, number> => {
  const found: Record<string, number> = {}
  for (const { status } of outcomes) found[status] = (found[status] ?? 0) + 1
  return found
}
const routes = (): string[] => org.exchanges.filter((e) => e.effect !== 'token').map((e) => e.route)
const stateSchema = z.object({
  objects: z.object({
    Opportunity: z.array(z.looseObject({ Id: z.string(), Name: z.string(), NextStep: z.string().nullish() })),
  }),
})
const deals = async () => stateSchema.parse(await org.sandbox.control.state()).objects.Opportunity

describe('a bulk job', () => {
  it('writes 2,500 deals with few requests, whatever stands in their names', async () => {
    const hostile = ['a,b', '"quoted"', 'line\nbreak', "O'Brien; Sons", '=1+1', 'ключ 😀']
    const batch = many(2500, (n) =>
      write(n, { Name: hostile[n % hostile.length] ?? '', Amount: '1234567890123456.78' }),
    )
    const outcomes = await org.connector.write(batch, ctx())
    expect(counts(outcomes)).toEqual({ done: 2500 })
    expect(outcomes.map(({ ref }) => ref)).toEqual(batch.map(({ ref }) => ref))
    expect(routes()).not.toContain('POST /composite')
    expect(routes().length).toBeLessThan(15)
    const [read] = await org.connector.read(
      [{ object: 'Opportunity', by: 'key', value: 'deal-7' }],
      ['Name', 'Amount'],
      ctx(),
    )
    expect(read).toMatchObject({
      status: 'found',
      record: { id: idOf(outcomes[7]), fields: { Name: '"quoted"', Amount: '1234567890123456.78' } },
    })
  })

  it('says what is wrong with each record that is refused, and writes the others', async () => {
    const batch = many(2100, (n) => write(n, { Partner_Source__c: n % 1000 === 3 ? 'Nowhere' : 'Direct' }))
    const outcomes = await org.connector.write(batch, ctx())
    expect(counts(outcomes)).toEqual({ done: 2097, rejected: 3 })
    expect(outcomes[1003]).toMatchObject({
      status: 'rejected',
      fault: {
        code: 'CW_RECORD_INVALID',
        vendorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
        fields: ['Partner_Source__c'],
      },
    })
  })

  it('leaves a field alone that a record does not name, and empties one that is null', async () => {
    await org.connector.write(
      many(2100, (n) => write(n, { NextStep: 'call', Description: 'kept' })),
      ctx(),
    )
    const rows = await deals()
    const ids = new Map(rows.map((row) => [row.Name, row.Id]))
    const update = (n: number): Write =>
      write(n, {}, { mode: 'update', id: ids.get(`Deal ${String(n)}`) ?? null, key: null })
    const batch = many(2100, (n) => ({
      ...update(n),
      fields: n % 2 === 0 ? { Description: 'new' } : { NextStep: null },
    }))
    expect(counts(await org.connector.write(batch, ctx()))).toEqual({ done: 2100 })
    const after = await deals()
    const byName = new Map(after.map((row) => [row.Name, row]))
    expect(byName.get('Deal 2')).toMatchObject({ NextStep: 'call', Description: 'new' })
    expect(byName.get('Deal 3')).toMatchObject({ NextStep: null, Description: 'kept' })
  })

  it('sends what is too little for a job, or cannot be said in CSV, by collections', async () => {
    const batch = many(2200, (n) =>
      write(n, n === 5 ? { NextStep: '#N/A' } : n % 100 === 0 ? { Description: 'some' } : {}),
    )
    expect(counts(await org.connector.write(batch, ctx()))).toEqual({ done: 2200 })
    expect(routes().filter((route) => route === 'POST /composite')).toHaveLength(1)
    expect((await deals()).find(({ Name }) => Name === 'Deal 5')?.NextStep).toBe('#N/A')
  })

  it.each(['always', 'needed'])('reads results that quote %s', async (bulkQuotes) => {
    await org.sandbox.control.switches.set({ bulkQuotes })
    const outcomes = await org.connector.write(
      many(2001, (n) => write(n, { Name: `a, "b" ${String(n)}` })),
      ctx(),
    )
    expect(counts(outcomes)).toEqual({ done: 2001 })
  })

  it('creates only: a key that is taken is refused', async () => {
    const create = many(2001, (n) => write(n, {}, { mode: 'create' }))
    expect(counts(await org.connector.write(create, ctx()))).toEqual({ done: 2001 })
    const again = await org.connector.write(create, ctx())
    expect(counts(again)).toEqual({ rejected: 2001 })
    expect(again[0]).toMatchObject({ fault: { code: 'CW_RECORD_DUPLICATE' } })
    expect(await deals()).toHaveLength(2001)
  })
})

describe('a bulk job on a bad day', () => {
  it('has records that it never came to tried again, and the others done', async () => {
    await org.sandbox.control.switches.set({ bulkEnd: 'half' })
    const outcomes = await org.connector.write(many(2100), ctx())
    expect(counts(outcomes)).toEqual({ done: 1050, retry: 1050 })
    expect(await deals()).toHaveLength(1050)
  })

  it('is nothing done when it fails before the first record', async () => {
    await org.sandbox.control.switches.set({ bulkEnd: 'failed' })
    const outcomes = await org.connector.write(many(2100), ctx())
    expect(counts(outcomes)).toEqual({ retry: 2100 })
    expect(outcomes[0]).toMatchObject({ fault: { code: 'CW_VENDOR_UNAVAILABLE', scope: 'batch' } })
  })

  it.each([
    ['opened', 'POST *jobs/ingest'],
    ['uploaded', 'PUT *batches'],
  ])('is proven not done when it cannot be %s', async (_, route) => {
    await org.connector.check(ctx())
    await org.sandbox.control.faults.add({ route, kind: 'reset-mid-body', when: 'after' })
    expect(counts(await org.connector.write(many(2100), ctx()))).toEqual({ retry: 2100 })
    expect(await deals()).toEqual([])
  })

  it('is followed when nobody knows whether it was closed', async () => {
    await org.connector.check(ctx())
    await org.sandbox.control.faults.add({ route: 'PATCH *jobs/ingest*', kind: 'reset-before-headers', when: 'after' })
    expect(counts(await org.connector.write(many(2100), ctx()))).toEqual({ done: 2100 })
  })

  it('is unclear when its results cannot be read, and settled by its keys', async () => {
    await org.connector.check(ctx())
    await org.sandbox.control.faults.add({
      route: 'GET *successfulResults',
      kind: 'html',
      status: 200,
      times: 'always',
    })
    const batch = many(2100)
    expect(counts(await org.connector.write(batch, ctx()))).toEqual({ unclear: 2100 })
    await org.sandbox.control.faults.clear()
    expect(counts(await org.connector.write(batch, ctx()))).toEqual({ done: 2100 })
    expect(await deals()).toHaveLength(2100)
  })

  it('is unclear and ended at the org when its caller gives up', async () => {
    await org.sandbox.control.switches.set({ bulkMs: 600_000 })
    await org.connector.check(ctx())
    const caller = new AbortController()
    setTimeout(() => caller.abort(), 700)
    const outcomes = await org.connector.write(many(2100), { ...ctx(), signal: caller.signal })
    expect(counts(outcomes)).toEqual({ unclear: 2100 })
    const { jobs } = z
      .object({ jobs: z.array(z.object({ state: z.string() })) })
      .parse(await org.sandbox.control.state())
    expect(jobs.map(({ state }) => state)).toEqual(['Aborted'])
    expect(await deals()).toEqual([])
  })
})

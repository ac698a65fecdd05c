/** What certify would find out, with the sandbox's switches in both positions; whatever was made is archived again. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import type { Finding } from '../contract.ts'
import { ctx, startRig } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
afterEach(async () => {
  await rig.close()
})

/** What was tried, by its name. */
async function answers(switches: SwitchSet, names?: string[]) {
  rig = await startRig({ searchPerSecond: 1000, ...switches }, { searchesPerSecond: 1000 })
  const found = new Map<string, Finding>()
  for (const probe of rig.connect().probes ?? [])
    if (names === undefined || names.includes(probe.name)) found.set(probe.name, await probe.run(ctx()))
  return new Map([...found].filter(([, { isTried }]) => isTried !== false))
}

const rows = z.record(z.string(), z.array(z.looseObject({ archived: z.boolean().optional() })))
async function live(): Promise<number> {
  const { companies = [], deals = [] } = rows.parse(await rig.sandbox.control.state())
  return [...companies, ...deals].filter((row) => row.archived === false).length
}

describe('probes', () => {
  it('find the documented positions, and clean up', async () => {
    const found = await answers({})
    expect(found.get('search-lag')?.answer).toMatch(/^\d+ ms this time$/)
    found.delete('search-lag')
    expect(Object.fromEntries([...found].map(([name, { answer }]) => [name, answer]))).toEqual({
      'missing-in-batch-read': 'a 207 with errors',
      'key-case': 'without case',
      'trace-ids': 'no',
      'write-answers': 'those that were written, and the system’s',
      'no-op-writes': 'yes',
      'links-touch': 'no',
      'first-company': 'no',
      'merged-ids': 'a new id; it names all old ids',
      'company-domain': 'yes',
      'association-reads': 'at least 1000',
      'association-writes': 'at least 2000',
      'property-history': 'not known: no company tells of a user who changed it last',
      'leads-object': 'yes',
    })
    expect(found.get('association-reads')?.setting).toEqual({ associationReadBatch: 1000 })
    expect(await live()).toBe(0)
    expect(await rig.sandbox.control.unknown()).toEqual([])
  })

  it('find the other positions', async () => {
    const found = await answers({
      missingInBatchRead: 'fewer',
      uniqueIgnoresCase: false,
      echoTraceIds: true,
      writeAnswers: 'all',
      noopWritesTouch: false,
      associationsTouch: true,
      firstCompanyBecomesPrimary: true,
      mergedIds: 'last',
      associationBatchCreate: 100,
      associationBatchRead: 500,
    })
    expect(Object.fromEntries([...found].map(([name, { answer }]) => [name, answer]))).toMatchObject({
      'missing-in-batch-read': 'a 200 with fewer rows',
      'key-case': 'with case',
      'trace-ids': 'yes',
      'write-answers': 'all that have a value',
      'no-op-writes': 'no',
      'links-touch': 'yes',
      'first-company': 'yes',
      'merged-ids': 'a new id; it names those of the last merge',
      'association-reads': 'at least 500',
      'association-writes': 'at least 100',
    })
    expect(found.get('links-touch')?.setting).toEqual({ linksTouch: true })
    expect(await live()).toBe(0)
  })

  it('find that a merge keeps the primary record’s id', async () => {
    const found = await answers({ mergeKeepsPrimary: true }, ['merged-ids'])
    expect(found.get('merged-ids')?.answer).toBe('the primary record’s id; it names all old ids')
    expect(await live()).toBe(0)
  })

  it.each([
    { told: true, propertyDecider: 'history' },
    { told: false, propertyDecider: 'updated-by' },
  ])('find by what people changed whether a history tells its user: $told', async ({ told, propertyDecider }) => {
    rig = await startRig({ historyTellsUser: told })
    await rig.sandbox.control.seed({ create: [{ type: 'companies', properties: { name: 'Helix' } }] })
    const probe = rig.connect().probes?.find(({ name }) => name === 'property-history')
    expect((await probe?.run(ctx()))?.setting).toEqual({ propertyDecider })
  })

  it('measure the lag of search and propose twice of it', async () => {
    const { answer = '', setting } = (await answers({ searchLagMs: 1200 }, ['search-lag'])).get('search-lag') ?? {}
    const ms = Number(/^(\d+) ms/.exec(answer)?.[1])
    expect(ms).toBeGreaterThanOrEqual(1000)
    expect(setting).toEqual({ searchLagMs: Math.ceil((2 * ms) / 1000) * 1000 })
  })

  it('archive what they made also when they fail', async () => {
    rig = await startRig({ searchPerSecond: 1000 }, { searchesPerSecond: 1000 })
    const probe = rig.connect().probes?.find(({ name }) => name === 'first-company')
    await rig.sandbox.control.faults.add({
      route: 'POST */associations/:type/:to/batch/create',
      kind: 'status',
      status: 400,
      body: { category: 'VALIDATION_ERROR' },
    })
    await expect(probe?.run(ctx())).rejects.toMatchObject({ fault: { code: 'CW_RECORD_INVALID' } })
    expect(await live()).toBe(0)
  })
})

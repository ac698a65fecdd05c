import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { faultOf } from '../../connectors/contract.ts'
import { rereadChanges, retryChanges, skipChanges } from '../../src/apply/parked.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type { FieldMapping } from '../../src/mapping/definition.ts'
import { skipWrites } from '../../src/write/parked.ts'
import { crm, field, startBench, type Bench } from '../setup/bench.ts'
import { reconcileAll } from '../setup/reconcile.ts'

let bench: Bench
afterEach(() => bench.close())

const start = async (fields: FieldMapping[]) => {
  bench = await startBench({ alpha: { ...crm, mappings: [{ object: 'accounts', kind: 'account', fields }] } })
  return bench.vendor('alpha')
}
const remap = (fields: FieldMapping[]) =>
  bench.systems.set('alpha', {
    ...bench.system('alpha'),
    mappings: [{ object: 'accounts', kind: 'account', fields }],
  })
const named = [field('name', 'Name', { required: true })]
const parked = () =>
  bench.rows<{ code: string; attempts: number; wait: number | null }>(`
    select code, attempts, round(extract(epoch from retry_at - settled_at) / 60)::int as wait from changes where status = 'parked'`)
const due = (table: string) =>
  bench.rows(`update ${table} set retry_at = now() - interval '1 second' where retry_at is not null`)

describe('a parked change', () => {
  it('is tried again by itself after growing waits, and then left until something changes', async () => {
    const vendor = await start(named)
    const id = vendor.put('accounts', { Name: null })
    await bench.settle()
    const waits: (number | null)[] = []
    for (let times = 1; times <= 12; times += 1) {
      const [change] = await parked()
      expect(change).toMatchObject({ code: 'CW_FIELD_MISSING', attempts: times })
      waits.push(change?.wait ?? null)
      await due('changes')
      await bench.pull('alpha', 'accounts')
    }
    expect(waits).toEqual([10, 60, 360, 1440, 1440, 1440, 1440, 1440, 1440, 1440, 1440, null])
    vendor.edit(id, { Name: 'Acme' })
    await bench.settle()
    expect(await parked()).toEqual([])
    expect(
      await bench.rows(`select retry_at, code from changes where retry_at is not null or code is not null`),
    ).toEqual([])
  })

  it('is read anew with the fields of today’s mapping as soon as the mapping is another', async () => {
    const vendor = await start(named)
    vendor.put('accounts', { Name: null, Title: 'Acme' })
    const fields = vendor.put('accounts', { Name: 'Bolt', Title: 'Bolt' })
    await bench.settle()
    expect(await parked()).toMatchObject([{ code: 'CW_FIELD_MISSING' }])
    remap([field('name', 'Title', { required: true })])
    await bench.pull('alpha', 'accounts')
    await bench.pull('alpha', 'accounts')
    expect(vendor.requests.filter(({ kind }) => kind === 'read').map(({ refs }) => refs)).toEqual([['alpha-1']])
    expect(fields).toBe('alpha-2')
    expect(await bench.rows(`select name from accounts order by name`)).toEqual([{ name: 'Acme' }, { name: 'Bolt' }])
    expect(await parked()).toEqual([])
  })

  it('is read anew when a person asks, whatever the list shows, and judged again', async () => {
    const vendor = await start(named)
    const id = vendor.put('accounts', { Name: null })
    await bench.settle()
    vendor.plant(id, { Name: 'Acme' })
    expect(await rereadChanges(bench.db, { code: 'CW_FIELD_MISSING', connection: 'alpha', object: 'accounts' })).toBe(1)
    await bench.settle()
    expect(await bench.rows(`select name from accounts`)).toEqual([{ name: 'Acme' }])
    expect(await parked()).toEqual([])
  })

  it('is tried again when it is read anew and is the same', async () => {
    const vendor = await start(named)
    vendor.put('accounts', { Name: null })
    await bench.settle()
    const [before] = await bench.rows<{ id: string }>(`select id from changes`)
    await rereadChanges(bench.db, { id: Number(before?.id) })
    await bench.settle()
    expect(await parked()).toMatchObject([{ attempts: 2 }])
    expect(await bench.rows(`select id from changes`)).toEqual([before])
  })

  it('is over when its record is read anew and there is none any more', async () => {
    const vendor = await start(named)
    const id = vendor.put('accounts', { Name: null })
    await bench.settle()
    vendor.vanish(id)
    await rereadChanges(bench.db, { code: 'CW_FIELD_MISSING' })
    await bench.settle()
    expect(await bench.rows(`select status from changes order by id`)).toEqual([
      { status: 'no-op' },
      { status: 'no-op' },
    ])
  })

  it('is skipped by group with a reason, and not taken up again', async () => {
    const vendor = await start(named)
    for (let n = 0; n < 3; n += 1) vendor.put('accounts', { Name: null })
    await bench.settle()
    const group = { code: 'CW_FIELD_MISSING', connection: 'alpha', object: 'accounts' } as const
    expect(await skipChanges(bench.db, { ...group, object: 'deals' }, { reason: 'x', by: 'Anna' })).toBe(0)
    expect(await skipChanges(bench.db, group, { reason: 'Test records', by: 'Anna' })).toBe(3)
    await bench.settle()
    expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
    expect(
      await bench.rows(`select distinct status, code, detail -> 'skipped' as skipped, retry_at from changes`),
    ).toEqual([
      {
        status: 'no-op',
        code: 'CW_SKIPPED',
        skipped: { reason: 'Test records', by: 'Anna', code: 'CW_FIELD_MISSING' },
        retry_at: null,
      },
    ])
  })

  it('waits for a person where trying again would overrule somebody', async () => {
    const vendor = await start(named)
    vendor.put('accounts', { Name: null })
    await bench.settle()
    await bench.rows(`update changes set code = 'CW_MATCH_PROPOSED', mapping = 'another', retry_at = null`)
    await bench.settle()
    expect(vendor.count('read')).toBe(0)
    expect(await parked()).toMatchObject([{ code: 'CW_MATCH_PROPOSED', attempts: 1 }])
    expect(await retryChanges(bench.db, { code: 'CW_MATCH_PROPOSED' }, 'Anna')).toBe(1)
  })
})

async function refused() {
  const vendor = await start([field('name', 'Name')])
  vendor.refuse = () => faultOf('CW_RECORD_INVALID', 'no such picklist value', { fields: ['Name'] })
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id, values: { name: 'Acme' } }])
    await ensureLinks(tx, [{ connection: 'alpha', object: 'accounts', kind: 'account', recordId: id }])
    await planWrites(tx, [id])
  })
  await bench.settle()
  return vendor
}
const writes = () =>
  bench.rows<{ status: string; code: string | null; parks: number; wait: number | null }>(`
    select status, code, parks, round(extract(epoch from retry_at - updated_at) / 60)::int as wait from writes`)

/** Compares everything, and so asks the vendor for its fields too. */
async function look() {
  await reconcileAll(bench, 'alpha', 'accounts')
  await bench.pull('alpha', 'accounts')
}

describe('a parked write', () => {
  it('is sent again by itself after growing waits, and is clean once it went through', async () => {
    const vendor = await refused()
    expect(await writes()).toEqual([{ status: 'parked', code: 'CW_RECORD_INVALID', parks: 1, wait: 10 }])
    await due('writes')
    expect((await bench.drain('alpha')).waitMs).toBeGreaterThan(3_500_000)
    expect(await writes()).toEqual([{ status: 'parked', code: 'CW_RECORD_INVALID', parks: 2, wait: 60 }])
    vendor.refuse = () => null
    await due('writes')
    await bench.drain('alpha')
    expect(await writes()).toEqual([{ status: 'done', code: null, parks: 0, wait: null }])
    expect(vendor.of('accounts')).toHaveLength(1)
  })

  it('is sent again at once when its mapping is another', async () => {
    const vendor = await refused()
    vendor.refuse = ({ fields }) => ('Title' in fields ? null : faultOf('CW_RECORD_INVALID', 'no'))
    remap([field('name', 'Title')])
    await bench.drain('alpha')
    expect(vendor.of('accounts').map(({ fields }) => fields)).toEqual([{ Title: 'Acme' }])
    expect(await writes()).toMatchObject([{ status: 'done', code: null }])
  })

  it('is sent again at once when the vendor’s fields or picklists are others', async () => {
    const vendor = await refused()
    const name = { name: 'Name', label: 'Name', type: 'picklist', required: true, writable: true, values: ['Bolt'] }
    const others = ['Site', 'Country'].map((path) => ({
      ...name,
      name: path,
      type: 'string',
      required: false,
      values: null,
    }))
    vendor.described = [name, ...others]
    await look()
    expect(await writes()).toMatchObject([{ status: 'parked', wait: 10 }])
    vendor.refuse = () => null
    vendor.described = [{ ...name, values: ['Bolt', 'Acme'] }, ...others]
    await look()
    await bench.drain('alpha')
    expect(await writes()).toMatchObject([{ status: 'done' }])
  })

  it('is never repeated unasked where its outcome is not known', async () => {
    const vendor = await refused()
    await bench.rows(`update writes set code = 'CW_WRITE_UNCLEAR', mapping = 'another', retry_at = null`)
    const before = vendor.count('write')
    expect((await bench.drain('alpha')).waitMs).toBeNull()
    expect(vendor.count('write')).toBe(before)
    const group = { code: 'CW_WRITE_UNCLEAR', connection: 'alpha', object: 'accounts' } as const
    expect(await skipWrites(bench.db, group, { reason: 'Made by hand', by: 'Anna' })).toBe(1)
    expect(await writes()).toMatchObject([{ status: 'done', code: 'CW_SKIPPED' }])
  })
})

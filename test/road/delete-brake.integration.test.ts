import { afterEach, describe, expect, it } from 'vitest'
import { retryChanges } from '../../src/apply/parked.ts'
import type { Deletion } from '../../src/mapping/systems.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { reconcileAll } from '../setup/reconcile.ts'

let bench: Bench
afterEach(() => bench.close())

const start = async (deletion?: Deletion) => {
  bench = await startBench({ alpha: crm })
  if (deletion !== undefined)
    bench.systems.set('alpha', { ...bench.system('alpha'), deletions: { accounts: deletion } })
  return bench.vendor('alpha')
}
const fill = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    bench.vendor('alpha').put('accounts', { Name: `Account ${String(n)}`, Site: `a${String(n)}.com`, Country: 'DE' }),
  )
const gone = async () => (await bench.rows(`select id from links where gone`)).length
const braked = async () =>
  (await bench.rows(`select id from changes where status = 'parked' and code = 'CW_DELETE_BRAKE'`)).length

describe('the brake on mass deletes', () => {
  it('lets twenty pass within an hour and holds the others', async () => {
    const vendor = await start()
    const ids = fill(60)
    await bench.settle()
    for (const id of ids.slice(0, 15)) vendor.erase(id)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([15, 0])
    for (const id of ids.slice(15, 40)) vendor.erase(id)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([20, 20])
    await bench.rows(`update changes set settled_at = settled_at - interval '2 hours' where status = 'applied'`)
    for (const id of ids.slice(40, 45)) vendor.erase(id)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([25, 20])
  })

  it('lets a tenth of what is live pass where there is much', async () => {
    const vendor = await start()
    const ids = fill(400)
    await bench.settle()
    for (const id of ids.slice(0, 100)) vendor.erase(id)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([40, 60])
  })

  it('catches a permission that is taken away, and forgets it when it comes back', async () => {
    const vendor = await start()
    const ids = fill(50)
    await bench.settle()
    const before = ids.map((id) => vendor.one(id))
    for (const id of ids) vendor.vanish(id)
    await reconcileAll(bench, 'alpha', 'accounts')
    expect([await gone(), await braked()]).toEqual([20, 30])
    // The next one tells no more of what waits for a person.
    expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
    for (const held of before) vendor.held.set(held.id, held)
    const found = await reconcileAll(bench, 'alpha', 'accounts')
    expect(found.map(({ kind, repaired }) => [kind, repaired])).toEqual(
      Array.from({ length: 20 }, () => ['unknown-here', true]),
    )
    expect([await gone(), await braked()]).toEqual([0, 0])
    expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
  })

  it('lets pass what a person confirms, one or all of a group, and counts those as no mass', async () => {
    const vendor = await start()
    const ids = fill(60)
    await bench.settle()
    for (const id of ids.slice(0, 50)) vendor.erase(id)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([20, 30])
    const [one] = await bench.rows<{ id: string }>(`select id from changes where status = 'parked' limit 1`)
    expect(await retryChanges(bench.db, { id: Number(one?.id) }, 'Anna')).toBe(1)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([21, 29])
    const group = { code: 'CW_DELETE_BRAKE', connection: 'alpha', object: 'accounts' } as const
    expect(await retryChanges(bench.db, { ...group, object: 'deals' }, 'Anna')).toBe(0)
    expect(await retryChanges(bench.db, group, 'Anna')).toBe(29)
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([50, 0])
    expect(await bench.rows(`select distinct confirmed_by from changes where confirmed_by is not null`)).toEqual([
      { confirmed_by: 'Anna' },
    ])
    await bench.rows(`update changes set settled_at = settled_at - interval '2 hours' where confirmed_by is null`)
    vendor.erase(ids[55] ?? '')
    await bench.settle()
    expect([await gone(), await braked()]).toEqual([51, 0])
  })
})

describe('what a delete means', () => {
  it('leaves everything as it is where deletes are ignored, and reads nothing by id for it', async () => {
    const vendor = await start('ignore')
    const [id = '', other = ''] = fill(2)
    await bench.settle()
    vendor.erase(id)
    vendor.vanish(other)
    await bench.settle()
    expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
    expect(await gone()).toBe(0)
    expect(vendor.count('read')).toBe(0)
    expect(await bench.rows(`select status, detail from changes where (body ->> 'deleted')::boolean`)).toEqual([
      { status: 'no-op', detail: { why: 'deletions are ignored' } },
    ])
  })

  it('forgets the crosswalk where records are unlinked, keeps our record, and matches one made anew', async () => {
    const vendor = await start('unlink')
    const [id = ''] = fill(1)
    await bench.settle()
    const [before] = await bench.rows<{ id: string }>(`select id from accounts`)
    await bench.rows(
      `insert into writes (link_id, connection, object, desired, status) select id, connection, object, 1, 'done' from links`,
    )
    vendor.erase(id)
    await bench.settle()
    for (const table of ['links', 'shadows', 'aliases', 'writes'])
      expect(await bench.rows(`select 1 from ${table}`)).toEqual([])
    expect(await bench.rows(`select id from accounts`)).toEqual([before])
    const again = vendor.put('accounts', { Name: 'Account 0', Site: 'a0.com', Country: 'AT' })
    await bench.settle()
    expect(await bench.rows(`select record_id as id, external_id from links`)).toEqual([
      { ...before, external_id: again },
    ])
  })

  it('knows a record again that was unlinked and comes back with the version that it had', async () => {
    const vendor = await start('unlink')
    const [id = ''] = fill(1)
    await bench.settle()
    const was = vendor.one(id)
    vendor.erase(id)
    await bench.settle()
    expect(await bench.rows(`select 1 from links`)).toEqual([])
    vendor.held.set(id, was)
    expect(await reconcileAll(bench, 'alpha', 'accounts')).toMatchObject([{ kind: 'unknown-here', repaired: true }])
    expect(await bench.rows(`select external_id, gone from links`)).toEqual([{ external_id: id, gone: false }])
  })

  it('brakes unlinking too', async () => {
    const vendor = await start('unlink')
    const ids = fill(50)
    await bench.settle()
    for (const id of ids) vendor.vanish(id)
    await reconcileAll(bench, 'alpha', 'accounts')
    expect([(await bench.rows(`select 1 from links`)).length, await braked()]).toEqual([30, 30])
  })
})

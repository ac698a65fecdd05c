import { afterEach, describe, expect, it } from 'vitest'
import { ConnectorError, faultOf } from '../../connectors/contract.ts'
import { startRun } from '../../src/db/runs.ts'
import { crm, field, ours, startBench, type Bench, type Side } from '../setup/bench.ts'
import { reconcileAll } from '../setup/reconcile.ts'

let bench: Bench
afterEach(() => bench.close())
const start = async (side: Side = crm) => {
  bench = await startBench({ alpha: side })
  return bench.vendor('alpha')
}
const accounts = () => reconcileAll(bench, 'alpha', 'accounts')
const account = (name: string) => ({ Name: name, Site: `${name.toLowerCase()}.com`, Country: 'DE' })

describe('a reconciliation', () => {
  it('finds nothing where nothing differs, and writes nothing', async () => {
    const vendor = await start()
    for (const name of ['Acme', 'Bolt', 'Core']) vendor.put('accounts', account(name))
    await bench.settle()
    expect(await accounts()).toEqual([])
    expect(vendor.count('read') + vendor.count('write')).toBe(0)
    expect(await bench.rows(`select state, done, total, counts from runs where kind = 'reconcile'`)).toEqual([
      { state: 'done', done: 3, total: 3, counts: { field: 0, 'unknown-here': 0, 'gone-there': 0, behind: 0 } },
    ])
  })

  it('finds an edit that did not touch the modification date, repairs it, and finds it no more', async () => {
    const vendor = await start()
    const id = vendor.put('accounts', account('Acme'))
    vendor.put('accounts', account('Bolt'))
    await bench.settle()
    vendor.plant(id, { Country: 'AT' })
    await bench.settle()
    expect(await bench.rows(`select country from accounts where country = 'AT'`)).toEqual([])
    expect(await accounts()).toEqual([{ kind: 'field', external_id: id, fields: ['Country'], repaired: true }])
    expect(await bench.rows(`select country from accounts where name = 'Acme'`)).toEqual([{ country: 'AT' }])
    expect(await accounts()).toEqual([])
  })

  it('takes an edit for true whose modification date is older than what is known', async () => {
    const vendor = await start()
    const id = vendor.put('accounts', account('Acme'))
    await bench.settle()
    vendor.held.set(id, { ...vendor.one(id), modifiedAt: '2020-01-01T00:00:00.000Z', fields: account('Older') })
    expect(await accounts()).toMatchObject([{ kind: 'field', external_id: id, repaired: true }])
    expect(await bench.rows(`select name from accounts`)).toEqual([{ name: 'Older' }])
    expect(await accounts()).toEqual([])
  })

  it('takes back an edit that took the values of an earlier version', async () => {
    const vendor = await start()
    const id = vendor.put('accounts', account('Acme'))
    await bench.settle()
    const first = vendor.one(id)
    vendor.edit(id, { Name: 'Acme Corp' })
    await bench.settle()
    vendor.held.set(id, first)
    expect(await accounts()).toMatchObject([{ kind: 'field', repaired: true }])
    expect(await bench.rows(`select name from accounts`)).toEqual([{ name: 'Acme' }])
    expect(await accounts()).toEqual([])
  })

  it('finds a delete without an event and marks it; our record stays', async () => {
    const vendor = await start()
    const id = vendor.put('accounts', account('Acme'))
    vendor.put('accounts', account('Bolt'))
    await bench.settle()
    vendor.vanish(id)
    await bench.settle()
    expect(await accounts()).toEqual([{ kind: 'gone-there', external_id: id, fields: [], repaired: true }])
    expect(await bench.rows(`select external_id, gone_at is not null as dated from links where gone`)).toEqual([
      { external_id: id, dated: true },
    ])
    expect(await bench.rows(`select name from accounts order by name`)).toHaveLength(2)
    expect(await accounts()).toEqual([])
  })

  it('finds a record that no list of changes ever told of', async () => {
    const vendor = await start()
    vendor.put('accounts', account('Acme'))
    await bench.settle()
    const id = vendor.slipIn('accounts', account('Bolt'))
    expect(await accounts()).toEqual([{ kind: 'unknown-here', external_id: id, fields: [], repaired: true }])
    expect(await bench.rows(`select name from accounts order by name`)).toEqual([{ name: 'Acme' }, { name: 'Bolt' }])
    expect(await accounts()).toEqual([])
  })

  it('finds a record alive that was taken for deleted', async () => {
    const vendor = await start()
    const id = vendor.put('accounts', account('Acme'))
    await bench.settle()
    const alive = vendor.one(id)
    vendor.erase(id)
    await bench.settle()
    vendor.held.set(id, alive)
    expect(await accounts()).toMatchObject([{ kind: 'unknown-here', external_id: id, repaired: true }])
    expect(await bench.rows(`select gone, gone_at from links`)).toEqual([{ gone: false, gone_at: null }])
    expect(await accounts()).toEqual([])
  })

  it('fills a parked record whose field was mended without a new date', async () => {
    const vendor = await start({
      ...crm,
      mappings: [{ object: 'accounts', kind: 'account', fields: [field('name', 'Name', { required: true })] }],
    })
    const id = vendor.put('accounts', { Name: null })
    await bench.settle()
    expect(await accounts()).toEqual([])
    vendor.plant(id, { Name: 'Acme' })
    expect(await accounts()).toEqual([{ kind: 'field', external_id: id, fields: ['Name'], repaired: true }])
    expect(await bench.rows(`select name from accounts`)).toEqual([{ name: 'Acme' }])
    expect(await bench.rows(`select status from changes where status = 'parked'`)).toEqual([])
  })

  it('sends what a vendor lacks of the ledger although nothing was planned', async () => {
    const vendor = await start({
      ...crm,
      mappings: [
        { object: 'accounts', kind: 'account', fields: [field('name', 'Name'), field('country', 'Country', ours)] },
      ],
    })
    const id = vendor.put('accounts', { Name: 'Acme', Country: null })
    await bench.settle()
    await bench.rows(
      `insert into writes (link_id, connection, object, desired, status) select id, connection, object, 1, 'done' from links`,
    )
    await bench.rows(`update accounts set country = 'DE'`)
    expect(await accounts()).toEqual([{ kind: 'behind', external_id: id, fields: ['Country'], repaired: false }])
    await bench.settle()
    expect(vendor.one(id).fields['Country']).toBe('DE')
    expect(await accounts()).toEqual([])
  })

  it('infers nothing from a walk that breaks off, and goes on where it was', async () => {
    const vendor = await start()
    vendor.pageSize = 2
    const ids = ['Acme', 'Bolt', 'Core', 'Dune', 'Echo', 'Fern'].map((name) => vendor.put('accounts', account(name)))
    await bench.settle()
    vendor.vanish(ids[0] ?? '')
    const asked: (string | null)[] = []
    vendor.onList = (cursor) => {
      asked.push(cursor)
      if (cursor === '4' && asked.length === 3) throw new ConnectorError(faultOf('CW_VENDOR_UNAVAILABLE', 'down'), 'no')
    }
    const { id } = await bench.db.transaction((tx) =>
      startRun(tx, { kind: 'reconcile', connection: 'alpha', object: 'accounts', actor: 'test' }),
    )
    await bench.pull('alpha', 'accounts')
    expect(await bench.rows(`select state, code from runs where kind = 'reconcile'`)).toEqual([
      { state: 'running', code: 'CW_VENDOR_UNAVAILABLE' },
    ])
    expect(await bench.rows(`select id from links where gone`)).toEqual([])
    while ((await bench.pull('alpha', 'accounts')).waitMs === 0);
    expect(asked).toEqual([null, '2', '4', '4'])
    expect(await bench.rows(`select state, code, done from runs where id = '${id}'`)).toEqual([
      { state: 'done', code: null, done: 5 },
    ])
    expect(await bench.rows(`select external_id from links where gone`)).toEqual([{ external_id: ids[0] }])
  })

  it('keeps a page and its place together, so that a worker that dies repeats at most that page', async () => {
    const vendor = await start()
    vendor.pageSize = 1
    for (const name of ['Acme', 'Bolt', 'Core']) vendor.put('accounts', account(name))
    await bench.settle()
    const asked: (string | null)[] = []
    vendor.onList = (cursor) => {
      asked.push(cursor)
      if (asked.length === 2) throw new Error('killed')
    }
    await bench.db.transaction((tx) =>
      startRun(tx, { kind: 'reconcile', connection: 'alpha', object: 'accounts', actor: 'test' }),
    )
    await expect(bench.pull('alpha', 'accounts')).rejects.toThrow('killed')
    while ((await bench.pull('alpha', 'accounts')).waitMs === 0);
    expect(asked).toEqual([null, '1', '1', '2'])
    expect(await bench.rows(`select state, done from runs where kind = 'reconcile'`)).toEqual([
      { state: 'done', done: 3 },
    ])
  })

  it('takes no failure inside an answer for an absence', async () => {
    const vendor = await start()
    const ids = ['Acme', 'Bolt'].map((name) => vendor.put('accounts', account(name)))
    await bench.settle()
    for (const id of ids) vendor.vanish(id)
    vendor.readFault = ({ value }) => (value === ids[0] ? faultOf('CW_VENDOR_ANSWER', 'this one failed') : null)
    expect(await accounts()).toMatchObject([{ kind: 'gone-there', external_id: ids[1] }])
    expect(await bench.rows(`select external_id from links where gone`)).toEqual([{ external_id: ids[1] }])
    vendor.readFault = () => null
    expect(await accounts()).toMatchObject([{ kind: 'gone-there', external_id: ids[0] }])
  })

  it('starts by itself when its time has come, one run at a time', async () => {
    const vendor = await start()
    const id = vendor.put('accounts', account('Acme'))
    bench.systems.set('alpha', { ...bench.system('alpha'), reconcileMs: 3_600_000 })
    await bench.settle()
    expect(
      await bench.rows(
        `select reconcile_at > now() + interval '59 minutes' as later from streams where object = 'accounts'`,
      ),
    ).toEqual([{ later: true }])
    expect(await bench.rows(`select id from runs where kind = 'reconcile'`)).toEqual([])
    vendor.plant(id, { Country: 'AT' })
    await bench.rows(`update streams set reconcile_at = now() - interval '1 second'`)
    await bench.settle()
    expect(await bench.rows(`select object, state, actor from runs where kind = 'reconcile' order by object`)).toEqual([
      { object: 'accounts', state: 'done', actor: 'system' },
      { object: 'deals', state: 'done', actor: 'system' },
    ])
    expect(await bench.rows(`select country from accounts`)).toEqual([{ country: 'AT' }])
  })

  it('reads changes from the beginning where the vendor has no list', async () => {
    const vendor = await start()
    Object.assign(vendor, { list: undefined })
    vendor.pageSize = 2
    const ids = ['Acme', 'Bolt', 'Core'].map((name) => vendor.put('accounts', account(name)))
    await bench.settle()
    vendor.plant(ids[1] ?? '', { Country: 'AT' })
    vendor.vanish(ids[0] ?? '')
    expect(await accounts()).toMatchObject([
      { kind: 'field', external_id: ids[1] },
      { kind: 'gone-there', external_id: ids[0] },
    ])
    expect(await accounts()).toEqual([])
  })
})

/** Parents of accounts: a circle is told to a person, whoever closes it, and everything else goes on. */
import { afterEach, expect, it } from 'vitest'
import { applyPending } from '../../src/apply/apply.ts'
import { storeRecords } from '../../src/intake/store.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { crm, endings, record, recordOf, take } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

const company = (id: string, at: number, Parent: string | null, Site: string | null = null) =>
  record('companies', id, at, { Name: id, Site, Parent })
const told = async (id: string) =>
  (
    await bench.rows<{ ids: string[] }>(
      `select detail -> 'accountIds' as ids from changes where status = 'parked' and external_id = '${id}'`,
    )
  ).flatMap(({ ids }) => ids)

it('parks the change that closes a circle, names the accounts, and applies the rest of the page', async () => {
  bench = await startBench({ alpha: crm })
  await take(bench, 'alpha', [company('a', 1, 'b'), company('b', 1, 'c'), company('x', 1, null), company('c', 1, 'a')])
  expect(await endings(bench)).toEqual(['a applied', 'b applied', 'x applied', 'c parked CW_PARENT_CYCLE'])
  const ids = await Promise.all(['c', 'a', 'b'].map((id) => recordOf(bench, 'alpha', id)))
  expect(await told('c')).toEqual(ids)
  // Broken at the vendor, it goes on by itself.
  await take(bench, 'alpha', [company('c', 2, null)])
  expect((await endings(bench)).filter((end) => end.startsWith('c'))).toEqual(['c no-op', 'c applied'])
  expect(await bench.rows(`select count(*)::int as n from accounts where parent_id is not null`)).toEqual([{ n: 2 }])
})

it('parks an account that is its own parent, new or known', async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  await take(bench, 'alpha', [company('a', 1, 'a', 'acme.com'), company('b', 1, null, 'bolt.com')])
  expect(await endings(bench)).toEqual(['a parked CW_PARENT_CYCLE', 'b applied'])
  // Known here by its domain, and its own parent there.
  await take(bench, 'beta', [company('bb', 2, 'bb', 'bolt.com')])
  expect((await endings(bench)).at(-1)).toBe('bb parked CW_PARENT_CYCLE')
  expect(await recordOf(bench, 'beta', 'bb')).toBe(await recordOf(bench, 'alpha', 'b'))
})

it('sees a circle that pages and CRMs close together', async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  await take(bench, 'alpha', [company('a', 1, null, 'acme.com'), company('b', 1, 'a', 'bolt.com')])
  await take(bench, 'beta', [company('bb', 2, null, 'bolt.com'), company('ba', 2, 'bb', 'acme.com')])
  expect((await endings(bench)).slice(-2)).toEqual(['bb applied', 'ba parked CW_PARENT_CYCLE'])
})

it('lets no two workers close a circle at once', async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  for (let i = 0; i < 10; i += 1) {
    const [one, two] = [`one${String(i)}.com`, `two${String(i)}.com`]
    await take(bench, 'alpha', [company(`a${String(i)}`, 1, null, one), company(`b${String(i)}`, 1, null, two)])
    await take(bench, 'beta', [company(`c${String(i)}`, 1, null, one), company(`d${String(i)}`, 1, null, two)])
    await storeRecords(bench.db, 'alpha', [company(`a${String(i)}`, 2, `b${String(i)}`, one)])
    await storeRecords(bench.db, 'beta', [company(`d${String(i)}`, 2, `c${String(i)}`, two)])
    await Promise.all(
      ['alpha', 'beta'].map((connection) => applyPending(bench.db, bench.systems, connection, 'companies')),
    )
  }
  expect(await bench.rows(`select count(*)::int as n from changes where code = 'CW_PARENT_CYCLE'`)).toEqual([{ n: 10 }])
  expect(
    await bench.rows(
      `select count(*)::int as n from accounts a join accounts b on a.parent_id = b.id and b.parent_id = a.id`,
    ),
  ).toEqual([{ n: 0 }])
})

it('takes a child and its parent in that another CRM knows by its domain, in one page', async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  await take(bench, 'alpha', [company('a', 1, null, 'acme.com')])
  await take(bench, 'beta', [company('child', 1, 'mother'), company('mother', 1, null, 'acme.com')])
  expect(await endings(bench)).toEqual(['a applied', 'child applied', 'mother applied'])
  expect(await bench.rows(`select parent_id::text as id from accounts where name = 'child'`)).toEqual([
    { id: await recordOf(bench, 'alpha', 'a') },
  ])
})

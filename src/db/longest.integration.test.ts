import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { field, startBench, type Bench } from '../../test/setup/bench.ts'
import { insertRecords } from './ledger.ts'
import { longestValues } from './longest.ts'

let bench: Bench
afterEach(() => bench.close())

it('tells how long the longest text of each field is, a field of one’s own among them', async () => {
  bench = await startBench({})
  await bench.db.transaction((tx) =>
    insertRecords(tx, 'account', [
      { id: randomUUID(), values: { name: 'Acme', 'custom.region': 'north' } },
      { id: randomUUID(), values: { name: 'Acme Österreich', 'custom.region': null } },
    ]),
  )
  const fields = [field('name', 'Name'), field('custom.region', 'Region'), field('country', 'Country')]
  const longest = await longestValues(bench.db, [{ object: 'accounts', kind: 'account', fields }])
  expect(Object.fromEntries(longest)).toEqual({
    'account.country': 0,
    'account.custom.region': 5,
    'account.name': 15,
  })
})

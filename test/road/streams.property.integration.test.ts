/** Streams under users who go on working: whatever happens between two pages, nothing is missed, by the live reading or by a back-fill. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBackFills } from '../../src/intake/back-fill-control.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import type { FakeVendor } from '../setup/fake-vendor.ts'

let bench: Bench
let vendor: FakeVendor
beforeAll(async () => {
  bench = await startBench({ alpha: crm })
  vendor = bench.vendor('alpha')
})
afterAll(() => bench.close())

/** What users do between two pages; `at` picks a record among those that there are. */
type Deed = { do: 'edit' | 'erase' | 'restore'; at: number } | { do: 'make'; many: number }
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('erase' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('make' as const), many: fc.integer({ min: 1, max: 60 }) }) },
)

let named = 0
const fields = () => ({ Name: `N${String((named += 1)).padStart(6, '0')}`, Site: null, Country: null })

function perform(one: Deed): void {
  const ids = [...vendor.held.keys()]
  const id = ids['at' in one ? one.at % Math.max(1, ids.length) : 0]
  if (one.do === 'make') for (let i = 0; i < one.many; i += 1) vendor.put('accounts', fields())
  else if (id === undefined) return
  else if (one.do === 'restore') vendor.restore(id)
  else if (vendor.one(id).deleted) return
  else if (one.do === 'edit') vendor.edit(id, fields())
  else vendor.erase(id)
}

async function turn(): Promise<void> {
  for (let waitMs = 0; waitMs === 0;) ({ waitMs } = await bench.pull('alpha', 'accounts'))
}

/** Reads until nothing is left, while deeds are done after each page. */
async function readAmid(deeds: Deed[][]): Promise<void> {
  const left = [...deeds]
  const [changes, list] = [vendor.changes.bind(vendor), vendor.list.bind(vendor)]
  const amid = <T>(page: T): T => {
    for (const one of left.shift() ?? []) perform(one)
    return page
  }
  vendor.changes = async (q) => amid(await changes(q))
  vendor.list = async (q) => amid(await list(q))
  do await turn()
  while (left.length > 0)
  // What was done after the last page is the next poll's.
  await turn()
  Object.assign(vendor, { changes, list })
}

const sorted = (texts: string[]) => texts.toSorted((a, b) => (a < b ? -1 : 1))
async function expectSame(): Promise<void> {
  const here = await bench.rows<{ name: string }>(
    `select a.name from links l join accounts a on a.id = l.record_id where l.connection = 'alpha' and l.object = 'accounts' and not l.gone`,
  )
  expect(sorted(here.map(({ name }) => name))).toEqual(
    sorted(vendor.of('accounts').map((held) => String(held.fields['Name']))),
  )
  expect(await bench.rows(`select status, code from changes where status in ('pending', 'parked')`)).toEqual([])
}

/** The instant of the vendor's last change: its clock stands still there, and never goes back. */
const latest = () =>
  [...vendor.held.values()].reduce((last, held) => (held.modifiedAt > last ? held.modifiedAt : last), '')

const walk = fc.record({
  pageSize: fc.integer({ min: 7, max: 120 }),
  isOneInstant: fc.boolean(),
  made: fc.integer({ min: 0, max: 300 }),
  fills: fc.constantFrom('nothing', 'by list', 'by changes'),
  deeds: fc.array(fc.array(deed, { maxLength: 5 }), { maxLength: 12 }),
})

it('misses nothing that is made, edited, deleted or restored between two pages, thousands of one instant included', async () => {
  vendor.stillAt = '2026-01-01T00:00:00.000Z'
  for (let i = 0; i < 2_500; i += 1) vendor.put('accounts', fields())
  await readAmid([])
  await expectSame()
  await fc.assert(
    fc.asyncProperty(walk, async ({ pageSize, isOneInstant, made, fills, deeds }) => {
      vendor.pageSize = pageSize
      vendor.stillAt = isOneInstant ? latest() : null
      for (let i = 0; i < made; i += 1) vendor.put('accounts', fields())
      if (fills !== 'nothing') {
        const wish = { connection: 'alpha', object: 'accounts', lists: fills === 'by list', from: null }
        await startBackFills(bench.db, [wish], { actor: 'key:1', label: 'Ada' })
      }
      await readAmid(deeds)
      await expectSame()
      expect(await bench.rows(`select state from runs where state not in ('done')`)).toEqual([])
    }),
    { numRuns: 12 },
  )
}, 240_000)

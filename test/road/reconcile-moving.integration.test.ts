/** A vendor that people work in while it is reconciled: whatever they do, nothing is told as drift and nothing is taken for deleted. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import type { FakeVendor } from '../setup/fake-vendor.ts'
import { reconcileAll } from '../setup/reconcile.ts'

let bench: Bench
beforeAll(async () => void (bench = await startBench({ alpha: crm })))
afterAll(() => bench.close())

type Deed = { do: 'put' } | { do: 'edit' | 'erase' | 'restore' | 'plant' | 'vanish'; which: number }

const deed = (...kinds: Exclude<Deed['do'], 'put'>[]) =>
  fc.record({ do: fc.constantFrom(...kinds), which: fc.nat({ max: 30 }) })
const work: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('put' as const) }),
  deed('edit', 'erase', 'restore'),
)

let counter = 0
function act(vendor: FakeVendor, one: Deed): string | null {
  counter += 1
  const fields = { Name: `Name ${String(counter)}`, Site: null, Country: 'DE' }
  if (one.do === 'put') return vendor.put('accounts', fields)
  const ids = [...vendor.held.values()].filter(
    (held) => held.object === 'accounts' && held.deleted === (one.do === 'restore'),
  )
  const id = ids[one.which % Math.max(1, ids.length)]?.id
  if (id === undefined) return null
  switch (one.do) {
    case 'edit':
      vendor.edit(id, fields)
      return id
    case 'plant':
      vendor.plant(id, fields)
      return id
    case 'erase':
      vendor.erase(id)
      return id
    case 'vanish':
      vendor.vanish(id)
      return id
    case 'restore':
      vendor.restore(id)
      return id
  }
}

const tables = [
  'drifts',
  'clashes',
  'writes',
  'runs',
  'shadows',
  'aliases',
  'links',
  'identities',
  'accounts',
  'changes',
  'hints',
  'streams',
]

/** What people do while a page is listed, or right before records are read by their ids. */
function meanwhile(vendor: FakeVendor, people: () => void): void {
  vendor.onList = people
  vendor.onRead = people
}

/** Everything anew for a run, without a new database. */
async function begin(records: number): Promise<FakeVendor> {
  for (const table of tables) await bench.rows(`delete from ${table}`)
  const vendor = bench.vendor('alpha')
  vendor.held.clear()
  meanwhile(vendor, () => undefined)
  for (let n = 0; n < records; n += 1) act(vendor, { do: 'put' })
  await bench.settle()
  return vendor
}

async function agree(vendor: FakeVendor): Promise<void> {
  await bench.settle()
  const known = await bench.rows<{ external_id: string; name: string }>(`
    select l.external_id, a.name from links l join accounts a on a.id = l.record_id
    where l.object = 'accounts' and not l.gone order by l.external_id`)
  const there = vendor.of('accounts').map(({ id, fields }) => ({ external_id: id, name: fields['Name'] }))
  expect(known).toEqual(there.toSorted((a, b) => (a.external_id < b.external_id ? -1 : 1)))
}

it('takes no honest work during a walk for drift, and ends equal', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.array(work, { maxLength: 4 }), { maxLength: 6 }),
      async (records, pageSize, moves) => {
        const vendor = await begin(records)
        vendor.pageSize = pageSize
        const left = [...moves]
        meanwhile(vendor, () => left.shift()?.forEach((one) => void act(vendor, one)))
        expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
        meanwhile(vendor, () => undefined)
        await agree(vendor)
        expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
      },
    ),
    { numRuns: 40 },
  )
})

it(
  'finds each planted edit and each silent delete, whatever honest work goes on meanwhile',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 12 }),
        fc.array(deed('plant', 'vanish'), { minLength: 1, maxLength: 4 }),
        fc.array(fc.array(work, { maxLength: 3 }), { maxLength: 4 }),
        async (records, plants, moves) => {
          const vendor = await begin(records)
          vendor.pageSize = 3
          const planted = new Set(plants.map((one) => act(vendor, one)))
          const touched = new Set<string | null>()
          const left = [...moves]
          meanwhile(vendor, () => left.shift()?.forEach((one) => void touched.add(act(vendor, one))))
          const found = await reconcileAll(bench, 'alpha', 'accounts')
          for (const { external_id } of found) expect(planted).toContain(external_id)
          const untouched = [...planted].filter((id) => !touched.has(id))
          expect(found.map(({ external_id }) => external_id)).toEqual(expect.arrayContaining(untouched))
          meanwhile(vendor, () => undefined)
          await reconcileAll(bench, 'alpha', 'accounts')
          await agree(vendor)
          expect(await reconcileAll(bench, 'alpha', 'accounts')).toEqual([])
        },
      ),
      { numRuns: 30 },
    )
  },
)

/** How the sender uses the time: batches side by side, children of one parent one after another, and the vendor's way for many. */
import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import type { Write } from '../../connectors/contract.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { capability, crmMappings, startBench, type Bench } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

async function start(more: Parameters<typeof capability>[2]): Promise<void> {
  const accounts = capability('accounts', ['account'])
  bench = await startBench({
    alpha: { capabilities: [accounts, capability('deals', ['deal'], { batch: 2, ...more })], mappings: crmMappings },
  })
  await bench.round() // read to its end once: before, no company is made there
}

async function plan(count: number, accountId: string | null = null): Promise<void> {
  const records = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    values: { name: `Deal ${String(n)}`, accountId },
  }))
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'deal', records)
    await ensureLinks(
      tx,
      records.map(({ id }) => ({ connection: 'alpha', object: 'deals', kind: 'deal' as const, recordId: id })),
    )
    await planWrites(
      tx,
      records.map(({ id }) => id),
    )
  })
}

/** Holds every batch of deals until so many are under way together, and remembers the most that were. */
function holdUntil(together: number): { most: () => number; batches: Write[][] } {
  const gate = Promise.withResolvers<void>()
  const batches: Write[][] = []
  let [open, most] = [0, 0]
  bench.vendor('alpha').fate = (batch) => {
    if (batch[0]?.object !== 'deals') return { do: 'commit' }
    batches.push(batch)
    open += 1
    most = Math.max(most, open)
    if (open >= together) gate.resolve()
    return { do: 'wait', until: gate.promise.then(() => (open -= 1)) }
  }
  return { most: () => most, batches }
}

it('has several batches of an object under way, and each record once', async () => {
  await start({})
  await plan(20)
  const held = holdUntil(4)
  await bench.drain('alpha')
  expect(held.most()).toBeGreaterThanOrEqual(4)
  expect(new Set(held.batches.flat().map(({ ref }) => ref)).size).toBe(held.batches.flat().length)
  expect(bench.vendor('alpha').of('deals')).toHaveLength(20)
})

it('claims several batches at once, and each travels by itself', async () => {
  await start({})
  await plan(24)
  const batches: number[] = []
  const claimed: Promise<{ n: number }[]>[] = []
  bench.vendor('alpha').fate = (batch) => {
    batches.push(batch.length)
    const look = bench.rows<{ n: number }>(`select count(*)::int as n from writes where status = 'sending'`)
    claimed.push(look)
    return { do: 'wait', until: look }
  }
  await bench.drain('alpha')
  expect(batches).toEqual(Array(12).fill(2))
  const [atFirst] = (await claimed[0]) ?? []
  expect(atFirst?.n).toBeGreaterThanOrEqual(12)
})

it('sends children of parents one batch after another, each with its parent’s id', async () => {
  await start({ group: 'parent' })
  const parent = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id: parent, values: { name: 'Acme' } }])
    await ensureLinks(tx, [{ connection: 'alpha', object: 'accounts', kind: 'account', recordId: parent }])
    await planWrites(tx, [parent])
  })
  await plan(6, parent)
  const held = holdUntil(1)
  await bench.drain('alpha')
  expect(held.most()).toBe(1)
  const [account] = bench.vendor('alpha').of('accounts')
  expect(held.batches.flat().map((write) => write.parent)).toEqual(Array(6).fill(account?.id))
})

it('takes the vendor’s way for many records only when many wait', async () => {
  await start({ bulk: { above: 10, batch: 50, deadlineMs: 60_000 } })
  const held = holdUntil(1)
  await plan(6)
  await bench.drain('alpha')
  expect(held.batches.map((batch) => batch.length)).toEqual([2, 2, 2])
  held.batches.length = 0
  await plan(30)
  await bench.drain('alpha')
  expect(held.batches.map((batch) => batch.length)).toEqual([30])
  const leases = await bench.rows<{ n: number }>(`select count(*)::int as n from writes where status <> 'done'`)
  expect(leases[0]?.n).toBe(0)
})

it('gives a request of the way for many a lease that outlasts it', async () => {
  await start({ bulk: { above: 2, batch: 50, deadlineMs: 600_000 } })
  await plan(5)
  let lease: number | undefined
  bench.vendor('alpha').fate = () => ({
    do: 'wait',
    until: bench
      .rows<{ s: number }>(`select extract(epoch from min(lease_until) - now())::int as s from writes`)
      .then(([row]) => (lease = row?.s)),
  })
  await bench.drain('alpha')
  expect(lease).toBeGreaterThan(600)
})

it('reads what users edit too a batch at a time, and writes it before the next one is read', async () => {
  await start({})
  await plan(12)
  await bench.drain('alpha')
  const vendor = bench.vendor('alpha')
  await bench.db.execute(`update deals set name = name || ' anew'`)
  const ids = (await bench.rows<{ id: string }>('select id from deals')).map(({ id }) => id)
  await bench.db.transaction((tx) => planWrites(tx, ids))
  vendor.requests.length = 0
  await bench.drain('alpha')
  const asked = vendor.requests.map(({ kind, size }) => `${kind} ${String(size)}`)
  expect(asked).toEqual(Array.from({ length: 6 }, () => ['read 2', 'write 2']).flat())
  expect(vendor.of('deals').every(({ fields }) => String(fields['Title']).endsWith(' anew'))).toBe(true)
})

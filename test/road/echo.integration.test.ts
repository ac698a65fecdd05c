import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, expect, it } from 'vitest'
import type { Fields } from '../../connectors/contract.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { crm, field, ours, startBench, type Bench, type Side } from '../setup/bench.ts'
import type { FakeVendor } from '../setup/fake-vendor.ts'

let bench: Bench
afterEach(() => bench.close())
const start = async (sides: Record<string, Side>) => (bench = await startBench(sides))

async function keepInBoth(name: string): Promise<string> {
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id, values: { name } }])
    await ensureLinks(
      tx,
      ['alpha', 'beta']
        .filter((c) => bench.systems.has(c))
        .map((connection) => ({ connection, object: 'accounts', kind: 'account' as const, recordId: id })),
    )
    await planWrites(tx, [id])
  })
  return id
}

const named =
  (change: (name: string) => string) =>
  (fields: Fields): Fields =>
    'Name' in fields ? { ...fields, Name: change(String(fields['Name'])) } : fields

it.each([
  ['keep text as it is', (n: string) => n, (n: string) => n],
  ['trim and lower', (n: string) => n.trim(), (n: string) => n.toLowerCase()],
  [
    'write capitals and small letters against each other',
    (n: string) => n.toUpperCase(),
    (n: string) => n.toLowerCase(),
  ],
  [
    'add and remove a mark against each other',
    (n: string) => n.replace('* ', ''),
    (n: string) => `* ${n.replace('* ', '')}`,
  ],
])('comes to rest between two CRMs that %s', async (_, alpha, beta) => {
  for (const tellsStored of [true, false]) {
    await start({ alpha: crm, beta: crm })
    bench.vendor('alpha').keeps = named(alpha)
    bench.vendor('beta').keeps = named(beta)
    bench.vendor('alpha').tellsStored = tellsStored
    bench.vendor('beta').tellsStored = tellsStored
    await keepInBoth('  Acme Corp ')
    await bench.settle(6)
    bench.vendor('alpha').edit(bench.vendor('alpha').of('accounts')[0]?.id ?? '', { Name: 'Bolt  ' })
    await bench.settle(6)
    expect(bench.vendor('beta').of('accounts')[0]?.fields['Name']).toBe(beta('Bolt  '))
    expect(bench.vendor('alpha').count('write') + bench.vendor('beta').count('write')).toBeLessThanOrEqual(
      tellsStored ? 4 : 8,
    )
    if (tellsStored) await bench.close()
  }
})

it('takes in what a user edits between a write and its reading back', async () => {
  await start({ alpha: crm })
  const vendor = bench.vendor('alpha')
  vendor.tellsStored = false
  const id = await keepInBoth('Acme')
  await bench.settle()
  const held = vendor.of('accounts')[0]?.id ?? ''
  vendor.landed = () => {
    vendor.landed = () => undefined
    // After the write took effect, and before anybody reads it.
    queueMicrotask(() => vendor.edit(held, { Name: 'Bolt' }))
  }
  await rename(id, 'Acme Corp')
  await bench.settle()
  expect(vendor.one(held).fields['Name']).toBe('Bolt')
  expect(await bench.rows(`select name from accounts where id = '${id}'`)).toEqual([{ name: 'Bolt' }])
})

it('corrects a field of ours that a user edits between a write and its reading back', async () => {
  const { vendor, id, held } = await keepOursAlone()
  vendor.landed = () => {
    vendor.landed = () => undefined
    queueMicrotask(() => vendor.edit(held, { Name: 'Bolt' }))
  }
  await rename(id, 'Acme Corp')
  await bench.settle()
  expect(vendor.one(held).fields['Name']).toBe('Acme Corp')
  expect(await bench.rows(`select answers from shadows`)).toEqual([{ answers: {} }])
  // Each write is told as what it wrote, whatever was found there a moment later.
  expect(
    await bench.rows(
      `select v.after from audit a join audit_values v on v.audit_id = a.id where a.what = 'write' order by a.id`,
    ),
  ).toEqual(['Acme', 'Acme Corp', 'Acme Corp'].map((Name) => ({ after: { Name } })))
})

it.each([
  ['always the same', () => 'Insisted', 2],
  ['something else each time', (n: number) => `Insisted ${String(n)}`, 4],
])('gives way to a vendor that makes of a field of ours %s, and does not say so', async (_, made, writes) => {
  const { vendor, id } = await keepOursAlone()
  let n = 0
  vendor.keeps = (fields) => ({ ...fields, Name: made((n += 1)) })
  const before = vendor.count('write')
  await rename(id, 'Acme Corp')
  await bench.settle()
  expect(vendor.count('write') - before).toBe(writes)
  expect(await bench.rows(`select answers -> 'Name' as answer from shadows`)).toEqual([
    { answer: { sent: 'Acme Corp', held: made(writes) } },
  ])
})

/** An account whose name only we write, at a vendor that does not say what it stored. */
async function keepOursAlone(): Promise<{ vendor: FakeVendor; id: string; held: string }> {
  await start({
    alpha: { ...crm, mappings: [{ object: 'accounts', kind: 'account', fields: [field('name', 'Name', ours)] }] },
  })
  const vendor = bench.vendor('alpha')
  vendor.tellsStored = false
  const id = await keepInBoth('Acme')
  await bench.settle()
  return { vendor, id, held: vendor.of('accounts')[0]?.id ?? '' }
}

async function rename(id: string, name: string): Promise<void> {
  await bench.db.execute(sql`update accounts set name = ${name}, version = version + 1 where id = ${id}`)
  await bench.db.transaction((tx) => planWrites(tx, [id]))
}

it('corrects a field of ours that a user changed, once, and gives way to a vendor that insists', async () => {
  await start({
    alpha: { ...crm, mappings: [{ object: 'accounts', kind: 'account', fields: [field('name', 'Name', ours)] }] },
  })
  const vendor = bench.vendor('alpha')
  await keepInBoth('Acme')
  await bench.settle()
  const id = vendor.of('accounts')[0]?.id ?? ''
  vendor.edit(id, { Name: 'Mine' })
  await bench.settle()
  expect(vendor.one(id).fields['Name']).toBe('Acme')
  vendor.keeps = (fields) => ({ ...fields, Name: 'Insisted' })
  vendor.edit(id, { Name: 'Insisted' })
  await bench.settle(4)
  expect(vendor.one(id).fields['Name']).toBe('Insisted')
})

it('leaves a state alone that is written as the same picklist value as another', async () => {
  const values = { approved: 'Closed', won: 'Closed', open: 'Open' }
  await start({
    alpha: { ...crm, mappings: [{ object: 'accounts', kind: 'account', fields: [field('name', 'Name', { values })] }] },
  })
  const id = await keepInBoth('won')
  await bench.settle()
  const vendor = bench.vendor('alpha')
  vendor.edit(vendor.of('accounts')[0]?.id ?? '', { Country: 'DE' })
  await bench.settle()
  expect(await bench.rows(`select name from accounts where id = '${id}'`)).toEqual([{ name: 'won' }])
})

it('does not rewrite an amount that has more digits than the ledger', async () => {
  await start({ alpha: crm })
  const vendor = bench.vendor('alpha')
  const id = vendor.put('deals', { Title: 'T', Amount: '1.23456', AccountId: null, RegStatus: null })
  await bench.settle()
  vendor.edit(id, { Title: 'U' })
  await bench.settle()
  expect(vendor.count('write')).toBe(0)
})

it('sends nothing to a CRM whose records were only read', async () => {
  await start({ alpha: crm, beta: crm })
  const vendor = bench.vendor('alpha')
  vendor.put('accounts', { Name: 'Acme', Site: 'acme.com', Country: 'DE' })
  bench.vendor('beta').put('deals', { Title: 'T', Amount: '1', AccountId: null, RegStatus: 'something of theirs' })
  await bench.settle()
  vendor.edit('alpha-1', { Country: 'AT' })
  await bench.settle()
  expect(vendor.count('write') + bench.vendor('beta').count('write')).toBe(0)
})

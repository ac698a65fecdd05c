/** Which records are written: only new ones, only ones that the vendor has, or both. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type { WriteMode } from '../../src/mapping/definition.ts'
import type { Write } from '../../connectors/contract.ts'
import { crmCapabilities, crmMappings, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
let sent: Write['mode'][]
beforeEach(() => void (sent = []))
afterEach(() => bench.close())

/** A CRM whose accounts are written in one mode, and its deals freely. */
const side = (mode: WriteMode): Side => ({
  role: 'crm',
  capabilities: crmCapabilities,
  mappings: crmMappings.map((mapping) => (mapping.kind === 'account' ? { ...mapping, mode } : mapping)),
})

async function start(mode: WriteMode): Promise<void> {
  bench = await startBench({ alpha: side(mode) })
  await bench.round() // read to its end once: before, no company is made there
  bench.vendor('alpha').fate = (batch) => {
    sent.push(...batch.filter(({ object }) => object === 'accounts').map((write) => write.mode))
    return { do: 'commit' }
  }
}

async function make(kind: 'account' | 'deal', values: Record<string, string | null>): Promise<string> {
  const id = randomUUID()
  const object = kind === 'account' ? 'accounts' : 'deals'
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, kind, [{ id, values }])
    await ensureLinks(tx, [{ connection: 'alpha', object, kind, recordId: id }])
    await planWrites(tx, [id])
  })
  return id
}

async function rename(id: string, name: string): Promise<void> {
  await bench.db.transaction(async (tx) => {
    await updateRecords(tx, 'account', [{ id, values: { name } }])
    await planWrites(tx, [id])
  })
}

const states = () =>
  bench.rows<{ object: string; status: string; code: string | null }>(
    'select object, status, code from writes order by object',
  )

it('makes a record and never changes it: create-only', async () => {
  await start('create-only')
  const id = await make('account', { name: 'Acme' })
  await bench.settle()
  await rename(id, 'Bolt')
  await bench.settle()
  bench.vendor('alpha').edit(bench.vendor('alpha').of('accounts')[0]?.id ?? '', { Country: 'AT' })
  await bench.settle()
  expect(sent).toEqual(['create'])
  expect(bench.vendor('alpha').of('accounts')).toMatchObject([{ fields: { Name: 'Acme' } }])
  expect(await states()).toMatchObject([{ status: 'done', code: null }])
})

it('does not update a record that bears our key already: create-only', async () => {
  await start('create-only')
  const id = await make('account', { name: 'Ours' })
  bench.vendor('alpha').put('accounts', { Name: 'Theirs' }, id)
  await bench.age()
  await bench.drain('alpha')
  expect(sent).toEqual(['create'])
  expect(bench.vendor('alpha').of('accounts')).toMatchObject([{ fields: { Name: 'Theirs' } }])
  expect(await states()).toMatchObject([{ status: 'parked', code: 'CW_RECORD_DUPLICATE' }])
})

it('makes nothing: update-only waits where people see it, and goes on by itself when the record is there', async () => {
  await start('update-only')
  const accountId = await make('account', { name: 'Acme', domain: 'acme.com', country: 'DE' })
  await make('deal', { name: 'Big', accountId })
  await bench.settle()
  expect(bench.vendor('alpha').held.size).toBe(0)
  expect(await states()).toEqual([
    { object: 'accounts', status: 'parked', code: 'CW_WRITE_MODE' },
    { object: 'deals', status: 'parked', code: 'CW_PARENT_PARKED' },
  ])

  const there = bench.vendor('alpha').put('accounts', { Name: 'Acme', Site: 'acme.com', Country: null }, accountId)
  await bench.settle()
  expect(sent).toEqual(['update'])
  expect(bench.vendor('alpha').one(there).fields).toMatchObject({ Country: 'DE' })
  expect(bench.vendor('alpha').of('deals')).toMatchObject([{ fields: { AccountId: there } }])
  expect(await states()).toMatchObject([{ status: 'done' }, { status: 'done' }])
})

it('asks for a parent that is only updated, so that it is seen what a record waits for', async () => {
  await start('update-only')
  const accountId = randomUUID()
  await bench.db.transaction((tx) => insertRecords(tx, 'account', [{ id: accountId, values: { name: 'Acme' } }]))
  await make('deal', { name: 'Big', accountId })
  await bench.round()
  await bench.round()
  expect(await states()).toEqual([
    { object: 'accounts', status: 'parked', code: 'CW_WRITE_MODE' },
    { object: 'deals', status: 'parked', code: 'CW_PARENT_PARKED' },
  ])
})

it('makes and changes: upsert', async () => {
  await start('upsert')
  const id = await make('account', { name: 'Acme' })
  await bench.settle()
  await rename(id, 'Bolt')
  await bench.settle()
  expect(sent).toEqual(['upsert', 'update'])
  expect(bench.vendor('alpha').of('accounts')).toMatchObject([{ fields: { Name: 'Bolt' } }])
})

import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FieldSchema } from '../../connectors/contract.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { proposals } from '../../src/db/schema/index.ts'
import { differencesOf, type ObjectDifferences } from '../../src/write/differences.ts'
import { goLive } from '../../src/write/go-live.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await startBench({ alpha: crm, beta: { ...crm, mode: 'observe' } })
})
afterEach(() => bench.close())

const beta = () => bench.vendor('beta')
const id = (n: number) => `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`

/** Keeps a company of ours at beta, which does not know it. */
async function wish(n: number, values: Record<string, string>, kind: 'account' | 'deal' = 'account'): Promise<void> {
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, kind, [{ id: id(n), values }])
    await ensureLinks(tx, [{ connection: 'beta', object: `${kind}s`, kind, recordId: id(n) }])
    await planWrites(tx, [id(n)])
  })
}

async function differences(more: { records?: number; schemas?: Map<string, FieldSchema[]> } = {}) {
  const found = await differencesOf(bench.db, bench.system('beta'), { records: 20, ...more })
  return new Map(found.map((of): [string, ObjectDifferences] => [of.object, of]))
}

async function state(): Promise<unknown> {
  return bench.rows(`select link_id, desired, status, attempt, updated_at from writes order by link_id`)
}

const none = { exact: 0, proposed: 0, new: 0, 'would-change': 0, 'would-fail': 0, 'vendor-only': 0, untouched: 0 }

it('counts what a go-live would do, and does nothing', async () => {
  // Another integration has kept the first as we would, and the second not.
  beta().put('accounts', { Name: 'Werk 1', Site: 'werk-1.com', Country: 'FR' })
  const second = beta().put('accounts', { Name: 'Werk 2', Site: 'werk-2.com', Country: 'FR' })
  const third = beta().put('accounts', { Name: 'Werk 3', Site: 'werk-3.com', Country: 'FR' })
  beta().put('accounts', { Name: 'Only there', Site: 'only-there.com', Country: 'FR' })
  const here = [1, 2, 3].map((n) =>
    bench.vendor('alpha').put('accounts', { Name: `Werk ${n}`, Site: `werk-${n}.com`, Country: 'FR' }),
  )
  await bench.settle()
  bench.vendor('alpha').edit(here[1] ?? '', { Name: 'Werk 2 AG', Country: 'DE' })
  await bench.settle()
  await wish(1, { name: 'Hafen AG', domain: 'hafen.com' })
  await wish(2, { name: 'Deal of Hafen', accountId: id(1) }, 'deal')
  await bench.db.insert(proposals).values({
    connection: 'beta',
    object: 'accounts',
    externalId: third,
    kind: 'account',
    recordId: id(9),
    candidates: [],
  })
  const before = await state()
  const found = await differences()
  expect(found.get('accounts')?.counts).toEqual({
    ...none,
    exact: 1,
    proposed: 1,
    new: 1,
    'would-change': 1,
    'vendor-only': 1,
  })
  expect(found.get('accounts')?.fields).toEqual({ Name: 1, Country: 1 })
  // A deal whose account is still to come is new and does not fail.
  expect(found.get('deals')?.counts).toEqual({ ...none, new: 1 })
  const changed = found.get('accounts')?.examples.find(({ outcome }) => outcome === 'would-change')
  expect(changed).toMatchObject({
    externalId: second,
    fields: [
      { field: 'Name', theirs: 'Werk 2', ours: 'Werk 2 AG' },
      { field: 'Country', theirs: 'FR', ours: 'DE' },
    ],
  })
  expect(await state()).toEqual(before)
  expect(beta().count('write')).toBe(0)

  // What it says is what comes.
  await goLive(bench.db, 'beta', 'key:1')
  await bench.settle()
  expect((await differences()).get('accounts')?.counts).toMatchObject({ new: 0, 'would-change': 0, 'would-fail': 0 })
  const [run] = await bench.rows<{ counts: unknown }>(`select counts from runs where kind = 'go-live'`)
  expect(run?.counts).toEqual({ created: 2, updated: 1 })
})

it('counts as proposed what may be a record that the vendor holds, and what hangs on it', async () => {
  beta().put('accounts', { Name: 'Hafenwerk International', Site: null, Country: 'FR' })
  await bench.settle()
  const [there] = await bench.rows<{ external_id: string; record_id: string }>(
    `select external_id, record_id from links where connection = 'beta'`,
  )
  await wish(1, { name: 'Hafenwerk International' })
  await wish(2, { name: 'Deal of Hafenwerk', accountId: id(1) }, 'deal')
  await bench.db.insert(proposals).values({
    connection: 'beta',
    object: 'accounts',
    externalId: there?.external_id ?? '',
    kind: 'account',
    recordId: there?.record_id ?? '',
    candidates: [{ recordId: id(1), score: 95, why: ['name'] }],
  })
  const found = await differences()
  expect(found.get('accounts')?.counts).toEqual({ ...none, proposed: 2 })
  expect(found.get('deals')?.counts).toEqual({ ...none, proposed: 1 })
  // What it says is what comes: nothing is made until a person has said.
  await goLive(bench.db, 'beta', 'key:1')
  await bench.settle()
  expect(beta().count('write')).toBe(0)
  expect((await differences()).get('accounts')?.counts).toEqual({ ...none, proposed: 2 })
})

it('foretells what would fail: what is parked, what hangs on it, and what the vendor’s description forbids', async () => {
  await wish(1, { name: 'Hafen AG', domain: 'hafen.com' })
  await wish(2, { name: 'Deal of Hafen', accountId: id(1) }, 'deal')
  await wish(3, { name: 'A name that is longer than it may be', domain: 'long.com' })
  await bench.rows(
    `update writes set status = 'parked', code = 'CW_RECORD_INVALID' where link_id in (select id from links where record_id = '${id(1)}')`,
  )
  const name = {
    name: 'Name',
    label: 'Name',
    type: 'string',
    required: true,
    writable: true,
    values: null,
    maxLength: 20,
  }
  const found = await differences({ schemas: new Map([['accounts', [name]]]) })
  expect(found.get('accounts')?.codes).toEqual({ CW_RECORD_INVALID: 1, CW_RECORD_TOO_LARGE: 1 })
  expect(found.get('deals')?.codes).toEqual({ CW_PARENT_PARKED: 1 })
})

it('goes through many records page by page, and shows no more examples than asked for', async () => {
  await bench.rows(`insert into accounts (id, name, domain)
    select ('00000000-0000-8000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Werk ' || n, 'werk-' || n || '.com' from generate_series(1, 1201) n`)
  await bench.rows(
    `insert into links (connection, object, kind, record_id) select 'beta', 'accounts', 'account', id from accounts`,
  )
  await bench.rows(
    `insert into writes (link_id, connection, object, desired) select id, connection, object, 1 from links`,
  )
  const found = (await differences({ records: 3 })).get('accounts')
  expect(found?.counts).toEqual({ ...none, new: 1201 })
  expect(found?.examples).toHaveLength(3)
})

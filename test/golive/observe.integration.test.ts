import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { mappingsInForce } from '../../src/db/in-force.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { nudgeOverdue } from '../../src/process/relay.ts'
import { claimWrites } from '../../src/write/claim.ts'
import { goLive, observe } from '../../src/write/go-live.ts'
import { settleWrites } from '../../src/write/settle.ts'
import { crm, portal, startBench, type Bench } from '../setup/bench.ts'

/** Alpha is written to; beta, which has been kept by hand so far, is only observed. */
let bench: Bench
beforeEach(async () => {
  bench = await startBench({ alpha: crm, beta: { ...crm, mode: 'observe' }, portal: { ...portal, mode: 'observe' } })
})
afterEach(() => bench.close())

const beta = () => bench.vendor('beta')
const runs = () =>
  bench.rows<{ kind: string; state: string; counts: Record<string, number>; done: number }>(
    `select kind, state, counts, done from runs where connection = 'beta' and kind in ('go-live', 'sync') order by id`,
  )
const audited = () =>
  bench.rows<{
    external_id: string
    created: boolean
    fields: string[]
    rule: string
    before: unknown
    after: unknown
  }>(
    `select a.external_id, a.created, a.fields, a.rule, v.before, v.after from audit a join audit_values v on v.audit_id = a.id
     where a.what = 'write' and a.connection = 'beta' order by a.at, a.id`,
  )

/** The same company in both, under two names; alpha says the last word. */
async function company(n: number): Promise<{ there: string; here: string }> {
  const there = beta().put('accounts', { Name: `Werk ${n}`, Site: `werk-${n}.com`, Country: null })
  const here = bench.vendor('alpha').put('accounts', { Name: `Werk ${n}`, Site: `werk-${n}.com`, Country: null })
  await bench.settle()
  bench.vendor('alpha').edit(here, { Name: `Werk ${n} AG` })
  await bench.settle()
  return { there, here }
}

it('reads and plans while it observes, and writes nothing', async () => {
  const { there } = await company(1)
  expect(beta().count('write')).toBe(0)
  expect(beta().one(there).fields['Name']).toBe('Werk 1')
  expect(await bench.rows(`select status from writes where connection = 'beta'`)).toEqual([{ status: 'planned' }])
  expect(await bench.rows(`select status from changes where connection = 'beta' and status <> 'applied'`)).toEqual([])
  // Nobody hurries for what waits on purpose.
  expect(await bench.drain('beta')).toEqual({ waitMs: null })
  await bench.rows(`delete from nudges`)
  await nudgeOverdue(bench.db)
  expect(await bench.rows(`select workflow_id from nudges where workflow_id = 'sender/beta'`)).toEqual([])
})

it('writes what was planned when a person says go, in one run with its values before and after', async () => {
  const first = await company(1)
  await company(2)
  const switched = await goLive(bench.db, 'beta', 'key:1')
  expect(switched).toMatchObject({ mode: 'live', changed: true })
  expect(await goLive(bench.db, 'beta', 'key:1')).toEqual({ mode: 'live', changed: false, runId: switched.runId })
  await bench.settle()
  expect(beta().one(first.there).fields['Name']).toBe('Werk 1 AG')
  expect(await runs()).toEqual([{ kind: 'go-live', state: 'done', done: 2, counts: { created: 0, updated: 2 } }])
  expect(await audited()).toContainEqual({
    external_id: first.there,
    created: false,
    fields: ['Name'],
    rule: 'go-live',
    before: { Name: 'Werk 1' },
    after: { Name: 'Werk 1 AG' },
  })
  expect(
    await bench.rows(
      `select actor, before, after from audit a join audit_values v on v.audit_id = a.id where what = 'connection.mode' and actor = 'key:1'`,
    ),
  ).toEqual([{ actor: 'key:1', before: { mode: 'observe' }, after: { mode: 'live' } }])
  // What follows is the ordinary sync of the hour.
  bench.vendor('alpha').edit(first.here, { Country: 'DE' })
  await bench.settle()
  expect((await runs()).map(({ kind, done }) => [kind, done])).toEqual(
    expect.arrayContaining([
      ['go-live', 2],
      ['sync', 1],
    ]),
  )
  expect(await bench.rows(`select link_id from writes where run_id is not null or restore is not null`)).toEqual([])
})

it('stops at the next claim when it is switched back, in whatever process', async () => {
  await goLive(bench.db, 'beta', 'key:1')
  const { here, there } = await company(1)
  expect(beta().one(there).fields['Name']).toBe('Werk 1 AG')
  expect(await observe(bench.db, 'beta', 'key:1')).toMatchObject({ changed: true })
  expect(await observe(bench.db, 'beta', 'key:1')).toMatchObject({ changed: false })
  bench.vendor('alpha').edit(here, { Name: 'Werk 1 SE' })
  await bench.settle()
  expect(beta().one(there).fields['Name']).toBe('Werk 1 AG')
})

it('lets a switch to observe wait for the claim that is under way', async () => {
  await company(1)
  await goLive(bench.db, 'beta', 'key:1')
  await bench.age()
  const held = Promise.withResolvers<void>()
  const holding = Promise.withResolvers<void>()
  const claim = bench.db.transaction(async (tx) => {
    expect(await mappingsInForce(tx, bench.system('beta'))).toEqual({ mode: 'live' })
    holding.resolve()
    await held.promise
  })
  await holding.promise
  let isSwitched = false
  const switching = observe(bench.db, 'beta', 'key:1').then(() => (isSwitched = true))
  const claimed = await claimWrites(bench.db, bench.system('beta'), 'accounts', { limit: 20, deadlineMs: 20_000 })
  expect([isSwitched, claimed.found]).toEqual([false, 1])
  held.resolve()
  await Promise.all([claim, switching])
  const after = await claimWrites(bench.db, bench.system('beta'), 'accounts', { limit: 20, deadlineMs: 20_000 })
  expect(after.found).toBe(0)
})

it('tells a created record as such, and one whose answer was lost once', async () => {
  await goLive(bench.db, 'beta', 'key:1')
  const ours = '00000000-0000-8000-8000-000000000001'
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id: ours, values: { name: 'Hafen AG', domain: 'hafen.com' } }])
    await ensureLinks(tx, [{ connection: 'beta', object: 'accounts', kind: 'account', recordId: ours }])
    await planWrites(tx, [ours])
  })
  let isFirst = true
  beta().fate = () => {
    const fate = isFirst ? ({ do: 'commit, then break' } as const) : ({ do: 'commit' } as const)
    isFirst = false
    return fate
  }
  await bench.settle()
  expect(beta().created).toBe(1)
  const told = await audited()
  expect(told.map(({ created, before, after }) => ({ created, before, after }))).toEqual([
    { created: true, before: {}, after: { Name: 'Hafen AG', Site: 'hafen.com' } },
  ])
  const [run] = await runs()
  expect(run?.counts).toEqual({ created: 1, updated: 0 })
})

it('tells an update once whose answer comes after it was found by reading', async () => {
  await company(1)
  await goLive(bench.db, 'beta', 'key:1')
  await bench.age()
  const system = bench.system('beta')
  const { writes, toRead } = await claimWrites(bench.db, system, 'accounts', {
    limit: 20,
    deadlineMs: 20_000,
    fresh: new Set(
      (await bench.rows<{ id: string }>(`select id from links where connection = 'beta'`)).map(({ id }) => id),
    ),
  })
  expect([writes.length, toRead.length]).toEqual([1, 0])
  const outcomes = await beta().write(writes)
  // Its sender is slow: the lease ends, another one reads the record and finds it done.
  await bench.age()
  await bench.drain('beta')
  await settleWrites(bench.db, system, writes, outcomes)
  await bench.settle()
  expect((await audited()).map(({ before, after }) => ({ before, after }))).toEqual([
    { before: { Name: 'Werk 1' }, after: { Name: 'Werk 1 AG' } },
  ])
})

it('starts no process for the claims of an observed portal until its go-live, and then with their own dates', async () => {
  const partner = bench.vendor('portal').put('partners', { name: 'Nordwind' })
  bench.vendor('portal').put('claims', { partner, company: 'Hafen AG' })
  bench.vendor('portal').put('claims', { partner, company: 'Kai GmbH' })
  await bench.settle()
  const waking = () => bench.rows(`select workflow_id from nudges where workflow_id like 'registration/%'`)
  expect(await bench.rows(`select portal, state from registrations`)).toHaveLength(2)
  expect(await waking()).toEqual([])
  await bench.rows(`update registrations set wake_at = now() - interval '1 hour'`)
  await nudgeOverdue(bench.db)
  expect(await waking()).toEqual([])
  await goLive(bench.db, 'portal', 'key:1')
  expect(await waking()).toHaveLength(2)
})

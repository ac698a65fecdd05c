import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { goLive } from '../../src/write/go-live.ts'
import { previewUndo, undoRun } from '../../src/write/undo.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await startBench({ alpha: crm, beta: { ...crm, mode: 'observe' } })
})
afterEach(() => bench.close())

const beta = () => bench.vendor('beta')
const name = (id: string) => beta().one(id).fields['Name']
const ours = '00000000-0000-8000-8000-000000000001'
const nothing = { fields: 0, records: 0, edited: 0, created: 0, same: 0, lost: 0, inFlight: 0 }

/** Three companies that beta knows by another name, and one that it does not know; then beta goes live. */
async function live(): Promise<{ run: string; there: string[]; here: string[] }> {
  const there = [1, 2, 3].map((n) =>
    beta().put('accounts', { Name: `Werk ${n}`, Site: `werk-${n}.com`, Country: 'FR' }),
  )
  const here = [1, 2, 3].map((n) =>
    bench.vendor('alpha').put('accounts', { Name: `Werk ${n}`, Site: `werk-${n}.com`, Country: 'FR' }),
  )
  await bench.settle()
  here.forEach((id, n) => bench.vendor('alpha').edit(id, { Name: `Werk ${n + 1} AG`, Country: 'DE' }))
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id: ours, values: { name: 'Hafen AG', domain: 'hafen.com' } }])
    await ensureLinks(tx, [{ connection: 'beta', object: 'accounts', kind: 'account', recordId: ours }])
    await planWrites(tx, [ours])
  })
  await bench.settle()
  const { runId } = await goLive(bench.db, 'beta', 'key:1')
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1 AG', 'Werk 2 AG', 'Werk 3 AG'])
  return { run: runId ?? '', there, here }
}

const runOf = async (id: string | null) =>
  (
    await bench.rows<{ kind: string; state: string; done: number; counts: Record<string, number> }>(
      `select kind, state, done, counts from runs where id = '${id ?? ''}'`,
    )
  )[0]

it('puts back what a run wrote, leaves what was edited since and what it made, and observes from then on', async () => {
  const { run, there, here } = await live()
  beta().edit(there[1] ?? '', { Name: 'Werk Zwei' })
  await bench.settle()
  const counts = { ...nothing, fields: 5, records: 3, edited: 1, created: 1 }
  expect(await previewUndo(bench.db, run)).toEqual(counts)
  expect(there.map(name)).toEqual(['Werk 1 AG', 'Werk Zwei', 'Werk 3 AG'])

  const undone = await undoRun(bench.db, run, 'key:1')
  expect(undone.counts).toEqual(counts)
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1', 'Werk Zwei', 'Werk 3'])
  expect(there.map((id) => beta().one(id).fields['Country'])).toEqual(['FR', 'FR', 'FR'])
  expect(await runOf(undone.runId)).toMatchObject({
    kind: 'undo',
    state: 'done',
    done: 3,
    counts: { edited: 1, updated: 3 },
  })
  const left = await bench.rows(
    `select rule, fields, actor, detail from audit where what = 'undo.left' and run_id = '${undone.runId ?? ''}' order by detail ->> 'why'`,
  )
  expect(left).toEqual([
    { rule: null, fields: ['Name', 'Site'], actor: 'key:1', detail: { why: 'created' } },
    { rule: 'CW_UNDO_EDITED', fields: ['Name'], actor: 'key:1', detail: { why: 'edited' } },
  ])
  // The record that it made stays, and stays ours.
  expect(beta().of('accounts')).toHaveLength(4)
  expect(
    await bench.rows(`select external_id from links where connection = 'beta' and record_id = '${ours}'`),
  ).toHaveLength(1)
  // Nothing writes it again until a person says go once more.
  bench.vendor('alpha').edit(here[0] ?? '', { Country: 'AT' })
  await bench.settle()
  expect(name(there[0] ?? '')).toBe('Werk 1')
  await goLive(bench.db, 'beta', 'key:1')
  await bench.settle()
  expect(beta().one(there[0] ?? '').fields).toMatchObject({ Name: 'Werk 1 AG', Country: 'AT' })
})

it('keeps an edit that was made a second before it sends', async () => {
  const { run, there } = await live()
  const { runId } = await undoRun(bench.db, run, 'key:1')
  beta().edit(there[0] ?? '', { Name: 'Typed just now' })
  await bench.settle()
  expect(there.map(name)).toEqual(['Typed just now', 'Werk 2', 'Werk 3'])
  expect(beta().one(there[0] ?? '').fields['Country']).toBe('FR')
  expect((await runOf(runId))?.counts).toMatchObject({ edited: 1, updated: 3 })
})

it('says the same when it is asked twice, and goes on after a crash', async () => {
  const { run, there } = await live()
  const first = await undoRun(bench.db, run, 'key:1')
  expect((await undoRun(bench.db, run, 'key:1')).runId).toBe(first.runId)
  // The sender dies with everything stored and no answer read.
  let isFirst = true
  beta().fate = () => {
    const fate = isFirst ? ({ do: 'commit, then break' } as const) : ({ do: 'commit' } as const)
    isFirst = false
    return fate
  }
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1', 'Werk 2', 'Werk 3'])
  expect(await runOf(first.runId)).toMatchObject({ state: 'done', done: 3 })
  const again = await undoRun(bench.db, run, 'key:1')
  expect(again.counts).toEqual({ ...nothing, created: 1, same: 6 })
  expect(await runOf(again.runId)).toMatchObject({ state: 'done' })
})

it('undoes an undo', async () => {
  const { run, there } = await live()
  const undo = await undoRun(bench.db, run, 'key:1')
  await expect(undoRun(bench.db, undo.runId ?? '', 'key:1')).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await bench.settle()
  const back = await undoRun(bench.db, undo.runId ?? '', 'key:1')
  expect(back.counts).toEqual({ ...nothing, fields: 6, records: 3 })
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1 AG', 'Werk 2 AG', 'Werk 3 AG'])
})

it('goes back to before the first of several writes of a run', async () => {
  const { there, here } = await live()
  for (const n of [1, 2]) {
    bench.vendor('alpha').edit(here[0] ?? '', { Name: `Werk 1 SE ${n}` })
    await bench.settle()
  }
  const [sync] = await bench.rows<{ id: string }>(`select id from runs where connection = 'beta' and kind = 'sync'`)
  await undoRun(bench.db, sync?.id ?? '', 'key:1')
  await bench.settle()
  expect(name(there[0] ?? '')).toBe('Werk 1 AG')
})

it('puts back nothing of a person whose values were erased', async () => {
  const { run, there } = await live()
  const [link] = await bench.rows<{ record_id: string }>(
    `select record_id from links where connection = 'beta' and external_id = '${there[0] ?? ''}'`,
  )
  await bench.rows(`delete from audit_values where record_id = '${link?.record_id ?? ''}'`)
  const { counts } = await undoRun(bench.db, run, 'key:1')
  expect(counts).toMatchObject({ records: 2, lost: 1 })
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1 AG', 'Werk 2', 'Werk 3'])
})

it('leaves a write that is on its way to the next undo', async () => {
  const { run, there, here } = await live()
  bench.vendor('alpha').edit(here[0] ?? '', { Name: 'Werk 1 SE' })
  beta().fate = () => ({ do: 'drop' })
  await bench.round()
  beta().fate = () => ({ do: 'commit' })
  const { counts } = await undoRun(bench.db, run, 'key:1')
  expect(counts).toMatchObject({ records: 2, inFlight: 1 })
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1 AG', 'Werk 2', 'Werk 3'])
  expect((await undoRun(bench.db, run, 'key:1')).counts).toMatchObject({ records: 1, inFlight: 0 })
  await bench.settle()
  expect(there.map(name)).toEqual(['Werk 1', 'Werk 2', 'Werk 3'])
})

it('knows no run that there is not', async () => {
  await expect(previewUndo(bench.db, ours)).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
})

/** Reconciling on a bench, and what was found. */
import assert from 'node:assert/strict'
import { noteRepairs } from '../../src/db/drifts.ts'
import { startRun } from '../../src/db/runs.ts'
import type { Bench } from './bench.ts'
import { until } from './until.ts'

export interface Found extends Record<string, unknown> {
  kind: string
  external_id: string | null
  fields: string[]
  repaired: boolean
}

/** Starts a run, moves it to its end, and answers what it found. */
export async function reconcileAll(bench: Bench, connection: string, object: string): Promise<Found[]> {
  const { id } = await bench.db.transaction((tx) =>
    startRun(tx, { kind: 'reconcile', connection, object, actor: 'test' }),
  )
  // A vendor whose lists lag is waited for.
  await until(async () => {
    while ((await bench.pull(connection, object)).waitMs === 0);
    const [run] = await bench.rows<{ state: string; code: string | null }>(
      `select state, code from runs where id = '${id}'`,
    )
    if (run?.state !== 'running' || run.code !== null) assert.deepEqual(run, { state: 'done', code: null })
    return run?.state === 'done'
  })
  return foundBy(bench, id)
}

export async function foundBy(bench: Bench, runId: string): Promise<Found[]> {
  for (const name of bench.systems.keys())
    for (const { object } of bench.system(name).capabilities) await noteRepairs(bench.db, name, object)
  return bench.rows<Found>(`select kind, external_id, fields, repaired_at is not null as repaired from drifts
    where run_id = '${runId}' and confirmed_at is not null order by kind, external_id`)
}

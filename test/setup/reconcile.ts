/** Reconciling on a bench, and what was found. */
import { noteRepairs } from '../../src/db/drifts.ts'
import { startRun } from '../../src/db/runs.ts'
import type { Bench } from './bench.ts'

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
  while ((await bench.pull(connection, object)).waitMs === 0);
  const [run] = await bench.rows<{ state: string; code: string | null; cursor: string | null }>(
    `select state, code, cursor from runs where id = '${id}'`,
  )
  if (run?.state !== 'done') throw new Error(`the run is ${JSON.stringify(run)}`)
  return foundBy(bench, id)
}

export async function foundBy(bench: Bench, runId: string): Promise<Found[]> {
  for (const name of bench.systems.keys())
    for (const { object } of bench.system(name).capabilities) await noteRepairs(bench.db, name, object)
  return bench.rows<Found>(`select kind, external_id, fields, repaired_at is not null as repaired from drifts
    where run_id = '${runId}' and confirmed_at is not null order by kind, external_id`)
}

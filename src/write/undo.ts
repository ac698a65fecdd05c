/** Undoing a run: its writes' earlier values are put back, unless somebody edited the field since. */
import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { links, runs, shadows, writes } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import { observeHere } from './go-live.ts'

export interface UndoCounts {
  /** Fields that are put back, and the records that they belong to. */
  fields: number
  records: number
  /** Fields that somebody edited since: left alone. */
  edited: number
  /** Records that the run made: they stay, and a person decides about them. */
  created: number
  /** Fields that hold their earlier value already. */
  same: number
  /** Records of which the vendor or the audit knows no more: gone there, or their values were erased. */
  lost: number
  /** Records with a write on its way: undo the run once more when it has come back. */
  inFlight: number
}

export interface Undone {
  runId: string | null
  counts: UndoCounts
}

/** What became of each field: `restore` is what is to be done. */
type State = 'restore' | 'edited' | 'created' | 'same' | 'lost' | 'in-flight'

/**
 * The fields that a run wrote, one row a record and state. A run may have written a record several times: the values before the first
 * are put back, and those after the last are what nobody may have edited.
 */
const judged = (runId: string) => sql`
  written as materialized (
    select a.id, a.at, a.link_id, a.created, a.fields, v.audit_id is not null as held, v.before, v.after
    from audit a left join audit_values v on v.audit_id = a.id where a.run_id = ${runId} and a.what = 'write'),
  made as (select distinct link_id from written where created),
  sides as (
    select w.link_id, f.name, bool_and(w.held) as held,
      (array_agg(coalesce(w.before -> f.name, 'null') order by w.at, w.id))[1] as before,
      (array_agg(coalesce(w.after -> f.name, 'null') order by w.at desc, w.id desc))[1] as after
    from written w, jsonb_array_elements_text(w.fields) as f(name) group by w.link_id, f.name),
  judged as materialized (
    select f.link_id, f.name, f.before, case
      when exists (select from made where made.link_id = f.link_id) then 'created'
      when l.gone or l.external_id is null or not f.held then 'lost'
      when o.status in ('sending', 'unclear') then 'in-flight'
      when coalesce(s.fields -> f.name, 'null') = f.before then 'same'
      when coalesce(s.fields -> f.name, 'null') = f.after then 'restore'
      else 'edited' end as state
    from sides f
    join ${links} l on l.id = f.link_id
    left join ${shadows} s on s.link_id = f.link_id
    left join ${writes} o on o.link_id = f.link_id)`

/** What an undo of the run would do now; nothing is done. */
export async function previewUndo(db: Db, runId: string): Promise<UndoCounts> {
  return db.transaction(async (tx) => {
    await runToUndo(tx, runId)
    return countFields(tx, runId)
  })
}

/**
 * Plans the undo of a run: the connection is observed from then on, or the next sync would write the same again, and the sender puts
 * the earlier values back, each record read just before. Repeating it goes on with what is left; while one is under way it is
 * answered.
 *
 * @throws CW_NOT_FOUND, CW_REQUEST_INVALID while the run itself goes on
 */
export async function undoRun(db: Db, runId: string, actor: string): Promise<Undone> {
  return db.transaction(async (tx) => {
    const run = await runToUndo(tx, runId)
    const [open] = await tx
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.undoes, runId), eq(runs.state, 'running')))
    if (open !== undefined) return { runId: open.id, counts: await countFields(tx, runId) }
    const [undo] = await tx
      .insert(runs)
      .values({ kind: 'undo', connection: run.connection, object: run.object, actor, undoes: runId })
      .returning({ id: runs.id })
    if (undo === undefined) throw new Error('the run was not made')
    await observeHere(tx, run.connection, actor, undo.id)
    const counts = await countFields(tx, runId)
    await planRestores(tx, runId, undo.id, actor)
    await tx
      .update(runs)
      .set({
        total: counts.records,
        counts: { edited: counts.edited, left: counts.created + counts.lost + counts.inFlight },
        ...(counts.records === 0 ? { state: 'done' as const, endedAt: sql`now()` } : {}),
      })
      .where(eq(runs.id, undo.id))
    await recordAudit(tx, [
      { what: 'run.undone', actor, runId: undo.id, connection: run.connection, detail: { undoes: runId, ...counts } },
    ])
    await nudge(tx, [workflowId.sender(run.connection)])
    return { runId: undo.id, counts }
  })
}

async function runToUndo(tx: Tx, runId: string): Promise<{ connection: string; object: string | null }> {
  const [run] = await tx
    .select({ connection: runs.connection, object: runs.object, kind: runs.kind, state: runs.state })
    .from(runs)
    .where(eq(runs.id, runId))
    .for('update')
  if (run === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no run ${runId}`, { runId })
  if (run.kind === 'undo' && run.state === 'running')
    throw new CausewayError('CW_REQUEST_INVALID', 'An undo can be undone when it has ended', { runId })
  return run
}

async function countFields(tx: Tx, runId: string): Promise<UndoCounts> {
  const { rows } = await tx.execute<{ state: State; fields: number; records: number }>(sql`
    with ${judged(runId)}
    select state, count(*)::int as fields, count(distinct link_id)::int as records from judged group by state`)
  const of = (state: State) => rows.find((row) => row.state === state) ?? { fields: 0, records: 0 }
  return {
    fields: of('restore').fields,
    records: of('restore').records,
    edited: of('edited').fields,
    created: of('created').records,
    same: of('same').fields,
    lost: of('lost').records,
    inFlight: of('in-flight').records,
  }
}

/** Sets what is to be put back, and tells what is left alone and why. Set-wise, however many records the run wrote. */
async function planRestores(tx: Tx, runId: string, undoId: string, actor: string): Promise<void> {
  await tx.execute(sql`
    with ${judged(runId)},
      told as (
        insert into audit (what, actor, rule, run_id, connection, object, external_id, link_id, record_id, fields, detail)
        select 'undo.left', ${actor}, case j.state when 'edited' then 'CW_UNDO_EDITED' end, ${undoId}::uuid, l.connection, l.object,
          l.external_id, l.id, l.record_id, jsonb_agg(j.name order by j.name), jsonb_build_object('why', j.state)
        from judged j join ${links} l on l.id = j.link_id
        where j.state in ('edited', 'created', 'lost', 'in-flight') group by l.id, j.state)
    insert into ${writes} (link_id, connection, object, desired, run_id, restore)
    select l.id, l.connection, l.object, 1, ${undoId}::uuid, jsonb_object_agg(j.name, j.before)
    from judged j join ${links} l on l.id = j.link_id where j.state = 'restore' group by l.id order by l.id
    on conflict (link_id) do update set
      run_id = excluded.run_id, restore = excluded.restore, desired = ${writes}.desired + 1, status = 'planned', not_before = now(),
      code = null, detail = null, failures = 0, split = 0, updated_at = now()
    where ${writes}.status not in ('sending', 'unclear')`)
}

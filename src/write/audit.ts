/** What the audit keeps of writes that are done: field names for ever, their values before and after where they can be erased. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'

export interface DoneWrite {
  link_id: string
  run_id: string | null
  /** Of the mapping. */
  version: string | null
  external_id: string | null
  /** What the vendor holds since. */
  fields: Fields | null
}

/** How many writes of a run were told. */
export interface Told extends Record<string, unknown> {
  run_id: string | null
  written: number
  created: number
}

/**
 * One statement for the whole batch, before the writes forget what was sent over what. A write that was told already (its sender was
 * slow, and the record was read meanwhile) has nothing sent any more and is left out.
 */
export async function auditWrites(tx: Tx, done: DoneWrite[]): Promise<Told[]> {
  if (done.length === 0) return []
  const rows = JSON.stringify(
    done.map(({ link_id, run_id, version, external_id, fields }) => ({
      link_id,
      run_id,
      version,
      external_id,
      fields: fields ?? {},
    })),
  )
  const told = await tx.execute<Told>(sql`
    with entry as materialized (
        select uuidv7() as id, r.run_id, r.version, w.sent_over is null as created, r.fields, coalesce(w.sent_over, '{}') as before, l.connection, l.object, l.id as link_id, l.record_id,
          coalesce(r.external_id, l.external_id) as external_id
        from jsonb_to_recordset(${rows}::jsonb)
          as r(link_id uuid, run_id uuid, version text, external_id text, fields jsonb)
        join writes w on w.link_id = r.link_id and w.sent_fields is not null
        join links l on l.id = r.link_id
        order by r.link_id),
      told as (
        insert into audit (id, what, actor, rule, version, run_id, connection, object, external_id, link_id, record_id, created, fields)
        select e.id, 'write', coalesce(u.actor, 'system'), u.kind, e.version, e.run_id, e.connection, e.object, e.external_id, e.link_id,
          e.record_id, e.created, (select coalesce(jsonb_agg(f.name order by f.name), '[]') from jsonb_object_keys(e.fields) as f(name))
        from entry e left join runs u on u.id = e.run_id),
      held as (
        insert into audit_values (audit_id, record_id, before, after) select id, record_id, before, fields from entry)
    select run_id, count(*)::int as written, count(*) filter (where created)::int as created from entry group by run_id order by run_id`)
  return told.rows
}

/** Counts them in their runs; last in the transaction, for batches that are settled side by side count in the same row. */
export async function countWrites(tx: Tx, told: Told[]): Promise<void> {
  const rows = told.filter(({ run_id }) => run_id !== null)
  if (rows.length === 0) return
  await tx.execute(sql`
    update runs u set done = u.done + n.written, moved_at = now(),
      counts = u.counts || jsonb_build_object(
        'created', coalesce((u.counts ->> 'created')::int, 0) + n.created,
        'updated', coalesce((u.counts ->> 'updated')::int, 0) + n.written - n.created)
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(run_id uuid, written int, created int) where u.id = n.run_id`)
}

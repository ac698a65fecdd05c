/** Runs: what each was for, how far it is, what its writes did, and what an undo left alone. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import type { RunKind } from '../db/schema/index.ts'

export interface RunView {
  id: string
  kind: RunKind
  connection: string
  object: string | null
  actor: string
  /** The label of the key that asked for it. */
  by: string | null
  state: string
  done: number
  total: number | null
  counts: Record<string, number>
  /** Its writes that are still to come, and that are parked. */
  waiting: number
  parked: number
  code: string | null
  undoes: string | null
  undoneBy: string[]
  startedAt: string
  movedAt: string
  endedAt: string | null
}

export interface RunFilter {
  connection?: string | undefined
  kind?: RunKind | undefined
  state?: string | undefined
  /** Only runs whose id begins so. */
  id?: string | undefined
  limit: number
  after: { at: string; id: string } | null
}

const utc = (column: string) => sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)

/** The newest first; one row more than `limit`. */
export async function listRuns(db: Db, filter: RunFilter): Promise<RunView[]> {
  const { connection, kind, state, id, limit, after } = filter
  const { rows } = await db.execute<Pick<RunView, keyof RunView>>(sql`
    with page as (
      select * from runs r where (${connection ?? null}::text is null or r.connection = ${connection ?? null})
        and (${kind ?? null}::text is null or r.kind = ${kind ?? null}) and (${state ?? null}::text is null or r.state = ${state ?? null})
        and (${id ?? null}::text is null or r.id::text like ${`${id ?? ''}%`})
        and (${after?.at ?? null}::timestamptz is null or (r.started_at, r.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by r.started_at desc, r.id desc limit ${limit + 1})
    select p.id, p.kind, p.connection, p.object, p.actor, k.label as "by", p.state, p.done, p.total, p.counts,
      coalesce(w.waiting, 0) as "waiting", coalesce(w.parked, 0) as "parked", p.code, p.undoes,
      coalesce((select jsonb_agg(u.id order by u.id) from runs u where u.undoes = p.id), '[]') as "undoneBy",
      ${utc('p.started_at')} as "startedAt", ${utc('p.moved_at')} as "movedAt", ${utc('p.ended_at')} as "endedAt"
    from page p
    left join api_keys k on 'key:' || k.id::text = p.actor
    left join lateral (
      select count(*) filter (where status in ('planned', 'sending', 'unclear'))::int as waiting,
        count(*) filter (where status = 'parked')::int as parked from writes where run_id = p.id) w on true
    order by p.started_at desc, p.id desc`)
  return rows
}

/** A record that an undo left alone, and why: edited, created, lost or in-flight. */
export interface LeftAlone {
  connection: string
  object: string
  externalId: string | null
  recordId: string | null
  /** The vendor's field names. */
  fields: string[]
  why: string
  code: string | null
}

export async function leftAlone(db: Db, runId: string, limit: number): Promise<LeftAlone[]> {
  const { rows } = await db.execute<Pick<LeftAlone, keyof LeftAlone>>(sql`
    select connection, object, external_id as "externalId", record_id as "recordId", fields, coalesce(detail ->> 'why', 'edited') as why, rule as code
    from audit where run_id = ${runId} and what = 'undo.left' order by at, id limit ${limit}`)
  return rows
}

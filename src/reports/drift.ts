/** Reconciliations and the drift that they found: as numbers, and record by record. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import type { RunState } from '../db/schema/index.ts'
import type { DriftKind } from '../domain/drift.ts'
import type { ErrorCode } from '../errors.ts'
import { iso } from './windows.ts'

export interface Reconciliation {
  id: string
  connection: string
  object: string
  state: RunState
  actor: string
  /** The label of the key that stands behind the actor. */
  by: string | null
  /** Why it does not move at present. */
  code: ErrorCode | null
  /** Records that were walked, and how many there are as far as is known. */
  done: number
  total: number | null
  /** What it found, and what of that is repaired. */
  found: Record<DriftKind, number>
  repaired: number
  startedAt: string
  endedAt: string | null
}

export interface ReconciliationFilter {
  limit: number
  connection?: string | undefined
  /** The id, or its beginning. */
  id?: string | undefined
  isOpen?: boolean
}

/** The newest first. */
export async function listReconciliations(
  db: Db,
  { limit, connection, id, isOpen = false }: ReconciliationFilter,
): Promise<Reconciliation[]> {
  const { rows } = await db.execute<Omit<Reconciliation, 'found'> & { found: Partial<Record<DriftKind, number>> }>(sql`
    select r.id as "id", r.connection as "connection", r.object as "object", r.state as "state", r.actor as "actor", k.label as "by", r.code as "code",
      r.done as "done", r.total as "total", coalesce(f.found, '{}') as "found", coalesce(f.repaired, 0)::int as "repaired",
      ${iso('r.started_at')} as "startedAt", ${iso('r.ended_at')} as "endedAt"
    from runs r left join api_keys k on 'key:' || k.id::text = r.actor left join lateral (
      select jsonb_object_agg(kind, n) as found, sum(repaired) as repaired from (
        select kind, count(*) as n, count(repaired_at) as repaired from drifts
        where run_id = r.id and confirmed_at is not null group by kind) n) f on true
    where r.kind = 'reconcile' and r.id::text like ${`${id ?? ''}%`}
      and (${connection ?? null}::text is null or r.connection = ${connection ?? null})
      and (not ${isOpen}::boolean or r.state in ('running', 'paused'))
    order by r.started_at desc, r.id desc limit ${limit}`)
  return rows.map(({ found, ...run }) => ({ ...run, found: { ...noneFound, ...found } }))
}

const noneFound: Record<DriftKind, number> = { field: 0, 'unknown-here': 0, 'gone-there': 0, behind: 0 }

export interface DriftGroup {
  connection: string
  object: string
  kind: DriftKind
  count: number
  unrepaired: number
  lastFoundAt: string
}

export interface Drift {
  id: string
  runId: string
  connection: string
  object: string
  kind: DriftKind
  externalId: string | null
  recordId: string | null
  /** The vendor's names of the fields that differed; never their values. */
  fields: string[]
  foundAt: string
  repairedAt: string | null
}

export interface DriftFilter {
  connection?: string | undefined
  object?: string | undefined
  kind?: DriftKind | undefined
  runId?: string | undefined
  isUnrepaired?: boolean
}

const confirmed = ({ connection, object, kind, runId, isUnrepaired = false }: DriftFilter) => sql`
  d.confirmed_at is not null
    and (${connection ?? null}::text is null or d.connection = ${connection ?? null})
    and (${object ?? null}::text is null or d.object = ${object ?? null})
    and (${kind ?? null}::text is null or d.kind = ${kind ?? null})
    and (${runId ?? null}::uuid is null or d.run_id = ${runId ?? null}::uuid)
    and (not ${isUnrepaired}::boolean or d.repaired_at is null)`

/** Drift as numbers: how much of what kind, by connection and object. */
export async function countDrift(db: Db, filter: DriftFilter): Promise<DriftGroup[]> {
  const { rows } = await db.execute<Pick<DriftGroup, keyof DriftGroup>>(sql`
    select d.connection, d.object, d.kind, count(*)::int as count, (count(*) - count(d.repaired_at))::int as unrepaired,
      ${iso('max(d.found_at)')} as "lastFoundAt"
    from drifts d where ${confirmed(filter)} group by d.connection, d.object, d.kind order by d.connection, d.object, d.kind`)
  return rows
}

/** Drift record by record, the newest first; one more than `limit`. */
export async function listDrift(
  db: Db,
  filter: DriftFilter & { limit: number; before: string | null },
): Promise<Drift[]> {
  const { rows } = await db.execute<Pick<Drift, keyof Drift>>(sql`
    select d.id::text as id, d.run_id as "runId", d.connection, d.object, d.kind, d.external_id as "externalId",
      d.record_id as "recordId", d.fields, ${iso('d.found_at')} as "foundAt", ${iso('d.repaired_at')} as "repairedAt"
    from drifts d where ${confirmed(filter)} and (${filter.before}::bigint is null or d.id < ${filter.before}::bigint)
    order by d.id desc limit ${filter.limit + 1}`)
  return rows
}

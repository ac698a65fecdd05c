/** The audit as a person reads it: the newest first, with the values as far as they were not erased. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'

export interface AuditItem {
  id: string
  at: string
  what: string
  actor: string
  /** The label of the key that stands behind the actor. */
  by: string | null
  rule: string | null
  version: string | null
  runId: string | null
  connection: string | null
  object: string | null
  externalId: string | null
  recordId: string | null
  created: boolean
  fields: string[]
  detail: Record<string, string | number | boolean | null>
  /** Null: none were kept, or they were erased with the person whose they were. */
  values: { before: Fields; after: Fields } | null
}

export interface AuditFilter {
  record?: string | undefined
  connection?: string | undefined
  run?: string | undefined
  what?: string | undefined
  /** An instant. */
  since?: string | undefined
  limit: number
  after: { at: string; id: string } | null
}

/** One row more than `limit`. */
export async function listAudit(db: Db, filter: AuditFilter): Promise<AuditItem[]> {
  const { record, connection, run, what, since, limit, after } = filter
  const given = [
    record === undefined ? null : sql`a.record_id = ${record}::uuid`,
    connection === undefined ? null : sql`a.connection = ${connection}`,
    run === undefined ? null : sql`a.run_id = ${run}::uuid`,
    what === undefined ? null : sql`a.what = ${what}`,
    since === undefined ? null : sql`a.at >= ${since}::timestamptz`,
    after === null ? null : sql`(a.at, a.id) < (${after.at}::timestamptz, ${after.id}::uuid)`,
  ].filter((condition) => condition !== null)
  const where = given.length === 0 ? sql`` : sql`where ${sql.join(given, sql` and `)}`
  const { rows } = await db.execute<Pick<AuditItem, keyof AuditItem>>(sql`
    select a.id, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, a.what, a.actor, k.label as "by", a.rule, a.version,
      a.run_id as "runId", a.connection, a.object, a.external_id as "externalId", a.record_id as "recordId", a.created, a.fields, a.detail,
      case when v.audit_id is not null then jsonb_build_object('before', v.before, 'after', v.after) end as "values"
    from audit a left join audit_values v on v.audit_id = a.id left join api_keys k on 'key:' || k.id::text = a.actor
    ${where} order by a.at desc, a.id desc limit ${limit + 1}`)
  return rows
}

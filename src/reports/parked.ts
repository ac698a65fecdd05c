/** What could not be done and why: parked changes, writes and notices as one list, and counted by code. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'

export const parkedKinds = ['change', 'write', 'notice'] as const
export type ParkedKind = (typeof parkedKinds)[number]

export interface ParkedItem {
  kind: ParkedKind
  /** Of the change, of the write's link, or of the notice. */
  id: string
  code: string
  connection: string | null
  object: string | null
  externalId: string | null
  recordId: string | null
  detail: Record<string, unknown> | null
  since: string
  attempts: number
  retryAt: string | null
  mapping: string | null
}

export interface ParkedGroup {
  code: string
  kind: ParkedKind
  connection: string | null
  object: string | null
  count: number
  oldest: string
}

const utc = (column: string) => sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)

/** All three kinds in one form. A notice's own code is that of the mail server, so it stands in the detail. */
const all = sql`(
  select 'change' as kind, c.id::text as id, coalesce(c.code, 'CW_INTERNAL') as code, c.connection, c.object, c.external_id,
    c.record_id, c.detail, coalesce(c.settled_at, c.received_at) as since, c.attempts, c.retry_at, c.mapping from changes c where c.status = 'parked'
  union all
  select 'write', w.link_id::text, coalesce(w.code, 'CW_INTERNAL'), w.connection, w.object, l.external_id,
    l.record_id, w.detail, w.updated_at, w.attempt, w.retry_at, w.mapping from writes w join links l on l.id = w.link_id where w.status = 'parked'
  union all
  select 'notice', n.id::text, 'CW_NOTICE_REFUSED', null, n.template, null,
    n.subject_id, jsonb_build_object('mailCode', n.code, 'attempts', n.attempt), n.not_before, n.attempt, null, null from notices n where n.status = 'parked'
) as p`

export interface ParkedFilter {
  code?: string | undefined
  kind?: ParkedKind | undefined
  connection?: string | undefined
  object?: string | undefined
  /** Of the change, of the write's link, or of the notice. */
  id?: string | undefined
  limit: number
  /** The last page's last item. */
  after: { at: string; id: string } | null
}

/** The newest first; one row more than `limit`. */
export async function listParked(
  db: Db,
  { code, kind, connection, object, id, limit, after }: ParkedFilter,
): Promise<ParkedItem[]> {
  const { rows } = await db.execute<Pick<ParkedItem, keyof ParkedItem>>(sql`
    select kind, id, code, connection, object, external_id as "externalId", record_id as "recordId", detail, ${utc('since')} as since,
      attempts, ${utc('retry_at')} as "retryAt", mapping
    from ${all} where (${code ?? null}::text is null or code = ${code ?? null})
      and (${kind ?? null}::text is null or kind = ${kind ?? null})
      and (${connection ?? null}::text is null or connection = ${connection ?? null})
      and (${object ?? null}::text is null or object = ${object ?? null})
      and (${id ?? null}::text is null or id = ${id ?? null})
      and (${after?.at ?? null}::timestamptz is null or (p.since, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}))
    order by p.since desc, id desc limit ${limit + 1}`)
  return rows
}

export async function countParked(db: Db): Promise<ParkedGroup[]> {
  const { rows } = await db.execute<Pick<ParkedGroup, keyof ParkedGroup>>(sql`
    select code, kind, connection, object, count(*)::int as count, ${utc('min(since)')} as oldest
    from ${all} group by code, kind, connection, object order by count desc, code, connection, object`)
  return rows
}

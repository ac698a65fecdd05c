/** Back-fills and how far each is. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import type { RunState } from '../db/schema/index.ts'
import { progressOf, type Progress } from '../domain/progress.ts'
import type { ErrorCode } from '../errors.ts'
import { iso } from './windows.ts'

export interface BackFillState extends Progress {
  id: string
  connection: string
  object: string
  state: RunState
  actor: string
  /** The label of the key that stands behind the actor. */
  by: string | null
  /** Why it does not move at present. */
  code: ErrorCode | null
  counts: Record<string, number>
  startedAt: string
  movedAt: string
  endedAt: string | null
  /** Its stream rests, and so does it. */
  isStreamPaused: boolean
}

export interface BackFillFilter {
  limit: number
  /** The id, or its beginning. */
  id?: string | undefined
  isOpen?: boolean
}

/** The newest first. */
export async function listBackFills(db: Db, { limit, id, isOpen = false }: BackFillFilter): Promise<BackFillState[]> {
  const { rows } = await db.execute<
    Omit<BackFillState, keyof Progress> & { done: number; total: number | null; rate: number | null; idleMs: number }
  >(sql`
    select r.id as "id", r.connection as "connection", r.object as "object", r.state as "state", r.actor as "actor", k.label as "by", r.code as "code",
      r.counts as "counts", ${iso('r.started_at')} as "startedAt", ${iso('r.moved_at')} as "movedAt", ${iso('r.ended_at')} as "endedAt",
      r.done as "done", r.total as "total", r.rate as "rate", s.paused_at is not null as "isStreamPaused",
      (extract(epoch from coalesce(r.ended_at, now()) - r.moved_at) * 1000)::float8 as "idleMs"
    from runs r left join streams s on s.connection = r.connection and s.object = r.object
      left join api_keys k on 'key:' || k.id::text = r.actor
    where r.kind = 'back-fill' and r.id::text like ${`${id ?? ''}%`} and (not ${isOpen}::boolean or r.state in ('running', 'paused'))
    order by r.started_at desc, r.id desc limit ${limit}`)
  return rows.map(({ done, total, rate, idleMs, ...run }) => ({
    ...run,
    // A pause is no slowness: what is paused goes on as it went.
    ...progressOf(done, total, rate, run.state === 'running' ? idleMs : 0),
  }))
}

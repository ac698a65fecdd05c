/** Notices as staff see them: to whom, by what, how far, and why not. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { noticeCircuits, notices, registrations } from '../db/schema/index.ts'
import type { ChannelName } from '../domain/notice.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

export const noticeStatuses = ['planned', 'sending', 'sent', 'parked', 'skipped'] as const

export interface NoticeFilter extends Window {
  registrationId?: string | undefined
  status?: (typeof noticeStatuses)[number] | undefined
  channel?: ChannelName | undefined
  recipient?: string | undefined
}

/** What is told of each. */
export const noticeColumns = {
  id: notices.id,
  template: notices.template,
  audience: notices.audience,
  channel: notices.channel,
  recipient: notices.recipient,
  status: notices.status,
  code: notices.code,
  rhythm: notices.rhythm,
  attempt: notices.attempt,
  plannedAt: notices.plannedAt,
  dueAt: notices.notBefore,
  sentAt: notices.sentAt,
}

/** The newest first; one row more than `limit`, so that the caller knows whether there are others. */
export async function listNotices(db: Db, filter: NoticeFilter) {
  const { registrationId, status, channel, recipient, id, after, limit } = filter
  return db
    .select({
      ...noticeColumns,
      subjectId: notices.subjectId,
      eventId: notices.eventId,
      /** The message that collected it. */
      digestId: notices.bundle,
      reference: notices.reference,
      company: registrations.company,
    })
    .from(notices)
    .leftJoin(registrations, eq(registrations.id, notices.subjectId))
    .where(
      and(
        registrationId === undefined ? undefined : eq(notices.subjectId, registrationId),
        status === undefined ? undefined : eq(notices.status, status),
        channel === undefined ? undefined : eq(notices.channel, channel),
        recipient === undefined ? undefined : sql`lower(${notices.recipient}) = lower(${recipient})`,
        id === undefined ? undefined : beginsWith(notices.id, id),
        after === null ? undefined : olderThan(notices.plannedAt, notices.id, after),
      ),
    )
    .orderBy(desc(notices.plannedAt), desc(notices.id))
    .limit(limit + 1)
}

/** Each route that has something to tell or is left alone: how many wait, how many are parked, and until when nothing is tried. */
export async function noticeRoutes(db: Db) {
  const { rows } = await db.execute<{
    route: string
    waiting: number
    parked: number
    failures: number
    code: string | null
    openUntil: string | null
  }>(sql`
    select route, coalesce(w.waiting, 0)::int as waiting, coalesce(w.parked, 0)::int as parked, coalesce(c.failures, 0)::int as failures, c.code,
      case when c.open_until > now() then to_char(c.open_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end as "openUntil"
    from (select route, count(*) filter (where status in ('planned', 'sending')) as waiting, count(*) filter (where status = 'parked') as parked
      from ${notices} where status in ('planned', 'sending', 'parked') group by route) w
    full join ${noticeCircuits} c using (route) order by route`)
  return rows
}

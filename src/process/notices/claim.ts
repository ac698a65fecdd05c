/** Taking what is due, so that no other sender takes it at the same time. */
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { noticeCircuits, notices } from '../../db/schema/index.ts'
import type { Notice } from './gather.ts'

/** Longer than any channel takes for one message. */
export const LEASE_S = 60

/** More than these a digest does not hold; the others follow in another. */
const BUNDLE = 100

const isDue = sql`n.status in ('planned', 'sending') and n.not_before <= now()`
const taken = sql`status = 'sending', attempt = n.attempt + 1, lease_until = now() + make_interval(secs => ${LEASE_S}), not_before = now() + make_interval(secs => ${LEASE_S})`

/** The routes that have something due and are not left alone; `isProbing` after a failure: one message says how it is. */
export async function dueRoutes(db: Db): Promise<{ route: string; isProbing: boolean }[]> {
  const { rows } = await db.execute<{ route: string; probing: boolean }>(sql`
    select distinct n.route, c.route is not null as probing from ${notices} n
    left join ${noticeCircuits} c on c.route = n.route where ${isDue} and (c.open_until is null or c.open_until <= now())`)
  return rows.map(({ route, probing }) => ({ route, isProbing: probing }))
}

/** Messages of their own, the oldest first. */
export async function claimSingles(db: Db, route: string, limit: number): Promise<Notice[]> {
  return claim(
    db,
    sql`select n.id from ${notices} n where ${isDue} and n.rhythm is null and n.route = ${route} order by n.id limit ${limit} for update skip locked`,
  )
}

/**
 * All that is due for one message that collects: of one recipient and rhythm, and, where it was tried before, just what was in it then.
 * Null: nothing is due to be collected.
 */
export async function claimBundle(db: Db, route: string): Promise<Notice[] | null> {
  const rows = await claim(
    db,
    sql`
    select n.id from ${notices} n join (
      select n.channel, n.recipient, n.rhythm, n.bundle from ${notices} n
      where ${isDue} and n.rhythm is not null and n.route = ${route} order by n.id limit 1 for update skip locked
    ) first on first.channel = n.channel and first.recipient = n.recipient and first.rhythm = n.rhythm
      and first.bundle is not distinct from n.bundle
    where ${isDue} and n.route = ${route} order by n.id limit ${BUNDLE} for update of n skip locked`,
    sql`, bundle = coalesce(n.bundle, (select id from bundle_id))`,
  )
  return rows.length === 0 ? null : rows
}

async function claim(db: Db, which: ReturnType<typeof sql>, also = sql``): Promise<Notice[]> {
  const claimed = await db.execute<{ id: string }>(sql`
    with bundle_id as materialized (select uuidv7() as id), due as materialized (${which})
    update ${notices} n set ${taken}${also} from due where n.id = due.id returning n.id::text`)
  const ids = claimed.rows.map(({ id }) => id)
  if (ids.length === 0) return []
  return db.query.notices.findMany({
    where: (n, { inArray }) => inArray(n.id, ids),
    orderBy: (n, { asc }) => asc(n.id),
  })
}

/** Milliseconds until the next notice is due on a route that is not left alone, or null when none waits. */
export async function untilDue(db: Db): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(
    // `greatest` passes over null: without `having` nothing to send would read as due now.
    sql`select greatest(0, extract(epoch from min(greatest(n.not_before, c.open_until)) - now()) * 1000)::float8::text as ms
      from ${notices} n left join ${noticeCircuits} c on c.route = n.route
      where n.status in ('planned', 'sending') having count(*) > 0`,
  )
  const ms = rows[0]?.ms ?? null
  return ms === null ? null : Math.ceil(Number(ms))
}

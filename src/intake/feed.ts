/** Follows whether the vendor's webhooks or change stream still tell what happens; the rule is `judgeFeed`. */
import { sql } from 'drizzle-orm'
import { databaseNow, type Db } from '../db/connection.ts'
import { connections, links, streams, writes } from '../db/schema/index.ts'
import { judgeFeed } from '../domain/feed.ts'
import type { Pace } from '../domain/interval.ts'
import { msBetween } from '../domain/time.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import type { Pulled } from './pull.ts'
import { at, openStream } from './store.ts'

/** A hint that is older says nothing of whether the feed lives. */
const RECENT_MS = 86_400_000
/** What was written by us within this time comes back as an echo, which a vendor may or may not tell of. */
const ECHO_S = 600

/**
 * Takes notice of what hints told and what polling found without one. Called after the changes were applied, for what changed
 * nothing is no news.
 *
 * @returns what the stream's pace is to take the hints for
 */
export async function followFeed(
  db: Db,
  system: System,
  object: string,
  { hinted, untold }: Pick<Pulled, 'hinted' | 'untold'>,
): Promise<Pace['hints']> {
  if (capabilityOf(system, object).hinted !== true) return 'none'
  const stream = await openStream(db, system.name, object)
  const now = await databaseNow(db)
  const hintedAt = hinted.length > 0 ? now : stream.hintedAt
  const { isSetUp, isAway } = await feedsOf(db, system.name)
  if (hintedAt === null && !isSetUp) return 'none'
  const found = await withoutEchoes(db, system.name, object, untold)
  const feed = judgeFeed(stream, { hinted, found, now })
  await db
    .update(streams)
    .set({ ...feed, untold: { ...feed.untold }, hintedAt })
    .where(at(system.name, object))
  if (feed.silentSince !== null) return 'silent'
  if (isAway || feed.unhinted > 0 || Object.keys(feed.untold).length > 0) return 'doubted'
  return hintedAt !== null && msBetween(hintedAt, now) < RECENT_MS ? 'healthy' : 'none'
}

/** What is known of the connection's feeds besides what they tell: whether one is set up, and whether its change stream is away. */
async function feedsOf(db: Db, connection: string): Promise<{ isSetUp: boolean; isAway: boolean }> {
  const { rows } = await db.execute<{ set_up: boolean; away: boolean }>(sql`
    select coalesce(jsonb_array_length(subscriptions -> 'present') > 0, false) as set_up, listen_code is not null as away
    from ${connections} where name = ${connection}`)
  return { isSetUp: rows[0]?.set_up ?? false, isAway: rows[0]?.away ?? false }
}

/** Of these records those whose last change was applied and did not come from a write of ours. */
async function withoutEchoes(db: Db, connection: string, object: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await db.execute<{ external_id: string }>(sql`
    select n.external_id from jsonb_array_elements_text(${JSON.stringify([...new Set(ids)])}::jsonb) as n(external_id)
    where (select c.status from changes c where c.connection = ${connection} and c.object = ${object} and c.external_id = n.external_id
        order by c.id desc limit 1) = 'applied'
      and not exists (select from ${links} l join ${writes} w on w.link_id = l.id
        where l.connection = ${connection} and l.object = ${object} and l.external_id = n.external_id
          and w.sent is not null and w.updated_at > now() - make_interval(secs => ${ECHO_S}))`)
  return rows.map((row) => row.external_id)
}

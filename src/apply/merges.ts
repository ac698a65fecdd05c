/** Merges at a vendor: the id of the record that went away becomes another name of the one it went into, until that is undone. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { aliases, changes, links } from '../db/schema/index.ts'
import type { Change } from './page.ts'
import { findLinks, type Link } from './recognise.ts'

/** Two vendor records that were two records of ours, and are one at the vendor from now on. */
export interface MergedTwo {
  /** The vendor id that stays. */
  externalId: string
  winner: Link
  loser: Link
}

/**
 * Follows the merges of a page, one by one, for one may lead to the next, in whatever order they are told. Our records stay two where
 * both were known: what refers to the lost one is from now on written with the winner's id. Answers those pairs.
 */
export async function followMerges(tx: Tx, connection: string, object: string, batch: Change[]): Promise<MergedTwo[]> {
  const pairs: MergedTwo[] = []
  const told = batch.flatMap(({ externalId, body: { mergedInto } }) =>
    mergedInto === null || mergedInto === externalId ? [] : [{ externalId, mergedInto }],
  )
  const ends = await endsOf(
    tx,
    connection,
    object,
    told.map(({ mergedInto }) => mergedInto),
  )
  for (const { externalId, mergedInto } of told) {
    const into = ends.get(mergedInto) ?? mergedInto
    if (into === externalId) continue
    const found = await findLinks(tx, connection, object, [externalId, into])
    const [loser, winner] = [found.get(externalId), found.get(into)]
    const heir = winner ?? loser
    if (heir === undefined) continue
    const isFollowed = loser?.id === heir.id && heir.externalId !== externalId
    if (isFollowed && (winner !== undefined || heir.externalId === into)) continue
    if (loser !== undefined && winner === undefined) {
      await tx.update(links).set({ externalId: into, gone: false, goneAt: null }).where(eq(links.id, loser.id))
      await tx
        .delete(aliases)
        .where(and(eq(aliases.connection, connection), eq(aliases.object, object), eq(aliases.externalId, into)))
    } else if (loser !== undefined && loser.id !== heir.id) {
      await tx
        .update(links)
        .set({ gone: true, goneAt: sql`now()`, externalId: null, mergedInto: heir.id })
        .where(eq(links.id, loser.id))
      await tx.update(links).set({ mergedInto: heir.id }).where(eq(links.mergedInto, loser.id))
      await tx.update(aliases).set({ linkId: heir.id }).where(eq(aliases.linkId, loser.id))
      pairs.push({ externalId: heir.externalId ?? into, winner: heir, loser })
    }
    // A record that was itself known by another id is merged with that one.
    const ids = [...new Set([externalId, loser?.externalId ?? externalId])].filter((id) => id !== into)
    await tx
      .insert(aliases)
      .values(ids.map((id) => ({ connection, object, externalId: id, linkId: heir.id })))
      .onConflictDoUpdate({
        target: [aliases.connection, aliases.object, aliases.externalId],
        set: { linkId: heir.id },
      })
  }
  return pairs
}

/**
 * Where each id leads by all merges that were ever told, those of records included that nobody knew at the time. A merge that a later
 * version of the record contradicts was undone and leads nowhere.
 */
async function endsOf(tx: Tx, connection: string, object: string, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<{ id: string; end: string }>(sql`
    with recursive way as (
      select i.id, i.id as at, 0 as steps from (select distinct unnest(${sql.param(ids)}::text[]) as id) i
      union all
      select w.id, n.into, w.steps + 1 from way w, lateral (
        select c.body ->> 'mergedInto' as into from ${changes} c
        where c.connection = ${connection} and c.object = ${object} and c.external_id = w.at and (
          c.body ->> 'mergedInto' is not null or c.body ->> 'deleted' = 'false')
        order by coalesce((c.body ->> 'modifiedAt')::timestamptz, c.received_at) desc, c.id desc limit 1) n
      where n.into is not null and n.into <> w.at and w.steps < ${LONGEST_CHAIN})
    select distinct on (id) id, at as "end" from way order by id, steps desc`)
  return new Map(rows.map(({ id, end }) => [id, end]))
}

/** Longer than any chain of merges; a vendor that tells of a circle is not followed for ever. */
const LONGEST_CHAIN = 50

/**
 * A merged record that is live again, by a change later than its merge, is itself again: its own record of ours if there was one, else
 * a record that is not known yet. An older version that is read late undoes nothing.
 */
export async function undoMerges(tx: Tx, connection: string, object: string, batch: Change[]): Promise<void> {
  const live = batch.filter(({ body }) => !body.deleted && body.mergedInto === null)
  if (live.length === 0) return
  const rows = JSON.stringify(
    live.map(({ externalId, body, receivedAt }) => ({
      external_id: externalId,
      at: body.modifiedAt ?? new Date(receivedAt).toISOString(),
    })),
  )
  const { rows: undone } = await tx.execute<{ external_id: string; link_id: string }>(sql`
    delete from ${aliases} a
    using (select external_id, max(at) as at from jsonb_to_recordset(${rows}::jsonb) as r(external_id text, at timestamptz) group by 1) r
    where a.connection = ${connection} and a.object = ${object} and a.external_id = r.external_id
      and r.at > (select max(coalesce((c.body ->> 'modifiedAt')::timestamptz, c.received_at)) from ${changes} c
        where c.connection = a.connection and c.object = a.object and c.external_id = a.external_id and c.body ->> 'mergedInto' is not null)
    returning a.external_id, a.link_id`)
  if (undone.length === 0) return
  // The record of ours that stood for the id before the merge, if it was one of its own.
  await tx.execute(sql`
    update ${links} l set external_id = r.external_id, gone = false, gone_at = null, merged_into = null
    from (
      select distinct on (u.external_id) u.external_id, d.id
      from jsonb_to_recordset(${JSON.stringify(undone)}::jsonb) as u(external_id text, link_id uuid)
      join ${links} d on d.merged_into = u.link_id and d.external_id is null
      join ${changes} c on c.connection = ${connection} and c.object = ${object} and c.external_id = u.external_id
        and c.record_id = d.record_id
      order by u.external_id, c.id desc) r
    where l.id = r.id`)
}

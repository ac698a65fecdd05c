/** Mappings as people see them: what is in force where, and the history of an object with the records that each version touched. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import type { MappingState } from '../db/schema/index.ts'
import { iso } from './windows.ts'

export interface MappingStanding {
  connection: string
  object: string
  /** In force; null: the vendor's default. */
  version: number | null
  publishedAt: string | null
  publishedBy: string | null
  /** The draft's number; null: there is none. */
  draft: number | null
  draftedAt: string | null
  draftedBy: string | null
}

/** Of the objects that were ever edited. */
export async function mappingStandings(db: Db): Promise<MappingStanding[]> {
  const { rows } = await db.execute<Pick<MappingStanding, keyof MappingStanding>>(sql`
    select coalesce(p.connection, d.connection) as connection, coalesce(p.object, d.object) as object,
      p.version, ${iso('p.published_at')} as "publishedAt", p.published_by as "publishedBy",
      d.version as draft, ${iso('d.created_at')} as "draftedAt", d.author as "draftedBy"
    from (select * from mapping_versions where state = 'published') p
    full join (select * from mapping_versions where state = 'draft') d on d.connection = p.connection and d.object = p.object`)
  return rows
}

export interface VersionItem {
  version: number
  state: MappingState
  author: string
  note: string | null
  restores: number | null
  createdAt: string
  publishedAt: string | null
  publishedBy: string | null
  retiredAt: string | null
  source: string
  /** Records that came in by it and changed something here. */
  taken: number
  /** Records that were written at the vendor by it. */
  written: number
}

/**
 * The versions of an object, the newest first. What a version touched is known by its mark; of versions with one mark the last that
 * was in force then.
 *
 * @param unedited the mark of the vendor's default
 */
export async function mappingHistory(
  db: Db,
  { connection, object, limit }: { connection: string; object: string; limit: number },
  unedited: string,
): Promise<VersionItem[]> {
  const { rows } = await db.execute<Pick<VersionItem, keyof VersionItem>>(sql`
    with v as (
      select version, mark, published_at from mapping_versions
      where connection = ${connection} and object = ${object} and mark is not null),
    taken as (
      select judge.version, count(distinct c.external_id)::int as n from changes c
      cross join lateral (
        -- A page that waited for the publication began before it, and was judged by it.
        select version from v where v.mark = c.mapping and (v.published_at <= c.settled_at or v.mark <> ${unedited})
        order by v.published_at <= c.settled_at desc, case when v.published_at <= c.settled_at then v.published_at end desc, v.published_at
        limit 1) as judge
      where c.connection = ${connection} and c.object = ${object} and c.status = 'applied' group by 1),
    written as (
      select judge.version, count(distinct a.link_id)::int as n from audit a
      cross join lateral (
        select version from v where a.version = any(string_to_array(v.mark, '.')) and v.published_at <= a.at
        order by v.published_at desc limit 1) as judge
      where a.what = 'write' and a.connection = ${connection} and a.object = ${object}
        and a.at >= (select min(published_at) from v) group by 1)
    select m.version, m.state, m.author, m.note, m.restores, ${iso('m.created_at')} as "createdAt",
      ${iso('m.published_at')} as "publishedAt", m.published_by as "publishedBy", ${iso('m.retired_at')} as "retiredAt", m.source,
      coalesce(taken.n, 0) as taken, coalesce(written.n, 0) as written
    from mapping_versions m left join taken on taken.version = m.version left join written on written.version = m.version
    where m.connection = ${connection} and m.object = ${object} order by m.version desc limit ${limit}`)
  return rows
}

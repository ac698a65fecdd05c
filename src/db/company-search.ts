/** How companies that may be one are looked up: a few keys, each an index scan, whatever the tables hold. */
import { sql, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { SearchKeys } from '../domain/matching/search-keys.ts'

/** So many of those that share the domain or the name are looked at. */
const WITH_ONE_KEY = 100
/** So many of those that share their letters, which also others do. */
const WITH_LETTERS = 30
/** So many of those that begin alike, and so many on each side in the order of names. */
const ALIKE = 15

/** A row of search keys as SQL reads it, for `jsonb_to_recordset`. */
export const askedColumns = sql.raw(`asked_id uuid, "nameKey" text, beginning text, letters text, "labelLetters" text,
  domain text, label text, "bareLabel" text, squeezed text, email text, "mailDomain" text`)

/** What `jsonb_to_recordset` is given. */
export function askedRows(asked: (SearchKeys & { asked_id: string })[]): string {
  return JSON.stringify(asked)
}

/**
 * The ids of the rows of a table that may be the company of the row `a` of search keys: for a lateral join, an index scan a key.
 *
 * @param table has name_key, letters and domain, each with its index
 * @param only what must hold of a row `c` that counts
 */
export function waysIn(table: PgTable, only: SQL = sql`c.id <> a.asked_id`): SQL {
  const by = (condition: SQL, most: number, order = sql``) =>
    sql`(select c.id from ${table} c where ${condition} and ${only} ${order} limit ${sql.raw(String(most))})`
  const ways = [
    by(sql`c.domain = a.domain`, WITH_ONE_KEY),
    by(sql`c.domain = a."mailDomain"`, WITH_ONE_KEY),
    by(sql`split_part(c.domain, '.', 1) = a.label`, WITH_ONE_KEY),
    by(sql`split_part(c.domain, '.', 1) = a."bareLabel"`, WITH_ONE_KEY),
    by(sql`split_part(c.domain, '.', 1) = a.squeezed`, WITH_ONE_KEY),
    by(sql`c.name_key = a."nameKey"`, WITH_ONE_KEY),
    by(sql`c.letters = a.letters`, WITH_LETTERS),
    by(sql`c.letters = a."labelLetters"`, WITH_LETTERS),
    // In the order of names, so that the planner has no choice but the index, however common a beginning is.
    by(sql`c.name_key >= a.beginning`, ALIKE, sql`order by c.name_key`),
    by(sql`c.name_key > a."nameKey"`, ALIKE, sql`order by c.name_key`),
    by(sql`c.name_key < a."nameKey"`, ALIKE, sql`order by c.name_key desc`),
  ]
  return sql.join(ways, sql` union all `)
}

/** The rows `c` of the ids `m.id`. A limit of one keeps this a look-up by index for each, whatever the planner thinks of the table. */
export function readBy(table: PgTable): SQL {
  return sql`cross join lateral (select * from ${table} c where c.id = m.id limit 1) c`
}

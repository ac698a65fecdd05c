/**
 * How companies that may be one are looked up: a few keys, each an index scan, whatever the tables hold; and judged by the one matcher.
 * However many are asked about, a table is one statement.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { rulesOf } from '../domain/matching/aliases.ts'
import { profile, type Company, type Profile } from '../domain/matching/company.ts'
import { comparing, type Aliases, type Met, type Sought } from '../domain/matching/met.ts'
import { keysWithAliases, type SearchKeys } from '../domain/matching/search-keys.ts'
import type { Tx } from './connection.ts'

/** So many of those that share the domain, the name, the address or the account are looked at. */
const WITH_ONE_KEY = 100
/** So many of those that share their letters, which also others do. */
const WITH_LETTERS = 30
/** So many of those that begin alike, and so many on each side in the order of names. */
const ALIKE = 15

/** A record whose company is looked for. */
export interface Asked extends Sought {
  id: string
}

/** Where it is looked for: rows `c` of a table that has name_key, letters and domain, each with its index. */
export interface Place {
  table: PgTable
  name: SQL
  /** The contact's address, with an index on its lower case; null: it has none. */
  email: SQL | null
  /** The account of a CRM that a row stands for, with an index; null: it stands for none. */
  account: SQL | null
  /** What must hold of a row `c` that counts for the row `a` of those asked about; by the keys' indexes alone. */
  only: SQL
}

/** A row that is the company of one that was asked about. */
export interface Like<Row> {
  askedId: string
  id: string
  met: Met
  row: Row
}

/** A row of search keys as SQL reads it, for `jsonb_to_recordset`. */
export const askedColumns = sql.raw(`asked_id uuid, "nameKey" text, beginning text, letters text, "labelLetters" text,
  domain text, label text, "bareLabel" text, squeezed text, email text, "mailDomain" text`)

/** What `jsonb_to_recordset` is given. */
export function askedRows(asked: (SearchKeys & { asked_id: string })[]): string {
  return JSON.stringify(asked)
}

/** Whether anything is known that a company could be found by. */
export function isKnown(company: Company): boolean {
  const { name, domain, email } = profile(company)
  return name !== null || domain !== null || email !== null
}

/**
 * Those of a table that are the companies asked about, each with what they met in.
 *
 * @param also.columns further columns of `c` to be read
 * @param also.order of the rows `c`
 */
export async function companiesLike<Row extends Record<string, unknown>>(
  tx: Tx,
  asked: readonly Asked[],
  aliases: Aliases,
  { table, name, email, account, only }: Place,
  also: { columns?: SQL; order?: SQL } = {},
): Promise<Like<Row>[]> {
  if (asked.length === 0) return []
  const rules = rulesOf({ aliases })
  const compare = new Map(asked.map((one) => [one.id, comparing(one, rules)]))
  const keys = asked.flatMap((one) =>
    keysWithAliases(profile(one), one.name, aliases).map((each) => ({ ...each, asked_id: one.id })),
  )
  const held = asked.flatMap(({ id, accounts }) =>
    [...(accounts?.keys() ?? [])].map((accountId) => ({ asked_id: id, account_id: accountId })),
  )
  const by = (condition: SQL) => sql`(select c.id from ${table} c where ${condition} and ${only} limit ${withOneKey})`
  const byEmail = email === null ? sql`` : sql`union all ${by(sql`lower(${email}) = a.email`)}`
  const byAccount =
    account === null
      ? sql``
      : sql`union select a.asked_id, c.id from jsonb_to_recordset(${JSON.stringify(held)}::jsonb) as a(asked_id uuid, account_id uuid)
          cross join lateral ${by(sql`${account} = a.account_id`)} c`
  const answer = await tx.execute(sql`
    with asked as materialized (select * from jsonb_to_recordset(${askedRows(keys)}::jsonb) as a(${askedColumns})),
    met as materialized (select distinct a.asked_id, c.id from asked a cross join lateral (${waysIn(table, only)} ${byEmail}) c ${byAccount})
    select m.asked_id::text as "askedId", c.id::text, ${name} as name, c.domain, c.country, ${email ?? sql`null`} as email,
      ${account ?? sql`null`}::text as "accountId"${also.columns === undefined ? sql`` : sql`, ${also.columns}`}
    from met m ${readBy(table)} ${also.order === undefined ? sql`` : sql`order by ${also.order}`}`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the statement reads, and the caller's own columns
  const rows = answer.rows as (Row & Compared)[]
  const profiles = new Map<string, Profile>()
  return rows.flatMap((row): Like<Row>[] => {
    const known = profiles.get(row.id) ?? profile(row)
    profiles.set(row.id, known)
    const met = compare.get(row.askedId)?.(row, known) ?? null
    return met === null ? [] : [{ askedId: row.askedId, id: row.id, met, row }]
  })
}

interface Compared extends Company {
  askedId: string
  id: string
  accountId: string | null
}

const withOneKey = sql.raw(String(WITH_ONE_KEY))

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

/** Membership in a list of any length. */
import { sql, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

/**
 * Whether the column has one of the values. The list is one parameter however long it is: with a parameter for each value, as
 * `inArray` makes them, a page of 500 costs both the query builder and PostgreSQL's planner more than its rows do.
 */
export function anyOf(column: PgColumn, values: Iterable<string | number>): SQL {
  return sql`${column} = any(${listOf(column, values)})`
}

/** Whether the column has none of the values; see `anyOf`. */
export function noneOf(column: PgColumn, values: Iterable<string | number>): SQL {
  return sql`${column} <> all(${listOf(column, values)})`
}

function listOf(column: PgColumn, values: Iterable<string | number>): SQL {
  const type = column.getSQLType()
  return sql`${sql.param([...values])}::${sql.raw(type === 'bigserial' ? 'bigint' : type)}[]`
}

/** How lists are cut to pages and searched: SQL conditions that every list shares. */
import { sql, type Column, type SQL } from 'drizzle-orm'

/** Which part of a list: at most `limit` rows, after the one that the last page ended with. */
export interface Window {
  limit: number
  after: { at: string; id: string } | null
  /** Only rows whose id begins so. */
  id?: string | undefined
}

/** Rows behind a place in an order of newest first. */
export function olderThan(at: Column, id: Column, place: { at: string; id: string }): SQL {
  return sql`(${at}, ${id}) < (${place.at}::timestamptz, ${place.id}::uuid)`
}

/** A pattern for `ilike` that takes the text as it stands. */
export function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}

/** Rows whose id begins with these hexadecimal digits and hyphens. */
export function beginsWith(id: Column, prefix: string): SQL {
  return sql`${id}::text like ${`${prefix}%`}`
}

/** An instant's column as the API shows it. */
export function iso(column: string) {
  return sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)
}

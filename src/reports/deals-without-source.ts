/** The deals without a source, page by page, and how many there are. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { deals } from '../db/schema/index.ts'
import {
  countWithoutSource,
  dealsWithoutSource,
  keepsSource,
  longestFirst,
  sourcelessSince,
} from '../db/without-source.ts'
import type { Systems } from '../mapping/systems.ts'

export interface SourcelessFilter {
  home?: string | undefined
  after: { at: string; id: string } | null
  limit: number
}

/** The longest without one first; one row more than `limit`. */
export async function listDealsWithoutSource(db: Db, systems: Systems, { home, after, limit }: SourcelessFilter) {
  const known = [...systems.values()].filter(keepsSource).map(({ name }) => name)
  const homes = home === undefined ? known : known.filter((name) => name === home)
  const behind =
    after === null ? undefined : sql`(${sourcelessSince}, ${deals.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`
  const rows = await dealsWithoutSource(db, homes, behind)
    .orderBy(...longestFirst)
    .limit(limit + 1)
  return { rows, total: await countWithoutSource(db, homes) }
}

/** The vendor ids by which one system knows records of ours. */
import { and, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { anyOf } from './any-of.ts'
import type { Tx } from './connection.ts'
import { links, users } from './schema/index.ts'

const heirs = alias(links, 'heirs')

/**
 * Which vendor record stands for each of these records at a connection, as `<object> <record id>` → vendor id. A record whose
 * vendor record was merged into another is known by that other one. A user who has left, or whom the vendor no longer has, stands
 * for nobody.
 */
export async function theirIds(tx: Tx, connection: string, recordIds: Iterable<string>): Promise<Map<string, string>> {
  const wanted = [...new Set(recordIds)]
  const theirs = new Map<string, string>()
  if (wanted.length === 0) return theirs
  const rows = await tx
    .select({
      object: links.object,
      recordId: links.recordId,
      externalId: sql<string | null>`coalesce(${heirs.externalId}, ${links.externalId})`,
    })
    .from(links)
    .leftJoin(heirs, eq(heirs.id, links.mergedInto))
    .leftJoin(users, and(eq(links.kind, 'user'), eq(users.id, links.recordId)))
    .where(
      and(
        eq(links.connection, connection),
        anyOf(links.recordId, wanted),
        sql`not (${links.kind} = 'user' and (${users.state} = 'left' or ${links.gone} and ${links.mergedInto} is null) is true)`,
      ),
    )
  for (const row of rows) if (row.externalId !== null) theirs.set(`${row.object} ${row.recordId}`, row.externalId)
  return theirs
}

/** What we hold of a vendor's object, for connectors of vendors that do not tell of everything that goes. */
import { and, eq, ne, not, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Capability, Held } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { aliases, changes, links, parties } from '../db/schema/index.ts'

export function heldOf(db: Db, connection: string, { object, parent }: Capability): Held {
  return {
    among: (ids) => heldAmong(db, connection, object, ids),
    of: (parentIds) =>
      parent === undefined ? Promise.resolve([]) : heldOfParents(db, connection, object, parent, parentIds),
  }
}

/** Those of the vendor ids whose records we know and do not take for gone. */
export async function heldAmong(db: Db, connection: string, object: string, externalIds: string[]): Promise<string[]> {
  if (externalIds.length === 0) return []
  const rows = await db
    .select({ externalId: links.externalId })
    .from(links)
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        anyOf(links.externalId, externalIds),
        not(links.gone),
      ),
    )
  return rows.flatMap(({ externalId }) => externalId ?? [])
}

/** Those of the vendor ids whose records could not be taken in and wait parked. */
export async function parkedAmong(
  db: Db,
  connection: string,
  object: string,
  externalIds: string[],
): Promise<string[]> {
  if (externalIds.length === 0) return []
  const rows = await db
    .selectDistinct({ externalId: changes.externalId })
    .from(changes)
    .where(
      and(
        eq(changes.connection, connection),
        eq(changes.object, object),
        anyOf(changes.externalId, externalIds),
        eq(changes.status, 'parked'),
        ne(changes.code, 'CW_DELETE_BRAKE'),
      ),
    )
  return rows.map((row) => row.externalId)
}

/** Parts in deals, also in ones that were merged into these: their parts are under the old ids. */
async function heldOfParents(
  db: Db,
  connection: string,
  object: string,
  parent: string,
  parentIds: string[],
): Promise<string[]> {
  if (parentIds.length === 0) return []
  const at = sql`l.connection = ${connection} and l.object = ${parent}`
  const { rows } = await db.execute<{ external_id: string }>(sql`
    with named as (
      select l.id, l.record_id from ${links} l where ${at} and l.external_id = any(${sql.param(parentIds)}::text[])
      union
      select l.id, l.record_id from ${links} l join ${aliases} a on a.link_id = l.id
      where ${at} and a.connection = ${connection} and a.object = ${parent} and a.external_id = any(${sql.param(parentIds)}::text[])
    ), deals as (
      select record_id from named
      union
      select l.record_id from ${links} l join named n on n.id = l.merged_into where ${at}
    )
    select c.external_id from deals d
    join ${parties} p on p.deal_id = d.record_id
    join ${links} c on c.connection = ${connection} and c.object = ${object} and c.record_id = p.id
    where c.external_id is not null and not c.gone`)
  return rows.map((row) => row.external_id)
}

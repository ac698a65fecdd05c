/** What refers to a record that is another one by now. */
import { getTableName, eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { tables } from '../db/ledger.ts'
import { nudge, planLinks, workflowId } from '../db/outbox.ts'
import { columnOf, type Moved } from '../db/references.ts'
import { links, shadows, writes } from '../db/schema/index.ts'
import { customField, customName, type RecordKind } from '../domain/records.ts'
import type { System } from '../mapping/systems.ts'

/** Who refers to another record by now is compared with its vendors anew, where it is written at all. */
export async function tellReferrers(tx: Tx, moved: Moved[]): Promise<void> {
  if (moved.length === 0) return
  const written = await tx
    .select({ linkId: writes.linkId })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .where(
      anyOf(
        links.recordId,
        moved.map(({ id }) => id),
      ),
    )
  await planLinks(
    tx,
    written.map(({ linkId }) => linkId),
  )
  await nudge(
    tx,
    moved.flatMap(({ kind, id }) => (kind === 'registration' ? [workflowId.registration(id)] : [])),
  )
}

/**
 * What a system's records refer to by this vendor id, and we know as `from`, is known as `to`: exactly those references that came by
 * this vendor record. Of a deal its home says where it belongs; a mirror follows.
 */
export async function moveReferencesBy(
  tx: Tx,
  system: System,
  { object, externalId }: { object: string; externalId: string },
  { from, to, kind }: { from: string; to: string; kind: RecordKind },
): Promise<Moved[]> {
  const moved: Moved[] = []
  for (const mapping of system.mappings) {
    for (const { field, path, conversion } of mapping.fields) {
      if (conversion.as !== 'lookup' || conversion.object !== object || conversion.of !== kind) continue
      const custom = customField.test(field) ? customName(field) : null
      const column = custom === null ? sql.identifier(columnOf(field)) : sql.identifier('custom')
      const value =
        custom === null ? sql`${to}::uuid` : sql`jsonb_set(t.custom, array[${custom}], to_jsonb(${to}::text))`
      const held = custom === null ? sql`t.${column} = ${from}` : sql`t.custom ->> ${custom} = ${from}`
      const isSaidHere = mapping.kind === 'deal' ? sql`coalesce(t.home = ${system.name}, true)` : sql`true`
      const { rows } = await tx.execute<{ id: string }>(sql`
        update ${sql.identifier(getTableName(tables[mapping.kind]))} t set ${column} = ${value} from ${links} l join ${shadows} s on s.link_id = l.id
        where ${held} and ${isSaidHere} and l.record_id = t.id and l.connection = ${system.name} and l.object = ${mapping.object}
          and s.fields ->> ${path} = ${externalId} returning t.id::text`)
      moved.push(...rows.map(({ id }) => ({ kind: mapping.kind, id })))
    }
  }
  return moved
}

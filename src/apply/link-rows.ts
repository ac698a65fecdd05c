/** Rows of the crosswalk, as a person's correction changes them. */
import { and, eq, ne, sql } from 'drizzle-orm'
import { Collision } from '../db/attempts.ts'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { aliases, changes, clashes, links, shadows, writes } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'

export type LinkRow = typeof links.$inferSelect

export async function readLink(tx: Tx, linkId: string): Promise<LinkRow> {
  const [link] = await tx.select().from(links).where(eq(links.id, linkId))
  if (link === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no link ${linkId}`, { id: linkId })
  return link
}

export async function lockLink(tx: Tx, linkId: string): Promise<LinkRow> {
  const [link] = await tx.select().from(links).where(eq(links.id, linkId)).for('update')
  if (link === undefined) throw new Collision('the link went meanwhile')
  return link
}

/** A link that stands for nothing of its own any more; other names that it had are names of its heir. */
export async function dropLink(tx: Tx, linkId: string, heirId: string | null): Promise<void> {
  if (heirId === null) await tx.delete(aliases).where(eq(aliases.linkId, linkId))
  else await tx.update(aliases).set({ linkId: heirId }).where(eq(aliases.linkId, linkId))
  await tx
    .update(links)
    .set({ mergedInto: heirId })
    .where(and(eq(links.mergedInto, linkId), heirId === null ? undefined : ne(links.id, heirId)))
  if (heirId !== null) await bequeathClashes(tx, linkId, heirId)
  for (const table of [shadows, writes, clashes]) await tx.delete(table).where(eq(table.linkId, linkId))
  await tx.delete(links).where(eq(links.id, linkId))
}

/** The values that lost are kept nowhere else. With its vendor record gone nobody can rule an open one: what the ledger holds stands. */
async function bequeathClashes(tx: Tx, linkId: string, heirId: string): Promise<void> {
  await tx
    .update(clashes)
    .set({
      linkId: heirId,
      winner: sql`case when ${clashes.winner} = 'open' then 'ours' else ${clashes.winner} end`,
      decidedAt: sql`coalesce(${clashes.decidedAt}, now())`,
    })
    .where(eq(clashes.linkId, linkId))
}

/**
 * The vendor's record is merged into its new record as at first sight: what was last read of it comes in once more, by the road that
 * every change takes.
 */
export async function readAnew(tx: Tx, { id, connection, object, externalId }: LinkRow): Promise<void> {
  await tx.execute(sql`
    insert into ${changes} (connection, object, external_id, version, body_hash, body)
    select ${connection}, ${object}, ${externalId}, s.version || ' ' || gen_random_uuid(), md5(s.fields::text),
      jsonb_build_object('key', null, 'deleted', false, 'mergedInto', null, 'fields', s.fields,
        'modifiedAt', to_char(s.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from ${shadows} s where s.link_id = ${id}`)
  await tx.delete(shadows).where(eq(shadows.linkId, id))
  await nudge(tx, [workflowId.stream(connection, object)])
}

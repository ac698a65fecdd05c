/** Merges at a vendor: the id of the record that went away becomes another name of the one it went into. */
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { aliases, links } from '../db/schema/index.ts'
import type { Change } from './page.ts'
import { findLinks } from './recognise.ts'

/**
 * Follows the merges of a page, one by one, for one may lead to the next. Our records stay two where both were known: what refers
 * to the lost one is from now on written with the winner's id.
 */
export async function followMerges(tx: Tx, connection: string, object: string, batch: Change[]): Promise<void> {
  for (const { externalId, body } of batch) {
    const into = body.mergedInto
    if (into === null || into === externalId) continue
    const found = await findLinks(tx, connection, object, [externalId, into])
    const [loser, winner] = [found.get(externalId), found.get(into)]
    const heir = winner ?? loser
    if (heir === undefined) continue
    if (loser !== undefined && winner === undefined) {
      await tx.update(links).set({ externalId: into, gone: false }).where(eq(links.id, loser.id))
    } else if (loser !== undefined && loser.id !== heir.id) {
      await tx.update(links).set({ gone: true, externalId: null, mergedInto: heir.id }).where(eq(links.id, loser.id))
      await tx.update(links).set({ mergedInto: heir.id }).where(eq(links.mergedInto, loser.id))
      await tx.update(aliases).set({ linkId: heir.id }).where(eq(aliases.linkId, loser.id))
    }
    await tx
      .insert(aliases)
      .values({ connection, object, externalId, linkId: heir.id })
      .onConflictDoUpdate({
        target: [aliases.connection, aliases.object, aliases.externalId],
        set: { linkId: heir.id },
      })
    await tx
      .delete(aliases)
      .where(and(eq(aliases.connection, connection), eq(aliases.object, object), eq(aliases.externalId, into)))
  }
}

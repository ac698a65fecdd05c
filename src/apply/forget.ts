/** Forgetting the crosswalk to a vendor record: what it was to us is matched anew when it is made again. Our record stays. */
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { aliases, clashes, links, shadows, writes } from '../db/schema/index.ts'

/** A write that is under way finds its row gone when it is answered, and is told as late. */
export async function forgetLinks(tx: Tx, linkIds: string[]): Promise<void> {
  if (linkIds.length === 0) return
  await tx.update(links).set({ mergedInto: null }).where(anyOf(links.mergedInto, linkIds))
  for (const table of [clashes, aliases, shadows, writes]) await tx.delete(table).where(anyOf(table.linkId, linkIds))
  await tx.delete(links).where(anyOf(links.id, linkIds))
}

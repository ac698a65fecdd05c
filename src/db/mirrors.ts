/** Links of deals to the CRMs that mirror them. What a mirror refers to is asked for by its write, as for any other record. */
import { and, eq, isNotNull, or } from 'drizzle-orm'
import { anyOf } from './any-of.ts'
import type { MirrorPlace } from '../mapping/mirrors.ts'
import type { Tx } from './connection.ts'
import { ensureLinks } from './outbox.ts'
import { deals, parties } from './schema/index.ts'

/** Our own sales' part in a deal is the ledger's alone: no system has a record for it. */
export const isSomebodys = or(isNotNull(parties.partnerId), isNotNull(parties.accountId))

/**
 * Has deals, and the parts in them, kept wherever deals of other homes are mirrored. A deal that was only referred to so far waits
 * until it is known. Answers the links that are new, for their writes to be planned.
 *
 * @param recordIds deals, or parts in deals
 */
export async function ensureMirrors(tx: Tx, places: readonly MirrorPlace[], recordIds: string[]): Promise<string[]> {
  if (places.length === 0 || recordIds.length === 0) return []
  const ofParties = await tx.select({ dealId: parties.dealId }).from(parties).where(anyOf(parties.id, recordIds))
  const dealIds = new Set([...recordIds, ...ofParties.flatMap(({ dealId }) => dealId ?? [])])
  const rows = await tx
    .select({ dealId: deals.id, home: deals.home, partyId: parties.id, role: parties.role })
    .from(deals)
    .leftJoin(parties, and(eq(parties.dealId, deals.id), isSomebodys))
    .where(and(anyOf(deals.id, dealIds), isNotNull(deals.home), isNotNull(deals.name)))
  return ensureLinks(
    tx,
    places.flatMap((place) => {
      const { connection } = place
      return rows
        .filter(({ home }) => home !== connection)
        .flatMap(({ dealId, partyId, role }) => [
          { connection, object: place.deals, kind: 'deal' as const, recordId: dealId },
          ...(partyId === null || place.parties === undefined || (role === 'customer' && !place.customers)
            ? []
            : [{ connection, object: place.parties, kind: 'party' as const, recordId: partyId }]),
        ])
    }),
  )
}

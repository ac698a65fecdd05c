/** Partners' parts in deals: their rows, and what keeps them in the CRMs. */
import { and, eq, isNull } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { insertRecords, updateRecords } from '../db/ledger.ts'
import { ensureMirrors } from '../db/mirrors.ts'
import { ensureLinks, planLinks, planWrites } from '../db/outbox.ts'
import { parties, type deals } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import { mirrorPlaces } from '../mapping/mirrors.ts'
import { objectFor } from '../mapping/systems.ts'
import type { Programme } from './programme.ts'

/**
 * The part in the deal; one that is there already stays, and gets the share.
 *
 * @param partnerId null: our own sales
 * @param share in per cent; absent: nothing is said of it
 */
export async function partIn(
  tx: Tx,
  dealId: string,
  partnerId: string | null,
  role: 'sourcing' | 'co-sell',
  share?: string,
): Promise<string> {
  const whose =
    partnerId === null ? and(isNull(parties.partnerId), isNull(parties.accountId)) : eq(parties.partnerId, partnerId)
  const [known] = await tx
    .select({ id: parties.id })
    .from(parties)
    .where(and(eq(parties.dealId, dealId), eq(parties.role, role), whose))
  if (known !== undefined) {
    if (share !== undefined) await updateRecords(tx, 'party', [{ id: known.id, values: { share } }])
    return known.id
  }
  const id = idFor('direct-deal', role, `${dealId} ${partnerId ?? 'direct'}`)
  const values = { dealId, accountId: null, partnerId, role, share: share ?? null }
  await insertRecords(tx, 'party', [{ id, values }])
  return id
}

/** Has the deal's home and its mirrors keep partners' parts, and told what the deal says now. Our own sales' part is the ledger's alone. */
export async function keepParts(
  tx: Tx,
  programme: Programme,
  { id: dealId, home }: Pick<typeof deals.$inferSelect, 'id' | 'home'>,
  kept: { partnerId: string; partyId: string }[],
): Promise<void> {
  const system = programme.systems.get(home ?? '')
  const records = kept.flatMap(({ partnerId, partyId }): [RecordKind, string][] => [
    ['partner', partnerId],
    ['party', partyId],
  ])
  if (system !== undefined)
    await ensureLinks(
      tx,
      records.flatMap(([kind, recordId]) => {
        const object = objectFor(system, kind)
        return object === undefined ? [] : [{ connection: system.name, object, kind, recordId }]
      }),
    )
  const recordIds = [dealId, ...kept.map(({ partyId }) => partyId)]
  await planWrites(tx, recordIds)
  await planLinks(tx, await ensureMirrors(tx, mirrorPlaces(programme.systems), recordIds))
}

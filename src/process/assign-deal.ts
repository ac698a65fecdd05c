/** Makes a deal that a CRM's people opened a partner's: its source, its partner, the partner's part in it, and its claim. */
import { eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { updateRecords } from '../db/ledger.ts'
import { registrations, type deals } from '../db/schema/index.ts'
import { keepParts, partIn } from './deal-parts.ts'
import type { Partner, Registration } from './facts.ts'
import type { Programme } from './programme.ts'

/**
 * @param as `reassign`: the deal is the claim's; where the claim has another one already, people merge the two in their CRM.
 *   `co-sell`: it stays the rep's, and the partner helps
 */
export async function assignDeal(
  tx: Tx,
  programme: Programme,
  row: Registration,
  partner: Partner | undefined,
  deal: typeof deals.$inferSelect,
  as: 'reassign' | 'co-sell',
): Promise<void> {
  const claimed = {
    registrationId: row.id,
    registeredBy: partner?.name ?? null,
    registeredAt: row.submittedAt,
    registrationStatus: row.state,
    protectedUntil: row.protectedUntil,
    registrationNote: null,
  }
  const values = {
    partnerId: row.partnerId,
    managerId: partner?.managerId ?? deal.managerId,
    source: as === 'reassign' ? 'partner-sourced' : 'partner-influenced',
    ...(as === 'reassign' ? claimed : {}),
  }
  await updateRecords(tx, 'deal', [{ id: deal.id, values }])
  if (as === 'reassign' && row.dealId === null) {
    const { id: dealId, accountId, home } = deal
    await tx.update(registrations).set({ dealId, accountId, home }).where(eq(registrations.id, row.id))
  }
  const kept =
    row.partnerId === null
      ? []
      : [
          {
            partnerId: row.partnerId,
            partyId: await partIn(tx, deal.id, row.partnerId, as === 'reassign' ? 'sourcing' : 'co-sell'),
          },
        ]
  await keepParts(tx, programme, deal, kept)
}

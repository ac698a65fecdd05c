/** Makes a deal that a CRM's people opened a partner's: its source, its partner, the partner's part in it, and its claim. */
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { insertRecords, updateRecords } from '../db/ledger.ts'
import { ensureMirrors } from '../db/mirrors.ts'
import { ensureLinks, planLinks, planWrites } from '../db/outbox.ts'
import { parties, registrations, type deals } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import { mirrorPlaces } from '../mapping/mirrors.ts'
import { objectFor } from '../mapping/systems.ts'
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
  }
  const values = {
    partnerId: row.partnerId,
    managerId: partner?.managerId ?? deal.managerId,
    source: as === 'reassign' ? 'partner-sourced' : 'partner-influenced',
    ...(as === 'reassign' ? claimed : {}),
  }
  await updateRecords(tx, 'deal', [{ id: deal.id, values }])
  const partyId = await partOf(tx, deal.id, row.partnerId, as === 'reassign' ? 'sourcing' : 'co-sell')
  if (as === 'reassign' && row.dealId === null) {
    const { id: dealId, accountId, home } = deal
    await tx.update(registrations).set({ dealId, accountId, home }).where(eq(registrations.id, row.id))
  }
  await keepAtHome(tx, programme, deal, [
    ['partner', row.partnerId],
    ['party', partyId],
  ])
  await ensureAndPlan(tx, programme, deal.id, partyId)
}

/** The partner's part in the deal; one that it has already stays. */
async function partOf(
  tx: Tx,
  dealId: string,
  partnerId: string | null,
  role: 'sourcing' | 'co-sell',
): Promise<string | null> {
  if (partnerId === null) return null
  const [known] = await tx
    .select({ id: parties.id })
    .from(parties)
    .where(and(eq(parties.dealId, dealId), eq(parties.partnerId, partnerId), eq(parties.role, role)))
  if (known !== undefined) return known.id
  const id = idFor('direct-deal', role, `${dealId} ${partnerId}`)
  await insertRecords(tx, 'party', [{ id, values: { dealId, accountId: null, partnerId, role } }])
  return id
}

async function keepAtHome(
  tx: Tx,
  programme: Programme,
  { home }: typeof deals.$inferSelect,
  kept: [RecordKind, string | null][],
): Promise<void> {
  const system = programme.systems.get(home ?? '')
  if (system === undefined) return
  await ensureLinks(
    tx,
    kept.flatMap(([kind, recordId]) => {
      const object = objectFor(system, kind)
      return object === undefined || recordId === null ? [] : [{ connection: system.name, object, kind, recordId }]
    }),
  )
}

async function ensureAndPlan(tx: Tx, programme: Programme, dealId: string, partyId: string | null): Promise<void> {
  const recordIds = [dealId, ...(partyId === null ? [] : [partyId])]
  await planWrites(tx, recordIds)
  await planLinks(tx, await ensureMirrors(tx, mirrorPlaces(programme.systems), recordIds))
}

/** The price of a registered deal: written at the approval, taken away when the protection ends, and both told by the timeline. */
import { and, eq, isNotNull, or } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { deals, events } from '../db/schema/index.ts'
import { priceFor, type Price } from '../domain/policy/terms.ts'
import type { RegistrationState } from '../domain/records.ts'
import { claimFacts } from './claim-facts.ts'
import type { Partner, Registration } from './facts.ts'
import type { Programme } from './programme.ts'

export type PriceOfDeal = Pick<typeof deals.$inferInsert, 'registeredPrice' | 'discountReference'>

/** What the policy gives the claim, and what the deal carries for it. */
export function priceOf(
  { policy }: Programme,
  row: Registration,
  partner: Partner | undefined,
): { rule: string | null; ofDeal: PriceOfDeal } {
  const price: Price | null = priceFor(policy, claimFacts(row, partner))
  return {
    rule: price?.rule ?? null,
    ofDeal: { registeredPrice: price?.registeredPrice ?? null, discountReference: price?.reference ?? null },
  }
}

const none: PriceOfDeal = { registeredPrice: null, discountReference: null }

/** With these the protection ended without the deal: its price goes too. */
const ends: readonly RegistrationState[] = ['lapsed', 'withdrawn', 'revoked', 'merged']

/** What of the deal's price changes as the registration comes to a state; that it was taken away is an event. */
export async function priceAfter(tx: Tx, row: Registration, state: RegistrationState): Promise<PriceOfDeal> {
  if (row.dealId === null || !ends.includes(state)) return {}
  const [priced] = await tx
    .select({ id: deals.id })
    .from(deals)
    .where(and(eq(deals.id, row.dealId), or(isNotNull(deals.registeredPrice), isNotNull(deals.discountReference))))
  if (priced === undefined) return {}
  await tx
    .insert(events)
    .values({
      subjectId: row.id,
      partnerId: row.partnerId,
      stepKey: `price-removed:${row.dealId}`,
      what: 'price.removed',
      actor: 'system',
      rule: 'registered-price',
      policyVersion: row.policyVersion,
      detail: { dealId: row.dealId, because: state },
    })
    // A price that came again is taken away again, and the timeline tells of the first time.
    .onConflictDoNothing()
  return none
}

/** What the policy may ask of a claim, from the rows that hold it. */
import type { partners } from '../db/schema/index.ts'
import type { ClaimFacts } from '../domain/policy/claim.ts'
import type { Registration } from './facts.ts'

export function claimFacts(
  { amount, currency, products }: Registration,
  partner: typeof partners.$inferSelect | undefined,
): ClaimFacts {
  return {
    amount,
    currency,
    tier: partner?.tier ?? null,
    region: null,
    group: partner?.group ?? null,
    partnerType: partner?.partnerType ?? null,
    country: null,
    products: productsIn(products),
    dealType: null,
  }
}

/** Portals keep them as one text, however their form separates them. */
function productsIn(text: string | null): string[] {
  return (text ?? '')
    .split(/[,;|\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

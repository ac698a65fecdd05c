/** What the policy may ask of a claim, from the rows that hold it. */
import { inArray } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { partners } from '../db/schema/index.ts'
import type { ClaimFacts } from '../domain/policy/claim.ts'
import type { Claim, Finding } from '../domain/ruling.ts'
import type { Partner, Registration } from './facts.ts'
import { submissionOf } from './submission.ts'

export function claimFacts(
  {
    amount,
    currency,
    products,
    country,
    dealType,
    closeDate,
  }: Pick<Registration, 'amount' | 'currency' | 'products' | 'country' | 'dealType' | 'closeDate'>,
  partner: typeof partners.$inferSelect | undefined,
): ClaimFacts {
  return {
    amount,
    currency,
    tier: partner?.tier ?? null,
    region: partner?.region ?? null,
    group: partner?.group ?? null,
    partnerType: partner?.partnerType ?? null,
    country,
    products: productsIn(products),
    dealType,
    closeDate,
  }
}

/** The claim as rulings see it. */
export function claimOf(row: Registration, partner: Partner | undefined): Claim {
  return {
    ...claimFacts(row, partner),
    id: row.id,
    partnerId: row.partnerId ?? '',
    submittedAt: submissionOf(row, row.clockAheadMs),
    isKnowable: row.domain !== null || row.nameKey !== null,
  }
}

/** The tiers of those who stand beside a claim, for rules that compare them. */
export async function withTiers(tx: Tx, findings: Finding[]): Promise<Finding[]> {
  const rivals = findings.flatMap((one) =>
    one.kind === 'registration' || one.kind === 'lead' ? [one.other.partnerId] : [],
  )
  if (rivals.length === 0) return findings
  const rows = await tx
    .select({ id: partners.id, tier: partners.tier })
    .from(partners)
    .where(inArray(partners.id, rivals))
  const tiers = new Map(rows.map(({ id, tier }) => [id, tier]))
  return findings.map((one): Finding => {
    if (one.kind === 'registration')
      return { ...one, other: { ...one.other, tier: tiers.get(one.other.partnerId) ?? null } }
    return one.kind === 'lead' ? { ...one, other: { ...one.other, tier: tiers.get(one.other.partnerId) ?? null } } : one
  })
}

/** Portals keep them as one text, however their form separates them. */
function productsIn(text: string | null): string[] {
  return (text ?? '')
    .split(/[,;|\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/**
 * What stands beside a claim: open direct deals, customers, named accounts, other partners' live registrations, leads that partners
 * hold, and overlaps. Asked of the ledger alone, by index: what we wrote ourselves a moment ago stands in it, whatever the CRM's
 * search shows yet.
 */
import { sql } from 'drizzle-orm'
import { accountsLike } from '../db/accounts-like.ts'
import type { Tx } from '../db/connection.ts'
import { withKeptPlans } from '../db/kept-plans.ts'
import { claimKeys } from '../domain/identity.ts'
import { rulesOf } from '../domain/matching/aliases.ts'
import type { Finding } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import { dealsOf } from './findings/accounts.ts'
import { heldLeads, liveRegistrations } from './findings/claims.ts'
import { namedAccountsLike, overlapsWith } from './findings/listed.ts'
import { prospectOf, type Matching } from './findings/prospect.ts'

/** More findings of a kind than a person would read. Of each kind: a customer with a hundred open deals is no less a named account. */
const MOST = 25

/**
 * Locks the claim's identity keys in sorted order until the transaction ends: of two claims on one prospect, one is ruled
 * after the other, and sorted order keeps them from waiting in a circle. Domains of one company are one key.
 */
export async function lockClaim(tx: Tx, row: Registration, matching: Matching): Promise<void> {
  const domain = row.domain === null ? null : rulesOf(matching).aliasOf(row.domain)
  for (const key of claimKeys({ ...row, domain }))
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
}

/** The strongest first; of claims, leads and deals that are as strong those that stand before the others. */
export async function findRivals(tx: Tx, row: Registration, { aliases }: Matching): Promise<Finding[]> {
  const claimed = prospectOf(row)
  if (claimed === null) return []
  const findings = await withKeptPlans(tx, async () => {
    const known = await accountsLike(tx, [claimed], aliases)
    const prospect = { ...claimed, accounts: new Map(known.map(({ id, met }) => [id, met])) }
    return [
      ...(await liveRegistrations(tx, row, prospect, aliases)),
      ...(await dealsOf(tx, row, known)),
      ...(await namedAccountsLike(tx, prospect, aliases, known)),
      ...(await heldLeads(tx, prospect, aliases)),
      ...(await overlapsWith(tx, prospect, aliases)),
    ]
  })
  return [...Map.groupBy(findings.toSorted(byStrength), ({ kind }) => kind).values()]
    .flatMap((of) => of.slice(0, MOST))
    .toSorted(byStrength)
}

function byStrength(a: Finding, b: Finding): number {
  return b.score - a.score || (placeOf(a) < placeOf(b) ? -1 : placeOf(a) === placeOf(b) ? 0 : 1)
}

/** Who is protected stands first, then who was first in time: whatever is left out, they are not. */
function placeOf(finding: Finding): string {
  switch (finding.kind) {
    case 'registration':
      return `${finding.other.state === 'approved' ? '0' : '1'} ${finding.other.submittedAt} ${finding.otherId}`
    case 'direct-deal':
      return `2 ${finding.other?.openedAt ?? ''} ${finding.otherId}`
    case 'customer':
    case 'named-account':
      return '2'
    case 'lead':
      return `3 ${finding.other.since} ${finding.otherId}`
    case 'overlap':
      return '4'
  }
}

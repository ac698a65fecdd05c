/**
 * What stands beside a claim: open direct deals, customers, named accounts, other partners' live registrations, leads that partners
 * hold, and overlaps. Asked of the ledger alone, by index: what we wrote ourselves a moment ago stands in it, whatever the CRM's
 * search shows yet.
 */
import { sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { claimKeys } from '../domain/identity.ts'
import { rulesOf } from '../domain/matching/aliases.ts'
import type { Finding } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import { accountsLike, dealsAt } from './findings/accounts.ts'
import { heldLeads, liveRegistrations } from './findings/claims.ts'
import { namedAccountsLike, overlapsWith } from './findings/listed.ts'
import { prospectOf, type Matching } from './findings/prospect.ts'

/** More findings than a person would read; the first are the strongest. */
const LIMIT = 50

/**
 * Locks the claim's identity keys in sorted order until the transaction ends: of two claims on one prospect, one is ruled
 * after the other, and sorted order keeps them from waiting in a circle. Domains of one company are one key.
 */
export async function lockClaim(tx: Tx, row: Registration, matching: Matching): Promise<void> {
  const domain = row.domain === null ? null : rulesOf(matching).aliasOf(row.domain)
  for (const key of claimKeys({ ...row, domain }))
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
}

/** The strongest first. */
export async function findRivals(tx: Tx, row: Registration, matching: Matching): Promise<Finding[]> {
  const prospect = prospectOf(row, matching)
  if (prospect === null) return []
  const accounts = await accountsLike(tx, prospect)
  const findings = [
    ...(await liveRegistrations(tx, row, prospect, accounts)),
    ...(await dealsAt(tx, accounts)),
    ...(await namedAccountsLike(tx, prospect, accounts)),
    ...(await heldLeads(tx, prospect)),
    ...(await overlapsWith(tx, prospect, accounts)),
  ]
  return findings.toSorted((a, b) => b.score - a.score).slice(0, LIMIT)
}

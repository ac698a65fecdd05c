/** What stands beside a claim: open direct deals of the CRMs and other live registrations, by domain, name and contact e-mail. */
import { and, eq, getTableColumns, gt, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { accounts, deals, links, registrations } from '../db/schema/index.ts'
import { claimKeys, email } from '../domain/identity.ts'
import { openStates } from '../domain/registration-states.ts'
import type { Finding, Matched } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import { claimInstant } from './claimed.ts'
import { clockAhead } from './submission.ts'

/** Score by what matched, of 100. A name alone is never certain. */
const SCORE: Record<Matched, number> = { domain: 100, 'contact-email': 95, name: 70 }

/** More findings than a person would read; the first are the strongest. */
const LIMIT = 50

/**
 * Locks the claim's identity keys in sorted order until the transaction ends: of two claims on one prospect, one is ruled
 * after the other, and sorted order keeps them from waiting in a circle.
 */
export async function lockClaim(tx: Tx, row: Registration): Promise<void> {
  for (const key of claimKeys(row)) await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
}

export async function findRivals(tx: Tx, row: Registration): Promise<Finding[]> {
  const findings = [...(await directDeals(tx, row)), ...(await otherRegistrations(tx, row))]
  return findings.toSorted((a, b) => b.score - a.score).slice(0, LIMIT)
}

async function directDeals(tx: Tx, row: Registration): Promise<Finding[]> {
  const matches = or(
    row.domain === null ? undefined : eq(accounts.domain, row.domain),
    row.nameKey === null ? undefined : eq(accounts.nameKey, row.nameKey),
  )
  if (matches === undefined) return []
  const rows = await tx
    .select({ id: deals.id, domain: accounts.domain, nameKey: accounts.nameKey })
    .from(deals)
    .innerJoin(accounts, eq(accounts.id, deals.accountId))
    .where(and(eq(deals.status, 'open'), isNull(deals.registrationId), stillThere, matches))
    .limit(LIMIT)
  return rows.map(({ id, domain, nameKey }) => {
    const matchedOn = matched([
      ['domain', domain !== null && domain === row.domain],
      ['name', nameKey !== null && nameKey === row.nameKey],
    ])
    return { kind: 'direct-deal', otherId: id, matchedOn, score: scoreOf(matchedOn) }
  })
}

/** A deal that its CRM deleted keeps its row, and hinders nobody. */
const stillThere = sql`not exists (select from ${links} where ${links.recordId} = ${deals.id} and ${links.connection} = ${deals.home} and ${links.gone})`

async function otherRegistrations(tx: Tx, row: Registration): Promise<Finding[]> {
  const contact = email(row.contactEmail)
  const matches = or(
    row.domain === null ? undefined : eq(registrations.domain, row.domain),
    row.nameKey === null ? undefined : eq(registrations.nameKey, row.nameKey),
    contact === null ? undefined : sql`lower(${registrations.contactEmail}) = ${contact}`,
  )
  if (matches === undefined) return []
  const rows = await tx
    .select({ ...getTableColumns(registrations), ahead: clockAhead })
    .from(registrations)
    .where(
      and(
        ne(registrations.id, row.id),
        inArray(registrations.state, [...openStates]),
        isNull(registrations.withdrawnAt),
        // A protection ends at its instant, whether or not its process has looked since.
        or(ne(registrations.state, 'approved'), gt(registrations.protectedUntil, sql`now()`)),
        matches,
      ),
    )
    .limit(LIMIT)
  return rows.flatMap((other): Finding[] => {
    if (other.partnerId === null) return []
    const matchedOn = matched([
      ['domain', other.domain !== null && other.domain === row.domain],
      ['contact-email', contact !== null && email(other.contactEmail) === contact],
      ['name', other.nameKey !== null && other.nameKey === row.nameKey],
    ])
    const { partnerId, state } = other
    return [
      {
        kind: 'registration',
        otherId: other.id,
        matchedOn,
        score: scoreOf(matchedOn),
        other: { partnerId, submittedAt: claimInstant(other, other.ahead, matchedOn), state },
        since: claimInstant(row, row.clockAheadMs, matchedOn),
      },
    ]
  })
}

function matched(tests: [Matched, boolean][]): Matched[] {
  return tests.filter(([, holds]) => holds).map(([on]) => on)
}

function scoreOf(matchedOn: Matched[]): number {
  return Math.max(0, ...matchedOn.map((on) => SCORE[on]))
}

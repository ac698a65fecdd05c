/** What the rows of an import name: partners, and deals that the CRMs hold already. One statement each. */
import { and, eq, or, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { accounts, deals, links, partners } from '../db/schema/index.ts'
import { nameKey } from '../domain/identity.ts'
import type { Partner } from './facts.ts'
import type { ImportFlaw, ReadRow } from './import-registrations.ts'

/** Each row's partner: the only one that all it says of the partner fits. */
export async function findPartners(tx: Tx, rows: ReadRow[], flaws: ImportFlaw[]): Promise<Map<number, Partner>> {
  const found = new Map<number, Partner>()
  if (rows.length === 0) return found
  const named = rows.map(({ claim }) => claim.partner)
  const known = await tx
    .select()
    .from(partners)
    .where(
      or(
        anyOf(
          partners.id,
          named.flatMap(({ id }) => id ?? []),
        ),
        anyOf(
          partners.domain,
          named.flatMap(({ domain }) => domain ?? []),
        ),
        anyOf(
          partners.nameKey,
          named.flatMap(({ name }) => nameKey(name) ?? []),
        ),
        sql`lower(${partners.email}) = any(${sql.param(named.flatMap(({ email }) => email ?? []))}::text[])`,
      ),
    )
  for (const { line, claim } of rows) {
    const { id, domain, name, email } = claim.partner
    const fits = known.filter(
      (one) =>
        (id === null || one.id === id) &&
        (domain === null || one.domain === domain) &&
        (email === null || one.email?.toLowerCase() === email) &&
        (name === null || one.nameKey === nameKey(name)),
    )
    const [partner] = fits
    const column =
      id !== null
        ? 'partner_id'
        : domain !== null
          ? 'partner_domain'
          : email !== null
            ? 'partner_email'
            : 'partner_name'
    if (partner !== undefined && fits.length === 1) found.set(line, partner)
    else if (fits.length === 0)
      flaws.push({
        line,
        column,
        code: 'CW_PARTNER_UNKNOWN',
        message: `no partner is known by ${column} "${said(claim.partner)}"`,
      })
    else
      flaws.push({
        line,
        column,
        code: 'CW_FIELD_INVALID',
        message: `${String(fits.length)} partners are known by ${column} "${said(claim.partner)}"; name one by partner_id`,
      })
  }
  return found
}

function said({ id, domain, email, name }: ReadRow['claim']['partner']): string {
  return (id ?? domain ?? email ?? name ?? '').slice(0, 60)
}

/**
 * Each row's deal: the one that it names by the CRM's id; else the only open deal at its domain that is this partner's, or some
 * partner's whom nobody named. A direct deal is nobody's to give away: it is told as a conflict.
 */
export async function findDeals(
  tx: Tx,
  rows: (ReadRow & { partner: Partner })[],
  flaws: ImportFlaw[],
): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const taken = new Set<string>()
  const take = (line: number, dealId: string): boolean => {
    if (taken.has(dealId)) return false
    taken.add(dealId)
    found.set(line, dealId)
    return true
  }
  const named = rows.flatMap(({ line, claim: { deal } }) => (deal === null ? [] : [{ line, ...deal }]))
  const held =
    named.length === 0
      ? []
      : await tx
          .select({
            connection: links.connection,
            externalId: links.externalId,
            id: deals.id,
            claimed: deals.registrationId,
          })
          .from(links)
          .innerJoin(deals, eq(deals.id, links.recordId))
          .where(
            and(
              eq(links.kind, 'deal'),
              eq(links.gone, false),
              anyOf(
                links.externalId,
                named.map(({ id }) => id),
              ),
            ),
          )
  for (const { line, crm, id } of named) {
    const deal = held.find((one) => one.connection === crm && one.externalId === id)
    const flaw = (message: string): ImportFlaw => ({ line, column: 'crm_deal_id', code: 'CW_NOT_FOUND', message })
    if (deal === undefined) flaws.push(flaw(`no deal of ${crm} is known by the id "${id.slice(0, 60)}"`))
    else if (deal.claimed !== null || !take(line, deal.id))
      flaws.push({
        ...flaw(`the deal "${id.slice(0, 60)}" of ${crm} has a registration already`),
        code: 'CW_FIELD_INVALID',
      })
  }
  const open = rows.filter(({ claim }) => claim.deal === null && claim.domain !== null)
  if (open.length === 0) return found
  const atDomain = await tx
    .select({ id: deals.id, domain: accounts.domain, partnerId: deals.partnerId })
    .from(deals)
    .innerJoin(accounts, eq(accounts.id, deals.accountId))
    .where(
      and(
        anyOf(
          accounts.domain,
          open.flatMap(({ claim }) => claim.domain ?? []),
        ),
        eq(deals.status, 'open'),
        sql`${deals.registrationId} is null and (${deals.partnerId} is not null or ${deals.source} in ('partner-sourced', 'partner-influenced'))`,
      ),
    )
  for (const { line, claim, partner } of open) {
    const fits = atDomain.filter(
      ({ domain, partnerId }) => domain === claim.domain && (partnerId === null || partnerId === partner.id),
    )
    const [deal] = fits
    if (deal !== undefined && fits.length === 1) take(line, deal.id)
  }
  return found
}

/** Which claims are about a company: looked up from whichever side asks, and judged by the one matcher. */
import { sql } from 'drizzle-orm'
import type { Aliases } from '../domain/matching/met.ts'
import type { RegistrationState } from '../domain/records.ts'
import { companiesLike, type Asked, type Like, type Place } from './company-search.ts'
import type { Tx } from './connection.ts'
import { registrations } from './schema/index.ts'
import { isLiveClaim } from './standing.ts'

const claims: Omit<Place, 'only'> = {
  table: registrations,
  name: sql`c.company`,
  email: sql`c.contact_email`,
  account: sql`c.account_id`,
}

/** A live claim that an asked company met. */
export type ClaimLike = Like<{ partnerId: string; state: RegistrationState }>

/** The live claims on these companies, those that are protected first, then by who was first. */
export function claimsLike(tx: Tx, asked: readonly Asked[], aliases: Aliases): Promise<ClaimLike[]> {
  return companiesLike(
    tx,
    asked,
    aliases,
    { ...claims, only: isLiveClaim },
    {
      columns: sql`c.partner_id::text as "partnerId", c.state`,
      order: sql`c.state = 'approved' desc, c.submitted_at, c.id`,
    },
  )
}

/** A claim of the same partner whose protection is over. */
export type LapsedClaim = Like<{ until: string }>

/** The partner's claims on the company whose protection lapsed, the last one first. */
export function lapsedClaimsLike(tx: Tx, asked: Asked, partnerId: string, aliases: Aliases): Promise<LapsedClaim[]> {
  const only = sql`c.id <> a.asked_id and c.partner_id = ${partnerId} and c.state = 'lapsed' and c.protected_until is not null`
  return companiesLike(
    tx,
    [asked],
    aliases,
    { ...claims, only },
    {
      columns: sql`c.protected_until as until`,
      order: sql`c.protected_until desc, c.id`,
    },
  )
}

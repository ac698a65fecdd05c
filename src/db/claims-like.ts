/** Which live claims are about the accounts of direct deals: by the same matching as a claim's own check, seen from the other side. */
import { sql } from 'drizzle-orm'
import { rulesOf } from '../domain/matching/aliases.ts'
import { profile } from '../domain/matching/company.ts'
import { match } from '../domain/matching/match.ts'
import { keysWithAliases } from '../domain/matching/search-keys.ts'
import { isCertain, type Matched } from '../domain/ruling.ts'
import { askedColumns, askedRows, readBy, waysIn } from './company-search.ts'
import type { Tx } from './connection.ts'
import { registrations, type accounts } from './schema/index.ts'
import { isLiveClaim } from './standing.ts'

export type NamedAccount = Pick<typeof accounts.$inferSelect, 'id' | 'name' | 'domain' | 'country'>

/** What a claim says of the company, and which account of a CRM it stands for. */
export type ClaimedCompany = Pick<
  typeof registrations.$inferSelect,
  'company' | 'domain' | 'country' | 'contactEmail' | 'accountId'
>

/** Domains that the policy says are of one company, in groups. */
export type Aliases = readonly (readonly string[])[]

/** How an account and a claim met. */
export interface MetClaim {
  matchedOn: Matched[]
  score: number
}

export interface ClaimLike extends MetClaim {
  accountId: string
  registrationId: string
}

/** So many claims of one account are looked at. */
const MOST = 100

/** How an account and a claim meet; null: they are two companies. The claim's own account is it, whatever it is called by now. */
export function meets(account: NamedAccount, claim: ClaimedCompany, aliases: Aliases): MetClaim | null {
  const { verdict, score, matchedOn } = match(
    profile({ ...account, email: null, ids: [account.id] }),
    profile({
      name: claim.company,
      domain: claim.domain,
      country: claim.country,
      email: claim.contactEmail,
      ids: claim.accountId === null ? [] : [claim.accountId],
    }),
    rulesOf({ aliases }),
  )
  return verdict === 'different' ? null : { matchedOn, score }
}

/** Those that the accounts meet: for each account what is certain first, then who is protected, then who was first. */
export async function claimsLike(tx: Tx, named: readonly NamedAccount[], aliases: Aliases): Promise<ClaimLike[]> {
  const byId = new Map(named.map((account) => [account.id, account]))
  const asked = named.flatMap((account) =>
    keysWithAliases(profile({ ...account, email: null }), account.name, aliases).map((keys) => ({
      ...keys,
      asked_id: account.id,
    })),
  )
  const { rows } = await tx.execute<Row>(sql`
    with asked as materialized (select * from jsonb_to_recordset(${askedRows(asked)}::jsonb) as a(${askedColumns})),
    met as materialized (select distinct a.asked_id, c.id from asked a cross join lateral (${waysIn(registrations, isLiveClaim)}
      union all (select c.id from ${registrations} c where c.account_id = a.asked_id and ${isLiveClaim}
        limit ${sql.raw(String(MOST))})) c)
    select m.asked_id::text as asked, c.id::text, c.company, c.domain, c.country, c.contact_email as "contactEmail",
      c.account_id::text as "accountId"
    from met m ${readBy(registrations)}
    order by c.state = 'approved' desc, c.submitted_at, c.id`)
  const found = rows.flatMap(({ asked: accountId, id: registrationId, ...claim }): ClaimLike[] => {
    const account = byId.get(accountId)
    const met = account === undefined ? null : meets(account, claim, aliases)
    return met === null ? [] : [{ accountId, registrationId, ...met }]
  })
  return found.toSorted((a, b) => Number(isCertain(b)) - Number(isCertain(a)))
}

interface Row extends ClaimedCompany, Record<string, unknown> {
  asked: string
  id: string
}

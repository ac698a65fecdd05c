/** Which accounts of the CRMs are a company, and what deals they hold. */
import { sql } from 'drizzle-orm'
import type { Aliases } from '../domain/matching/met.ts'
import type { DealSource, DealStatus } from '../domain/records.ts'
import { companiesLike, type Asked, type Like, type Place } from './company-search.ts'
import { isLiveHere } from './connections.ts'
import type { Tx } from './connection.ts'
import { accounts, deals, links } from './schema/index.ts'

const place: Place = {
  table: accounts,
  name: sql`c.name`,
  email: null,
  account: sql`c.id`,
  only: sql`true`,
}

/** An account that an asked company is. */
export type AccountLike = Like<{
  type: string | null
  /** Whether a CRM marks it as kept by direct sales. */
  named: boolean
  territory: string | null
}>

export function accountsLike(tx: Tx, asked: readonly Asked[], aliases: Aliases): Promise<AccountLike[]> {
  return companiesLike(tx, asked, aliases, place, {
    columns: sql`c.account_type as type, c.named is not distinct from 'true' as named, c.territory`,
  })
}

/** So many open deals of one account are looked at, those that were opened first. */
const DEALS = 20

/** A deal of an account: an open one without a registration, or the last one that was won. */
export interface AccountDeal {
  accountId: string
  id: string
  status: Extract<DealStatus, 'open' | 'won'>
  partnerId: string | null
  source: DealSource | null
  /** When it was opened, as its CRM says. */
  openedAt: string | null
  /** Whether its CRM may be written to. */
  live: boolean
  /** When it was won, as its CRM says. */
  closed: string
}

/** What the accounts hold of deals: one statement, by the index of a deal's account. */
export async function dealsAt(tx: Tx, accountIds: Iterable<string>): Promise<AccountDeal[]> {
  const ids = [...new Set(accountIds)]
  if (ids.length === 0) return []
  const { rows } = await tx.execute<AccountDeal & Record<string, unknown>>(sql`
    select a.id::text as "accountId", d.id::text, d.status, d.partner_id::text as "partnerId", d.source, d.opened_at as "openedAt",
      ${isLiveHere(sql`d.home`)} as live, coalesce(d.close_date::timestamp at time zone 'UTC', d.updated_at) as closed
    from unnest(${sql.param(ids)}::uuid[]) as a(id) cross join lateral (
      (select d.* from ${deals} d where d.account_id = a.id and d.status = 'open' and d.registration_id is null and ${stillThere}
        order by d.opened_at nulls first, d.id limit ${sql.raw(String(DEALS))})
      union all
      (select d.* from ${deals} d where d.account_id = a.id and d.status = 'won' and ${stillThere}
        order by d.close_date desc nulls last, d.id limit 1)) d`)
  return rows
}

/** A deal that its CRM deleted keeps its row, and hinders nobody. */
const stillThere = sql`not exists (select from ${links} l where l.record_id = d.id and l.connection = d.home and l.gone)`

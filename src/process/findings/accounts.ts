/** Accounts of the CRMs that are the claim's company: their open direct deals, and whether they are customers. */
import { sql } from 'drizzle-orm'
import { askedColumns, readBy, waysIn } from '../../db/company-search.ts'
import type { Tx } from '../../db/connection.ts'
import { accounts, deals, links } from '../../db/schema/index.ts'
import type { Finding } from '../../domain/ruling.ts'
import type { Met, Prospect } from './prospect.ts'

/** An account that the claim's company may be. */
export interface LikeAccount {
  id: string
  type: string | null
  /** Whether a CRM marks it as kept by direct sales. */
  named: boolean
  territory: string | null
  met: Met
}

/** So many open deals of one account are shown. */
const DEALS = 20

export async function accountsLike(tx: Tx, prospect: Prospect): Promise<LikeAccount[]> {
  const { rows } = await tx.execute<{
    id: string
    name: string | null
    domain: string | null
    country: string | null
    type: string | null
    named: boolean
    territory: string | null
  }>(sql`
    with asked as materialized (select * from jsonb_to_recordset(${prospect.asked}::jsonb) as a(${askedColumns})),
    met as materialized (select distinct c.id from asked a cross join lateral (${waysIn(accounts)}) c)
    select c.id::text, c.name, c.domain, c.country, c.account_type as type,
      c.named is not distinct from 'true' as named, c.territory
    from met m ${readBy(accounts)}`)
  return rows.flatMap(({ id, type, named, territory, ...company }) => {
    const met = prospect.meets({ ...company, email: null })
    return met === null ? [] : [{ id, type, named, territory, met }]
  })
}

/** What they hold of deals: one statement, by the index of a deal's account. */
export async function dealsAt(tx: Tx, found: readonly LikeAccount[]): Promise<Finding[]> {
  if (found.length === 0) return []
  const { rows } = await tx.execute<{
    account_id: string
    id: string
    status: 'open' | 'won'
    partner_id: string | null
    closed: string
  }>(sql`
    select a.id::text as account_id, d.id::text, d.status, d.partner_id::text,
      coalesce(d.close_date::timestamp at time zone 'UTC', d.updated_at) as closed
    from unnest(${idList(found)}::uuid[]) as a(id) cross join lateral (
      (select d.* from ${deals} d where d.account_id = a.id and d.status = 'open' and d.registration_id is null and ${stillThere}
        order by d.id limit ${sql.raw(String(DEALS))})
      union all
      (select d.* from ${deals} d where d.account_id = a.id and d.status = 'won' and ${stillThere}
        order by d.close_date desc nulls last, d.id limit 1)) d`)
  const won = new Map(rows.flatMap((row) => (row.status === 'won' ? [[row.account_id, row]] : [])))
  return found.flatMap(({ id, type, met }): Finding[] => {
    const last = won.get(id)
    const open = rows.filter(({ account_id, status }) => account_id === id && status === 'open')
    const direct = open.map((deal): Finding => ({ kind: 'direct-deal', otherId: deal.id, ...met }))
    if (last === undefined && !isCustomer(type)) return direct
    const other = {
      partnerId: last?.partner_id ?? null,
      wonAt: last === undefined ? null : new Date(last.closed).toISOString(),
    }
    return [...direct, { kind: 'customer', otherId: id, other, ...met }]
  })
}

/** A deal that its CRM deleted keeps its row, and hinders nobody. */
const stillThere = sql`not exists (select from ${links} l where l.record_id = d.id and l.connection = d.home and l.gone)`

/** CRMs have several kinds of them: `Customer - Direct`. */
function isCustomer(type: string | null): boolean {
  return type !== null && /^customer\b/i.test(type)
}

export function idList(found: readonly { id: string }[]): string {
  return `{${found.map(({ id }) => id).join()}}`
}

/** Lists that a claim is checked against beside the ledger: named accounts, and what account mapping says. */
import { sql } from 'drizzle-orm'
import { anyOf } from '../../db/any-of.ts'
import { askedColumns, readBy, waysIn } from '../../db/company-search.ts'
import type { Tx } from '../../db/connection.ts'
import { accountOverlaps, namedAccounts } from '../../db/schema/index.ts'
import type { Finding } from '../../domain/ruling.ts'
import { idList, type LikeAccount } from './accounts.ts'
import { sameAccount } from './claims.ts'
import type { Met, Prospect } from './prospect.ts'

/** What a named account’s source is called where a field of the CRM’s own account says it. */
export const ACCOUNT = 'account'

export async function namedAccountsLike(tx: Tx, prospect: Prospect, known: readonly LikeAccount[]): Promise<Finding[]> {
  const met = await metIn(tx, namedAccounts, prospect, known)
  const rows = met.size === 0 ? [] : await tx.select().from(namedAccounts).where(anyOf(namedAccounts.id, met.keys()))
  const listed = rows.flatMap(({ id, source, territory }): Finding[] => {
    const found = met.get(id)
    return found === undefined ? [] : [{ kind: 'named-account', otherId: id, ...found, other: { source, territory } }]
  })
  const own = known
    .filter(({ named }) => named)
    .map(({ id, territory, met: found }): Finding => {
      return { kind: 'named-account', otherId: id, ...found, other: { source: ACCOUNT, territory } }
    })
  return [...listed, ...own]
}

export async function overlapsWith(tx: Tx, prospect: Prospect, known: readonly LikeAccount[]): Promise<Finding[]> {
  const met = await metIn(tx, accountOverlaps, prospect, known)
  const rows =
    met.size === 0 ? [] : await tx.select().from(accountOverlaps).where(anyOf(accountOverlaps.id, met.keys()))
  return rows.flatMap(({ id, ...other }): Finding[] => {
    const found = met.get(id)
    return found === undefined ? [] : [{ kind: 'overlap', otherId: id, ...found, other: overlapOf(other) }]
  })
}

function overlapOf({ partnerId, relation, asOf }: Omit<typeof accountOverlaps.$inferSelect, 'id'>) {
  return { partnerId, relation, asOf }
}

/** Which rows of a list are the claim's company, or name an account that is. */
async function metIn(
  tx: Tx,
  list: typeof namedAccounts | typeof accountOverlaps,
  prospect: Prospect,
  known: readonly LikeAccount[],
): Promise<Map<string, Met>> {
  const { rows } = await tx.execute<{
    id: string
    name: string | null
    domain: string | null
    country: string | null
    account_id: string | null
  }>(sql`
    with asked as materialized (select * from jsonb_to_recordset(${prospect.asked}::jsonb) as a(${askedColumns})),
    met as materialized (select c.id from asked a cross join lateral (${waysIn(list, sql`true`)}) c
      union select c.id from unnest(${idList(known)}::uuid[]) k(id) join ${list} c on c.account_id = k.id)
    select c.id::text, c.name, c.domain, c.country, c.account_id::text from met m ${readBy(list)}`)
  const found = new Map<string, Met>()
  for (const { id, account_id, ...company } of rows) {
    const account = known.find((one) => one.id === account_id)
    const met = sameAccount(prospect.meets({ ...company, email: null }), account)
    if (met !== null) found.set(id, met)
  }
  return found
}

/** Lists that a claim is checked against beside the ledger: named accounts, and what account mapping says. */
import { sql } from 'drizzle-orm'
import type { AccountLike } from '../../db/accounts-like.ts'
import { companiesLike, type Asked, type Place } from '../../db/company-search.ts'
import type { Tx } from '../../db/connection.ts'
import { accountOverlaps, namedAccounts, type OverlapRelation } from '../../db/schema/index.ts'
import type { Aliases } from '../../domain/matching/met.ts'
import type { Finding } from '../../domain/ruling.ts'

/** What a named account’s source is called where a field of the CRM’s own account says it. */
export const ACCOUNT = 'account'

const list = (table: Place['table']): Place => ({
  table,
  name: sql`c.name`,
  email: null,
  account: sql`c.account_id`,
  only: sql`true`,
})

export async function namedAccountsLike(
  tx: Tx,
  prospect: Asked,
  aliases: Aliases,
  known: readonly AccountLike[],
): Promise<Finding[]> {
  const found = await companiesLike<{ source: string; territory: string | null }>(
    tx,
    [prospect],
    aliases,
    list(namedAccounts),
    { columns: sql`c.source, c.territory` },
  )
  const own = known
    .filter(({ row }) => row.named)
    .map(({ id, met, row }) => ({ id, met, row: { source: ACCOUNT, territory: row.territory } }))
  return [...found, ...own].map(({ id, met, row: { source, territory } }): Finding => {
    return { kind: 'named-account', otherId: id, ...met, other: { source, territory } }
  })
}

export async function overlapsWith(tx: Tx, prospect: Asked, aliases: Aliases): Promise<Finding[]> {
  const found = await companiesLike<{ partnerId: string; relation: OverlapRelation; asOf: string }>(
    tx,
    [prospect],
    aliases,
    list(accountOverlaps),
    { columns: sql`c.partner_id::text as "partnerId", c.relation, c.as_of as "asOf"` },
  )
  return found.map(({ id, met, row: { partnerId, relation, asOf } }): Finding => {
    const other = { partnerId, relation, asOf: new Date(asOf).toISOString() }
    return { kind: 'overlap', otherId: id, ...met, other }
  })
}

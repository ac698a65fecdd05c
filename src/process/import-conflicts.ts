/** What stands against registrations that were just imported: reported, and left to the audit of conflicts to be ruled. */
import { sql } from 'drizzle-orm'
import { standsHere } from '../db/standing.ts'
import type { Tx } from '../db/connection.ts'
import { accounts, deals, registrations } from '../db/schema/index.ts'

export interface ImportConflict {
  line: number
  kind: 'registration' | 'direct-deal'
  otherId: string
  /** The other one's line, where it came in with these rows. */
  otherLine: number | null
}

/** @param lines by registration */
export async function importConflicts(tx: Tx, lines: ReadonlyMap<string, number>): Promise<ImportConflict[]> {
  if (lines.size === 0) return []
  const ids = sql.param([...lines.keys()])
  const { rows } = await tx.execute<{ id: string; kind: ImportConflict['kind']; other: string }>(sql`
    with own as materialized (select id, partner_id, domain from ${registrations} where id = any(${ids}::uuid[]) and domain is not null)
    select own.id::text, 'registration' as kind, ${registrations.id}::text as other
    from own join ${registrations} on ${registrations.domain} = own.domain
    where ${standsHere} and ${registrations.partnerId} <> own.partner_id
    union all
    select own.id::text, 'direct-deal', ${deals.id}::text
    from own join ${accounts} on ${accounts.domain} = own.domain join ${deals} on ${deals.accountId} = ${accounts.id}
    where ${deals.status} = 'open' and ${deals.registrationId} is null and ${deals.partnerId} is distinct from own.partner_id
    order by 1, 2, 3`)
  return rows
    .map(({ id, kind, other }) => ({
      line: lines.get(id) ?? 0,
      kind,
      otherId: other,
      otherLine: lines.get(other) ?? null,
    }))
    .toSorted((a, b) => a.line - b.line)
}

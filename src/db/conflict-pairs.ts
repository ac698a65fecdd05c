/** Accounts that more than one side pursues, in one statement on sets, however many claims and deals there are. */
import { sql } from 'drizzle-orm'
import type { ConflictPair } from '../domain/conflict-audit.ts'
import { isLiveHere } from './connections.ts'
import type { Db, Tx } from './connection.ts'
import { standsHere } from './standing.ts'
import { accounts, conflicts, deals, links, registrations, users } from './schema/index.ts'

/**
 * Every pair of a live claim and an open direct deal, and of the live claims of two partners, that are about one company: by its domain,
 * or by its name where one of the two has no domain. The first in time comes first.
 */
export async function conflictPairs(db: Db | Tx): Promise<ConflictPair[]> {
  const { rows } = await db.execute<Row>(sql`
    with claim as materialized (
      select id, partner_id, domain, name_key, account_id, coalesce(submitted_at, created_at) as since
      from ${registrations} where ${standsHere} and partner_id is not null),
    sale as materialized (
      select ${deals.id}, ${deals.accountId}, ${deals.ownerId}, ${accounts.domain}, ${accounts.nameKey}, ${accounts.country}, ${deals.createdAt} as since
      from ${deals} join ${accounts} on ${accounts.id} = ${deals.accountId}
      where ${deals.status} = 'open' and ${deals.registrationId} is null and ${deals.partnerId} is null
        and coalesce(${deals.source}, 'direct') = 'direct' and ${isLiveHere(deals.home)}
        and not exists (select from ${links} l where l.record_id = ${deals.id} and l.connection = ${deals.home} and l.gone)),
    met as (
      select c.id as claim_id, s.id as other_id, 'direct-deal' as kind, false as by_name, c.domain as account
      from claim c join sale s on s.domain = c.domain
      union all
      select c.id, s.id, 'direct-deal', true, coalesce(c.domain, s.domain, c.name_key)
      from claim c join sale s on s.name_key = c.name_key and (s.domain is null or c.domain is null)
      union all
      select a.id, b.id, 'registration', false, a.domain
      from claim a join claim b on b.domain = a.domain and b.partner_id <> a.partner_id and (a.since, a.id) < (b.since, b.id)
      union all
      select a.id, b.id, 'registration', true, coalesce(a.domain, b.domain, a.name_key)
      from claim a join claim b on b.name_key = a.name_key and (a.domain is null or b.domain is null)
        and b.partner_id <> a.partner_id and (a.since, a.id) < (b.since, b.id))
    select m.account, m.claim_id::text as "registrationId", m.other_id::text as "otherId", m.kind, m.by_name as "byName",
      exists (select from ${conflicts} x where x.ruling is not null and (
        x.registration_id = m.claim_id and x.other_id = m.other_id or x.registration_id = m.other_id and x.other_id = m.claim_id)) as ruled,
      coalesce(s.country, held.country) as country, u.email as owner
    from met m join claim c on c.id = m.claim_id
    left join sale s on s.id = m.other_id
    left join ${accounts} held on held.id = c.account_id
    left join ${users} u on u.id = coalesce(s.owner_id, held.owner_id)
    order by m.account, c.since, c.id, m.other_id`)
  return rows
}

type Row = ConflictPair & Record<string, unknown>

/** What both sides of a finding said when it was made: kept with the finding, in rows that can be erased. */
import { sql } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import {
  accountOverlaps,
  accounts,
  conflictFacts,
  conflicts,
  deals,
  leads,
  namedAccounts,
  partners,
  registrations,
  users,
} from '../../db/schema/index.ts'
import type { Registration } from '../facts.ts'
import { ACCOUNT } from './listed.ts'

/** Of the claim. */
const claimed = sql`jsonb_build_object('company', r.company, 'domain', r.domain, 'country', r.country,
  'contactName', r.contact_name, 'contactEmail', r.contact_email, 'amount', r.amount::text, 'currency', r.currency,
  'submittedAt', r.submitted_at::text, 'state', r.state, 'protectedUntil', r.protected_until::text,
  'partner', (select p.name from ${partners} p where p.id = r.partner_id))`

/** Of the other side, by the finding's kind. */
const others = sql`case c.kind
  when 'registration' then (select ${claimed} from ${registrations} r where r.id = c.other_id)
  when 'direct-deal' then (select jsonb_build_object('deal', d.name, 'amount', d.amount::text, 'currency', d.currency,
      'stage', d.stage, 'state', d.status, 'home', d.home, 'openedAt', d.opened_at::text, 'company', a.name, 'domain', a.domain,
      'country', a.country)
    from ${deals} d left join ${accounts} a on a.id = d.account_id where d.id = c.other_id)
  when 'customer' then (select jsonb_build_object('company', a.name, 'domain', a.domain, 'country', a.country,
      'accountType', a.account_type) from ${accounts} a where a.id = c.other_id)
  when 'named-account' then (select jsonb_build_object('company', coalesce(n.name, a.name), 'domain', coalesce(n.domain, a.domain),
      'country', coalesce(n.country, a.country), 'source', coalesce(n.source, ${ACCOUNT}),
      'territory', coalesce(n.territory, a.territory), 'owner', coalesce(n.owner_email, u.email))
    from (select c.other_id as id) x left join ${namedAccounts} n on n.id = x.id
      left join ${accounts} a on a.id = coalesce(n.account_id, x.id) left join ${users} u on u.id = a.owner_id
    where n.id is not null or a.id is not null)
  when 'lead' then (select jsonb_build_object('company', l.company, 'domain', l.domain, 'country', l.country,
      'contactName', l.contact_name, 'contactEmail', l.contact_email, 'state', l.state, 'submittedAt', l.submitted_at::text,
      'partner', (select p.name from ${partners} p where p.id = l.partner_id)) from ${leads} l where l.id = c.other_id)
  when 'overlap' then (select jsonb_build_object('company', o.name, 'domain', o.domain, 'country', o.country,
      'source', o.source, 'relation', o.relation, 'asOf', o.as_of::text,
      'partner', (select p.name from ${partners} p where p.id = o.partner_id)) from ${accountOverlaps} o where o.id = c.other_id)
  end`

/** One statement for all findings of a round, in the transaction that found them. */
export async function keepFacts(tx: Tx, row: Registration, round: number): Promise<void> {
  await tx.execute(sql`
    insert into ${conflictFacts} (conflict_id, ours, theirs)
    select c.id, ${claimed}, coalesce(${others}, '{}')
    from ${conflicts} c join ${registrations} r on r.id = c.registration_id
    where c.registration_id = ${row.id} and c.round = ${round}
    on conflict do nothing`)
}

/** Other claims on the company: live registrations, and leads that partners hold. */
import { getTableColumns, sql } from 'drizzle-orm'
import { anyOf } from '../../db/any-of.ts'
import { askedColumns, readBy, waysIn } from '../../db/company-search.ts'
import type { Tx } from '../../db/connection.ts'
import { leads, registrations } from '../../db/schema/index.ts'
import { isLiveClaim } from '../../db/standing.ts'
import type { LeadState } from '../../domain/records.ts'
import { isCertain, type Finding } from '../../domain/ruling.ts'
import { claimInstant } from '../claimed.ts'
import type { Registration } from '../facts.ts'
import { clockAhead } from '../submission.ts'
import { idList, type LikeAccount } from './accounts.ts'
import type { Met, Prospect } from './prospect.ts'

/** So many with the same contact, or of one account, are looked at. */
const MOST = 100

export async function liveRegistrations(
  tx: Tx,
  row: Registration,
  prospect: Prospect,
  known: readonly LikeAccount[],
): Promise<Finding[]> {
  const { rows: met } = await tx.execute<{ id: string }>(sql`
    with asked as materialized (select * from jsonb_to_recordset(${prospect.asked}::jsonb) as a(${askedColumns}))
    select distinct c.id::text from asked a cross join lateral (${waysIn(registrations, isLiveClaim)}
      union all (select c.id from ${registrations} c where lower(c.contact_email) = a.email and ${isLiveClaim} limit ${most})
      union all (select c.id from unnest(${idList(known)}::uuid[]) k(id) cross join lateral (
        select c.id from ${registrations} c where c.account_id = k.id and ${isLiveClaim} limit ${most}) c)) c`)
  if (met.length === 0) return []
  const rows = await tx
    .select({ ...getTableColumns(registrations), ahead: clockAhead })
    .from(registrations)
    .where(
      anyOf(
        registrations.id,
        met.map(({ id }) => id),
      ),
    )
  return rows.flatMap((other): Finding[] => {
    const { partnerId, state, company: name, domain, country, contactEmail } = other
    if (partnerId === null) return []
    const same = known.find(({ id }) => id === other.accountId)
    const found = sameAccount(prospect.meets({ name, domain, country, email: contactEmail }), same)
    if (found === null) return []
    return [
      {
        kind: 'registration',
        otherId: other.id,
        ...found,
        other: { partnerId, submittedAt: claimInstant(other, other.ahead, found.matchedOn), state },
        since: claimInstant(row, row.clockAheadMs, found.matchedOn),
      },
    ]
  })
}

/** A lead that came to nothing is nobody's. */
const heldStates: readonly LeadState[] = ['new', 'offered', 'submitted', 'accepted', 'contacted']

const isHeld = sql`c.partner_id is not null and c.state in (${sql.raw(heldStates.map((state) => `'${state}'`).join())})`

export async function heldLeads(tx: Tx, prospect: Prospect): Promise<Finding[]> {
  const { rows } = await tx.execute<{
    id: string
    name: string | null
    domain: string | null
    country: string | null
    email: string | null
    partner_id: string
    state: LeadState
    since: string
  }>(sql`
    with asked as materialized (select * from jsonb_to_recordset(${prospect.asked}::jsonb) as a(${askedColumns})),
    met as materialized (select distinct c.id from asked a cross join lateral (${waysIn(leads, isHeld)}
      union all (select c.id from ${leads} c where lower(c.contact_email) = a.email and ${isHeld} limit ${most})) c)
    select c.id::text, c.company as name, c.domain, c.country, c.contact_email as email, c.partner_id::text, c.state,
      coalesce(c.submitted_at, c.created_at) as since
    from met m ${readBy(leads)}`)
  return rows.flatMap(({ id, partner_id, state, since, ...company }): Finding[] => {
    const met = prospect.meets(company)
    if (met === null) return []
    const other = { partnerId: partner_id, state, since: new Date(since).toISOString() }
    return [{ kind: 'lead', otherId: id, ...met, other }]
  })
}

const most = sql.raw(String(MOST))

/**
 * What stands for the same account of the CRM is the same company, whatever it is called. Where the account itself was met by its name
 * alone, so is what stands for it.
 */
export function sameAccount(met: Met | null, account: LikeAccount | undefined): Met | null {
  if (account === undefined) return met
  const known = isCertain(account.met) ? (['id'] as const) : []
  const matchedOn = new Set([...known, ...(met?.matchedOn ?? []), ...account.met.matchedOn])
  return { matchedOn: [...matchedOn], against: met?.against ?? [], score: Math.max(met?.score ?? 0, account.met.score) }
}

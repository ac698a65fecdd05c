/** Other claims on the company: live registrations, and leads that partners hold. */
import { getTableColumns, sql } from 'drizzle-orm'
import { anyOf } from '../../db/any-of.ts'
import { claimsLike } from '../../db/claims-like.ts'
import { companiesLike, type Asked, type Place } from '../../db/company-search.ts'
import type { Tx } from '../../db/connection.ts'
import { leads, registrations } from '../../db/schema/index.ts'
import type { Aliases } from '../../domain/matching/met.ts'
import type { LeadState } from '../../domain/records.ts'
import type { Finding } from '../../domain/ruling.ts'
import { claimInstant } from '../claimed.ts'
import type { Registration } from '../facts.ts'
import { clockAhead } from '../submission.ts'

export async function liveRegistrations(
  tx: Tx,
  row: Registration,
  prospect: Asked,
  aliases: Aliases,
): Promise<Finding[]> {
  const found = new Map((await claimsLike(tx, [prospect], aliases)).map(({ id, met }) => [id, met]))
  if (found.size === 0) return []
  const rows = await tx
    .select({ ...getTableColumns(registrations), ahead: clockAhead })
    .from(registrations)
    .where(anyOf(registrations.id, found.keys()))
  return rows.flatMap((other): Finding[] => {
    const { partnerId, state } = other
    const met = found.get(other.id)
    if (partnerId === null || met === undefined) return []
    return [
      {
        kind: 'registration',
        otherId: other.id,
        ...met,
        other: { partnerId, submittedAt: claimInstant(other, other.ahead, met.matchedOn), state },
        since: claimInstant(row, row.clockAheadMs, met.matchedOn),
      },
    ]
  })
}

/** A lead that came to nothing is nobody's. */
const heldStates: readonly LeadState[] = ['new', 'offered', 'submitted', 'accepted', 'contacted']

const heldLeadsPlace: Place = {
  table: leads,
  name: sql`c.company`,
  email: sql`c.contact_email`,
  account: null,
  only: sql`c.partner_id is not null and c.state in (${sql.raw(heldStates.map((state) => `'${state}'`).join())})`,
}

export async function heldLeads(tx: Tx, prospect: Asked, aliases: Aliases): Promise<Finding[]> {
  const found = await companiesLike<{ partnerId: string; state: LeadState; since: string }>(
    tx,
    [prospect],
    aliases,
    heldLeadsPlace,
    { columns: sql`c.partner_id::text as "partnerId", c.state, coalesce(c.submitted_at, c.created_at) as since` },
  )
  return found.map(({ id, met, row: { partnerId, state, since } }): Finding => {
    return { kind: 'lead', otherId: id, ...met, other: { partnerId, state, since: new Date(since).toISOString() } }
  })
}

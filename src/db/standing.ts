/** Whether a claim stands: a protection ends at its instant or with the word that takes it back, whether or not its process has looked since. */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { openStates } from '../domain/registration-states.ts'
import { registrations } from './schema/index.ts'

/** Of a registration in a query that names the table. */
export const standsHere = standsAs(registrations)

/** Of a row `c` that a look-up for the row `a` found; see `waysIn`. */
export const isLiveClaim = sql`c.id <> a.asked_id and c.partner_id is not null and ${standsAs({
  state: sql`c.state`,
  withdrawnAt: sql`c.withdrawn_at`,
  revokedAt: sql`c.revoked_at`,
  protectedUntil: sql`c.protected_until`,
})}`

function standsAs(row: Record<'state' | 'withdrawnAt' | 'revokedAt' | 'protectedUntil', SQLWrapper>): SQL {
  const open = sql.raw(openStates.map((state) => `'${state}'`).join())
  return sql`(${row.state} in (${open}) and ${row.withdrawnAt} is null and ${row.revokedAt} is null
    and (${row.state} <> 'approved' or ${row.protectedUntil} > now()))`
}

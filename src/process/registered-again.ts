/** A company that the same partner registered before, and lost to the clock. */
import { and, desc, eq, isNotNull, ne, or } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { registrations } from '../db/schema/index.ts'
import { plus, type Instant } from '../domain/time.ts'
import type { Registration } from './facts.ts'
import type { Programme } from './programme.ts'

export interface Earlier {
  id: string
  /** From when on the policy lets the partner register the company again. */
  againFrom: Instant
}

/** The partner's last claim on the company whose protection lapsed; undefined: there is none. */
export async function lapsedBefore(tx: Tx, { policy }: Programme, row: Registration): Promise<Earlier | undefined> {
  const same = or(
    row.domain === null ? undefined : eq(registrations.domain, row.domain),
    row.nameKey === null ? undefined : eq(registrations.nameKey, row.nameKey),
  )
  if (same === undefined || row.partnerId === null) return undefined
  const [found] = await tx
    .select({ id: registrations.id, until: registrations.protectedUntil })
    .from(registrations)
    .where(
      and(
        eq(registrations.partnerId, row.partnerId),
        eq(registrations.state, 'lapsed'),
        isNotNull(registrations.protectedUntil),
        ne(registrations.id, row.id),
        same,
      ),
    )
    .orderBy(desc(registrations.protectedUntil))
    .limit(1)
  if (found === undefined || found.until === null) return undefined
  return { id: found.id, againFrom: plus(found.until, policy.exclusivity.registerAgain.after) }
}

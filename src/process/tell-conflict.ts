/** Both partners of a conflict learn of it, in the transaction that detects it, and neither learns who the other is. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { conflicts, registrations } from '../db/schema/index.ts'
import type { Finding } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import { peopleOf } from './notices/people.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'

/**
 * Tells the partners of both claims, whatever is ruled and whenever. Until when each has to know stands beside the finding, with when the
 * notice was planned; where a partner has no address their manager is asked to tell them.
 */
export async function tellConflicts(
  tx: Tx,
  programme: Programme,
  row: Registration,
  eventId: string,
  findings: readonly Finding[],
): Promise<void> {
  const tellBy = sql`${conflicts.detectedAt} + make_interval(secs => ${programme.policy.conflicts.tellPartnersWithin / 1000}::float8)`
  for (const finding of findings) {
    if (finding.kind !== 'registration') continue
    if (finding.other.partnerId === row.partnerId) {
      // It may have to go on in this one; that is for its own process to see.
      await nudge(tx, [workflowId.registration(finding.otherId)])
      continue
    }
    const [other] = await tx.select().from(registrations).where(eq(registrations.id, finding.otherId))
    if (other === undefined) continue
    await tellOne(tx, programme, other, eventId, 'conflict.detected')
    await tellOne(tx, programme, row, eventId, 'conflict.found')
    await tx
      .update(conflicts)
      .set({ tellBy, toldAt: sql`now()`, otherToldAt: sql`now()` })
      .where(
        and(
          eq(conflicts.registrationId, row.id),
          eq(conflicts.round, row.round),
          eq(conflicts.kind, 'registration'),
          eq(conflicts.otherId, other.id),
        ),
      )
  }
}

async function tellOne(
  tx: Tx,
  programme: Programme,
  row: Registration,
  eventId: string,
  template: 'conflict.detected' | 'conflict.found',
): Promise<void> {
  const reachable = await peopleOf(tx, programme, row, ['partner'])
  await tell(tx, programme, row, eventId, template, [reachable.length > 0 ? 'partner' : 'manager'])
}

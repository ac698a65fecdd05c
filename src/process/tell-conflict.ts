/** Both partners of a conflict learn of it, in the transaction that detects it, and neither learns who the other is. */
import { and, eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { isObservedHere } from '../db/connections.ts'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { conflicts, registrations } from '../db/schema/index.ts'
import type { Finding } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import { peopleOf } from './notices/people.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { record } from './step.ts'

/**
 * Tells the partners of both claims, whatever is ruled and whenever. Until when each has to know stands beside the finding, with when the
 * notice was planned; where a partner has no address their manager is asked to tell them. Of a portal that is only observed nobody is
 * told: its claim finds this one when it is checked.
 *
 * @param eventId of the check that found them
 */
export async function tellConflicts(
  tx: Tx,
  programme: Programme,
  row: Registration,
  eventId: string,
  findings: readonly Finding[],
): Promise<void> {
  const rivals = findings.filter((finding) => finding.kind === 'registration')
  const [own, others] = [
    rivals.filter(({ other }) => other.partnerId === row.partnerId),
    rivals.filter(({ other }) => other.partnerId !== row.partnerId),
  ]
  // They may have to go on in this one; that is for their own process to see.
  await nudge(
    tx,
    own.map(({ otherId }) => workflowId.registration(otherId)),
  )
  if (others.length === 0) return
  const ids = others.map(({ otherId }) => otherId)
  const met = await tx
    .select({ other: registrations, isObserved: sql<boolean>`${isObservedHere(registrations.portal)}` })
    .from(registrations)
    .where(anyOf(registrations.id, ids))
    .orderBy(registrations.id)
  const told: string[] = []
  for (const { other, isObserved } of met)
    if (!isObserved && (await tellOne(tx, programme, other, 'conflict.detected', `conflict:${eventId}`)))
      told.push(other.id)
  const isTold = await tellOne(tx, programme, row, 'conflict.found', `conflict-found:${eventId}`)
  const within = programme.policy.conflicts.tellPartnersWithin / 1000
  await tx
    .update(conflicts)
    .set({
      tellBy: sql`${conflicts.detectedAt} + make_interval(secs => ${within}::float8)`,
      ...(isTold ? { toldAt: sql`now()` } : {}),
      otherToldAt: sql`case when ${anyOf(conflicts.otherId, told)} then now() end`,
    })
    .where(
      and(
        eq(conflicts.registrationId, row.id),
        eq(conflicts.round, row.round),
        eq(conflicts.kind, 'registration'),
        anyOf(conflicts.otherId, ids),
      ),
    )
}

/** With an event of the claim's own: one person may have to hear of both claims, and each is told once. Answers whether anybody is told. */
async function tellOne(
  tx: Tx,
  programme: Programme,
  row: Registration,
  what: 'conflict.detected' | 'conflict.found',
  stepKey: string,
): Promise<boolean> {
  const role = (await peopleOf(tx, programme, row, ['partner'])).length > 0 ? 'partner' : 'manager'
  const reached = role === 'partner' || (await peopleOf(tx, programme, row, ['manager'])).length > 0
  const eventId = await record(tx, programme, row, { what, stepKey, detail: { told: reached ? role : null } })
  await tell(tx, programme, row, eventId, what, [role])
  return reached
}

import { eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { events, registrations } from '../db/schema/index.ts'
import { endPending, noDeadlines } from './ended.ts'
import type { Registration } from './facts.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { paragraphOf, withCitation } from './reasons.ts'
import { change, record } from './step.ts'

/** Ends a claim in the same partner's other one, which goes on. Both timelines say so, and the partner is told. */
export async function merge(
  tx: Tx,
  programme: Programme,
  row: Registration,
  { rule, into }: { rule: string; into: string },
): Promise<void> {
  const event = await record(tx, programme, row, {
    what: 'registration.merged',
    stepKey: 'merge',
    rule,
    detail: { into },
  })
  const [other] = await tx.select().from(registrations).where(eq(registrations.id, into))
  await tx
    .insert(events)
    .values({
      subjectId: into,
      partnerId: row.partnerId,
      stepKey: `absorb:${row.id}`,
      what: 'registration.absorbed',
      actor: 'system',
      rule,
      policyVersion: programme.policy.version,
      detail: { from: row.id, portal: row.portal, ...paragraphOf(programme.policy, rule) },
    })
    .onConflictDoNothing()
  await endPending(tx, row)
  const goesOn = `It goes on in your registration of ${(other?.submittedAt ?? other?.createdAt ?? '').slice(0, 10)}.`
  const reason = withCitation(goesOn, rule, programme.policy)
  await change(tx, row, { state: 'merged', mergedInto: into, reason, ...noDeadlines })
  await tell(tx, programme, row, event, 'registration.merged', ['partner'])
}

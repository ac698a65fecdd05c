/** Who waits for a record to be known at its vendor: writes that refer to it, and the registration whose deal it is. */
import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { openStates } from '../domain/registration-states.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { deals, links, registrations, writes } from '../db/schema/index.ts'

/** Lets go what waited for these links, as far as they have a vendor id by now. Parked writes too: their cause is gone. */
export async function releaseFollowers(tx: Tx, linkIds: string[]): Promise<void> {
  if (linkIds.length === 0) return
  const known = await tx
    .select({ connection: links.connection, recordId: links.recordId, registrationId: registrations.id })
    .from(links)
    .leftJoin(deals, eq(deals.id, links.recordId))
    // Its registration is told once: when the CRM's id of the deal is news to it.
    .leftJoin(
      registrations,
      and(
        eq(registrations.id, deals.registrationId),
        isNull(registrations.crmReference),
        inArray(registrations.state, [...openStates]),
      ),
    )
    .where(and(anyOf(links.id, linkIds), isNotNull(links.externalId)))
  for (const [connection, group] of Map.groupBy(known, (row) => row.connection)) {
    const waitsFor = group.map(({ recordId }) => JSON.stringify([{ recordId }]))
    await tx.execute(sql`
      update ${writes} set status = 'planned', not_before = now(), code = null, detail = null, failures = 0, retry_at = null, updated_at = now()
      where link_id in (
        select link_id from ${writes} where connection = ${connection} and status in ('planned', 'parked') and detail ? 'waitsFor'
          and detail -> 'waitsFor' @> any(${sql.param(waitsFor)}::jsonb[])
        order by link_id for update)`)
  }
  await nudge(
    tx,
    known.flatMap((row) => (row.registrationId === null ? [] : [workflowId.registration(row.registrationId)])),
  )
}

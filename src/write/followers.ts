/** Who waits for a record to be known at its vendor: writes that refer to it, and the registration whose deal it is. */
import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { openStates } from '../domain/registration-states.ts'
import { nudge, planWrites, workflowId } from '../db/outbox.ts'
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
  await keepReferences(tx, [...new Set(known.flatMap(({ registrationId }) => registrationId ?? []))])
}

/**
 * The CRM's id of the deal is news to these registrations: it is kept, and the partner's portal is told. Nothing is decided by it, so
 * the process is not woken for it; each look costs events. It does look where a step has the row just now: nobody waits for the other.
 */
async function keepReferences(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  const { rows: free } = await tx.execute<{ id: string; kept: boolean }>(sql`
    with free as (
      select id from ${registrations} where ${anyOf(registrations.id, ids)} order by id for update skip locked
    ), kept as (
      update ${registrations} r set crm_reference = l.external_id, version = r.version + 1, updated_at = now()
      from free, ${links} l
      where r.id = free.id and l.record_id = r.deal_id and l.connection = r.home
        and r.crm_reference is null and l.external_id is not null
      returning r.id
    )
    select free.id, kept.id is not null as kept from free left join kept on kept.id = free.id`)
  await planWrites(
    tx,
    free.flatMap(({ id, kept }) => (kept ? id : [])),
  )
  const isFree = new Set(free.map(({ id }) => id))
  await nudge(tx, ids.filter((id) => !isFree.has(id)).map(workflowId.registration))
}

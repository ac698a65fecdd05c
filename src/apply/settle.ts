/** How changes end, and which parked ones are over or may be tried again. */
import { sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { changes, links } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import type { System } from '../mapping/systems.ts'
import type { Change } from './page.ts'

/** What one change did. */
export interface Settled {
  id: number
  status: 'applied' | 'no-op' | 'parked'
  code: ErrorCode | null
  detail: Record<string, unknown> | null
  recordId: string | null
}

/** Writes the ends of pending changes. */
export async function settleChanges(tx: Tx | Db, settled: Settled[]): Promise<void> {
  if (settled.length === 0) return
  const rows = JSON.stringify(settled.map(({ recordId, ...ended }) => ({ ...ended, record_id: recordId })))
  await tx.execute(sql`
    update ${changes} as c set status = r.status, code = r.code, detail = r.detail, record_id = r.record_id,
      settled_at = now(), attempts = c.attempts + 1
    from jsonb_to_recordset(${rows}::jsonb) as r(id bigint, status text, code text, detail jsonb, record_id uuid)
    where c.id = r.id and c.status = 'pending'`)
}

/** A parked change is over once a later one of the same record went through. */
export async function supersede(
  tx: Tx,
  connection: string,
  object: string,
  batch: Change[],
  settled: Settled[],
): Promise<void> {
  const done = new Set(settled.filter((s) => s.status !== 'parked').map((s) => s.id))
  const through = batch.filter((c) => done.has(c.id)).map(({ id, externalId }) => ({ id, external_id: externalId }))
  if (through.length === 0) return
  await tx.execute(sql`
    update ${changes} as c set status = 'no-op', code = null, detail = jsonb_build_object('supersededBy', r.id), settled_at = now()
    from (select external_id, max(id) as id from jsonb_to_recordset(${JSON.stringify(through)}::jsonb) as r(id bigint, external_id text)
          group by external_id) as r
    where c.connection = ${connection} and c.object = ${object} and c.external_id = r.external_id
      and c.status = 'parked' and c.id < r.id`)
}

/**
 * Changes that named a partner who is known by now are pending again. It is asked each time anew, because the partner's page and
 * the one that named it may pass each other unseen.
 */
export async function retryFound(db: Db, system: System, object: string): Promise<void> {
  const mapped = system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)
  const objects = mapped.flatMap(({ conversion: c }) => (c.as === 'lookup' && c.of === 'partner' ? [c.object] : []))
  if (objects.length === 0) return
  await db.execute(sql`
    update ${changes} as c set status = 'pending', code = null, detail = null, settled_at = null
    where c.connection = ${system.name} and c.object = ${object} and c.status = 'parked' and c.code = 'CW_PARTNER_UNKNOWN'
      and exists (select from ${links} l where l.connection = c.connection and l.object in ${[...new Set(objects)]} and l.kind = 'partner'
        and l.external_id in (select f ->> 'found' from jsonb_array_elements(c.detail -> 'fields') f))`)
}

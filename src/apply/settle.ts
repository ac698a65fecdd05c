/** How changes end, and which parked ones are over. */
import { sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { retryAt } from '../db/patience.ts'
import { changes } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import type { Change } from './page.ts'

/** What one change did. */
export interface Settled {
  id: number
  status: 'applied' | 'no-op' | 'parked'
  code: ErrorCode | null
  detail: Record<string, unknown> | null
  recordId: string | null
}

/**
 * Writes the ends of pending changes. What is parked is tried again by itself, after waits that grow with the attempts.
 *
 * Pending is said as what it is not: the index of what is pending would be gone through whole for each page of a back-fill.
 *
 * @param mapping what they were judged by
 */
export async function settleChanges(tx: Tx | Db, mapping: string, settled: Settled[]): Promise<void> {
  if (settled.length === 0) return
  const rows = JSON.stringify(settled.map(({ recordId, ...ended }) => ({ ...ended, record_id: recordId })))
  await tx.execute(sql`
    update ${changes} as c set status = r.status, code = r.code, detail = r.detail, record_id = r.record_id,
      settled_at = now(), attempts = c.attempts + 1, mapping = ${mapping},
      as_of = case when r.status = 'parked' then c.as_of end,
      retry_at = case when r.status = 'parked' then ${retryAt(sql`r.code`, sql`c.attempts`)} end
    from jsonb_to_recordset(${rows}::jsonb) as r(id bigint, status text, code text, detail jsonb, record_id uuid)
    where c.id = r.id and c.status not in ('applied', 'no-op', 'parked')`)
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
    update ${changes} as c set status = 'no-op', code = null, retry_at = null, settled_at = now(),
      detail = jsonb_build_object('supersededBy', r.id)
    from (select external_id, max(id) as id from jsonb_to_recordset(${JSON.stringify(through)}::jsonb) as r(id bigint, external_id text)
          group by external_id) as r
    where c.connection = ${connection} and c.object = ${object} and c.external_id = r.external_id
      and c.status = 'parked' and c.id < r.id`)
}

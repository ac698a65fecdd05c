/** What waited because of a vendor's schema is judged anew once that changed. */
import { sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { startRun } from '../db/runs.ts'
import { changes, hints, writes } from '../db/schema/index.ts'
import { personal } from '../errors.ts'
import type { Break } from '../mapping/live/doomed.ts'
import type { System } from '../mapping/systems.ts'
import { flowsIn } from '../mapping/translate.ts'

/**
 * Tries again what is parked: a write finds anew what is to be sent, and a change that waited for the schema is read anew, for the
 * vendor may have made another value of the old one. Where a field that comes in is back, what changed in it meanwhile shows in no
 * modification date: everything is compared once.
 */
export async function releaseMended(tx: Tx, system: System, object: string, mended: Break[]): Promise<void> {
  const here = sql`connection = ${system.name} and object = ${object} and status = 'parked'`
  for (const table of [changes, writes])
    await tx.execute(sql`update ${table} set retry_at = now() where ${here} and code not in ${personal}`)
  if (mended.length > 0)
    await tx.execute(sql`
      insert into ${hints} (connection, object, external_id, body)
      select distinct ${system.name}, ${object}, external_id, '' from ${changes} where ${here} and code = 'CW_SCHEMA_CHANGED'`)
  if (mended.some((one) => one.kind === 'field-removed' && comesIn(system, object, one.path)))
    await startRun(tx, { kind: 'reconcile', connection: system.name, object, actor: 'system' })
  await nudge(tx, [workflowId.sender(system.name), workflowId.stream(system.name, object)])
}

function comesIn(system: System, object: string, path: string): boolean {
  return system.mappings.some(
    (mapping) =>
      mapping.object === object &&
      mapping.fields.some((field) => field.path === path && (flowsIn(field.create) || flowsIn(field.update))),
  )
}

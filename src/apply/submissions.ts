/** Approvals that we asked for: a submission bears no key of ours, so it is known by the record that was submitted. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { crmTasks, links } from '../db/schema/index.ts'
import { capabilityOf, mappingOf, type System } from '../mapping/systems.ts'
import { toCanonical, type Lookups } from '../mapping/translate.ts'

/** Which of our submissions the vendor's records are, by vendor id: our own may be heard of before its answer. */
export async function findSubmissions(
  tx: Tx,
  system: System,
  object: string,
  unknown: { externalId: string; fields: Fields }[],
  lookups: Lookups,
): Promise<Map<string, string>> {
  const mapping = mappingOf(system, object, 'task')
  if (mapping === undefined || unknown.length === 0 || capabilityOf(system, object).key !== null) return new Map()
  const rows = unknown.flatMap(({ externalId, fields }) => {
    const { registrationId = null } = toCanonical(mapping, fields, 'create', lookups).values
    return registrationId === null ? [] : [{ external_id: externalId, registration_id: registrationId }]
  })
  const found = await tx.execute<{ external_id: string; id: string }>(sql`
    select distinct on (c.id) r.external_id, c.id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(external_id text, registration_id uuid)
    join ${crmTasks} c on c.registration_id = r.registration_id and c.connection = ${system.name}
    join ${links} l on l.record_id = c.id and l.connection = c.connection and l.object = ${object} and l.external_id is null
    order by c.id, r.external_id`)
  return new Map(found.rows.map((row) => [row.external_id, row.id]))
}

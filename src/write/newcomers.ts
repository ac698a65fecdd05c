/** Records that must not be made at a vendor yet: its people may keep them already, and they would be doubled. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { namesKnownPartner } from '../db/named-partner.ts'
import { changes, identities, streams } from '../db/schema/index.ts'
import { keyTypesOf } from '../domain/identity-keys.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import type { Candidate } from './judge.ts'

/**
 * Which of these records are to wait, by link, and why. A person or company that the vendor has is recognised when the object was read
 * to its end once. After that, a person whose e-mail address stands on a record that was read waits until that record is taken in.
 */
export async function mayBeThere(
  tx: Tx,
  system: System,
  object: string,
  candidates: Candidate[],
): Promise<ReadonlyMap<string, string>> {
  const identified = candidates.filter(({ externalId, kind }) => externalId === null && keyTypesOf(kind).length > 0)
  if (identified.length === 0 || capabilityOf(system, object).read !== 'changes') return new Map()
  const [stream] = await tx
    .select({ readAt: streams.readAt })
    .from(streams)
    .where(and(eq(streams.connection, system.name), eq(streams.object, object)))
  if (stream?.readAt == null) return new Map(identified.map(({ linkId }) => [linkId, 'not read once']))
  return new Map((await heardOf(tx, system, object, identified)).map((linkId) => [linkId, 'not taken in yet']))
}

/** Those whose e-mail address stands on a record that is about to be taken in: at once, or because the partner it names is known by now. */
async function heardOf(tx: Tx, system: System, object: string, identified: Candidate[]): Promise<string[]> {
  const mapped = system.mappings.filter((mapping) => mapping.object === object).flatMap(({ fields }) => fields)
  const emails = system.mappings
    .filter((mapping) => mapping.object === object)
    .flatMap(({ kind, fields }) =>
      fields.flatMap(({ field, path }) => (field === 'email' && keyTypesOf(kind).includes('email') ? [path] : [])),
    )
  const records = JSON.stringify(identified.map(({ linkId, recordId }) => ({ link_id: linkId, record_id: recordId })))
  const heard: string[] = []
  for (const path of new Set(emails)) {
    const { rows } = await tx.execute<{ link_id: string }>(sql`
      select distinct w.link_id::text from jsonb_to_recordset(${records}::jsonb) as w(link_id uuid, record_id uuid)
      join ${identities} i on i.record_id = w.record_id and i.key_type = 'email'
      join ${changes} c on lower(btrim(c.body -> 'fields' ->> ${path}::text)) = i.value
      where c.connection = ${system.name} and c.object = ${object} and not (c.body ->> 'deleted')::boolean
        and (c.status = 'pending' or c.status = 'parked' and ${namesKnownPartner(mapped)})`)
    heard.push(...rows.map((row) => row.link_id))
  }
  return heard
}

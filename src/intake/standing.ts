/** What we hold of vendor records, and how what the vendor shows of them differs from it. */
import { sql } from 'drizzle-orm'
import type { Fields, VendorRecord } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { aliases, changes, links, shadows, writes, type ChangeBody, type ChangeStatus } from '../db/schema/index.ts'
import { isSame } from '../mapping/translate.ts'

export interface Known {
  link: { id: string; recordId: string; gone: boolean } | null
  /** The fields as they were last read or written; null when never. */
  shadow: { fields: Fields; seenAt: string } | null
  /** Our own request about the record is on its way, so that what the vendor shows may be before or after it. */
  inFlight: boolean
  /** The last version that was heard of. */
  last: { body: ChangeBody; version: string; status: ChangeStatus; code: string | null; receivedAt: string } | null
}

/** What we hold of each of the vendor ids, in one statement. */
export async function knownOf(
  tx: Tx | Db,
  connection: string,
  object: string,
  externalIds: string[],
): Promise<Map<string, Known>> {
  const ids = [...new Set(externalIds)]
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<{
    external_id: string
    link_id: string | null
    record_id: string | null
    gone: boolean | null
    fields: Fields | null
    seen_at: string | null
    write: string | null
    body: ChangeBody | null
    version: string | null
    status: ChangeStatus | null
    code: string | null
    received_at: string | null
  }>(sql`
    select i.external_id, l.id as link_id, l.record_id, l.gone, s.fields, s.seen_at, w.status as write,
      c.body, c.version, c.status, c.code, c.received_at
    from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) as i(external_id)
    left join ${aliases} a on a.connection = ${connection} and a.object = ${object} and a.external_id = i.external_id
    left join ${links} l on l.connection = ${connection} and l.object = ${object}
      and (l.external_id = i.external_id or l.id = a.link_id)
    left join ${shadows} s on s.link_id = l.id
    left join ${writes} w on w.link_id = l.id
    left join lateral (
      select body, version, status, code, received_at from ${changes}
      where connection = ${connection} and object = ${object} and external_id = i.external_id order by id desc limit 1
    ) c on true`)
  return new Map(
    rows.map((row): [string, Known] => [
      row.external_id,
      {
        link:
          row.link_id === null || row.record_id === null
            ? null
            : { id: row.link_id, recordId: row.record_id, gone: row.gone === true },
        shadow: row.fields === null || row.seen_at === null ? null : { fields: row.fields, seenAt: iso(row.seen_at) },
        inFlight: row.write === 'sending' || row.write === 'unclear',
        last:
          row.body === null || row.version === null || row.status === null || row.received_at === null
            ? null
            : {
                body: row.body,
                version: row.version,
                status: row.status,
                code: row.code,
                receivedAt: iso(row.received_at),
              },
      },
    ]),
  )
}

export interface Differs {
  kind: 'field' | 'unknown-here'
  /** The vendor's names of the fields. */
  fields: string[]
}

/**
 * How a live record differs from what we hold of it; null when it does not.
 *
 * What waits to be applied, is parked or was skipped by a person is known, and shown elsewhere.
 */
export function differs(record: VendorRecord, known: Known | undefined): Differs | null {
  const last = known?.last ?? null
  const isWaiting =
    last !== null && (last.status === 'pending' || last.status === 'parked' || last.code === 'CW_SKIPPED')
  if (last !== null && isWaiting && !last.body.deleted) return fieldsOf(record, last.body.fields)
  const shadow = known?.shadow ?? null
  if (known?.link == null || shadow === null) {
    if (last === null || last.body.deleted || last.body.mergedInto !== null) return { kind: 'unknown-here', fields: [] }
    return fieldsOf(record, last.body.fields)
  }
  if (known.link.gone) return { kind: 'unknown-here', fields: [] }
  return fieldsOf(record, shadow.fields)
}

function fieldsOf(record: VendorRecord, known: Fields): Differs | null {
  const fields = Object.keys(record.fields).filter((path) => !isSame(record.fields[path], known[path]))
  return fields.length === 0 ? null : { kind: 'field', fields }
}

/** Instants of plain statements come as PostgreSQL writes them; in one form, text order is time order. */
function iso(text: string): string {
  return new Date(text).toISOString()
}

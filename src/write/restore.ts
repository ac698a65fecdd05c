/** Putting earlier values back: what an undo still has to send of a record, read a moment ago, and what it leaves alone. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { isSame } from '../mapping/translate.ts'
import type { Candidate, Verdict } from './judge.ts'

/** `left`: the fields that stay as somebody edited them. */
export type Restoring = Verdict & { left: string[] }

/**
 * What becomes of a record whose fields are to be put back. A field that somebody edited since it was written stays as it is and is
 * told; one that holds its earlier value already needs nothing.
 *
 * @param target the vendor fields as they were
 * @param written the same fields as the run left them
 * @param fresh links whose records were read a moment ago; without that nothing is sent, or an edit of a second ago would be lost
 */
export function judgeRestore(
  { linkId, externalId, gone, shadow }: Candidate,
  target: Fields,
  written: Fields,
  fresh: ReadonlySet<string> | undefined,
): Restoring {
  if (externalId === null || gone) return { do: 'finish', why: 'gone', left: [] }
  if (fresh?.has(linkId) !== true) return { do: 'read', externalId, fields: target, left: [] }
  const open = Object.entries(target).filter(([path, value]) => !isSame(shadow?.[path], value))
  const mine = open.filter(([path]) => isSame(shadow?.[path], written[path]))
  const left = open.filter(([path]) => !isSame(shadow?.[path], written[path])).map(([path]) => path)
  if (mine.length === 0) return { do: 'finish', why: left.length > 0 ? 'edited' : null, left: left.toSorted() }
  return { do: 'send', fields: Object.fromEntries(mine), mode: 'update', left: left.toSorted() }
}

/** By link, the fields as the run that is being undone left them at its last write. */
export async function lastWritten(tx: Tx, linkIds: string[]): Promise<Map<string, Fields>> {
  const found = new Map<string, Fields>()
  if (linkIds.length === 0) return found
  const { rows } = await tx.execute<{ link_id: string; after: Fields }>(sql`
    select a.link_id, v.after from writes w
    join runs undo on undo.id = w.run_id
    join audit a on a.run_id = undo.undoes and a.link_id = w.link_id and a.what = 'write'
    join audit_values v on v.audit_id = a.id
    where w.link_id in ${linkIds} order by a.link_id, a.at, a.id`)
  for (const { link_id, after } of rows) found.set(link_id, { ...found.get(link_id), ...after })
  return found
}

/** Keeps which fields an undo left alone because somebody edited them: names only. */
export async function tellLeft(tx: Tx, left: { linkId: string; fields: string[] }[]): Promise<void> {
  const rows = left.filter(({ fields }) => fields.length > 0)
  if (rows.length === 0) return
  const told = JSON.stringify(rows.map(({ linkId, fields }) => ({ link_id: linkId, fields })))
  await tx.execute(sql`
    with entry as (
        select r.link_id, r.fields, w.run_id, l.connection, l.object, l.external_id, l.record_id, u.actor
        from jsonb_to_recordset(${told}::jsonb) as r(link_id uuid, fields jsonb)
        join writes w on w.link_id = r.link_id join links l on l.id = r.link_id join runs u on u.id = w.run_id),
      told as (
        insert into audit (what, actor, rule, run_id, connection, object, external_id, link_id, record_id, fields)
        select 'undo.left', actor, 'CW_UNDO_EDITED', run_id, connection, object, external_id, link_id, record_id, fields from entry)
    update runs u set moved_at = now(),
      counts = u.counts || jsonb_build_object('edited', coalesce((u.counts ->> 'edited')::int, 0) + n.fields)
    from (select run_id, sum(jsonb_array_length(fields))::int as fields from entry group by 1) n where u.id = n.run_id`)
}

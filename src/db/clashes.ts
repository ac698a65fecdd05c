/** Clashes as rows: fields that two sides changed, and the fields that are held until a person has ruled. */
import { sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { clashes, links } from './schema/index.ts'
import type { CanonicalRecord } from '../mapping/translate.ts'

/**
 * Open clashes follow the ledger: the row tells what it holds now. One whose sides have become equal is over, and its field is held
 * no longer. One statement however many records.
 */
export async function followClashes(tx: Tx, changed: { id: string; values: CanonicalRecord }[]): Promise<void> {
  const rows = changed.flatMap(({ id, values }) =>
    Object.entries(values).map(([field, value]) => ({ record_id: id, field, value })),
  )
  if (rows.length === 0) return
  const isOver = sql`c.theirs is not distinct from r.value`
  await tx.execute(sql`
    with moved as (
      update ${clashes} c set
        ours = case when ${isOver} then c.ours else r.value end,
        winner = case when ${isOver} then 'theirs' else 'open' end,
        decided_at = case when ${isOver} then now() end
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(record_id uuid, field text, value text)
      where c.record_id = r.record_id and c.field = r.field and c.winner = 'open'
      returning c.link_id, c.field, c.winner)
    ${release(sql`select link_id, field from moved where winner <> 'open'`)}`)
}

/** A field on which both sides came to the same value. */
export interface Agreement {
  linkId: string
  field: string
  value: string | null
}

/** Ends the open clashes of fields that both sides hold the same value of by now. The row keeps the two values as they last differed. */
export async function closeAgreed(tx: Tx, agreed: Agreement[]): Promise<void> {
  if (agreed.length === 0) return
  const rows = JSON.stringify(agreed.map(({ linkId, field, value }) => ({ link_id: linkId, field, value })))
  const isTheirs = sql`c.theirs is not distinct from r.value`
  await tx.execute(sql`
    with over as (
      update ${clashes} c set decided_at = now(), winner = case when ${isTheirs} then 'theirs' else 'ours' end,
        ours = case when ${isTheirs} then c.ours else r.value end
      from jsonb_to_recordset(${rows}::jsonb) as r(link_id uuid, field text, value text)
      where c.link_id = r.link_id and c.field = r.field and c.winner = 'open' returning c.link_id, c.field)
    ${release(sql`select link_id, field from over`)}`)
}

/** The end of a statement that takes fields off those that are held. */
export function release(which: ReturnType<typeof sql>) {
  return sql`
    update ${links} l set held_fields = l.held_fields - f.fields
    from (select link_id, array_agg(field) as fields from (${which}) w group by link_id) f where l.id = f.link_id`
}

/** A clash to be kept. */
export interface NewClash {
  linkId: string
  recordId: string
  kind: string
  field: string
  base: string | null
  ours: string | null
  theirs: string | null
  rule: string
  winner: 'open' | 'ours' | 'theirs'
}

/**
 * Keeps clashes. One that is open already follows what both sides say now, and its field is held. Three statements however many.
 *
 * @param found at most one open clash a link and field
 */
export async function keepClashes(tx: Tx, found: NewClash[]): Promise<void> {
  if (found.length === 0) return
  const rows = JSON.stringify(
    found.map(({ linkId, recordId, ...clash }) => ({ ...clash, link_id: linkId, record_id: recordId })),
  )
  await tx.execute(sql`
    insert into ${clashes} as c (link_id, record_id, kind, field, base, ours, theirs, rule, winner, decided_at)
    select link_id, record_id, kind, field, base, ours, theirs, rule, winner, case when winner <> 'open' then now() end
    from jsonb_to_recordset(${rows}::jsonb)
      as r(link_id uuid, record_id uuid, kind text, field text, base text, ours text, theirs text, rule text, winner text)
    on conflict (link_id, field) where winner = 'open' do update set ours = excluded.ours, theirs = excluded.theirs`)
  const open = found.filter(({ winner }) => winner === 'open')
  if (open.length === 0) return
  const held = JSON.stringify(open.map(({ linkId, field }) => ({ link_id: linkId, field })))
  await tx.execute(sql`
    update ${links} l set held_fields = (
      select jsonb_agg(distinct f) from jsonb_array_elements_text(l.held_fields || h.fields) f)
    from (select link_id, jsonb_agg(field) as fields
          from jsonb_to_recordset(${held}::jsonb) as r(link_id uuid, field text) group by link_id) h
    where l.id = h.link_id`)
}

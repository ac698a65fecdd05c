/** A record that another one takes the place of: its links, references and identities are the other's, and the row goes. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { tables, type LedgerRecord } from '../db/ledger.ts'
import { isReferredTo, moveReferences, references, type Moved } from '../db/references.ts'
import { accounts, clashes, identities, links, parties, proposals, tasks, writes } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import type { System } from '../mapping/systems.ts'
import { dropLink, readAnew, type LinkRow } from './link-rows.ts'
import { moveReferencesBy } from './referrers.ts'

export interface Retired {
  retired: boolean
  moved: Moved[]
}

/**
 * Retires the record that a vendor record stood for until now. It lives on where another vendor record still stands for it beside one
 * of the new record's, or where something refers to it that cannot refer to a record of the new kind; it is then known at this
 * place by the vendor record that it lost.
 */
export async function retire(
  tx: Tx,
  system: System,
  link: LinkRow,
  from: LedgerRecord | null,
  to: LedgerRecord,
): Promise<Retired> {
  if (from === null) return { retired: true, moved: [] }
  const sameKind = from.kind === to.kind
  if (from.kind === 'account')
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('parents of accounts', 0))`)
  const stays = sameKind ? await moveLinks(tx, from.id, to.id) : await hasLinks(tx, from.id)
  if (sameKind && !stays) {
    const moved = await moveAll(tx, from.kind, from.id, to.id)
    await remove(tx, from)
    return { retired: true, moved }
  }
  if (!stays && !(await isReferredTo(tx, from.kind, from.id))) {
    await remove(tx, from)
    return { retired: true, moved: [] }
  }
  const { externalId, connection, object } = link
  const moved =
    sameKind && externalId !== null
      ? await moveReferencesBy(tx, system, { object, externalId }, { from: from.id, to: to.id, kind: from.kind })
      : []
  await tx.insert(links).values({
    connection,
    object,
    kind: from.kind,
    recordId: from.id,
    gone: true,
    goneAt: sql`now()`,
    mergedInto: link.id,
  })
  return { retired: false, moved }
}

async function hasLinks(tx: Tx, recordId: string): Promise<boolean> {
  const found = await tx.select({ id: links.id }).from(links).where(eq(links.recordId, recordId)).limit(1)
  return found.length > 0
}

/** Gives one record's links to another. Answers whether some stay, because both have a live vendor record at a place. */
async function moveLinks(tx: Tx, from: string, to: string): Promise<boolean> {
  const rows = await tx
    .select({
      id: links.id,
      recordId: links.recordId,
      place: sql<string>`${links.connection} || ' ' || ${links.object}`,
      isLive: sql<boolean>`(${links.externalId} is not null and not ${links.gone}) or coalesce(${writes.status} in ('sending', 'unclear'), false)`,
    })
    .from(links)
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(sql`${links.recordId} in (${from}, ${to})`)
    .orderBy(links.id)
    .for('update', { of: links })
  const own = new Map(rows.flatMap((row) => (row.recordId === to ? [[row.place, row] as const] : [])))
  let stays = false
  for (const link of rows.filter(({ recordId }) => recordId === from)) {
    const other = own.get(link.place)
    if (other !== undefined && other.isLive) {
      if (link.isLive) stays = true
      else await dropLink(tx, link.id, other.id)
      continue
    }
    if (other !== undefined) await dropLink(tx, other.id, link.id)
    await tx.update(links).set({ recordId: to }).where(eq(links.id, link.id))
    await meetAnew(tx, link.id)
  }
  return stays
}

/** What stands at a vendor for one record now stands for another: where they differ, the fields' rules say what holds. */
async function meetAnew(tx: Tx, linkId: string): Promise<void> {
  await tx.delete(clashes).where(and(eq(clashes.linkId, linkId), eq(clashes.winner, 'open')))
  const [link] = await tx.update(links).set({ heldFields: [] }).where(eq(links.id, linkId)).returning()
  if (link !== undefined && link.externalId !== null && !link.gone) await readAnew(tx, link)
}

async function moveAll(tx: Tx, kind: RecordKind, from: string, to: string): Promise<Moved[]> {
  await unifyParts(tx, kind, from, to)
  const moved = await moveReferences(tx, kind, [{ from, to }])
  if (kind === 'account') await cutCircles(tx, to)
  if (kind === 'contact')
    await tx
      .update(tasks)
      .set({ state: 'cancelled' })
      .where(and(eq(tasks.subjectId, from), eq(tasks.state, 'open')))
  await tx.update(identities).set({ recordId: to }).where(eq(identities.recordId, from))
  await tx.update(clashes).set({ recordId: to }).where(eq(clashes.recordId, from))
  await tx.update(proposals).set({ recordId: to }).where(eq(proposals.recordId, from))
  await tx.execute(sql`
    update ${proposals} p set candidates = (
      select jsonb_agg(case when c ->> 'recordId' = ${from} then c || jsonb_build_object('recordId', ${to}::text) else c end)
      from jsonb_array_elements(p.candidates) c)
    where p.candidates @> jsonb_build_array(jsonb_build_object('recordId', ${from}::text))`)
  return moved
}

/** Parts in deals that are the same from now on become one, with the vendor's record of whichever has one. */
async function unifyParts(tx: Tx, kind: RecordKind, from: string, to: string): Promise<void> {
  for (const { table, column } of references[kind]) {
    if (table !== parties) continue
    const as = (row: 'p' | 'q', name: string) =>
      name === column ? sql`${row === 'p' ? from : to}::uuid` : sql`${sql.identifier(row)}.${sql.identifier(name)}`
    const same = ['deal_id', 'account_id', 'partner_id']
      .filter((name) => name !== column)
      .map((name) => sql`${as('p', name)} is not distinct from ${as('q', name)}`)
    const { rows } = await tx.execute<{ old: string; kept: string }>(sql`
      select p.id::text as old, q.id::text as kept from ${parties} p join ${parties} q on ${sql.join(same, sql` and `)}
        and p.role is not distinct from q.role
      where p.${sql.identifier(column)} = ${from} and q.${sql.identifier(column)} = ${to}`)
    for (const { old, kept } of rows) {
      await moveLinks(tx, old, kept)
      for (const { id } of await tx.select({ id: links.id }).from(links).where(eq(links.recordId, old)))
        await dropLink(tx, id, null)
      await tx.delete(parties).where(eq(parties.id, old))
    }
  }
}

/** Two accounts that become one may stand above each other: the parent that would close the circle is let go. */
async function cutCircles(tx: Tx, accountId: string): Promise<void> {
  await tx.execute(sql`
    with recursive above as (
      select parent_id as id from ${accounts} where id = ${accountId}
      union select a.parent_id from ${accounts} a join above on a.id = above.id where a.parent_id is not null)
    update ${accounts} set parent_id = null where parent_id = ${accountId} and id in (select id from above)`)
}

async function remove(tx: Tx, { kind, id }: LedgerRecord): Promise<void> {
  await tx.delete(identities).where(eq(identities.recordId, id))
  const table = tables[kind]
  await tx.delete(table).where(eq(table.id, id))
}

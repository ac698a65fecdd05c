/** Records that a vendor refuses to make because it holds them, and that it names: a person is asked whether the two are one. */
import { sql } from 'drizzle-orm'
import { relinkable, type RecordKind } from '../domain/records.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { idFor } from './ids.ts'
import { nudge, workflowId } from './outbox.ts'
import type { Tx } from './connection.ts'
import { propose } from './proposals.ts'
import { hints, links, shadows, writes } from './schema/index.ts'

interface Named extends Record<string, unknown> {
  recordId: string
  kind: RecordKind
  externalId: string
  /** What stands for the named vendor record. */
  holder: string | null
  holderKind: RecordKind | null
  isRead: boolean
  /** The holder has a vendor record at another place too. */
  isElsewhere: boolean
}

/**
 * Proposes the vendor records that are named in refusals to be the refused records. One that was not read yet is read by its id first,
 * and proposed when it comes in. None is proposed that stands for more than itself: a record of ours that was linked to it, or one
 * that another system has too.
 *
 * @param of links whose creates were refused a moment ago, and vendor ids that were read a moment ago
 */
export async function proposeNamed(
  tx: Tx,
  system: System,
  object: string,
  of: { refused: string[]; read: string[] },
): Promise<void> {
  if (of.refused.length === 0 && of.read.length === 0) return
  const { name: connection } = system
  const { rows } = await tx.execute<Named>(sql`
    select c.record_id::text as "recordId", c.kind, n.id as "externalId", l.record_id::text as holder, l.kind as "holderKind",
      coalesce(not l.gone and s.link_id is not null, false) as "isRead",
      exists (select from ${links} o where o.record_id = l.record_id and o.id <> l.id and o.external_id is not null and not o.gone)
        as "isElsewhere"
    from ${writes} w join ${links} c on c.id = w.link_id and c.external_id is null
    cross join lateral jsonb_array_elements_text(w.detail -> 'existingIds') as n(id)
    left join ${links} l on l.connection = w.connection and l.object = w.object and l.external_id = n.id
    left join ${shadows} s on s.link_id = l.id
    where w.connection = ${connection} and w.object = ${object} and w.status = 'parked' and w.code = 'CW_RECORD_DUPLICATE'
      and (w.link_id = any(${sql.param(of.refused)}::uuid[]) or n.id = any(${sql.param(of.read)}::text[]))`)
  const named = rows.filter(({ kind }) => relinkable.includes(kind))
  await propose(
    tx,
    named.flatMap(({ recordId, kind, externalId, holder, holderKind, isRead, isElsewhere }) => {
      const isItself = isRead && !isElsewhere && holder === idFor(connection, object, externalId)
      // An account may turn out to be a partner; a partner is never taken for an account.
      const mayBe = holderKind === kind || (holderKind === 'account' && kind === 'partner')
      if (!isItself || holderKind === null || !mayBe) return []
      const candidate = { recordId, score: 100, why: ['duplicate-there' as const] }
      return [{ connection, object, externalId, kind: holderKind, recordId: holder, candidate }]
    }),
  )
  const unread = named.flatMap(({ externalId, isRead }) => (isRead ? [] : [externalId]))
  if (capabilityOf(system, object).read === 'changes') await readById(tx, connection, object, unread)
}

/** Asks for these vendor records, unless somebody has asked already. */
async function readById(tx: Tx, connection: string, object: string, externalIds: string[]): Promise<void> {
  if (externalIds.length === 0) return
  await tx.execute(sql`
    insert into ${hints} (connection, object, external_id, body)
    select ${connection}, ${object}, id, '' from (select distinct unnest(${sql.param(externalIds)}::text[]) as id) r
    where not exists (select from ${hints} h where h.connection = ${connection} and h.object = ${object}
      and h.external_id = r.id and h.body = '' and h.read_at is null)`)
  await nudge(tx, [workflowId.stream(connection, object)])
}

/** Rows by which one room asks another to act: wake signals for processes, and writes that are due. */
import { and, eq, inArray, not, notInArray, sql } from 'drizzle-orm'
import type { RecordKind } from '../domain/records.ts'
import type { Db, Tx } from './connection.ts'
import { links, nudges, writes } from './schema/index.ts'

/** Wakes that a transaction has collected to write them last. */
const collected = new WeakMap<Tx, Set<string>>()

/**
 * A transaction that writes its nudges last and in one order. Many transactions nudge the same few workflows; in any other order
 * they would wait for each other in a circle, and for as long as the longest of them.
 */
export async function nudgingLast<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    const wakes = new Set<string>()
    collected.set(tx, wakes)
    const result = await work(tx)
    collected.delete(tx)
    await nudge(tx, wakes)
    return result
  })
}

/** Asks the relay to wake these workflows, in the transaction that gives them something to see. Wakes coalesce. */
export async function nudge(tx: Tx, workflowIds: Iterable<string>): Promise<void> {
  const wakes = collected.get(tx)
  if (wakes !== undefined) {
    for (const id of workflowIds) wakes.add(id)
    return
  }
  const rows = [...new Set(workflowIds)].toSorted().map((workflowId) => ({ workflowId }))
  if (rows.length === 0) return
  await tx
    .insert(nudges)
    .values(rows)
    .onConflictDoUpdate({ target: nudges.workflowId, set: { version: sql`${nudges.version} + 1`, dueAt: sql`now()` } })
}

/** The workflow ids of the processes, one place for their form. */
export const workflowId = {
  registration: (id: string) => `registration/${id}`,
  stream: (connection: string, object: string) => `stream/${connection}/${object}`,
  sender: (connection: string) => `sender/${connection}`,
  mailer: () => 'mailer',
}

/**
 * Wishes every linked vendor record made equal to its ledger record, and wakes the senders. Whether there is anything to send
 * is found out when it is sent: ledger − shadow.
 *
 * @param options.only the one connection to write to
 * @param options.exceptLinks links that are known to be equal already, such as the one a change came in by
 */
export async function planWrites(
  tx: Tx,
  recordIds: string[],
  options: { exceptLinks?: string[]; only?: string } = {},
): Promise<void> {
  if (recordIds.length === 0) return
  const except = options.exceptLinks ?? []
  const planned = await tx
    .select({ linkId: links.id, connection: links.connection, object: links.object })
    .from(links)
    .where(
      and(
        inArray(links.recordId, recordIds),
        not(links.gone),
        options.only === undefined ? undefined : eq(links.connection, options.only),
        except.length === 0 ? undefined : notInArray(links.id, except),
      ),
    )
    .orderBy(links.id)
  const open = planned.map((link) => ({ ...link, desired: 1 }))
  if (open.length === 0) return
  await tx
    .insert(writes)
    .values(open)
    .onConflictDoUpdate({
      target: writes.linkId,
      set: {
        desired: sql`${writes.desired} + 1`,
        // What is in flight or unclear stays so until it is settled; the higher wish brings it back afterwards.
        status: sql`case when ${writes.status} in ('sending', 'unclear') then ${writes.status} else 'planned' end`,
        notBefore: sql`case when ${writes.status} in ('sending', 'unclear') then ${writes.notBefore} else now() end`,
        updatedAt: sql`now()`,
      },
    })
  await nudge(tx, new Set(open.map((link) => workflowId.sender(link.connection))))
}

/** Makes sure that a record is kept at a connection: the link is claimed here, the vendor's record is made by the sender. */
export async function ensureLinks(
  tx: Tx,
  wanted: { connection: string; object: string; kind: RecordKind; recordId: string; externalId?: string }[],
): Promise<void> {
  if (wanted.length === 0) return
  await tx.insert(links).values(wanted).onConflictDoNothing()
}

/** Rows by which one room asks another to act: wake signals for processes, and writes that are due. */
import { and, eq, ne, not, sql, type SQL } from 'drizzle-orm'
import { anyOf, noneOf } from './any-of.ts'
import type { RecordKind } from '../domain/records.ts'
import type { Tx } from './connection.ts'
import { links, nudges, writes, type WriteStatus } from './schema/index.ts'

/** Asks the relay to wake these workflows, in the transaction that gives them something to see. Wakes coalesce. */
export async function nudge(tx: Tx, workflowIds: Iterable<string>): Promise<void> {
  const rows = [...new Set(workflowIds)].toSorted().map((workflowId) => ({ workflowId }))
  if (rows.length === 0) return
  await tx.insert(nudges).values(rows)
}

/** The workflow ids of the processes, one place for their form. */
export const workflowId = {
  registration: (id: string) => `registration/${id}`,
  directDeal: (id: string) => `direct-deal/${id}`,
  stream: (connection: string, object: string) => `stream/${connection}/${object}`,
  sender: (connection: string) => `sender/${connection}`,
  mailer: () => 'mailer',
}

/**
 * Wishes every linked vendor record made equal to its ledger record, and wakes the senders. Whether there is anything to send
 * is found out when it is sent: ledger − shadow. Users are never written.
 *
 * @param options.afterMs how long the wish waits for another that is about to follow, so that both are sent as one
 * @param options.only the one connection to write to
 * @param options.exceptLinks links that are judged by themselves, such as the one a change came in by
 */
export async function planWrites(
  tx: Tx,
  recordIds: string[],
  options: { exceptLinks?: string[]; only?: string; afterMs?: number } = {},
): Promise<void> {
  if (recordIds.length === 0) return
  const except = options.exceptLinks ?? []
  await plan(
    tx,
    and(
      anyOf(links.recordId, [...new Set(recordIds)]),
      options.only === undefined ? undefined : eq(links.connection, options.only),
      except.length === 0 ? undefined : noneOf(links.id, except),
    ),
    options.afterMs,
  )
}

/** The same for single vendor records, by their links. One that waits already is not hurried: what it will send is looked up then. */
export async function planLinks(tx: Tx, linkIds: string[]): Promise<void> {
  if (linkIds.length > 0) await plan(tx, anyOf(links.id, linkIds), 0, ['unclear', 'planned', 'sending'])
}

/** One statement however many records; rows are taken in the order of their ids, so that two plans never wait in a circle. */
async function plan(tx: Tx, which: SQL | undefined, afterMs = 0, patient: WriteStatus[] = ['unclear']): Promise<void> {
  const due = sql`now() + make_interval(secs => ${afterMs / 1000}::float8)`
  // What is in flight or unclear stays so until it is settled; the higher wish brings it back afterwards.
  const isOut = sql`${writes}.status in ('sending', 'unclear')`
  // Found before they are sorted (`offset 0`): a planner that takes a growing table for a handful reads all of it in the order of ids.
  const { rows } = await tx.execute<{ connection: string }>(sql`
    insert into ${writes} (link_id, connection, object, desired, not_before)
    select id, connection, object, 1, ${due} from (
      select ${links.id}, ${links.connection}, ${links.object} from ${links}
      where ${and(which, not(links.gone), ne(links.kind, 'user'))} offset 0) wished
    order by id
    on conflict (link_id) do update set
      desired = ${writes}.desired + 1,
      status = case when ${isOut} then ${writes}.status else 'planned' end,
      not_before = case when ${writes}.status in ${patient} then ${writes}.not_before else ${due} end,
      -- A wish after the end of the last one starts its patience anew; one that is being tried keeps its back-off.
      failures = case when ${writes}.status in ('done', 'parked') then 0 else ${writes}.failures end,
      retry_at = null,
      updated_at = now()
    returning connection`)
  await nudge(
    tx,
    rows.map(({ connection }) => workflowId.sender(connection)),
  )
}

/**
 * Makes sure that a record is kept at a connection: the link is claimed here, the vendor's record is made by the sender. Answers the
 * links that are new.
 */
export async function ensureLinks(
  tx: Tx,
  wanted: { connection: string; object: string; kind: RecordKind; recordId: string; externalId?: string }[],
): Promise<string[]> {
  if (wanted.length === 0) return []
  const sorted = wanted.toSorted((a, b) => (a.recordId < b.recordId ? -1 : 1))
  const rows = JSON.stringify(
    sorted.map(({ recordId, externalId, ...row }) => ({ ...row, record_id: recordId, external_id: externalId })),
  )
  const made = await tx.execute<{ id: string }>(sql`
    insert into ${links} (connection, object, kind, record_id, external_id)
    select r.connection, r.object, r.kind, r.record_id, r.external_id
    from jsonb_to_recordset(${rows}::jsonb) as r(connection text, object text, kind text, record_id uuid, external_id text)
    order by r.record_id on conflict do nothing returning id`)
  return made.rows.map(({ id }) => id)
}

/**
 * Lists and reports of CRMs that name accounts: read on a timer beside the stream of accounts, each as a whole, so that what left one is
 * gone. A reading that fails leaves in force what was named before.
 */
import { sql } from 'drizzle-orm'
import { ConnectorError, faultOf, type Connector, type Ctx, type MembersPage } from '../../connectors/contract.ts'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { accounts, links, namedAccounts, namedLists } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import { capabilityOf, objectFor, type NamedList, type System, type Systems } from '../mapping/systems.ts'

export interface ListRead {
  source: string
  /** What came in and what left; null: the reading failed, by `code`. */
  changed: { added: number; removed: number } | null
  code: ErrorCode | null
}

/** So long a reader is taken for alive; then another one reads. */
const LEASE_MS = 120_000
/** What failed is read again sooner. */
const AGAIN_MS = 600_000
/** As many as a list of one's own may name. */
const MOST = 50_000

export interface ListStep {
  system: System
  connector: Connector
  object: string
  ctx: Ctx
}

/** Reads what is due of the lists of this object's records. Of several workers one reads. */
export async function readNamedLists(db: Db, step: ListStep, progress: () => void): Promise<ListRead[]> {
  const { system, object } = step
  if (objectFor(system, 'account') !== object) return []
  const read: ListRead[] = []
  for (const list of system.namedLists ?? []) if (await claim(db, system.name, list)) read.push(await readOne(list))
  return read

  async function readOne(list: NamedList): Promise<ListRead> {
    const { source } = list
    try {
      const ids = await membersOf(step, list, progress)
      return { source, changed: await db.transaction((tx) => keep(tx, step, list, ids)), code: null }
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      const { code } = error.fault
      await db
        .update(namedLists)
        .set({ code, nextAt: inMs(Math.min(AGAIN_MS, list.everyMs)) })
        .where(sql`${namedLists.source} = ${source}`)
      return { source, changed: null, code }
    }
  }
}

/** Forgets what lists name that the configuration names no longer. */
export async function dropNamedLists(tx: Tx, systems: Systems): Promise<void> {
  const kept = [...systems.values()].flatMap(({ namedLists: lists = [] }) => lists.map(({ source }) => source))
  const { rows } = await tx.execute<{ source: string; before: number }>(sql`
    with dropped as (delete from ${namedLists} where source <> all(${sql.param(kept)}::text[]) returning source),
    gone as (delete from ${namedAccounts} n using dropped d where n.source = d.source returning n.source)
    select d.source, (select count(*) from gone g where g.source = d.source)::int as before from dropped d`)
  await recordAudit(
    tx,
    rows.map((detail) => ({ what: 'named-accounts.replaced', actor: 'system', detail: { ...detail, now: 0 } })),
  )
}

/** Whether it is due, and ours to read now. Another list under the same name is due at once. */
async function claim(db: Db, connection: string, { source, list }: NamedList): Promise<boolean> {
  const { rows } = await db.execute(sql`
    insert into ${namedLists} as l (source, connection, list, next_at) values (${source}, ${connection}, ${list}, ${inMs(LEASE_MS)})
    on conflict (source) do update set connection = excluded.connection, list = excluded.list, next_at = excluded.next_at
    where l.next_at <= now() or (l.connection, l.list) <> (excluded.connection, excluded.list)
    returning source`)
  return rows.length > 0
}

/** @throws ConnectorError */
async function membersOf({ system, connector, object, ctx }: ListStep, { list }: NamedList, progress: () => void) {
  if (capabilityOf(system, object).lists !== true || connector.members === undefined)
    throw refusal('CW_CONFIG_INVALID', 'This system has no lists of its accounts')
  const ids = new Set<string>()
  let cursor: string | null = null
  do {
    const page: MembersPage = await connector.members({ object, list, cursor }, ctx)
    for (const id of page.ids) ids.add(id)
    if (ids.size > MOST) throw refusal('CW_LIST_INCOMPLETE', `The list names more than ${String(MOST)} accounts`)
    cursor = page.cursor
    progress()
  } while (cursor !== null)
  return [...ids]
}

function refusal(code: ErrorCode, message: string): ConnectorError {
  return new ConnectorError(faultOf(code, message), 'no')
}

/** Makes the source's rows what the list says, and leaves those as they are that it said before. Three statements, however many. */
async function keep(tx: Tx, { system, object }: ListStep, { source, everyMs, territory }: NamedList, ids: string[]) {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`named accounts ${source}`}, 0))`)
  const { rows } = await tx.execute<{ before: number; added: number; removed: number; unknown: number }>(sql`
    with told as materialized (select unnest(${sql.param(ids)}::text[]) as key),
    known as materialized (
      select t.key, a.id as account_id, coalesce(${territory}::text, a.territory) as territory from told t
      join ${links} l on l.external_id = t.key and l.connection = ${system.name} and l.object = ${object} and l.kind = 'account'
      join ${accounts} a on a.id = l.record_id),
    gone as (
      delete from ${namedAccounts} n where n.source = ${source} and not exists (select from known k where k.key = n.key)
      returning n.id),
    kept as (
      insert into ${namedAccounts} as n (source, key, account_id, territory)
      select ${source}, key, account_id, territory from known
      on conflict (source, key) do update set account_id = excluded.account_id, territory = excluded.territory
      where (n.account_id, n.territory) is distinct from (excluded.account_id, excluded.territory)
      returning n.xmax = 0 as is_new)
    select (select count(*) from ${namedAccounts} where source = ${source})::int as before,
      (select count(*) from kept where is_new)::int as added, (select count(*) from gone)::int as removed,
      ((select count(*) from told) - (select count(*) from known))::int as unknown`)
  const { before = 0, added = 0, removed = 0, unknown = 0 } = rows[0] ?? {}
  await tx
    .update(namedLists)
    .set({ readAt: sql`now()`, code: null, unknown, nextAt: inMs(everyMs) })
    .where(sql`${namedLists.source} = ${source}`)
  if (added + removed > 0)
    await recordAudit(tx, [
      {
        what: 'named-accounts.replaced',
        actor: 'system',
        connection: system.name,
        object,
        detail: { source, before, now: before + added - removed },
      },
    ])
  return { added, removed }
}

function inMs(ms: number) {
  return sql`now() + make_interval(secs => ${ms / 1000}::float8)`
}

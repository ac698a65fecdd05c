/**
 * Computed fields, such as formulas and roll-ups, change without a trace: no modification date moves and no feed tells. Where a mapping
 * reads one, the records that we hold are read anew by their ids from time to time, as a back-fill of just those.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { Connector, Ctx, ListPage } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { startRun } from '../db/runs.ts'
import { links, runs, schemaSnapshots } from '../db/schema/index.ts'
import { flowsIn } from '../mapping/translate.ts'
import type { System } from '../mapping/systems.ts'
import { cursorOf } from './back-fill-place.ts'

/** Starts a reading anew when its time has come. Whatever else has read everything since counts as one. */
export async function startRefresh(db: Db, system: System, object: string): Promise<void> {
  const paths = readOf(system, object)
  if (system.refreshMs == null || paths.length === 0) return
  const { rows } = await db.execute(sql`
    select from ${schemaSnapshots} s where s.connection = ${system.name} and s.object = ${object}
      and exists (select from jsonb_array_elements(s.fields) f
        where f -> 'computed' = 'true' and f ->> 'name' in (select jsonb_array_elements_text(${JSON.stringify(paths)}::jsonb)))
      and not exists (select from ${runs} r where r.connection = s.connection and r.object = s.object
        and r.kind in ('back-fill', 'reconcile') and r.state <> 'cancelled'
        and r.started_at > now() - make_interval(secs => ${system.refreshMs / 1000}))`)
  if (rows.length === 0) return
  await db.transaction(async (tx) => {
    const { id, isNew } = await startRun(tx, { kind: 'back-fill', connection: system.name, object, actor: 'system' })
    const cursor = cursorOf({ by: 'held', at: null })
    if (isNew) await tx.update(runs).set({ cursor }).where(eq(runs.id, id))
  })
}

function readOf(system: System, object: string): string[] {
  return system.mappings
    .filter((mapping) => mapping.object === object)
    .flatMap(({ fields }) => fields.filter(({ update }) => flowsIn(update)).map(({ path }) => path))
}

/** Records a request reads by their ids. */
const PAGE = 100

/**
 * The next of the records that we hold, as the vendor has them now. One that it does not show says nothing: reconciliation looks into
 * what is missing.
 */
export async function readHeld(
  db: Db,
  connector: Connector,
  q: { connection: string; object: string; after: string | null; fields: string[] },
  ctx: Ctx,
): Promise<Pick<ListPage, 'records'> & { next: string | null }> {
  const { connection, object, after, fields } = q
  const held = await db
    .select({ id: links.id, externalId: links.externalId })
    .from(links)
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        sql`${links.externalId} is not null and not ${links.gone} and ${links.mergedInto} is null`,
        after === null ? undefined : sql`${links.id} > ${after}::uuid`,
      ),
    )
    .orderBy(links.id)
    .limit(PAGE)
  if (held.length === 0) return { records: [], next: null }
  const refs = held.flatMap(({ externalId }) =>
    externalId === null ? [] : [{ object, by: 'id' as const, value: externalId }],
  )
  const reads = await connector.read(refs, fields, ctx)
  const records = reads.flatMap((read, at) =>
    read.status === 'found' && !read.record.deleted && read.record.id === refs[at]?.value ? [read.record] : [],
  )
  return { records, next: held.length < PAGE ? null : (held.at(-1)?.id ?? null) }
}

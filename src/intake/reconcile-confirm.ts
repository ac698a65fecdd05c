/** The second phase of a reconciliation: what differed is read by its id, after the stream had its chance to bring it. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { ConnectorError, type Read, type VendorRecord } from '../../connectors/contract.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { readableFields } from '../db/schema-changes.ts'
import { moveRun, type Run } from '../db/runs.ts'
import { drifts, streams } from '../db/schema/index.ts'
import { cursorOf, type Moved, type Place, type Step } from './reconcile-step.ts'
import { suspicions } from './reconcile-walk.ts'
import { differs, knownOf, type Differs, type Known } from './standing.ts'
import { storeRecords } from './store.ts'

/** Records that are read by id in one step; every vendor takes as many. */
export const BATCH = 100
/** A vendor whose lists lag longer than this is not waited for; at worst its own late change is told as a drift. */
const LAG_MS = 600_000

export async function confirmStep(step: Step, run: Run, place: Extract<Place, { phase: 'confirm' }>): Promise<Moved> {
  const { db, system, object } = step
  const passed = await readPast(db, system.name, object, place.since)
  if (passed !== 'yes') return { stored: 0, pause: passed === 'not read' ? 'briefly' : 'until it is read' }
  const suspected = await db.transaction((tx) => suspicions(tx, run.id, place.after, BATCH))
  const last = suspected.at(-1)
  if (last === undefined) {
    await db.transaction((tx) => moveRun(tx, run, { cursor: cursorOf({ phase: 'missing', after: null }) }))
    return { stored: 0, pause: null }
  }
  const beganAt = await databaseNow(db)
  const reads = await readById(
    step,
    suspected.map(({ externalId }) => externalId),
  )
  const stored = await db.transaction(async (tx) => {
    await moveRun(tx, run, { cursor: cursorOf({ ...place, after: last.id }) })
    const known = await knownOf(
      tx,
      system.name,
      object,
      suspected.map(({ externalId }) => externalId),
    )
    const found = suspected.flatMap((suspicion, index) => {
      const read = reads[index]
      if (read?.status !== 'found' || read.record.deleted || read.record.mergedInto !== null) return []
      return [
        {
          suspicion,
          record: read.record,
          different: judge(read.record, known.get(suspicion.externalId), suspicion.foundAt, beganAt),
        },
      ]
    })
    const drifted = found.flatMap(({ different, ...it }) => (different === null ? [] : [{ ...it, different }]))
    await dismiss(
      tx,
      suspected.filter((s) => !drifted.some(({ suspicion }) => suspicion.id === s.id)).map(({ id }) => id),
    )
    await confirm(
      tx,
      drifted.map(({ suspicion: { id }, different }) => ({ id, ...different })),
    )
    return storeRecords(
      tx,
      system.name,
      drifted.map(({ record }) => record),
      { asOf: beganAt },
    )
  })
  return { stored, pause: stored > 0 ? 'briefly' : null }
}

/** Whether the stream was read past an instant, so that what it had to bring is here. */
async function readPast(
  db: Db,
  connection: string,
  object: string,
  since: string,
): Promise<'yes' | 'not read' | 'list lags'> {
  const [stream] = await db
    .select({
      isRead: sql<boolean>`coalesce(${streams.readAt} > ${since}::timestamptz, false)`,
      isCovered: sql<boolean>`coalesce(
        ${streams.coveredThrough} - make_interval(secs => coalesce(${streams.skewMs}, 0) / 1000.0) >= ${since}::timestamptz
        or ${streams.readAt} > ${since}::timestamptz + make_interval(secs => ${LAG_MS / 1000}), false)`,
    })
    .from(streams)
    .where(and(eq(streams.connection, connection), eq(streams.object, object)))
  if (stream?.isRead !== true) return 'not read'
  return stream.isCovered ? 'yes' : 'list lags'
}

/** Reads records by id. A fault of the connection is thrown; one of a record says nothing of it. */
export async function readById({ db, connector, system, object, ctx }: Step, ids: string[]): Promise<Read[]> {
  const refs = ids.map((value) => ({ object, by: 'id' as const, value }))
  const reads = await connector.read(refs, await readableFields(db, system, object), { ...ctx, priority: 'backfill' })
  for (const read of reads)
    if (read.status === 'failed' && read.fault.scope === 'connection') throw new ConnectorError(read.fault, 'no')
  return reads
}

/** Whether a difference stands: nothing was heard of the record since it was suspected, and nothing of ours is on its way to it. */
function judge(record: VendorRecord, known: Known | undefined, suspectedAt: string, readAt: string): Differs | null {
  const heard = known?.last != null && known.last.receivedAt >= suspectedAt
  const written = known?.inFlight === true || (known?.shadow != null && known.shadow.seenAt >= readAt)
  return heard || written ? null : differs(record, known)
}

/** Drops suspicions that did not stand. */
export async function dismiss(tx: Tx, ids: number[]): Promise<void> {
  if (ids.length > 0) await tx.delete(drifts).where(and(anyOf(drifts.id, ids), isNull(drifts.confirmedAt)))
}

async function confirm(tx: Tx, found: ({ id: number } & Differs)[]): Promise<void> {
  if (found.length === 0) return
  await tx.execute(sql`
    update ${drifts} d set confirmed_at = now(), kind = r.kind, fields = r.fields
    from jsonb_to_recordset(${JSON.stringify(found)}::jsonb) as r(id bigint, kind text, fields jsonb) where d.id = r.id`)
}

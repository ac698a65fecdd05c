/** The first phase of a reconciliation: everything that the vendor lists, a page at a time. */
import { and, eq, gt, isNotNull, lt, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { VendorRecord } from '../../connectors/contract.ts'
import { databaseNow, type Tx } from '../db/connection.ts'
import { readableFields, suspectSchema } from '../db/schema-changes.ts'
import { moveRun, type Run } from '../db/runs.ts'
import { drifts, shadows } from '../db/schema/index.ts'
import { readEverything } from './reading.ts'
import { cursorOf, type Moved, type Place, type Step } from './reconcile-step.ts'
import { differs, knownOf, type Known } from './standing.ts'
import { outlive } from './store.ts'

/** Reads a page, marks what is on it as seen, and suspects what differs. */
export async function walkStep(step: Step, run: Run, place: Extract<Place, { phase: 'walk' }>): Promise<Moved> {
  const { db, system, connector, object, ctx } = step
  if (place.at === null) await db.transaction((tx) => suspectSchema(tx, system.name, object, 0))
  const beganAt = await databaseNow(db)
  const q = { object, at: place.at, fields: await readableFields(db, system, object) }
  const page = await readEverything(connector, q, { ...ctx, priority: 'backfill' })
  const live = [
    ...new Map(page.records.filter((r) => !r.deleted && r.mergedInto === null).map((r) => [r.id, r])).values(),
  ]
  await db.transaction(async (tx) => {
    const next: Place =
      page.cursor === null
        ? { phase: 'confirm', since: await databaseNow(tx), after: 0 }
        : { phase: 'walk', at: page.cursor }
    await moveRun(tx, run, { cursor: cursorOf(next), done: live.length, total: page.total })
    const ids = live.map(({ id }) => id)
    const known = await knownOf(tx, system.name, object, ids)
    await markSeen(tx, known, beganAt)
    await outlive(tx, system.name, object, ids, beganAt)
    await suspect(tx, run, live, known)
  })
  return { stored: 0, pause: page.cursor === null ? 'briefly' : null }
}

/** What was on a page was there when its request began. */
export async function markSeen(tx: Tx, known: ReadonlyMap<string, Known>, at: string): Promise<void> {
  const ids = [...known.values()].flatMap(({ link, shadow }) => (link === null || shadow === null ? [] : [link.id]))
  if (ids.length === 0) return
  await tx
    .update(shadows)
    .set({ seenAt: at })
    .where(and(anyOf(shadows.linkId, ids), lt(shadows.seenAt, at)))
}

async function suspect(tx: Tx, run: Run, live: VendorRecord[], known: ReadonlyMap<string, Known>): Promise<void> {
  const found = live.flatMap((record) => {
    const different = differs(record, known.get(record.id))
    if (different === null) return []
    const recordId = known.get(record.id)?.link?.recordId ?? null
    return [
      {
        runId: run.id,
        connection: run.connection,
        object: record.object,
        externalId: record.id,
        recordId,
        ...different,
      },
    ]
  })
  if (found.length > 0) await tx.insert(drifts).values(found).onConflictDoNothing()
}

/** The suspicions of a run after the one with this number, oldest first. */
export async function suspicions(
  tx: Tx,
  runId: string,
  after: number,
  limit: number,
): Promise<(typeof drifts.$inferSelect & { externalId: string })[]> {
  const rows = await tx
    .select()
    .from(drifts)
    .where(
      and(
        eq(drifts.runId, runId),
        gt(drifts.id, after),
        isNotNull(drifts.externalId),
        sql`${drifts.confirmedAt} is null`,
      ),
    )
    .orderBy(drifts.id)
    .limit(limit)
  return rows.flatMap(({ externalId, ...row }) => (externalId === null ? [] : [{ ...row, externalId }]))
}

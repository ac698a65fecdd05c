/** The third phase of a reconciliation: what we know and a whole walk did not meet is read by its id. */
import { sql } from 'drizzle-orm'
import type { VendorRecord } from '../../connectors/contract.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { moveRun, type Run } from '../db/runs.ts'
import { changes, drifts, links, shadows } from '../db/schema/index.ts'
import { capabilityOf, deletionOf } from '../mapping/systems.ts'
import { BATCH, readById } from './reconcile-confirm.ts'
import { cursorOf, type Moved, type Place, type Step } from './reconcile-step.ts'
import { markSeen } from './reconcile-walk.ts'
import { knownOf } from './standing.ts'
import { storeRecords, tombstone } from './store.ts'

interface Unmet {
  linkId: string
  recordId: string
  externalId: string
}

export async function missingStep(step: Step, run: Run, place: Extract<Place, { phase: 'missing' }>): Promise<Moved> {
  const { db, system, object } = step
  const capability = capabilityOf(system, object)
  const looks = capability.deletes !== 'none' && deletionOf(system, object) !== 'ignore'
  const unmet = looks ? await unmetLinks(db, run, object, place.after, capability.visibleAfterMs) : []
  const last = unmet.at(-1)
  if (last === undefined) {
    await db.transaction((tx) => moveRun(tx, run, { cursor: cursorOf({ phase: 'behind', after: null }) }))
    return { stored: 0, pause: 'briefly' }
  }
  const beganAt = await databaseNow(db)
  const ids = unmet.map(({ externalId }) => externalId)
  const reads = await readById(step, ids)
  const stored = await db.transaction(async (tx) => {
    await moveRun(tx, run, { cursor: cursorOf({ phase: 'missing', after: last.linkId }) })
    const live: string[] = []
    const merged: VendorRecord[] = []
    const lost = new Map<string, VendorRecord>()
    for (const [index, { externalId }] of unmet.entries()) {
      const read = reads[index]
      if (read?.status === 'absent') lost.set(externalId, tombstone(object, externalId, beganAt))
      else if (read?.status !== 'found') continue
      else if (read.record.mergedInto !== null || read.record.id !== externalId) merged.push(read.record)
      else if (read.record.deleted) lost.set(externalId, read.record)
      else live.push(externalId)
    }
    await markSeen(tx, await knownOf(tx, system.name, object, live), beganAt)
    const gone = await stillUnheard(
      tx,
      run,
      object,
      unmet.filter(({ externalId }) => lost.has(externalId)),
      beganAt,
    )
    await tell(tx, run, object, gone)
    return storeRecords(tx, system.name, [...merged, ...gone.flatMap(({ externalId }) => lost.get(externalId) ?? [])])
  })
  return { stored, pause: stored > 0 ? 'briefly' : null }
}

/**
 * Links that the walk should have met: known before it began, by a write long enough ago to be visible, and neither gone nor merged
 * nor waiting for a person to say whether they are.
 */
async function unmetLinks(
  db: Db,
  run: Run,
  object: string,
  after: string | null,
  visibleAfterMs: number,
): Promise<Unmet[]> {
  const { rows } = await db.execute<{ link_id: string; record_id: string; external_id: string }>(sql`
    select l.id as link_id, l.record_id, l.external_id from ${links} l left join ${shadows} s on s.link_id = l.id
    where l.connection = ${run.connection} and l.object = ${object} and l.external_id is not null and not l.gone
      and l.merged_into is null and (${after}::uuid is null or l.id > ${after}::uuid)
      and l.created_at < ${run.startedAt}::timestamptz - make_interval(secs => ${visibleAfterMs / 1000})
      and coalesce(s.seen_at, '-infinity') < ${run.startedAt}::timestamptz
      and not exists (select from ${changes} c where c.connection = l.connection and c.object = l.object
        and c.external_id = l.external_id and c.status = 'parked' and c.code = 'CW_DELETE_BRAKE')
    order by l.id limit ${BATCH}`)
  return rows.map((row) => ({ linkId: row.link_id, recordId: row.record_id, externalId: row.external_id }))
}

/** Of links whose records were not found, those of which nothing else was heard since they were asked for. */
async function stillUnheard(tx: Tx, run: Run, object: string, lost: Unmet[], askedAt: string): Promise<Unmet[]> {
  const known = await knownOf(
    tx,
    run.connection,
    object,
    lost.map(({ externalId }) => externalId),
  )
  return lost.filter(({ externalId }) => {
    const it = known.get(externalId)
    if (it?.link == null || it.link.gone || it.inFlight) return false
    return (it.shadow?.seenAt ?? '') < askedAt && (it.last?.receivedAt ?? '') < askedAt
  })
}

async function tell(tx: Tx, run: Run, object: string, gone: Unmet[]): Promise<void> {
  if (gone.length === 0) return
  const rows = gone.map(({ externalId, recordId }) => ({
    runId: run.id,
    connection: run.connection,
    object,
    externalId,
    recordId,
    kind: 'gone-there' as const,
    confirmedAt: sql`now()`,
  }))
  await tx.insert(drifts).values(rows).onConflictDoNothing()
}

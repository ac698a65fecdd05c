/**
 * Reads everything anew, beside the live stream and never with its position: page by page, each with the place after it in one
 * transaction, so that a kill at any moment loses nothing and counts nothing twice.
 */
import { sql } from 'drizzle-orm'
import { ConnectorError, type Connector, type Ctx, type Fault, type VendorRecord } from '../../connectors/contract.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { readableFields } from '../db/schema-changes.ts'
import { moveRun, noteFault, openRun, RunMoved, startRun, type Run } from '../db/runs.ts'
import { runs } from '../db/schema/index.ts'
import { nextRate } from '../domain/progress.ts'
import { msBetween } from '../domain/time.ts'
import { type System } from '../mapping/systems.ts'
import { cursorOf, placeOf, type Place } from './back-fill-place.ts'
import { readHeld, startRefresh } from './refresh.ts'
import { storeListed, type Stream } from './store.ts'
import { stuck } from './reading.ts'

export interface BackFilled {
  stored: number
  /** There is more to read: come back at once. */
  more: boolean
  fault: Fault | null
}

/** Pages read in one go at most, and for how long: then it is the live stream's turn. */
const PAGES = 20
const TURN_MS = 10_000
/** One that cannot read for so long has failed. A day's allowance that is used up, or a weekend without credentials, is no failure. */
const PATIENCE_MS = 3 * 86_400_000

interface Read {
  records: VendorRecord[]
  /** Null: that was all. */
  next: Place | null
  total: number | null
}

/**
 * Reads some pages of the object's open back-fill, if there is one.
 *
 * @param progress told after every page, so that a stuck read is noticed
 */
export async function backFill(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  signal: Ctx['signal'],
  progress: () => void,
): Promise<BackFilled> {
  await startRefresh(db, system, object)
  let run = await openRun(db, 'back-fill', system.name, object)
  let stored = 0
  const endMs = performance.now() + TURN_MS
  for (let pages = 0; isReadHere(run); pages += 1) {
    if (pages === PAGES || performance.now() > endMs) return { stored, more: true, fault: null }
    try {
      const read = await readPage(db, connector, run, await readableFields(db, system, object), signal)
      const kept = await keep(db, run, read)
      stored += kept.stored
      run = kept.run
      progress()
    } catch (error) {
      // Another worker moved it on, or a person ended it.
      if (error instanceof RunMoved) return { stored, more: true, fault: null }
      if (!(error instanceof ConnectorError)) throw error
      await noteFault(db, run.id, error.fault.code, PATIENCE_MS)
      return { stored, more: false, fault: error.fault }
    }
  }
  return { stored, more: false, fault: null }
}

function isReadHere(run: Run | null): run is Run {
  return run !== null && run.state === 'running' && placeOf(run.cursor).by !== 'stream'
}

async function readPage(
  db: Db,
  connector: Connector,
  { connection, object: of, cursor: stands }: Run,
  fields: string[],
  signal: Ctx['signal'],
): Promise<Read> {
  const ctx: Ctx = { signal, priority: 'backfill' }
  const place = placeOf(stands)
  const object = of ?? ''
  if (place.by === 'held') {
    const { records, next } = await readHeld(db, connector, { connection, object, after: place.at, fields }, ctx)
    return { records, total: null, next: next === null ? null : { by: 'held', at: next } }
  }
  if (place.by === 'list' && connector.list !== undefined) {
    const { records, cursor, total } = await connector.list({ object, cursor: place.at, fields }, ctx)
    if (cursor !== null && cursor === place.at) throw stuck(object)
    return { records, total, next: cursor === null ? null : { by: 'list', at: cursor } }
  }
  const from = place.by === 'changes' ? place.from : null
  const at = place.by === 'changes' ? place.at : null
  const { records, more, cursor } = await connector.changes({ object, cursor: at, from, fields }, ctx)
  if (more && cursor === at) throw stuck(object)
  return { records, total: null, next: more ? { by: 'changes', from, at: cursor } : null }
}

/** @throws RunMoved when the run is no longer where this page was read from; then nothing of it is kept */
function keep(db: Db, run: Run, { records, next, total }: Read): Promise<{ run: Run; stored: number }> {
  return db.transaction(async (tx) => {
    const { news } = await storeListed(tx, run.connection, records)
    const rate = nextRate(run.rate, records.length, msBetween(run.movedAt, await databaseNow(tx)))
    const cursor = next === null ? run.cursor : cursorOf(next)
    const moved = await moveRun(tx, run, {
      cursor: cursor ?? '',
      done: records.length,
      total,
      rate,
      counts: { news: news.size },
    })
    return { run: next === null ? await finish(tx, moved) : moved, stored: news.size }
  })
}

/** The whole is what was read: what a vendor or an earlier reading said was a guess. */
async function finish(tx: Tx, { id }: Run): Promise<Run> {
  const [done] = await tx
    .update(runs)
    .set({ state: 'done', total: sql`${runs.done}`, endedAt: sql`now()` })
    .where(sql`${runs.id} = ${id}`)
    .returning()
  if (done === undefined) throw new Error(`run ${id} is gone`)
  return done
}

/** A stream that was never read to the end shows its first reading as a back-fill; null when it was. */
export async function firstReading(db: Db, stream: Stream): Promise<Run | null> {
  if (stream.coveredThrough !== null) return null
  const { connection, object } = stream
  return db.transaction(async (tx) => {
    const { id, isNew } = await startRun(tx, { kind: 'back-fill', connection, object, actor: 'system' })
    if (isNew) {
      const cursor = cursorOf({ by: 'stream', at: stream.cursor })
      await tx
        .update(runs)
        .set({ cursor })
        .where(sql`${runs.id} = ${id}`)
    }
    const run = await openRun(tx, 'back-fill', connection, object)
    return run !== null && placeOf(run.cursor).by === 'stream' ? run : null
  })
}

/** Counts a page of the first reading, in the transaction that keeps it. Only shown: a page that is read twice is counted once. */
export async function countFirstReading(
  tx: Tx,
  run: Run,
  page: { from: string | null; to: string; records: number; news: number; more: boolean },
): Promise<void> {
  if (placeOf(run.cursor).at !== page.from) return
  const rate = nextRate(run.rate, page.records, msBetween(run.movedAt, await databaseNow(tx)))
  const cursor = cursorOf({ by: 'stream', at: page.to })
  const counts = { news: page.news }
  try {
    const moved = await moveRun(tx, run, { cursor, done: page.records, rate, counts })
    Object.assign(run, page.more ? moved : await finish(tx, moved))
  } catch (error) {
    // Another worker reads it too: its pages are counted.
    if (!(error instanceof RunMoved)) throw error
  }
}

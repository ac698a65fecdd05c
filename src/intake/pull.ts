/** Reads what changed at a vendor since the stream's place, and what webhooks pointed at, into `changes`. */
import { vendorClock, type VendorClock } from '../../connectors/clock.ts'
import {
  ConnectorError,
  type ChangesQuery,
  type Connector,
  type Ctx,
  type Fault,
  type Page,
  type VendorRecord,
} from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import { databaseNow, type Db } from '../db/connection.ts'
import { readableFields } from '../db/schema-changes.ts'
import { keptSkew } from '../domain/clock.ts'
import { msBetween } from '../domain/time.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { countFirstReading, firstReading } from './back-fill.ts'
import { heldAmong, heldOf, parkedAmong } from './held.ts'
import { markRead, unreadHints, type UnreadHint } from './hints.ts'
import { isCrowded } from './pace.ts'
import { openStream, storePage, storeRecords, tombstone, untilWanted } from './store.ts'
import { stuck } from './reading.ts'

export interface Pulled {
  stored: number
  /** More pages wait. */
  more: boolean
  /** More hints wait: come back at once. */
  moreHints: boolean
  fault: Fault | null
  /** A person told the stream to rest. */
  isPaused: boolean
  /** Calls of the connector that this took. */
  calls: number
  /** Vendor ids that the vendor's hints pointed at. */
  hinted: string[]
  /** Hints that still wait, because the vendor does not show their records yet. */
  unseen: number
  /** Vendor ids of news that lists showed and no hint pointed at, where one was to be expected. */
  untold: string[]
  /** Our own writes fill the vendor's window and nobody waits, so no more than a page was read of what is likely theirs. */
  isCrowded: boolean
}

/** Pages read in one go, so that a long back-fill reports its progress and yields to wakes. */
const PAGES = 20
/** No further page is read beyond so many records: what is read goes on its way before more is. */
const RECORDS = 5_000
/** Hints read in one go. */
const HINTS = 200
/** A hinted record that the vendor will not show is left to the list after so long. */
const PATIENCE_MS = 3_600_000
/** After a longer silence of ours, hints may have been refused while we were away: their absence says nothing. */
const AWAY_MS = 900_000

/**
 * Pulls one stream.
 *
 * The changes are read first; a hinted record among them needs no request of its own. One that is not among them (the vendor's
 * list lags behind its webhook) is read by its id.
 *
 * @param progress told after every page, so that a stuck read is noticed, and whether another one follows
 * @param clock the vendor's; without one it is the database's
 */
export async function pull(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  ctx: Ctx,
  progress: (more: boolean) => void,
  clock: VendorClock = vendorClock(),
): Promise<Pulled> {
  const stream = await openStream(db, system.name, object)
  const pulled: Pulled = {
    stored: 0,
    more: true,
    moreHints: false,
    fault: null,
    isPaused: stream.pausedAt !== null,
    calls: 0,
    hinted: [],
    unseen: 0,
    untold: [],
    isCrowded: false,
  }
  if (pulled.isPaused) return { ...pulled, more: false }
  const hinted = await unreadHints(db, system.name, object, HINTS)
  const told = new Set(hinted.filter(({ isTold }) => isTold).map(({ externalId }) => externalId))
  pulled.hinted = [...told]
  const fields = await readableFields(db, system, object)
  const held = heldOf(db, system.name, capabilityOf(system, object))
  const seen = new Set<string>()
  const beganAt = await databaseNow(db)
  const machineAheadMs = Date.now() - Date.parse(beganAt)
  const skew = () => keptSkew(stream.skewMs, sum(clock.aheadMs(), machineAheadMs))
  const first = await firstReading(db, stream)
  // Everything that a vendor holds is read behind what others ask of it.
  const reading: Ctx = first === null ? ctx : { ...ctx, priority: 'backfill' }
  // Who waits for the reading has the window, whatever fills it.
  const mayRest = first === null && untilWanted(stream, system.role) === null
  const expectsHints = stream.readAt !== null && msBetween(stream.readAt, beganAt) < AWAY_MS
  try {
    let { cursor } = stream
    for (let pages = 0; pulled.more && !pulled.isPaused && pages < PAGES && pulled.stored < RECORDS; pages += 1) {
      pulled.isCrowded = mayRest && (await isCrowded(db, system.name))
      if (pulled.isCrowded && pages > 0) break
      pulled.calls += 1
      const query = { object, cursor, from: null, fields, held, isSparing: pulled.isCrowded }
      const page = await readPage(connector, query, reading, clock)
      for (const record of page.records) seen.add(record.id)
      const counted = { from: cursor, to: page.cursor, records: page.records.length, more: page.more }
      const { news, doubted, isPaused } = await storePage(
        db,
        system.name,
        object,
        { ...page, beganAt, skewMs: skew() },
        (tx, found) => (first === null ? Promise.resolve() : countFirstReading(tx, first, { ...counted, news: found })),
      )
      for (const id of doubted) seen.delete(id)
      // A place that stays the same with more behind it would be read for ever.
      if (page.more && page.cursor === cursor && news.size === 0) throw stuck(object)
      pulled.stored += news.size
      if (expectsHints) pulled.untold.push(...untoldOf(page.records, news, told))
      ;({ more: pulled.more, cursor } = page)
      pulled.isPaused = isPaused
      progress(pulled.more && !isPaused)
    }
    if (pulled.isPaused) return { ...pulled, more: false }
    const unseen = hinted.filter(({ externalId, isAsked }) => isAsked || !seen.has(externalId))
    if (unseen.length > 0) pulled.calls += 1
    const read = await readHinted(db, system, connector, object, unseen, fields, ctx)
    await markRead(db, [...hinted.filter((hint) => !unseen.includes(hint)), ...read.settled])
    return {
      ...pulled,
      stored: pulled.stored + read.stored,
      moreHints: hinted.length === HINTS && read.settled.length > 0,
      unseen: unseen.length - read.settled.length,
    }
  } catch (error) {
    if (error instanceof ConnectorError) return { ...pulled, more: false, fault: error.fault }
    throw error
  }
}

/** So much later or earlier than it was taken for, a clock made another page of it. */
const OTHER_TIME_MS = 2_000

/**
 * A page of what changed. It is read again when its own answer shows that the vendor's clock is not what the request was made by:
 * of a vendor that was never asked it is not known, and one that is ahead would hide what is newest, one behind lose it.
 */
async function readPage(connector: Connector, query: ChangesQuery, ctx: Ctx, clock: VendorClock): Promise<Page> {
  const before = clock.nowMs() - Date.now()
  const page = await connector.changes(query, ctx)
  const isOther = Math.abs(clock.nowMs() - Date.now() - before) >= OTHER_TIME_MS
  return isOther ? connector.changes(query, ctx) : page
}

function sum(a: number | null, b: number): number | null {
  return a === null ? null : a + b
}

/** News of a list that a living feed would have told of. Not every vendor tells of deletions. */
function untoldOf(records: VendorRecord[], news: ReadonlySet<string>, told: ReadonlySet<string>): string[] {
  return records.flatMap(({ id, deleted, mergedInto }) =>
    news.has(id) && !told.has(id) && !deleted && mergedInto === null ? [id] : [],
  )
}

/** Reads hinted records by id. `settled` are the hints that need no further look. */
async function readHinted(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  unseen: UnreadHint[],
  fields: string[],
  ctx: Ctx,
): Promise<{ stored: number; settled: UnreadHint[] }> {
  if (unseen.length === 0) return { stored: 0, settled: [] }
  const reads = await connector.read(
    unseen.map(({ externalId }) => ({ object, by: 'id' as const, value: externalId })),
    fields,
    ctx,
  )
  const { visibleAfterMs } = capabilityOf(system, object)
  const found: VendorRecord[] = []
  const absent: string[] = []
  const settled: UnreadHint[] = []
  for (const [index, hint] of unseen.entries()) {
    const read = reads[index]
    if (read?.status === 'failed' && read.fault.scope === 'connection') throw new ConnectorError(read.fault, 'no')
    if (read?.status === 'found') found.push(read.record)
    // What was written a moment ago may not be readable yet: earlier than that, absence proves nothing.
    else if (read?.status === 'absent' && hint.ageMs >= visibleAfterMs) absent.push(hint.externalId)
    else if (hint.ageMs < PATIENCE_MS) continue
    settled.push(hint)
  }
  // Only a record that we know or that waits parked can be missed, and only once; for any other an absent answer means nothing.
  const held = await heldAmong(db, system.name, object, absent)
  const lost = [...new Set([...held, ...(await parkedAmong(db, system.name, object, absent))])]
  const at = lost.length === 0 ? '' : await databaseNow(db)
  const records = [...found, ...lost.map((id) => tombstone(object, id, at))]
  // Beside what is being applied, as a page of a list.
  const stored = await transact(db, (tx) => storeRecords(tx, system.name, records))
  return { stored, settled }
}

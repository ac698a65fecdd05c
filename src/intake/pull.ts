/** Reads what changed at a vendor since the stream's place, and what webhooks pointed at, into `changes`. */
import { and, eq, inArray, not } from 'drizzle-orm'
import {
  ConnectorError,
  faultOf,
  type Connector,
  type Ctx,
  type Fault,
  type VendorRecord,
} from '../../connectors/contract.ts'
import { databaseNow, type Db } from '../db/connection.ts'
import { links } from '../db/schema/index.ts'
import { capabilityOf, fieldsOf, type System } from '../mapping/systems.ts'
import { markRead, unreadHints, type UnreadHint } from './hints.ts'
import { openStream, storePage, storeRecords } from './store.ts'

export interface Pulled {
  stored: number
  /** More pages or hints wait: come back at once. */
  more: boolean
  fault: Fault | null
}

/** Pages read in one go, so that a long back-fill reports its progress and yields to wakes. */
const PAGES = 20
/** Hints read in one go. */
const HINTS = 200
/** A hinted record that the vendor will not show is left to the list after so long. */
const PATIENCE_MS = 3_600_000

/**
 * Pulls one stream.
 *
 * The changes are read first; a hinted record among them needs no request of its own. One that is not among them (the vendor's
 * list lags behind its webhook) is read by its id.
 *
 * @param progress told after every page, so that a stuck read is noticed
 */
export async function pull(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  ctx: Ctx,
  progress: () => void,
): Promise<Pulled> {
  const hinted = await unreadHints(db, system.name, object, HINTS)
  const fields = fieldsOf(system, object)
  const seen = new Set<string>()
  let stored = 0
  let more = true
  const beganAt = await databaseNow(db)
  try {
    let cursor = await openStream(db, system.name, object)
    for (let pages = 0; more && pages < PAGES; pages += 1) {
      const page = await connector.changes({ object, cursor, from: null, fields }, ctx)
      for (const record of page.records) seen.add(record.id)
      const { stored: news, doubted } = await storePage(db, system.name, object, { ...page, beganAt })
      for (const id of doubted) seen.delete(id)
      // A place that stays the same with more behind it would be read for ever.
      if (page.more && page.cursor === cursor && news === 0) throw stuck(object)
      stored += news
      ;({ more, cursor } = page)
      progress()
    }
    const unseen = hinted.filter(({ externalId }) => !seen.has(externalId))
    const read = await readHinted(db, system, connector, object, unseen, fields, ctx)
    await markRead(db, [...hinted.filter(({ externalId }) => seen.has(externalId)), ...read.settled])
    const mayWait = hinted.length === HINTS && read.settled.length > 0
    return { stored: stored + read.stored, more: more || mayWait, fault: null }
  } catch (error) {
    if (error instanceof ConnectorError) return { stored, more: false, fault: error.fault }
    throw error
  }
}

function stuck(object: string): ConnectorError {
  return new ConnectorError(
    faultOf('CW_VENDOR_ANSWER', `The list of ${object} does not move on although more is said to follow`, {
      scope: 'batch',
    }),
    'no',
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
  const lost = await known(db, system.name, object, absent)
  const at = lost.length === 0 ? '' : await databaseNow(db)
  const stored = await storeRecords(db, system.name, [...found, ...lost.map((id) => tombstone(object, id, at))])
  return { stored, settled }
}

/** Only a record that we know can be missed, and only once; for any other an absent answer means nothing. */
async function known(db: Db, connection: string, object: string, externalIds: string[]): Promise<string[]> {
  if (externalIds.length === 0) return []
  const rows = await db
    .select({ externalId: links.externalId })
    .from(links)
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        inArray(links.externalId, externalIds),
        not(links.gone),
      ),
    )
  return rows.flatMap(({ externalId }) => externalId ?? [])
}

/**
 * A definitive "not found" for a record that we know. It bears no instant: the vendor named none, and ours would make a record
 * that is restored look old.
 */
function tombstone(object: string, id: string, at: string): VendorRecord {
  return {
    object,
    id,
    key: null,
    version: `absent ${at}`,
    modifiedAt: null,
    deleted: true,
    mergedInto: null,
    fields: {},
  }
}

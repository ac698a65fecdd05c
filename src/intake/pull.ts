/** Reads what changed at a vendor since the stream's place, and what webhooks pointed at, into `changes`. */
import { and, eq } from 'drizzle-orm'
import { ConnectorError, type Connector, type Ctx, type Fault, type VendorRecord } from '../../connectors/contract.ts'
import { databaseNow, type Db } from '../db/connection.ts'
import { links } from '../db/schema/index.ts'
import { fieldsOf, type System } from '../mapping/systems.ts'
import { markRead, unreadHints } from './hints.ts'
import { positionOf, storePage, storeRecords } from './store.ts'

export interface Pulled {
  stored: number
  /** More pages wait: come back at once. */
  more: boolean
  fault: Fault | null
}

/** Pages read in one go, so that a long back-fill reports its progress and yields to wakes. */
const PAGES = 20

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
  const hinted = await unreadHints(db, system.name, object)
  const fields = fieldsOf(system, object)
  const seen = new Set<string>()
  let stored = 0
  let more = true
  const beganAt = await databaseNow(db)
  try {
    for (let pages = 0; more && pages < PAGES; pages += 1) {
      const cursor = await positionOf(db, system.name, object)
      const page = await connector.changes({ object, cursor, from: null, fields }, ctx)
      for (const record of page.records) seen.add(record.id)
      stored += await storePage(db, system.name, object, { ...page, beganAt })
      more = page.more
      progress()
    }
    const unseen = hinted.externalIds.filter((id) => !seen.has(id))
    stored += await readHinted(db, system, connector, object, unseen, fields, ctx)
    await markRead(db, hinted.ids)
    return { stored, more, fault: null }
  } catch (error) {
    if (error instanceof ConnectorError) return { stored, more: false, fault: error.fault }
    throw error
  }
}

async function readHinted(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  ids: string[],
  fields: string[],
  ctx: Ctx,
): Promise<number> {
  if (ids.length === 0) return 0
  const reads = await connector.read(
    ids.map((value) => ({ object, by: 'id' as const, value })),
    fields,
    ctx,
  )
  const records: VendorRecord[] = []
  for (const [index, read] of reads.entries()) {
    const id = ids[index] ?? ''
    if (read.status === 'found') records.push(read.record)
    else if (read.status === 'failed') throw new ConnectorError(read.fault, 'no')
    else if (await isLinked(db, system.name, object, id)) records.push(await tombstone(db, object, id))
  }
  return storeRecords(db, system.name, records)
}

/** Only a record that we know can be missed; for any other an absent answer means nothing. */
async function isLinked(db: Db, connection: string, object: string, externalId: string): Promise<boolean> {
  const found = await db
    .select({ id: links.id })
    .from(links)
    .where(and(eq(links.connection, connection), eq(links.object, object), eq(links.externalId, externalId)))
  return found.length > 0
}

/** A definitive "not found" for a record that we know. */
async function tombstone(db: Db, object: string, id: string): Promise<VendorRecord> {
  const at = await databaseNow(db)
  return { object, id, key: null, version: `absent ${at}`, modifiedAt: at, deleted: true, mergedInto: null, fields: {} }
}

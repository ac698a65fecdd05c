/** Writes whose outcome is not known: after the vendor's visibility lag the record is read, by its id or by our key on it. */
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import { ConnectorError, type Connector, type Ctx, type Ref, type VendorRecord } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { links, writes } from '../db/schema/index.ts'
import { capabilityOf, fieldsOf, type System } from '../mapping/systems.ts'

export interface Resolved {
  /** What the vendor holds, to be stored and applied. */
  found: VendorRecord[]
  /** The writes that are clear once `found` is applied. */
  linkIds: string[]
}

/**
 * Reads the unclear writes of one object that are due. What the vendor holds comes back as records to be taken in like any other
 * change; then ledger − shadow says whether anything is left to send. Absence is proven by then, so a create may be repeated.
 */
export async function resolveUnclear(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  ctx: Ctx,
): Promise<Resolved> {
  const capability = capabilityOf(system, object)
  const unclear = await db
    .select({ linkId: links.id, recordId: links.recordId, externalId: links.externalId })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .where(
      and(
        eq(writes.connection, system.name),
        eq(writes.object, object),
        eq(writes.status, 'unclear'),
        lte(writes.notBefore, sql`now()`),
      ),
    )
    .orderBy(asc(writes.linkId))
    .limit(capability.batch)
  if (unclear.length === 0) return { found: [], linkIds: [] }

  // Setting an association twice is setting it once: it needs no reading.
  if (capability.write === 'set' && capability.key === null) {
    return { found: [], linkIds: unclear.map((write) => write.linkId) }
  }
  const readable = unclear.filter((write) => write.externalId !== null || capability.key !== null)
  await park(
    db,
    unclear.filter((write) => !readable.includes(write)).map((write) => write.linkId),
  )
  const found: VendorRecord[] = []
  for (const by of ['id', 'key'] as const) {
    const group = readable.filter((write) => (write.externalId === null) === (by === 'key'))
    if (group.length === 0) continue
    const refs: Ref[] = group.map((write) => ({
      object,
      by,
      value: by === 'id' ? (write.externalId ?? '') : write.recordId,
    }))
    const reads = await connector.read(refs, fieldsOf(system, object), ctx)
    for (const read of reads) {
      if (read.status === 'found') found.push(read.record)
      if (read.status === 'failed') throw new ConnectorError(read.fault, 'no')
    }
  }
  return { found, linkIds: readable.map((write) => write.linkId) }
}

/** After what was found has been applied: the writes are looked at again. Those that are equal end as done without a request. */
export async function releaseUnclear(db: Db, linkIds: string[]): Promise<void> {
  if (linkIds.length === 0) return
  await db
    .update(writes)
    .set({ status: 'planned', notBefore: sql`now()`, leaseUntil: null, updatedAt: sql`now()` })
    .where(and(inArray(writes.linkId, linkIds), eq(writes.status, 'unclear')))
}

async function park(db: Db, linkIds: string[]): Promise<void> {
  if (linkIds.length === 0) return
  await db
    .update(writes)
    .set({ status: 'parked', code: 'CW_WRITE_UNCLEAR', leaseUntil: null, updatedAt: sql`now()` })
    .where(inArray(writes.linkId, linkIds))
}

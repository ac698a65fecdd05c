/**
 * A vendor record that stands for another record of ours from now on, because a person or a proof says so.
 *
 * What was two is one afterwards: the record that stood for it until then is retired, and nothing that referred to it is lost. It lives
 * on only where another vendor record still stands for it, or where a record of another kind cannot take its place.
 */
import { and, eq, ne } from 'drizzle-orm'
import { Collision } from '../db/attempts.ts'
import type { Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { lockRecords, type LedgerRecord } from '../db/ledger.ts'
import { planLinks } from '../db/outbox.ts'
import { overtake } from '../db/proposals.ts'
import { clashes, links, writes } from '../db/schema/index.ts'
import { relinkable, type RecordKind } from '../domain/records.ts'
import { CausewayError } from '../errors.ts'
import { systemOf, type System, type Systems } from '../mapping/systems.ts'
import { dropLink, lockLink, readAnew, readLink, type LinkRow } from './link-rows.ts'
import { tellReferrers } from './referrers.ts'
import { retire } from './retire.ts'

export interface Relinked {
  linkId: string
  connection: string
  object: string
  externalId: string
  from: string
  to: string
  kind: RecordKind
  /** The record that stood for it is no more. */
  retired: boolean
}

/** @throws CW_NOT_FOUND, CW_REQUEST_INVALID, CW_LINK_TAKEN */
export async function relinkWithin(tx: Tx, systems: Systems, linkId: string, recordId: string): Promise<Relinked> {
  const seen = await readLink(tx, linkId)
  const system = systemOf(systems, seen.connection)
  await mappingsInForce(tx, system)
  if (seen.recordId === recordId)
    throw new CausewayError('CW_REQUEST_INVALID', 'The vendor record stands for this record already', { linkId })
  const { from, to } = await lockBoth(tx, system, seen, recordId)
  const link = await lockLink(tx, linkId)
  if (link.recordId !== seen.recordId) throw new Collision('the vendor record stands for another record by now')
  const { connection, object, externalId } = link
  if (externalId === null || link.gone)
    throw new CausewayError('CW_REQUEST_INVALID', 'The vendor no longer has this record', { linkId })

  const wished = await makeRoom(tx, link, to.id)
  await tx.delete(clashes).where(and(eq(clashes.linkId, link.id), eq(clashes.winner, 'open')))
  await tx
    .update(links)
    .set({ recordId: to.id, kind: to.kind, heldFields: [], mergedInto: null, copyOf: null })
    .where(eq(links.id, link.id))
  const { retired, moved } = await retire(tx, system, link, from ?? null, to)
  await readAnew(tx, link)
  if (wished) await planLinks(tx, [link.id])
  await tellReferrers(tx, moved)
  await overtake(tx, { connection, object }, { gone: [], linked: [to.id] })
  return { linkId, connection, object, externalId, from: link.recordId, to: to.id, kind: to.kind, retired }
}

/** Both records, so that no page changes them meanwhile. What the vendor's object may hold says of which kind the other is. */
async function lockBoth(
  tx: Tx,
  system: System,
  link: LinkRow,
  recordId: string,
): Promise<{ from: LedgerRecord | undefined; to: LedgerRecord }> {
  const kinds = new Set(system.mappings.filter((m) => m.object === link.object).map((m) => m.kind))
  const records = new Map<string, LedgerRecord>()
  for (const kind of relinkable.filter((candidate) => kinds.has(candidate) || candidate === link.kind))
    for (const [id, record] of await lockRecords(tx, kind, [link.recordId, recordId], 'update')) records.set(id, record)
  const to = records.get(recordId)
  if (to === undefined || !kinds.has(to.kind) || !relinkable.includes(link.kind))
    throw new CausewayError('CW_NOT_FOUND', `There is no record ${recordId} that ${link.object} could stand for`, {
      id: recordId,
    })
  return { from: records.get(link.recordId), to }
}

/**
 * The record's own link at the same place goes, unless a live vendor record stands there. Answers whether the record was wished to be
 * kept there.
 */
async function makeRoom(tx: Tx, link: LinkRow, recordId: string): Promise<boolean> {
  const [own] = await tx
    .select({ id: links.id, externalId: links.externalId, gone: links.gone, write: writes.status })
    .from(links)
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(
      and(
        eq(links.connection, link.connection),
        eq(links.object, link.object),
        eq(links.recordId, recordId),
        ne(links.id, link.id),
      ),
    )
    .for('update', { of: links })
  if (own === undefined) return false
  // What is on its way to a record that is gone there makes none; its answer finds nothing to settle.
  const isOnItsWay = own.externalId === null && (own.write === 'sending' || own.write === 'unclear')
  if ((own.externalId !== null && !own.gone) || isOnItsWay) {
    const why = isOnItsWay ? 'A record is being made for it there' : `It is ${own.externalId ?? ''} there`
    throw new CausewayError('CW_LINK_TAKEN', why, { recordId, linkId: own.id, existing: own.externalId })
  }
  await dropLink(tx, own.id, link.id)
  return own.write !== null
}

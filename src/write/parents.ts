/** Writes that refer to records which their vendor does not have: what they wait for, and whether that will ever come. */
import { and, eq } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { ensureLinks, planWrites } from '../db/outbox.ts'
import { links, writes, type WriteStatus } from '../db/schema/index.ts'
import { canCreate, mappingOf, mayReach, type System } from '../mapping/systems.ts'
import type { AwaitedRecord } from '../mapping/translate.ts'
import type { Claim } from './claims.ts'

/** A parent's settlement releases what waits; this is only for what it may have missed. */
const LOOK_AGAIN_S = 30

/**
 * Judges writes that wait for other records: they go on waiting while those are on their way, and are parked while one of those is.
 * A record that nobody asked to be kept there is asked for here.
 *
 * @param awaited the awaited records by the link of the write that waits
 */
export async function judgeParents(
  tx: Tx,
  system: System,
  awaited: ReadonlyMap<string, AwaitedRecord[]>,
): Promise<Claim[]> {
  const parents = new Map([...awaited.values()].flat().map((parent) => [parent.recordId, parent]))
  if (parents.size === 0) return []
  const here = and(eq(links.connection, system.name), anyOf(links.recordId, [...parents.keys()]))
  // Shared locks: a parent that is settled from now on releases what this transaction is about to park. One that another
  // transaction holds is being settled, so what refers to it waits and does not park.
  const standing = await tx
    .select({ recordId: links.recordId, externalId: links.externalId, status: writes.status })
    .from(links)
    .innerJoin(writes, eq(writes.linkId, links.id))
    .where(here)
    .for('share', { of: writes, skipLocked: true })
  const linked = await tx
    .select({ recordId: links.recordId, linkId: writes.linkId })
    .from(links)
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(here)
  const wished = new Set(linked.filter((row) => row.linkId !== null).map((row) => row.recordId))
  const unasked = [...parents.values()].filter(({ recordId }) => !wished.has(recordId))
  const makeable = unasked.filter((parent) => canBeMade(system, parent))
  await ensureLinks(
    tx,
    makeable.map((parent) => ({ connection: system.name, ...parent })),
  )
  await planWrites(
    tx,
    makeable.map(({ recordId }) => recordId),
    { only: system.name },
  )
  const hopeless = new Set([
    ...standing.filter(({ status, externalId }) => neverComes(status, externalId)).map(({ recordId }) => recordId),
    ...unasked.filter((parent) => !makeable.includes(parent)).map(({ recordId }) => recordId),
  ])
  return [...awaited].map(([linkId, waitsFor]) =>
    waitsFor.some(({ recordId }) => hopeless.has(recordId))
      ? { linkId, status: 'parked', code: 'CW_PARENT_PARKED', detail: { waitsFor } }
      : { linkId, status: 'planned', detail: { waitsFor }, waitS: LOOK_AGAIN_S },
  )
}

/** Of these awaited records, those that will never be at the vendor as things are; asked without changing anything. */
export async function hopelessParents(tx: Tx, system: System, awaited: AwaitedRecord[]): Promise<Set<string>> {
  const parents = new Map(awaited.map((parent) => [parent.recordId, parent]))
  if (parents.size === 0) return new Set()
  const rows = await tx
    .select({ recordId: links.recordId, externalId: links.externalId, status: writes.status })
    .from(links)
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(and(eq(links.connection, system.name), anyOf(links.recordId, [...parents.keys()])))
  const standing = new Map(rows.map((row) => [row.recordId, row]))
  return new Set(
    [...parents.values()].flatMap((parent) => {
      const row = standing.get(parent.recordId)
      const isHopeless = row?.status == null ? !canBeMade(system, parent) : neverComes(row.status, row.externalId)
      return isHopeless ? [parent.recordId] : []
    }),
  )
}

function neverComes(status: WriteStatus, externalId: string | null): boolean {
  return status === 'parked' || (status === 'done' && externalId === null)
}

function canBeMade(system: System, { object, kind }: AwaitedRecord): boolean {
  const capability = system.capabilities.find((candidate) => candidate.object === object)
  const mapping = mappingOf(system, object, kind)
  return mayReach(system, kind) && capability !== undefined && canCreate(capability) && mapping !== undefined
}

/**
 * Room 4: what is to be sent. A write is claimed in a transaction of its own — what will be sent, by which attempt, until when —
 * before a byte leaves, so that a crash leaves a row that says what may have happened.
 */
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Capability, Fields, Write } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { links, shadows, writes } from '../db/schema/index.ts'
import { readRecords, type LedgerRecord } from '../db/ledger.ts'
import { capabilityOf, mappingOf, type System } from '../mapping/systems.ts'
import { difference, hasSharedFields, type Lookups } from '../mapping/translate.ts'

/** How long a request may take. It is over before its lease is, so that at most one request a record is in flight. */
export const SEND_DEADLINE_MS = 20_000
const LEASE_MS = 30_000

export interface Claimed {
  writes: Write[]
  /** The ledger version that each write carries, by ref. */
  found: number
}

interface Candidate {
  linkId: string
  recordId: string
  kind: LedgerRecord['kind']
  externalId: string | null
  gone: boolean
  desired: number
  shadow: Fields | null
  version: string | null
}

/** Writes whose sender died: what it sent may or may not have taken effect. */
export async function expireLeases(db: Db, connection: string): Promise<void> {
  await db
    .update(writes)
    .set({ status: 'unclear', notBefore: sql`now()`, updatedAt: sql`now()` })
    .where(and(eq(writes.connection, connection), eq(writes.status, 'sending'), lte(writes.leaseUntil, sql`now()`)))
}

/** Vendor ids of due writes whose fields a user may edit too: they are read and merged before anything is sent. */
export async function sharedDue(db: Db, system: System, object: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ kind: links.kind, externalId: links.externalId })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .where(due(system.name, object))
    .orderBy(asc(writes.notBefore), asc(writes.linkId))
    .limit(limit)
  return rows.flatMap(({ kind, externalId }) => {
    const mapping = mappingOf(system, object, kind)
    return externalId === null || mapping === undefined || !hasSharedFields(mapping) ? [] : [externalId]
  })
}

/**
 * Claims up to `limit` due writes of one object. What is already equal is settled at once; what refers to a record that the
 * vendor does not have yet waits for it.
 */
export async function claimWrites(db: Db, system: System, object: string, limit: number): Promise<Claimed> {
  return db.transaction(async (tx) => {
    const candidates = await lockDue(tx, system, object, limit)
    const records = await recordsOf(tx, candidates)
    const lookups = await openLookups(tx, system, object, records)
    const claimed: Claimed = { writes: [], found: candidates.length }
    for (const candidate of candidates) {
      const write = await claimOne(tx, system, object, candidate, records.get(candidate.recordId), lookups)
      if (write !== null) claimed.writes.push(write)
    }
    return claimed
  })
}

async function claimOne(
  tx: Tx,
  system: System,
  object: string,
  candidate: Candidate,
  record: LedgerRecord | undefined,
  lookups: Lookups,
): Promise<Write | null> {
  const mapping = mappingOf(system, object, candidate.kind)
  const capability = capabilityOf(system, object)
  const isNew = candidate.externalId === null
  const canWrite = isNew ? canCreate(capability) : capability.update
  if (mapping === undefined || record === undefined || candidate.gone || !canWrite) {
    await set(tx, candidate.linkId, { status: 'done', sent: candidate.desired, code: null, detail: null })
    return null
  }
  const { fields, waitsFor } = difference(mapping, record.values, isNew ? null : (candidate.shadow ?? {}), lookups)
  if (waitsFor.length > 0) {
    const parked = await anyParked(
      tx,
      system.name,
      waitsFor.map((w) => w.recordId),
    )
    await set(tx, candidate.linkId, {
      ...(parked ? { status: 'parked', code: 'CW_PARENT_PARKED' } : {}),
      detail: { waitsFor },
      notBefore: sql`now() + interval '30 seconds'`,
    })
    return null
  }
  if (Object.keys(fields).length === 0) {
    await set(tx, candidate.linkId, { status: 'done', sent: candidate.desired, code: null, detail: null })
    return null
  }
  await set(tx, candidate.linkId, {
    status: 'sending',
    sent: candidate.desired,
    sentFields: fields,
    attempt: sql`${writes.attempt} + 1`,
    leaseUntil: sql`now() + make_interval(secs => ${LEASE_MS / 1000})`,
    code: null,
    detail: null,
  })
  return {
    ref: candidate.linkId,
    object,
    mode: isNew ? (capability.write === 'upsert' ? 'upsert' : 'create') : 'update',
    id: candidate.externalId,
    key: capability.key === null ? null : candidate.recordId,
    ifVersion: capability.conditional ? candidate.version : null,
    fields,
  }
}

/** Whether the vendor lets us make such a record: an upsert or create, or an association, whose setting makes it. */
function canCreate(capability: Capability): boolean {
  return (
    capability.write === 'upsert' ||
    capability.write === 'create' ||
    (capability.write === 'set' && capability.key === null)
  )
}

function due(connection: string, object: string) {
  return and(
    eq(writes.connection, connection),
    eq(writes.object, object),
    eq(writes.status, 'planned'),
    lte(writes.notBefore, sql`now()`),
  )
}

async function lockDue(tx: Tx, system: System, object: string, limit: number): Promise<Candidate[]> {
  return tx
    .select({
      linkId: links.id,
      recordId: links.recordId,
      kind: links.kind,
      externalId: links.externalId,
      gone: links.gone,
      desired: writes.desired,
      shadow: shadows.fields,
      version: shadows.version,
    })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(due(system.name, object))
    .orderBy(asc(writes.notBefore), asc(writes.linkId))
    .limit(limit)
    .for('update', { of: writes, skipLocked: true })
}

async function recordsOf(tx: Tx, candidates: Candidate[]): Promise<Map<string, LedgerRecord>> {
  const records = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy(candidates, (c) => c.kind)) {
    for (const [id, record] of await readRecords(
      tx,
      kind,
      group.map((c) => c.recordId),
    ))
      records.set(id, record)
  }
  return records
}

/** The vendor ids of all records that the batch refers to. */
async function openLookups(
  tx: Tx,
  system: System,
  object: string,
  records: Map<string, LedgerRecord>,
): Promise<Lookups> {
  const fields = system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)
  const wanted = fields
    .flatMap((f) => (f.conversion.as === 'lookup' ? [...records.values()].map((r) => r.values[f.field] ?? null) : []))
    .filter((id) => id !== null)
  const theirs = new Map<string, string>()
  if (wanted.length > 0) {
    const rows = await tx
      .select({ object: links.object, recordId: links.recordId, externalId: links.externalId })
      .from(links)
      .where(and(eq(links.connection, system.name), inArray(links.recordId, [...new Set(wanted)])))
    for (const row of rows) if (row.externalId !== null) theirs.set(`${row.object} ${row.recordId}`, row.externalId)
  }
  return { toOurs: () => undefined, toTheirs: (of, id) => theirs.get(`${of} ${id}`) }
}

async function anyParked(tx: Tx, connection: string, recordIds: string[]): Promise<boolean> {
  const rows = await tx
    .select({ id: links.id })
    .from(links)
    .innerJoin(writes, eq(writes.linkId, links.id))
    .where(and(eq(links.connection, connection), inArray(links.recordId, recordIds), eq(writes.status, 'parked')))
    .limit(1)
  return rows.length > 0
}

type WriteUpdate = Parameters<ReturnType<Tx['update']>['set']>[0]

async function set(tx: Tx, linkId: string, values: Record<string, unknown>): Promise<void> {
  await tx
    .update(writes)
    .set({ ...(values as WriteUpdate), updatedAt: sql`now()` })
    .where(eq(writes.linkId, linkId))
}

/** Milliseconds until the next write of the connection is due or its lease ends; null when none waits. */
export async function untilDueWrite(db: Db, connection: string): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(sql`
    select greatest(0, extract(epoch from min(case when status = 'sending' then lease_until else not_before end) - now()) * 1000)::float8::text as ms
    from ${writes} where connection = ${connection} and status in ('planned', 'sending', 'unclear')`)
  const ms = rows[0]?.ms ?? null
  return ms === null ? null : Math.ceil(Number(ms))
}

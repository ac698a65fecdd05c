/**
 * Room 4: what is to be sent. A write is claimed in a transaction of its own — what will be sent, by which attempt, until when —
 * before a byte leaves, so that a crash leaves a row that says what may have happened.
 */
import { and, asc, eq, lte, sql } from 'drizzle-orm'
import type { Fields, Write } from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import type { Db, Tx } from '../db/connection.ts'
import { readRecords, type LedgerRecord } from '../db/ledger.ts'
import { theirIds } from '../db/lookups.ts'
import { links, shadows, writes } from '../db/schema/index.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { capabilityOf, mappingOf, type System } from '../mapping/systems.ts'
import {
  difference,
  restore,
  touchesShared,
  type Answer,
  type AwaitedRecord,
  type Lookups,
} from '../mapping/translate.ts'
import { releaseFollowers } from './followers.ts'
import { judgeParents } from './parents.ts'
import { canCreate, writeClaims } from './claims.ts'

/** How long a request may take, from before its claim. It is over before its lease is, so that at most one request a record is in flight. */
export const SEND_DEADLINE_MS = 20_000

/** A write on its way; `attempt` tells its answer from those of others. */
export interface ClaimedWrite extends Write {
  attempt: number
}

export interface Claimed {
  writes: ClaimedWrite[]
  /** Writes of fields that a user may edit too: their records are to be read, by vendor id, and merged before anything is sent. */
  toRead: { linkId: string; externalId: string }[]
  /** How many due writes were looked at. */
  found: number
}

interface Candidate {
  linkId: string
  recordId: string
  kind: LedgerRecord['kind']
  externalId: string | null
  gone: boolean
  split: number
  shadow: Fields | null
  answers: Record<string, Answer> | null
  version: string | null
}

/** What becomes of a candidate. */
type Verdict =
  | { do: 'send'; fields: Fields; mode: Write['mode'] }
  | { do: 'read'; externalId: string }
  | { do: 'finish'; why: string | null }
  | { do: 'await'; records: AwaitedRecord[] }

export interface ClaimWish {
  /** Writes at most. */
  limit: number
  /** How long the request may take, from before the claim; its lease outlasts it. */
  deadlineMs: number
  /**
   * Links whose records were read a moment ago. Without it nothing is claimed as long as there is anything `toRead`, so that all go
   * in one batch afterwards; with it what is not fresh stays planned.
   */
  fresh?: ReadonlySet<string>
}

/**
 * Claims up to `limit` due writes of one object. What is already equal is settled at once; what refers to a record that the
 * vendor does not have yet waits for it.
 *
 * Writes whose batch failed as a whole come in smaller ones, apart from the others.
 */
export async function claimWrites(
  db: Db,
  system: System,
  object: string,
  { limit, deadlineMs, fresh }: ClaimWish,
): Promise<Claimed> {
  return transact(db, async (tx) => {
    const candidates = await lockDue(tx, system, object, limit)
    if (candidates.length === 0) return { writes: [], toRead: [], found: 0 }
    const records = await recordsOf(tx, candidates)
    const lookups = await openLookups(tx, system, object, records)
    const verdicts = new Map(
      candidates.map((c) => [c, judge(system, object, c, records.get(c.recordId), lookups, fresh)] as const),
    )
    const toRead = [...verdicts].flatMap(([{ linkId }, v]) =>
      v.do === 'read' ? [{ linkId, externalId: v.externalId }] : [],
    )
    const maySend = fresh !== undefined || toRead.length === 0
    const awaited = new Map([...verdicts].flatMap(([{ linkId }, v]) => (v.do === 'await' ? [[linkId, v.records]] : [])))
    const finished = [...verdicts].flatMap(([{ linkId }, v]) => (v.do === 'finish' ? [{ linkId, why: v.why }] : []))
    const sent = [...verdicts].flatMap(([c, v]) => (v.do === 'send' && maySend ? [{ ...c, ...v }] : []))
    const attempts = await writeClaims(tx, deadlineMs, [
      ...finished.map(({ linkId, why }) => ({
        linkId,
        status: 'done' as const,
        detail: why === null ? null : { why },
      })),
      ...(await judgeParents(tx, system, awaited)),
      ...sent.map(({ linkId, fields }) => ({ linkId, status: 'sending' as const, sentFields: fields })),
    ])
    await releaseFollowers(
      tx,
      finished.map(({ linkId }) => linkId),
    )
    const capability = capabilityOf(system, object)
    return {
      writes: sent.map((write) => ({
        ref: write.linkId,
        object,
        mode: write.mode,
        id: write.externalId,
        key: capability.key === null ? null : write.recordId,
        parent:
          capability.group === null ? null : parentOf(mappingOf(system, object, write.kind), write, records, lookups),
        ifVersion: capability.conditional ? write.version : null,
        fields: write.fields,
        attempt: attempts.get(write.linkId) ?? 0,
      })),
      toRead,
      found: candidates.length,
    }
  })
}

function judge(
  system: System,
  object: string,
  candidate: Candidate,
  record: LedgerRecord | undefined,
  lookups: Lookups,
  fresh: ReadonlySet<string> | undefined,
): Verdict {
  const mapping = mappingOf(system, object, candidate.kind)
  const capability = capabilityOf(system, object)
  const { externalId } = candidate
  const canWrite = externalId === null ? canCreate(capability) : capability.update
  if (candidate.gone) return { do: 'finish', why: 'gone' }
  if (mapping === undefined || record === undefined || !canWrite) return { do: 'finish', why: 'not written there' }
  const shadow = externalId === null ? null : restore(candidate.shadow ?? {}, candidate.answers ?? {})
  const { fields, waitsFor } = difference(mapping, record.values, shadow, lookups)
  if (waitsFor.length > 0) return { do: 'await', records: waitsFor }
  if (Object.keys(fields).length === 0) return { do: 'finish', why: null }
  if (externalId === null) return { do: 'send', fields, mode: capability.write === 'upsert' ? 'upsert' : 'create' }
  const isStale = fresh?.has(candidate.linkId) !== true && touchesShared(mapping, fields)
  return isStale ? { do: 'read', externalId } : { do: 'send', fields, mode: 'update' }
}

async function lockDue(tx: Tx, system: System, object: string, limit: number): Promise<Candidate[]> {
  const due = await tx
    .select({
      linkId: links.id,
      recordId: links.recordId,
      kind: links.kind,
      externalId: links.externalId,
      gone: links.gone,
      split: writes.split,
      shadow: shadows.fields,
      answers: shadows.answers,
      version: shadows.version,
    })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(
      and(
        eq(writes.connection, system.name),
        eq(writes.object, object),
        eq(writes.status, 'planned'),
        lte(writes.notBefore, sql`now()`),
      ),
    )
    .orderBy(asc(writes.split), asc(writes.notBefore), asc(writes.linkId))
    .limit(limit)
    .for('update', { of: writes, skipLocked: true })
  const split = due[0]?.split ?? 0
  return due.filter((candidate) => candidate.split === split).slice(0, Math.ceil(limit / 2 ** split))
}

async function recordsOf(tx: Tx, candidates: Candidate[]): Promise<Map<string, LedgerRecord>> {
  const records = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy(candidates, (c) => c.kind)) {
    const ids = group.map((c) => c.recordId)
    for (const [id, record] of await readRecords(tx, kind, ids)) records.set(id, record)
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
  const wanted = fields.flatMap((f) =>
    f.conversion.as === 'lookup' ? [...records.values()].flatMap((r) => r.values[f.field] ?? []) : [],
  )
  const theirs = await theirIds(tx, system.name, wanted)
  return { toOurs: () => undefined, toTheirs: (of, id) => theirs.get(`${of} ${id}`) }
}

/** The vendor's id of the record that this one is kept under: what its first reference names. */
function parentOf(
  mapping: ObjectMapping | undefined,
  { recordId }: Candidate,
  records: ReadonlyMap<string, LedgerRecord>,
  lookups: Lookups,
): string | null {
  for (const { field, conversion } of mapping?.fields ?? []) {
    const ours = conversion.as === 'lookup' && conversion.of !== 'user' ? records.get(recordId)?.values[field] : null
    if (conversion.as === 'lookup' && typeof ours === 'string') return lookups.toTheirs(conversion.object, ours) ?? null
  }
  return null
}

/** How many writes of an object are due; counted no further than `most`. */
export async function countDueWrites(db: Db, connection: string, object: string, most: number): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from (
      select from ${writes} where connection = ${connection} and object = ${object} and status = 'planned' and not_before <= now()
      limit ${most}) due`)
  return rows[0]?.n ?? 0
}

/** Milliseconds until the next write of the connection is due or its lease ends; null when none waits. */
export async function untilDueWrite(db: Db, connection: string): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(sql`
    select greatest(0, extract(epoch from min(case when status = 'sending' then lease_until else not_before end) - now()) * 1000)::float8::text as ms
    from ${writes} where connection = ${connection} and status in ('planned', 'sending', 'unclear')
    having count(*) > 0`)
  const ms = rows[0]?.ms ?? null
  return ms === null ? null : Math.ceil(Number(ms))
}

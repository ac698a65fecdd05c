/**
 * Room 4: what is to be sent. A write is claimed in a transaction of its own — what will be sent, by which attempt, until when —
 * before a byte leaves, so that a crash leaves a row that says what may have happened.
 */
import { and, asc, eq, gt, isNotNull, lte, sql, type SQL } from 'drizzle-orm'
import type { Fields, Write } from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import { mayLeave } from '../db/connections.ts'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import type { LedgerRecord } from '../db/ledger.ts'
import { runOfNow } from '../db/run-of-now.ts'
import { breaksAt } from '../db/schema-changes.ts'
import { links, shadows, writes } from '../db/schema/index.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { capabilityOf, mappingOf, type System } from '../mapping/systems.ts'
import type { Lookups } from '../mapping/translate.ts'
import { mappingVersion } from '../mapping/version.ts'
import { writeClaims } from './claims.ts'
import { proposedHere } from '../db/proposals.ts'
import { releaseFollowers } from './followers.ts'
import { holdBack, holdBroken, judge, openLookups, recordsOf, type Candidate, type Verdict } from './judge.ts'
import { mayBeThere } from './newcomers.ts'
import { judgeParents } from './parents.ts'
import { judgeRestore, lastWritten, tellLeft, type Restoring } from './restore.ts'

/** How long a request may take, from before its claim. It is over before its lease is, so that at most one request a record is in flight. */
export const SEND_DEADLINE_MS = 20_000

/** A write on its way; `attempt` tells its answer from those of others. */
export interface ClaimedWrite extends Write {
  attempt: number
  /** The run that it belongs to. */
  runId: string
  /** The version of the mapping that says what is sent. */
  mapping: string | null
  /** Whether it puts earlier values back, instead of making the record equal to ours. */
  restores: boolean
}

export interface Claimed {
  writes: ClaimedWrite[]
  /** Writes of fields that a user may edit too: their records are to be read, by vendor id, and merged before anything is sent. */
  toRead: { linkId: string; externalId: string }[]
  /** How many due writes were looked at. */
  found: number
}

interface Due extends Candidate {
  version: string | null
  /** The vendor fields that an undo puts back, whatever the ledger says. */
  restore: Fields | null
}

export interface ClaimWish {
  /** Writes of one batch at most. */
  limit: number
  /** So many batches may be claimed at once; one where it is not said. */
  batches?: number
  /** How long the request may take, from before the claim; its lease outlasts it. */
  deadlineMs: number
  /**
   * Links whose records were read a moment ago. Without it nothing is claimed as long as there is anything `toRead`, so that all go
   * in one batch afterwards; with it what is not fresh stays planned.
   */
  fresh?: ReadonlySet<string>
}

/**
 * Claims due writes of one object. What is already equal is settled at once; what refers to a record that the vendor does not have
 * yet waits for it.
 *
 * Writes whose batch failed as a whole come in smaller ones, apart from the others. While a connection is observed nothing is claimed
 * but what an undo puts back. That, and which mapping is in force, is asked in this transaction, so that a switch or a publication
 * holds from the next claim on, in every process.
 */
export async function claimWrites(
  db: Db,
  system: System,
  object: string,
  { limit, batches = 1, deadlineMs, fresh }: ClaimWish,
): Promise<Claimed> {
  return transact(db, async (tx) => {
    const { mode } = await mappingsInForce(tx, system)
    const candidates = await lockDue(tx, system, object, { limit, batches, live: mode === 'live' })
    if (candidates.length === 0) return { writes: [], toRead: [], found: 0 }
    const records = await recordsOf(tx, candidates)
    const lookups = await openLookups(tx, system, object, records)
    const written = await lastWritten(
      tx,
      candidates.flatMap((c) => (c.restore === null ? [] : [c.linkId])),
    )
    const proposed = await proposedHere(
      tx,
      system.name,
      candidates.flatMap((c) => (c.externalId === null ? [c.recordId] : [])),
    )
    const breaks = await breaksAt(tx, system.name, object)
    const judged = (c: Due): Verdict => {
      const verdict = judge(system, object, c, records.get(c.recordId), lookups, fresh)
      return holdBroken(holdBack(verdict, proposed.get(c.recordId)), breaks, c.externalId === null)
    }
    const verdicts = new Map(
      candidates.map((c): [Due, Verdict | Restoring] => [
        c,
        c.restore === null ? judged(c) : judgeRestore(c, c.restore, written.get(c.linkId) ?? {}, fresh),
      ]),
    )
    const toRead = [...verdicts].flatMap(([{ linkId }, v]) =>
      v.do === 'read' ? [{ linkId, externalId: v.externalId }] : [],
    )
    const maySend = fresh !== undefined || toRead.length === 0
    const awaited = new Map([...verdicts].flatMap(([{ linkId }, v]) => (v.do === 'await' ? [[linkId, v.records]] : [])))
    const finished = [...verdicts].flatMap(([{ linkId, restore }, v]) =>
      v.do === 'finish' ? [{ linkId, why: v.why, restored: restore !== null }] : [],
    )
    const early = await mayBeThere(tx, system, object, candidates)
    const sent = [...verdicts].flatMap(([c, v]) =>
      v.do === 'send' && maySend && !early.has(c.linkId) ? [{ ...c, ...v }] : [],
    )
    await tellLeft(
      tx,
      [...verdicts].flatMap(([{ linkId }, v]) =>
        'left' in v && (v.do === 'finish' || maySend) ? [{ linkId, fields: v.left }] : [],
      ),
    )
    const runId = sent.length === 0 ? null : await runOfNow(tx, system.name)
    const versionOf = (kind: LedgerRecord['kind']) => {
      const mapping = mappingOf(system, object, kind)
      return mapping === undefined ? null : mappingVersion(mapping)
    }
    const claimed = await writeClaims(tx, deadlineMs, [
      ...finished.map(({ linkId, why, restored }) => ({
        linkId,
        status: restored ? ('planned' as const) : ('done' as const),
        detail: why === null ? null : { why },
        restored,
      })),
      ...[...verdicts].flatMap(([{ linkId, kind }, v]) =>
        v.do === 'park'
          ? [{ linkId, status: 'parked' as const, code: v.code, detail: v.detail, mapping: versionOf(kind) }]
          : [],
      ),
      ...(await judgeParents(tx, system, awaited)),
      ...[...verdicts].flatMap(([{ linkId }, v]) =>
        v.do === 'send' && early.has(linkId)
          ? [{ linkId, status: 'planned' as const, detail: { why: early.get(linkId) ?? null }, waitS: READ_FIRST_S }]
          : [],
      ),
      ...sent.map(({ linkId, kind, externalId, shadow, fields }) => ({
        linkId,
        status: 'sending' as const,
        sentFields: fields,
        sentOver: externalId === null ? null : overwritten(fields, shadow ?? {}),
        runId,
        mapping: versionOf(kind),
      })),
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
        // Only of a record that was read a moment ago: our own last write has changed the version that an older reading tells.
        ifVersion: capability.conditional && fresh?.has(write.linkId) === true ? write.version : null,
        fields: write.fields,
        attempt: claimed.get(write.linkId)?.attempt ?? 0,
        runId: claimed.get(write.linkId)?.runId ?? runId ?? '',
        mapping: versionOf(write.kind),
        restores: write.restore !== null,
      })),
      toRead,
      found: candidates.length,
    }
  })
}

/** How long a record that may be there already waits before it is looked at again. */
const READ_FIRST_S = 10

async function lockDue(
  tx: Tx,
  system: System,
  object: string,
  { limit, batches, live }: { limit: number; batches: number; live: boolean },
): Promise<Due[]> {
  const due = and(
    eq(writes.connection, system.name),
    eq(writes.object, object),
    eq(writes.status, 'planned'),
    lte(writes.notBefore, sql`now()`),
    live ? undefined : isNotNull(writes.restore),
  )
  const whole = await lockSplit(tx, due, 0, limit * batches)
  if (whole.length > 0) return whole
  const [next] = await tx
    .select({ split: writes.split })
    .from(writes)
    .where(and(due, gt(writes.split, 0)))
    .orderBy(asc(writes.split))
    .limit(1)
  return next === undefined ? [] : lockSplit(tx, due, next.split, Math.ceil(limit / 2 ** next.split))
}

/**
 * Those of one size of batch. It is named, and not only sorted by, so that even a planner that takes a back-log for a handful reads
 * no more of it than the batch.
 */
async function lockSplit(tx: Tx, due: SQL | undefined, split: number, limit: number): Promise<Due[]> {
  return tx
    .select({
      linkId: links.id,
      recordId: links.recordId,
      kind: links.kind,
      externalId: links.externalId,
      gone: links.gone,
      heldFields: links.heldFields,
      shadow: shadows.fields,
      answers: shadows.answers,
      version: shadows.version,
      restore: writes.restore,
    })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(and(due, eq(writes.split, split)))
    .orderBy(asc(writes.notBefore), asc(writes.linkId))
    .limit(limit)
    .for('update', { of: writes, skipLocked: true })
}

/** What the vendor holds of the fields that are to be sent, as far as is known: kept now, for the echo may be read before the answer. */
function overwritten(fields: Fields, shadow: Fields): Fields {
  return Object.fromEntries(
    Object.keys(fields).flatMap((path) => (path in shadow ? [[path, shadow[path] ?? null]] : [])),
  )
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
      select from ${writes} where connection = ${connection} and object = ${object} and status = 'planned' and not_before <= now() and ${mayLeave}
      limit ${most}) due`)
  return rows[0]?.n ?? 0
}

/** Milliseconds until the next write of the connection is due, its lease ends or its parking does; null when none waits. */
export async function untilDueWrite(db: Db, connection: string): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(sql`
    select greatest(0, extract(epoch from min(at) - now()) * 1000)::float8::text as ms from (
      select case when status = 'sending' then lease_until else not_before end as at
      from ${writes} where connection = ${connection} and (status in ('sending', 'unclear') or status = 'planned' and ${mayLeave})
      union all
      select min(retry_at) from ${writes} where connection = ${connection} and status = 'parked' and retry_at is not null and ${mayLeave}
    ) as waits having count(at) > 0`)
  const ms = rows[0]?.ms ?? null
  return ms === null ? null : Math.ceil(Number(ms))
}

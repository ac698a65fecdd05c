/** Whether everything is known that a claim has to be compared with: how far portals and CRMs are read, and that what was read is applied. */
import { and, eq, getTableColumns, not, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { isObservedHere } from '../db/connections.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { changes, links, registrations, streams } from '../db/schema/index.ts'
import { plus, type Instant } from '../domain/time.ts'
import { objectFor, type System } from '../mapping/systems.ts'
import type { Registration } from './facts.ts'
import type { Programme } from './programme.ts'
import { submissionOf } from './submission.ts'

/** A stream that must be read before claims are ruled, and how far it is. */
interface Reading {
  connection: string
  object: string
  /** By what it counts as read: how far its coverage goes, or when the last whole reading began. */
  by: 'coverage' | 'reading'
  /** Null: never. */
  reached: Instant | null
  /** Records that we never saw were read and are not applied yet: one of them may be the claim that was first. */
  isPending: boolean
}

/** A stream that hinders a claim; `until`: how far it has to be read, null: it is, and what it read is about to be applied. */
export interface Behind {
  connection: string
  object: string
  until: Instant | null
}

/**
 * The streams that must be read before the claim can be ruled.
 *
 * A portal counts as read when nothing submitted before the claim can be missing: its coverage, which allows for the vendor's lag,
 * has passed the submission (or, where the portal's clock runs ahead, the moment we heard of it). A CRM counts as read when a whole
 * reading began after we heard of the claim, less what the policy allows: what a search at that moment would have found is known.
 * What was read counts from when it stands in the ledger.
 */
export async function behind(tx: Tx, programme: Programme, row: Registration): Promise<Behind[]> {
  return hindering(await readings(tx, programme), programme, row)
}

/** Asks the streams to be read that far, once for each wish: a stream that lags by its vendor's fault is not asked in a circle. */
export async function wantCoverage(tx: Tx, streamsBehind: readonly Behind[]): Promise<void> {
  for (const { connection, object, until } of streamsBehind) {
    if (until === null) continue
    const asked = await tx
      .insert(streams)
      .values({ connection, object, wantedThrough: until })
      .onConflictDoUpdate({
        target: [streams.connection, streams.object],
        set: { wantedThrough: sql`excluded.wanted_through` },
        setWhere: sql`${streams.wantedThrough} is null or ${streams.wantedThrough} < excluded.wanted_through`,
      })
      .returning({ connection: streams.connection })
    if (asked.length > 0) await nudge(tx, [workflowId.stream(connection, object)])
  }
}

/** Of a waiting claim what says until where must be read. */
type Waiting = Pick<Registration, 'id' | 'submittedAt' | 'createdAt' | 'clockAheadMs'>

/**
 * Wakes the claims in screening that nothing hinders any more; called when a stream was read and applied. Of each claim a few columns are
 * looked at, and nothing is asked of the database for it by itself. They count as due from now on, so that the next stream does not wake
 * them again before they have looked; a wake that is lost is found by that instant as any other.
 */
export async function wakeCovered(db: Db, programme: Programme): Promise<number> {
  return db.transaction(async (tx) => {
    const { id, submittedAt, createdAt, clockAheadMs } = getTableColumns(registrations)
    const asleep = and(
      eq(registrations.state, 'screening'),
      eq(registrations.wakeAt, registrations.screenBy),
      not(isObservedHere(registrations.portal)),
    )
    const waiting: Waiting[] = await tx
      .select({ id, submittedAt, createdAt, clockAheadMs })
      .from(registrations)
      .where(asleep)
    if (waiting.length === 0) return 0
    const known = await readings(tx, programme)
    const covered = waiting.filter((row) => hindering(known, programme, row).length === 0)
    if (covered.length === 0) return 0
    const ids = covered.map((row) => row.id)
    // In the order of their ids, as everyone who locks several.
    await tx
      .select({ id })
      .from(registrations)
      .where(and(anyOf(id, ids), asleep))
      .orderBy(id)
      .for('update')
    const woken = await tx
      .update(registrations)
      .set({ wakeAt: sql`now()` })
      .where(and(anyOf(id, ids), asleep))
      .returning({ id })
    await nudge(
      tx,
      woken.map((row) => workflowId.registration(row.id)),
    )
    return woken.length
  })
}

/** How far everything is read that claims are compared with. One statement. */
async function readings(tx: Tx, programme: Programme): Promise<Reading[]> {
  const watched = [
    ...objectsOf(programme, 'portal', ['registration']).map((stream) => ({ ...stream, by: 'coverage' })),
    ...objectsOf(programme, 'crm', ['account', 'deal']).map((stream) => ({ ...stream, by: 'reading' })),
  ]
  const { rows } = await tx.execute<{
    connection: string
    object: string
    by: Reading['by']
    reached: string | null
    pending: boolean
  }>(sql`
    select w.connection, w.object, w.by, case w.by when 'coverage' then s.covered_through else s.read_at end as reached,
      exists (select from ${changes} c where c.connection = w.connection and c.object = w.object and c.status = 'pending'
        and not exists (select from ${links} l
          where l.external_id = c.external_id and l.connection = c.connection and l.object = c.object)) as pending
    from jsonb_to_recordset(${JSON.stringify(watched)}::jsonb) as w(connection text, object text, by text)
    left join ${streams} s on s.connection = w.connection and s.object = w.object
    order by w.connection, w.object`)
  return rows.map(({ connection, object, by, reached, pending }) => ({
    connection,
    object,
    by,
    reached: reached === null ? null : new Date(reached).toISOString(),
    isPending: pending,
  }))
}

function hindering(known: readonly Reading[], { policy }: Programme, row: Omit<Waiting, 'id'>): Behind[] {
  const submission = submissionOf(row, row.clockAheadMs)
  const until = {
    coverage: submission < row.createdAt ? submission : row.createdAt,
    reading: plus(row.createdAt, -policy.screening.crmMaxAge),
  }
  return known.flatMap(({ connection, object, by, reached, isPending }): Behind[] => {
    if (reached === null || reached < until[by]) return [{ connection, object, until: until[by] }]
    return isPending ? [{ connection, object, until: null }] : []
  })
}

function objectsOf(
  programme: Programme,
  role: System['role'],
  kinds: ('registration' | 'account' | 'deal')[],
): { connection: string; object: string }[] {
  return [...programme.systems.values()]
    .filter((system) => system.role === role)
    .flatMap((system) =>
      kinds.flatMap((kind) => {
        const object = objectFor(system, kind)
        return object === undefined ? [] : [{ connection: system.name, object }]
      }),
    )
}

/**
 * Room 2: what came in becomes what is known.
 *
 * A page of changes is one transaction: recognise, lock, merge, write the ledger, settle every change, nudge the processes.
 * A page that fails is halved until the one record that fails stands alone; that one is parked and the others go on.
 */
import { and, asc, eq } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { transact } from '../db/attempts.ts'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { changes } from '../db/schema/index.ts'
import { systemOf, type System, type Systems } from '../mapping/systems.ts'
import { NotTransformed, Transformations, transforms } from '../mapping/transform/transformations.ts'
import { judgedBy, retryParked } from './again.ts'
import { applyChange } from './change.ts'
import { isEnd } from './ends.ts'
import { explain, isPoison } from './poison.ts'
import { openPage, type Change } from './page.ts'
import { proposeNewcomers } from './propose.ts'
import { reclaim } from './reclaim.ts'
import { settleChanges, supersede, type Settled } from './settle.ts'
import { tellOthers } from './consequences.ts'
import { mappingsAt } from './transformed.ts'
import { writePage } from './write-page.ts'

export interface Applied {
  applied: number
  noOp: number
  parked: number
}

const PAGE = 500
/** So many pages are under way together, so that PostgreSQL works on one while the next is thought over. */
const SIDE_BY_SIDE = 2

/**
 * Applies everything pending of one object of a connection, oldest first. Two workers may do so at once.
 *
 * @param signal ends it between two pages: a worker that is told to stop leaves the rest to the next one
 * @param moved told when something was applied and more is to come: what follows from it need not wait for the rest
 */
export async function applyPending(
  db: Db,
  systems: Systems,
  connection: string,
  object: string,
  signal?: AbortSignal,
  moved: () => void = () => undefined,
): Promise<Applied> {
  const run = runOf(db, systems, connection, object)
  await retryParked(db, run.system, object)
  for (;;) {
    if (signal?.aborted === true) return run.total
    const pending = await pendingOf(run, SIDE_BY_SIDE * PAGE)
    if (pending.length === 0) return run.total
    // None is left behind when another breaks: the next attempt would meet it.
    const ended = await Promise.allSettled(pagesOf(pending).map((ids) => applyIds(run, ids)))
    for (const page of ended) if (page.status === 'rejected') throw page.reason
    moved()
  }
}

/** Applies what is pending of these vendor records alone, however much waits besides. */
export async function applyRecords(
  db: Db,
  systems: Systems,
  connection: string,
  object: string,
  externalIds: string[],
): Promise<void> {
  const run = runOf(db, systems, connection, object)
  for (;;) {
    const pending = await pendingOf(run, PAGE, externalIds)
    if (pending.length === 0) return
    await applyIds(
      run,
      pending.map(({ id }) => id),
    )
  }
}

interface Pending {
  id: number
  externalId: string
  /** It is about more than its own record: a merge or a delete. */
  isWide: boolean
}

async function pendingOf(
  { db, system, object }: Run,
  limit: number,
  externalIds: string[] | null = null,
): Promise<Pending[]> {
  return db
    .select({
      id: changes.id,
      externalId: changes.externalId,
      isWide: isEnd,
    })
    .from(changes)
    .where(
      and(
        eq(changes.connection, system.name),
        eq(changes.object, object),
        eq(changes.status, 'pending'),
        externalIds === null ? undefined : anyOf(changes.externalId, externalIds),
      ),
    )
    .orderBy(asc(changes.id))
    .limit(limit)
}

/** Pages that may be applied side by side: the versions of a record stay in one, in their order. Merges and deletes go alone. */
function pagesOf(pending: Pending[]): number[][] {
  if (pending.length <= PAGE || pending.some(({ isWide }) => isWide))
    return [pending.slice(0, PAGE).map(({ id }) => id)]
  const pages: number[][] = Array.from({ length: SIDE_BY_SIDE }, () => [])
  const pageOf = new Map<string, number>()
  for (const { id, externalId } of pending) {
    const page = pageOf.get(externalId) ?? pageOf.size % SIDE_BY_SIDE
    pageOf.set(externalId, page)
    pages[page]?.push(id)
  }
  return pages.filter((ids) => ids.length > 0)
}

interface Run {
  db: Db
  systems: Systems
  system: System
  object: string
  total: Applied
}

function runOf(db: Db, systems: Systems, connection: string, object: string): Run {
  const system = systemOf(systems, connection)
  return { db, systems, system, object, total: { applied: 0, noOp: 0, parked: 0 } }
}

/** @param transformations what was transformed for these changes so far */
async function applyIds(run: Run, ids: number[], transformations = new Transformations()): Promise<void> {
  const { db, total } = run
  try {
    const settled = await transact(db, (tx) => applyPage(tx, run, ids, transformations))
    for (const { status } of settled) total[status === 'no-op' ? 'noOp' : status] += 1
  } catch (error) {
    if (error instanceof NotTransformed) {
      // A record changed while its page was opened. Each time one more value is known, so this ends.
      await transformations.prepare([error.request])
      return applyIds(run, ids, transformations)
    }
    if (!isPoison(error)) throw error
    const [only] = ids
    if (ids.length > 1) {
      const half = Math.ceil(ids.length / 2)
      await applyIds(run, ids.slice(0, half))
      await applyIds(run, ids.slice(half))
    } else if (only !== undefined) {
      await settleChanges(db, judgedBy(run.system, run.object), [
        { id: only, status: 'parked', code: 'CW_APPLY_FAILED', detail: explain(error), recordId: null },
      ])
      total.parked += 1
    }
  }
}

/**
 * Judges the page by the mapping in force, whole. Locks what is still pending of it, so that another worker's page waits and then finds
 * it done.
 */
async function applyPage(
  tx: Tx,
  { systems, system, object }: Run,
  ids: number[],
  transformations: Transformations,
): Promise<Settled[]> {
  await mappingsInForce(tx, system)
  const pending = await tx
    .select()
    .from(changes)
    .where(and(anyOf(changes.id, ids), eq(changes.status, 'pending')))
    .orderBy(asc(changes.id))
    .for('update')
  const batch = untilMerge(transforms(mappingsAt(system, object), 'in') ? untilAgain(pending) : pending)
  if (batch.length === 0) return []
  const page = await openPage(tx, system, object, batch, transformations)
  const settled = batch.map((change) => applyChange(page, change))
  await writePage(page)
  await settleChanges(tx, judgedBy(system, object), settled)
  await supersede(tx, system.name, object, batch, settled)
  await proposeNewcomers(page)
  await tellOthers(page, systems)
  await reclaim(page, systems)
  return settled
}

/**
 * A page's merges are followed before its records are recognised. So the page ends before a merge that names a record of its own:
 * the merge has its turn when that record is known, and is not followed into nothing.
 */
function untilMerge(pending: Change[]): Change[] {
  const met = new Set<string>()
  const end = pending.findIndex(({ externalId, body: { mergedInto } }) => {
    if (mergedInto !== null && mergedInto !== externalId) return met.has(externalId) || met.has(mergedInto)
    met.add(externalId)
    return false
  })
  return end === -1 ? pending : pending.slice(0, end)
}

/** A page ends before a second version of a record: what ours reads like at its vendor is transformed before the page begins. */
function untilAgain(pending: Change[]): Change[] {
  const met = new Set<string>()
  const end = pending.findIndex(({ externalId }) => met.size === met.add(externalId).size)
  return end === -1 ? pending : pending.slice(0, end)
}

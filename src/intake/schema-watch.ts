/**
 * The vendor's schema, read on a timer and soon after it refused something: what changed is kept with the mapped fields that it breaks,
 * before records fail by the thousand. What is parked because of it goes on as soon as the schema or the mapping was mended.
 */
import { and, eq, lte, sql } from 'drizzle-orm'
import { ConnectorError, type FieldSchema } from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { breaksAt } from '../db/schema-changes.ts'
import { schemaChanges, schemaSnapshots } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import { breaksOf, differencesBetween, missingFrom, standsStill, type SchemaDifference } from '../mapping/live/drift.ts'
import type { Break } from '../mapping/live/doomed.ts'
import { capabilityOf } from '../mapping/systems.ts'
import type { Step } from './reconcile-step.ts'
import { releaseMended } from './schema-release.ts'

export interface Watched {
  /** Changes that break the mapping, found just now. */
  broken: Break[]
  mended: Break[]
  /** Why the vendor did not describe the object. */
  code: ErrorCode | null
}

const EVERY_S = 3600
/** A vendor that would not describe an object is asked again sooner. */
const AGAIN_S = 600
/** So long a reader is taken for alive; then another one reads. */
const LEASE_S = 120

const nothing: Watched = { broken: [], mended: [], code: null }

/** Reads the schema of the object if it is due, and judges by it what is open. Of several workers one reads. */
export async function watchSchema(step: Step): Promise<Watched> {
  const { db, system, object } = step
  if (system.mappings.every((mapping) => mapping.object !== object)) return nothing
  if (!(await claim(db, system.name, object))) return review(step, null)
  try {
    const described = await step.connector.describe(object, step.ctx)
    return await review(step, described)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { code } = error.fault
    await db
      .update(schemaSnapshots)
      .set({ code, nextAt: inSeconds(AGAIN_S) })
      .where(at(system.name, object))
    return { ...nothing, code }
  }
}

/** Whether it is ours to read now. */
async function claim(db: Db, connection: string, object: string): Promise<boolean> {
  const next = inSeconds(LEASE_S)
  const [moved] = await db
    .update(schemaSnapshots)
    .set({ nextAt: next })
    .where(and(at(connection, object), lte(schemaSnapshots.nextAt, sql`now()`)))
    .returning({ object: schemaSnapshots.object })
  if (moved !== undefined) return true
  const [made] = await db
    .insert(schemaSnapshots)
    .values({ connection, object, nextAt: next })
    .onConflictDoNothing()
    .returning({ object: schemaSnapshots.object })
  return made !== undefined
}

/** @param described what the vendor says now; null: it was not asked, and only mappings may have changed since */
async function review({ db, system, object }: Step, described: FieldSchema[] | null): Promise<Watched> {
  return transact(db, async (tx) => {
    await mappingsInForce(tx, system)
    const [snapshot] = await tx.select().from(schemaSnapshots).where(at(system.name, object)).for('update')
    if (snapshot === undefined) return nothing
    const generation = system.generation ?? 0
    if (described === null && (snapshot.readAt === null || snapshot.generation === generation)) return nothing
    // A vendor that tells nothing of its fields has not lost them all.
    const schema = described === null || described.length === 0 ? snapshot.fields : described
    if (described !== null)
      await tx
        .update(schemaSnapshots)
        .set({ fields: schema, readAt: sql`now()`, nextAt: inSeconds(EVERY_S), code: null, generation })
        .where(at(system.name, object))
    else await tx.update(schemaSnapshots).set({ generation }).where(at(system.name, object))
    if (schema.length === 0) return nothing
    const isFirst = snapshot.readAt === null || snapshot.fields.length === 0
    const differences = isFirst ? [] : differencesBetween(snapshot.fields, schema)
    const judged = await judgeOpen(tx, { system, object }, schema, differences)
    if (differences.length > 0 || judged.mended.length > 0) await releaseMended(tx, system, object, judged.mended)
    return { ...judged, code: null }
  })
}

/** What was open and is mended by now, what stays, and what is new. */
async function judgeOpen(
  tx: Tx,
  { system, object }: Pick<Step, 'system' | 'object'>,
  schema: readonly FieldSchema[],
  differences: SchemaDifference[],
): Promise<Pick<Watched, 'broken' | 'mended'>> {
  const mappings = system.mappings.filter((mapping) => mapping.object === object)
  const capability = capabilityOf(system, object)
  const harmOf = (difference: SchemaDifference) => breaksOf(difference, mappings, capability)
  const open = await breaksAt(tx, system.name, object)
  const mended: Break[] = []
  const kept = new Set<string>()
  for (const one of open) {
    const now = standsStill(one, schema)
    const breaks = now === null ? null : harmOf(now)
    if (now === null || breaks === null) mended.push(one)
    else {
      kept.add(nameOf(one))
      await tx.update(schemaChanges).set({ after: now.after, breaks }).where(eq(schemaChanges.id, one.id))
    }
  }
  if (mended.length > 0)
    await tx
      .update(schemaChanges)
      .set({ mendedAt: sql`now()` })
      .where(sql`${schemaChanges.id} in ${mended.map(({ id }) => id)}`)
  const told = new Set(differences.map(nameOf))
  const missing = missingFrom(mappings, schema).filter((one) => !told.has(nameOf(one)))
  const news = [...differences, ...missing].filter((one) => !kept.has(nameOf(one)))
  if (news.length === 0) return { broken: [], mended }
  const rows = news.map(({ kind, path, value, before, after }) => {
    const breaks = harmOf({ kind, path, value, before, after })
    return {
      connection: system.name,
      object,
      kind,
      path,
      value,
      before,
      after,
      breaks: breaks ?? [],
      // What breaks nothing is history as soon as it is known.
      mendedAt: breaks === null ? sql`now()` : null,
    }
  })
  const { id, kind, path, value, before, after, mendedAt } = schemaChanges
  const made = await tx.insert(schemaChanges).values(rows).returning({ id, kind, path, value, before, after, mendedAt })
  return {
    broken: made.flatMap(({ mendedAt: over, ...one }) => (over === null ? [one] : [])),
    mended,
  }
}

function nameOf({ kind, path, value }: SchemaDifference): string {
  return JSON.stringify([kind, path, value])
}

function at(connection: string, object: string) {
  return and(eq(schemaSnapshots.connection, connection), eq(schemaSnapshots.object, object))
}

function inSeconds(seconds: number) {
  return sql`now() + make_interval(secs => ${seconds}::float8)`
}

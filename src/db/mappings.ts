/** Versions of mappings as rows: one draft an object, one version in force, and everything that was ever published, kept as it was. */
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import { CausewayError } from '../errors.ts'
import type { PinnedRest } from '../mapping/rest.ts'
import { recordAudit } from './audit.ts'
import type { Db, Tx } from './connection.ts'
import { mappingVersions, type MappingState } from './schema/index.ts'

export type MappingVersion = typeof mappingVersions.$inferSelect

export interface ObjectPlace {
  connection: string
  object: string
}

/** Who did it: as the audit names them, and as people do. */
export interface Author {
  /** `key:<id>` */
  actor: string
  label: string
}

function at({ connection, object }: ObjectPlace): SQL | undefined {
  return and(eq(mappingVersions.connection, connection), eq(mappingVersions.object, object))
}

/** The draft of an object, or what is in force there; undefined: there is none, and the vendor's default is in force. */
export async function versionIn(
  db: Db | Tx,
  place: ObjectPlace,
  state: Exclude<MappingState, 'retired'>,
): Promise<MappingVersion | undefined> {
  const [found] = await db
    .select()
    .from(mappingVersions)
    .where(and(at(place), eq(mappingVersions.state, state)))
  return found
}

/** @throws CW_MAPPING_STATE */
export async function versionNumbered(db: Db | Tx, place: ObjectPlace, version: number): Promise<MappingVersion> {
  const [found] = await db
    .select()
    .from(mappingVersions)
    .where(and(at(place), eq(mappingVersions.version, version)))
  if (found !== undefined) return found
  throw new CausewayError('CW_MAPPING_STATE', `${placeName(place)} has no version ${String(version)}`, {
    ...place,
    version,
  })
}

/** The version that was in force before the present one; undefined: the default was. */
export async function versionBefore(db: Db | Tx, place: ObjectPlace): Promise<MappingVersion | undefined> {
  const [last] = await db
    .select()
    .from(mappingVersions)
    .where(and(at(place), eq(mappingVersions.state, 'retired')))
    .orderBy(desc(mappingVersions.retiredAt), desc(mappingVersions.version))
    .limit(1)
  return last
}

/** Keeps the text as the object's draft, in the place of an earlier one. Nothing is in force by it. */
export async function saveDraft(
  db: Db,
  draft: ObjectPlace & { source: string; note: string | null; by: Author },
): Promise<MappingVersion> {
  const { connection, object, source, note, by } = draft
  return db.transaction(async (tx) => {
    await lockVersions(tx, draft)
    const values = { source, note, author: by.label }
    const [replaced] = await tx
      .update(mappingVersions)
      .set({ ...values, createdAt: sql`now()` })
      .where(and(at(draft), eq(mappingVersions.state, 'draft')))
      .returning()
    const [saved] =
      replaced === undefined
        ? await tx
            .insert(mappingVersions)
            .values({ connection, object, version: await nextVersion(tx, draft), ...values })
            .returning()
        : [replaced]
    if (saved === undefined) throw new Error('the draft was not kept')
    const detail = { version: saved.version }
    await recordAudit(tx, [{ what: 'mapping.drafted', actor: by.actor, connection, object, detail }])
    return saved
  })
}

/** @throws CW_MAPPING_STATE when there is no draft */
export async function discardDraft(db: Db, place: ObjectPlace, by: Author): Promise<MappingVersion> {
  const { connection, object } = place
  return db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(mappingVersions)
      .where(and(at(place), eq(mappingVersions.state, 'draft')))
      .returning()
    if (gone === undefined) throw noDraft(place)
    const detail = { version: gone.version }
    await recordAudit(tx, [{ what: 'mapping.discarded', actor: by.actor, connection, object, detail }])
    return gone
  })
}

export function noDraft(place: ObjectPlace): CausewayError {
  return new CausewayError('CW_MAPPING_STATE', `${placeName(place)} has no draft`, { ...place })
}

/** Two who save, publish or roll back at once do so one after another. */
export async function lockVersions(tx: Tx, { connection, object }: ObjectPlace): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`mapping of ${connection} ${object}`}, 0))`)
}

/** Under `lockVersions`. */
export async function nextVersion(tx: Tx, place: ObjectPlace): Promise<number> {
  const [row] = await tx
    .select({ next: sql<number>`coalesce(max(${mappingVersions.version}), 0) + 1` })
    .from(mappingVersions)
    .where(at(place))
  return row?.next ?? 1
}

/** Ends what is in force of an object; the caller puts another version in its place, in the same transaction. */
export async function retire(tx: Tx, place: ObjectPlace): Promise<MappingVersion | undefined> {
  const [was] = await tx
    .update(mappingVersions)
    .set({ state: 'retired', retiredAt: sql`clock_timestamp()` })
    .where(and(at(place), eq(mappingVersions.state, 'published')))
    .returning()
  return was
}

interface Terms {
  mark: string
  /** What the rests of its picklists came to. */
  rest: PinnedRest | null
  by: Author
  note: string | null
}

/** Puts the draft in force. The caller has retired what was. */
export async function publishRow(
  tx: Tx,
  place: ObjectPlace,
  version: number,
  { mark, rest, by, note }: Terms,
): Promise<void> {
  const said = note === null ? {} : { note }
  await tx
    .update(mappingVersions)
    .set({ state: 'published', mark, rest, publishedAt: sql`clock_timestamp()`, publishedBy: by.label, ...said })
    .where(and(at(place), eq(mappingVersions.version, version), eq(mappingVersions.state, 'draft')))
}

/** Puts a text that is no draft in force as a version of its own, beside a draft that somebody may be working at. */
export async function restoreRow(
  tx: Tx,
  row: ObjectPlace & { version: number; source: string; restores: number | null },
  { mark, rest, by, note }: Terms,
): Promise<void> {
  const publishedAt = sql`clock_timestamp()`
  const said = { note, mark, rest, publishedAt, publishedBy: by.label, author: by.label }
  await tx.insert(mappingVersions).values({ ...row, ...said, state: 'published' })
}

function placeName({ connection, object }: ObjectPlace): string {
  return `The mapping of ${object} at ${connection}`
}

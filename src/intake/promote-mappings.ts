/** Several mappings put in force at once, as a reviewed set: all of them, or none. */
import { and, eq, inArray } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { holdTranslation } from '../db/in-force.ts'
import { lockVersions, nextVersion, type Author, type ObjectPlace } from '../db/mappings.ts'
import { mappingVersions } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import { printUnchanged } from '../mapping/document/print.ts'
import type { PinnedRest } from '../mapping/rest.ts'
import { systemOf, type Systems } from '../mapping/systems.ts'
import { publishWithin } from './publish-mapping.ts'

/** What is published of an object; of objects that follow the vendor's default there is none. */
export interface InForce extends ObjectPlace {
  version: number
  source: string
  /** It puts the vendor's default back. */
  isDefault: boolean
}

export interface Wanted extends ObjectPlace {
  /** Null: the vendor's default. */
  source: string | null
  /** What the rests of its picklists come to. */
  rest: PinnedRest
  /** The version that is thought to be in force; null: none was ever published. */
  expected: number | null
  /** How many findings of the checks stand against it, for the audit. */
  despite: number
}

export async function publishedOf(db: Db | Tx, systems: Systems): Promise<InForce[]> {
  const rows = await db
    .select({
      connection: mappingVersions.connection,
      object: mappingVersions.object,
      version: mappingVersions.version,
      source: mappingVersions.source,
      restores: mappingVersions.restores,
    })
    .from(mappingVersions)
    .where(and(inArray(mappingVersions.connection, [...systems.keys()]), eq(mappingVersions.state, 'published')))
    .orderBy(mappingVersions.connection, mappingVersions.object)
  return rows.map(({ restores, ...row }) => ({ ...row, isDefault: restores === 0 }))
}

/**
 * Publishes the documents, a version of each object, in one transaction while no translation is under way.
 *
 * @param by.lists whether a connection's vendor lists everything
 * @returns the versions, by `placeName`
 * @throws CW_CONFIG_CONFLICT when another version is in force by now than was expected; then nothing is changed
 */
export async function promoteMappings(
  db: Db,
  systems: Systems,
  wanted: readonly Wanted[],
  { author, note, lists }: { author: Author; note: string; lists: (connection: string) => boolean },
): Promise<Map<string, number>> {
  const sorted = wanted.toSorted((a, b) => (placeName(a) < placeName(b) ? -1 : 1))
  return db.transaction(async (tx) => {
    // All locks of one kind before the next, in one order: of two who publish at once, one waits.
    for (const place of sorted) await lockVersions(tx, place)
    for (const name of new Set(sorted.map(({ connection }) => connection))) await holdTranslation(tx, name)
    assertExpected(await publishedOf(tx, systems), sorted)
    const versions = new Map<string, number>()
    // Copies: what is loaded here counts for nobody else before it is committed.
    const copies = new Map([...systems].map(([name, system]) => [name, { ...system }]))
    for (const { connection, object, source, rest, despite } of sorted) {
      const wish = { object, by: author, note, lists: lists(connection), backFill: true }
      const done = await publishWithin(tx, systemOf(copies, connection), wish, async (_, place) => ({
        version: await nextVersion(tx, place),
        source: source ?? printUnchanged(place),
        rest,
        restores: source === null ? 0 : null,
        despite,
      }))
      versions.set(placeName({ connection, object }), done.version)
    }
    return versions
  })
}

export function placeName({ connection, object }: ObjectPlace): string {
  return `${connection} ${object}`
}

function assertExpected(inForce: readonly InForce[], wanted: readonly Wanted[]): void {
  const now = new Map(inForce.map((one) => [placeName(one), one.version]))
  const moved = wanted.flatMap((one) => {
    const found = now.get(placeName(one)) ?? null
    if (found === one.expected) return []
    return [`${placeName(one)}: version ${found ?? 'none'} is in force, expected ${one.expected ?? 'none'}`]
  })
  if (moved.length === 0) return
  throw new CausewayError('CW_CONFIG_CONFLICT', `Somebody published meanwhile: ${moved.join('; ')}`, { moved })
}

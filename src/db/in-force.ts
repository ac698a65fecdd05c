/** Which mappings are in force, for whoever translates records: asked in the transaction that translates, so that they stay so until its end. */
import { and, eq, sql } from 'drizzle-orm'
import { CausewayError } from '../errors.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { compile } from '../mapping/document/compile.ts'
import { readDocument } from '../mapping/document/read.ts'
import { defaultsOf } from '../mapping/document/surroundings.ts'
import { withRest } from '../mapping/rest.ts'
import type { System } from '../mapping/systems.ts'
import type { Db, Tx } from './connection.ts'
import { mappingVersions, type ConnectionMode } from './schema/index.ts'

export interface Standing {
  /** A connection that was never made known is only observed. */
  mode: ConnectionMode
}

/**
 * Puts the mappings that are in force into the system, unless it has them already, and holds them there until the transaction ends:
 * a publication waits for those who translate, and who comes after it loads what it published. So nothing is ever judged by parts of
 * two versions. The mode is told along with it and held just so.
 *
 * One statement where nothing was published since. Asked first in a transaction, before any row is locked: who waits for a publication
 * here must not hold what another one needs.
 */
export async function mappingsInForce(tx: Tx | Db, system: System): Promise<Standing> {
  // The lock is fair: a publication that waits has its turn before those who ask after it, however many there are.
  const { rows } = await tx.execute<{ mode: ConnectionMode; generation: number }>(sql`
    select c.mode, c.generation from (select pg_advisory_xact_lock_shared(${lockOf(system.name)})) as turn, connections c
    where c.name = ${system.name} for share of c`)
  const [row] = rows
  if (row === undefined) return { mode: 'observe' }
  if (row.generation !== (system.generation ?? 0)) await load(tx, system, row.generation)
  return { mode: row.mode }
}

/** Waits until nobody translates records of the connection, and keeps it so until the transaction ends. */
export async function holdTranslation(tx: Tx, connection: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${lockOf(connection)})`)
}

function lockOf(connection: string) {
  return sql`hashtextextended(${`mapping ${connection}`}, 0)`
}

async function load(tx: Tx | Db, system: System, generation: number): Promise<void> {
  const published = await tx
    .select({
      object: mappingVersions.object,
      version: mappingVersions.version,
      source: mappingVersions.source,
      rest: mappingVersions.rest,
    })
    .from(mappingVersions)
    .where(and(eq(mappingVersions.connection, system.name), eq(mappingVersions.state, 'published')))
  const defaults = defaultsOf(system)
  const own = new Map(published.map((row) => [row.object, compiled(system.name, row, defaults)]))
  const objects = new Set([...defaults.map(({ object }) => object), ...own.keys()])
  const mappings = [...objects].flatMap(
    (object) => own.get(object) ?? defaults.filter((mapping) => mapping.object === object),
  )
  // Both at once: nobody sees the one without the other.
  Object.assign(system, { defaults, mappings, generation })
}

/** @throws when a release no longer reads what an earlier one published: the default in its place would be a surprise */
function compiled(
  connection: string,
  {
    object,
    version,
    source,
    rest,
  }: Pick<typeof mappingVersions.$inferSelect, 'object' | 'version' | 'source' | 'rest'>,
  defaults: readonly ObjectMapping[],
): ObjectMapping[] {
  const { document, findings } = readDocument(source)
  if (document !== null)
    return withRest(
      compile(
        document,
        defaults.filter((mapping) => mapping.object === object),
      ).mappings,
      rest ?? {},
    )
  const [first] = findings
  throw new CausewayError(
    first?.code ?? 'CW_MAPPING_INVALID',
    `Version ${String(version)} of the mapping of ${object} at ${connection} cannot be read: ${first?.reason ?? ''}`,
    { connection, object, version, line: first?.line ?? null, proposal: first?.proposal ?? null },
  )
}

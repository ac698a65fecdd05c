/** A mapping put in force, whole and in one transaction, with all that follows from it: what was parked is looked at, what is new is read. */
import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { holdTranslation, mappingsInForce } from '../db/in-force.ts'
import {
  lockVersions,
  nextVersion,
  noDraft,
  publishRow,
  restoreRow,
  retire,
  versionBefore,
  versionIn,
  versionNumbered,
  type Author,
  type ObjectPlace,
} from '../db/mappings.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { connections, links, shadows } from '../db/schema/index.ts'
import { changeBetween } from '../domain/settings.ts'
import { CausewayError } from '../errors.ts'
import { compareMappings, mappingSettings, type MappingChange } from '../mapping/compare.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { compile } from '../mapping/document/compile.ts'
import { printUnchanged } from '../mapping/document/print.ts'
import { readDocument } from '../mapping/document/read.ts'
import { defaultsOf } from '../mapping/document/surroundings.ts'
import { withRest, type PinnedRest } from '../mapping/rest.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { pathsOf } from '../mapping/transform/input.ts'
import { flowsIn } from '../mapping/translate.ts'
import { markOf } from '../mapping/version.ts'
import { startBackFillsWithin } from './back-fill-control.ts'

export interface PublishWish {
  object: string
  by: Author
  /** Why, in the author's words; null: what the draft says. */
  note: string | null
  /** Whether the vendor lists everything. */
  lists: boolean
  /** Fields that come in for the first time are read of all records; false: of those only that change from now on. */
  backFill: boolean
}

export interface Publication {
  version: number
  /** The version that was in force; 0: the vendor's default. */
  before: number
  changes: MappingChange[]
  /** The back-fill that reads what comes in for the first time; null: none is needed, or none was wished. */
  backFillId: string | null
}

/**
 * Publishes the draft that was checked.
 *
 * @param wish.source the text that was checked: a draft that was changed meanwhile is not published
 * @param wish.rest what `rest: same-name` came to when it was checked
 * @param wish.despite how many findings stood against it, for the audit
 * @throws CW_MAPPING_STATE
 */
export async function publishDraft(
  db: Db,
  system: System,
  wish: PublishWish & { source: string; rest: PinnedRest; despite: number },
): Promise<Publication> {
  return publish(db, system, wish, async (tx, place) => {
    const draft = await versionIn(tx, place, 'draft')
    if (draft === undefined) throw noDraft(place)
    if (draft.source !== wish.source)
      throw new CausewayError('CW_MAPPING_STATE', `${draft.author} changed the draft after it was checked`, {
        ...place,
      })
    return {
      version: draft.version,
      source: draft.source,
      rest: wish.rest,
      restores: null,
      despite: wish.despite,
      isDraft: true,
    }
  })
}

/**
 * Puts an earlier version back in force, as a new one with its very text.
 *
 * @param wish.to 0: the vendor's default; null: what was in force before the present version
 * @throws CW_MAPPING_STATE
 */
export async function rollBack(
  db: Db,
  system: System,
  wish: PublishWish & { to: number | null },
): Promise<Publication> {
  return publish(db, system, wish, async (tx, place) => {
    const present = await versionIn(tx, place, 'published')
    if (wish.to === null && present === undefined)
      throw new CausewayError('CW_MAPPING_STATE', 'The vendor’s default is in force: nothing was published', {
        ...place,
      })
    const earlier = wish.to === null ? ((await versionBefore(tx, place))?.version ?? 0) : wish.to
    const { source, rest } =
      earlier === 0 ? { source: printUnchanged(place), rest: null } : await published(tx, place, earlier)
    return { version: await nextVersion(tx, place), source, rest, restores: earlier, despite: 0 }
  })
}

async function published(tx: Tx, place: ObjectPlace, version: number) {
  const found = await versionNumbered(tx, place, version)
  if (found.state !== 'draft') return found
  throw new CausewayError('CW_MAPPING_STATE', `Version ${String(version)} is a draft, and was never in force`, {
    ...place,
    version,
  })
}

export interface Chosen {
  version: number
  source: string
  rest: PinnedRest | null
  restores: number | null
  despite: number
  /** The text is the object's draft, which thereby is one no more. */
  isDraft?: boolean
}

async function publish(
  db: Db,
  system: System,
  wish: PublishWish,
  choose: (tx: Tx, place: ObjectPlace) => Promise<Chosen>,
): Promise<Publication> {
  return db.transaction((tx) => publishWithin(tx, system, wish, choose))
}

/** The same within a transaction. What is in force is loaded into the system: where others go on with it, give a copy. */
export async function publishWithin(
  tx: Tx,
  system: System,
  wish: PublishWish,
  choose: (tx: Tx, place: ObjectPlace) => Promise<Chosen>,
): Promise<Publication> {
  const { object, by } = wish
  const place = { connection: system.name, object }
  await lockVersions(tx, place)
  // From here on the pages and claims that are under way have ended, and the next ones wait: it takes a few statements.
  await holdTranslation(tx, system.name)
  await mappingsInForce(tx, system)
  const was = system.mappings.filter((mapping) => mapping.object === object)
  const { version, source, rest, restores, despite, isDraft } = await choose(tx, place)
  const is = withRest(compiled(source, system, object), rest ?? {})
  const retired = await retire(tx, place)
  const terms = { mark: markOf(is), rest, by, note: wish.note }
  if (isDraft === true) await publishRow(tx, place, version, terms)
  else await restoreRow(tx, { ...place, version, source, restores }, terms)
  await tx
    .update(connections)
    .set({ generation: sql`${connections.generation} + 1` })
    .where(eq(connections.name, system.name))
  const changes = compareMappings(was, is)
  const before = retired?.version ?? 0
  const backFillId = await readAnew(tx, system, wish, was, is)
  await recordAudit(tx, [
    {
      what: restores === null ? 'mapping.published' : 'mapping.rolled-back',
      actor: by.actor,
      ...place,
      version: markOf(is),
      runId: backFillId,
      ...changeBetween(mappingSettings(was), mappingSettings(is)),
      detail: { version, before, restores, despite },
    },
  ])
  return { version, before, changes, backFillId }
}

function compiled(source: string, system: System, object: string): ObjectMapping[] {
  const { document, findings } = readDocument(source)
  if (document === null)
    throw new CausewayError('CW_MAPPING_REFUSED', findings[0]?.reason ?? 'The document cannot be read', { findings })
  const defaults = defaultsOf(system).filter((mapping) => mapping.object === object)
  return compile(document, defaults).mappings
}

/**
 * The stream looks at once at what was parked by another mapping; what comes in for the first time is read of every record.
 *
 * Where the vendor's field was read before for something else, what is known of it is no base for the field that it fills from now
 * on: the vendor's value would count as one that we knew and emptied.
 */
async function readAnew(
  tx: Tx,
  system: System,
  { object, by, lists, backFill }: PublishWish,
  was: readonly ObjectMapping[],
  is: readonly ObjectMapping[],
): Promise<string | null> {
  await nudge(tx, [workflowId.sender(system.name)])
  if (capabilityOf(system, object).read !== 'changes') return null
  await nudge(tx, [workflowId.stream(system.name, object)])
  const read = new Set(was.flatMap(readings).map(({ name }) => name))
  const fresh = is.flatMap(readings).filter(({ name }) => !read.has(name))
  if (fresh.length === 0) return null
  await forgetBase(tx, system.name, object, [...new Set(fresh.flatMap(({ paths }) => paths))])
  if (!backFill) return null
  const [run] = await startBackFillsWithin(tx, [{ connection: system.name, object, lists, from: null }], by)
  return run?.id ?? null
}

/** What a mapping fills by reading: which field of ours from which of the vendor's, and how where that takes an expression. */
function readings({ kind, fields }: ObjectMapping): { name: string; paths: readonly string[] }[] {
  return fields
    .filter(({ create, update }) => flowsIn(create) || flowsIn(update))
    .map((field) => {
      const paths = pathsOf(field)
      return { name: JSON.stringify([kind, field.field, paths, field.transform?.in ?? null]), paths }
    })
}

async function forgetBase(tx: Tx, connection: string, object: string, paths: string[]): Promise<void> {
  const gone = sql`${sql.param(paths)}::text[]`
  await tx.execute(sql`
    update ${shadows} s set fields = s.fields - ${gone}, answers = s.answers - ${gone} from ${links} l
    where l.id = s.link_id and l.connection = ${connection} and l.object = ${object} and s.fields ?| ${gone}`)
}

/** Documents that are to be put in force together: read, laid over their defaults, and checked before any of them counts. */
import { parse } from 'yaml'
import type { FieldSchema } from '../../connectors/contract.ts'
import { placeName, type InForce, type Wanted } from '../intake/promote-mappings.ts'
import { compareMappings, changeLine } from '../mapping/compare.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { surroundingsOf } from '../mapping/document/surroundings.ts'
import type { Finding } from '../mapping/finding.ts'
import { checkDocument } from '../mapping/document/check.ts'
import { checkWhole } from '../mapping/live/whole.ts'
import type { System, Systems } from '../mapping/systems.ts'

/** One document, as text. */
export interface Given {
  connection: string
  object: string
  source: string
}

export interface Judged {
  connection: string
  object: string
  /** `back`: there is no document any more, so the vendor's default is in force again. */
  what: 'same' | 'new' | 'changed' | 'back'
  changes: string[]
  findings: Finding[]
  /** What is to be published; null: nothing, for it is so already or cannot be. */
  wanted: Wanted | null
}

/**
 * Compares documents with what is in force. They stand for everything: an object that has a published mapping and no document here
 * goes back to its vendor's default.
 *
 * @param schemas what the vendors say of their fields, by `connection object`; an object that is absent is checked without
 */
export function judgeDocuments(
  systems: Systems,
  documents: readonly Given[],
  inForce: readonly InForce[],
  schemas: ReadonlyMap<string, readonly FieldSchema[]>,
): Judged[] {
  const published = new Map(inForce.map((one) => [placeName(one), one]))
  const tried = new Set(documents.map(placeName))
  const future = futureOf(systems, documents)
  const judged = documents.map((given) => judgeOne(future, systems, given, published.get(placeName(given)), schemas))
  const dropped = inForce.filter((one) => !one.isDefault && !tried.has(placeName(one)))
  return [...judged, ...dropped.flatMap((one) => backToDefault(systems, one))]
}

/** What is found in documents without asking a vendor or knowing what is in force. */
export function checkTexts(
  systems: Systems,
  documents: readonly Given[],
): Pick<Judged, 'connection' | 'object' | 'findings'>[] {
  const future = futureOf(systems, documents)
  return documents.map(({ connection, object, source }) => {
    const system = future.get(connection)
    const around = system === undefined ? undefined : surroundingsOf(system, object)
    if (around === undefined) return unknownPlace(connection, object)
    return { connection, object, findings: checkDocument(source, around).findings }
  })
}

/** The connections as they will be: what one document refers to may be in another. */
function futureOf(systems: Systems, documents: readonly Given[]): Systems {
  const tried = new Set(documents.map(placeName))
  return new Map([...systems].map(([name, system]) => [name, withDocuments(system, documents, tried)]))
}

function withDocuments(system: System, documents: readonly Given[], tried: ReadonlySet<string>): System {
  const own = documents.filter(({ connection }) => connection === system.name)
  const compiled = own.flatMap(({ object, source }) => {
    const around = surroundingsOf(system, object)
    return around === undefined ? [] : (checkDocument(source, around).mappings ?? [])
  })
  const others = defaultsOrOwn(system, tried)
  return { ...system, mappings: [...others, ...compiled] }
}

function defaultsOrOwn(system: System, tried: ReadonlySet<string>): ObjectMapping[] {
  return (system.defaults ?? system.mappings).filter(
    ({ object }) => !tried.has(placeName({ connection: system.name, object })),
  )
}

function judgeOne(
  future: Systems,
  systems: Systems,
  { connection, object, source }: Given,
  published: InForce | undefined,
  schemas: ReadonlyMap<string, readonly FieldSchema[]>,
): Judged {
  const [system, now] = [future.get(connection), systems.get(connection)]
  const around = system === undefined ? undefined : surroundingsOf(system, object)
  if (system === undefined || now === undefined || around === undefined) return unknownPlace(connection, object)
  const { mappings, rest, findings } = checkWhole(
    checkDocument(source, around),
    around,
    schemas.get(placeName({ connection, object })) ?? null,
  )
  if (mappings === null) return { connection, object, what: 'changed', changes: [], findings, wanted: null }
  const before = now.mappings.filter((mapping) => mapping.object === object)
  const errors = findings.filter(({ severity }) => severity === 'error')
  const isSame = published !== undefined && !published.isDefault && isSameText(published.source, source)
  return {
    connection,
    object,
    what: isSame ? 'same' : published === undefined ? 'new' : 'changed',
    changes: compareMappings(before, mappings).map(changeLine),
    findings,
    wanted: isSame
      ? null
      : { connection, object, source, rest, expected: published?.version ?? null, despite: errors.length },
  }
}

function backToDefault(systems: Systems, { connection, object, version }: InForce): Judged[] {
  const system = systems.get(connection)
  if (system === undefined) return []
  const defaults = (system.defaults ?? system.mappings).filter((mapping) => mapping.object === object)
  const now = system.mappings.filter((mapping) => mapping.object === object)
  const wanted = { connection, object, source: null, rest: {}, expected: version, despite: 0 }
  const changes = compareMappings(now, defaults).map(changeLine)
  return [{ connection, object, what: 'back', changes, findings: [], wanted }]
}

function unknownPlace(connection: string, object: string): Judged {
  const reason = `there is no object ${object} at a connection named ${connection}`
  const finding = { severity: 'error', code: 'CW_MAPPING_INVALID', line: 1, field: null, path: null, reason } as const
  const proposal = 'Name the connection and the object as causeway.yaml and the vendor do.'
  return { connection, object, what: 'new', changes: [], findings: [{ ...finding, proposal }], wanted: null }
}

/** The text is what is reviewed, so a comment that changed is a new version too; quotes alone are no difference. */
function isSameText(a: string, b: string): boolean {
  return a === b || (bare(a) === bare(b) && JSON.stringify(parse(a)) === JSON.stringify(parse(b)))
}

function bare(text: string): string {
  return text.replaceAll(/["']/g, '')
}

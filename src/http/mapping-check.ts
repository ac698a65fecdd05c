/** Everything that is found in a mapping document: in its text, in what it says, and in what its vendor describes today. */
import { ConnectorError, type Connector, type FieldSchema } from '../../connectors/contract.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { longestValues } from '../db/longest.ts'
import { CausewayError } from '../errors.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { checkDocument } from '../mapping/document/check.ts'
import { surroundingsOf, type Surroundings } from '../mapping/document/surroundings.ts'
import type { Finding } from '../mapping/finding.ts'
import type { PinnedRest } from '../mapping/rest.ts'
import { checkWhole } from '../mapping/live/whole.ts'
import type { System } from '../mapping/systems.ts'
import type { ApiDeps } from './deps.ts'

export interface MappedObject {
  db: ApiDeps['db']
  system: System
  connector: Connector
  around: Surroundings
}

/** The object with what is in force of it. @throws CW_NOT_FOUND */
export async function mappedObject(
  { db, programme, connectors }: ApiDeps,
  name: string,
  object: string,
): Promise<MappedObject> {
  const [system, connector] = [programme.systems.get(name), connectors.get(name)]
  if (system === undefined || connector === undefined)
    throw new CausewayError('CW_NOT_FOUND', `There is no connection named ${name}`, { name })
  await mappingsInForce(db, system)
  const around = surroundingsOf(system, object)
  if (around !== undefined) return { db, system, connector, around }
  const objects = system.capabilities.map((capability) => capability.object)
  throw new CausewayError('CW_NOT_FOUND', `${name} keeps no object ${object}; it keeps ${objects.join(', ')}`, {
    name,
    object,
  })
}

export interface CheckedMapping {
  /** Null where the document cannot be understood. */
  mappings: ObjectMapping[] | null
  /** What the rests of its picklists come to today: to be published with it. */
  rest: PinnedRest
  findings: Finding[]
  /** Whether the vendor was asked, and answered. */
  described: boolean
}

/** Describing an object is one request, and a person waits for it. */
const DEADLINE_MS = 20_000

/** @param live whether the vendor is asked too */
export async function checkMapping(
  { db, connector, around }: MappedObject,
  source: string,
  { live }: { live: boolean },
): Promise<CheckedMapping> {
  const document = checkDocument(source, around)
  if (!live) return { mappings: document.mappings, rest: {}, findings: document.findings, described: false }
  const schema = await described(connector, around.object)
  if (Array.isArray(schema)) {
    const longest = await longestValues(db, document.mappings ?? [])
    return { ...checkWhole(document, around, schema, longest), described: true }
  }
  const checked = checkWhole(document, around, null)
  return { ...checked, findings: [...checked.findings, schema], described: false }
}

/** A vendor that does not answer stands against nothing: what can be checked without it is checked. */
async function described(connector: Connector, object: string): Promise<FieldSchema[] | Finding> {
  try {
    return await connector.describe(object, { signal: AbortSignal.timeout(DEADLINE_MS), priority: 'user' })
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return {
      severity: 'warning',
      code: error.fault.code,
      line: null,
      field: null,
      path: null,
      reason: `the vendor did not describe ${object}, so only the document itself was checked`,
      proposal: 'Check it again when the vendor answers.',
    }
  }
}

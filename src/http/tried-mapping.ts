/** Which mapping is to be tried: a text, a version, or the draft. */
import { and, eq } from 'drizzle-orm'
import type { Connector } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { mappingVersions } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { checkDocument } from '../mapping/document/check.ts'
import { surroundingsOf } from '../mapping/document/surroundings.ts'
import type { System } from '../mapping/systems.ts'
import type { ApiDeps } from './deps.ts'

interface Tried {
  tried: string
  mappings: ObjectMapping[]
  system: System
  connector: Connector
}

/** @throws CW_NOT_FOUND; and the code of the first finding where the document cannot be understood */
export async function triedMappings(
  { db, programme, connectors }: ApiDeps,
  name: string,
  object: string,
  wish: { source: string | undefined; version: number | undefined },
): Promise<Tried> {
  const [system, connector] = [programme.systems.get(name), connectors.get(name)]
  if (system === undefined || connector === undefined)
    throw new CausewayError('CW_NOT_FOUND', `There is no connection named ${name}`, { name })
  await mappingsInForce(db, system)
  const around = surroundingsOf(system, object)
  if (around === undefined)
    throw new CausewayError('CW_NOT_FOUND', `${name} keeps no object ${object}`, { name, object })
  const { tried, source } = await chosen(db, name, object, wish)
  const { mappings, findings } = checkDocument(source, around)
  const [first] = findings
  if (mappings !== null) return { tried, mappings, system, connector }
  const where = first === undefined || first.line === null ? '' : `line ${first.line}: `
  throw new CausewayError(first?.code ?? 'CW_MAPPING_INVALID', `${where}${first?.reason ?? 'it says nothing'}`, {
    findings,
  })
}

async function chosen(
  db: Db,
  connection: string,
  object: string,
  { source, version }: { source: string | undefined; version: number | undefined },
): Promise<{ tried: string; source: string }> {
  if (source !== undefined) return { tried: 'the text given', source }
  const here = and(eq(mappingVersions.connection, connection), eq(mappingVersions.object, object))
  const which = version === undefined ? eq(mappingVersions.state, 'draft') : eq(mappingVersions.version, version)
  const [row] = await db.select({ source: mappingVersions.source }).from(mappingVersions).where(and(here, which))
  const tried = version === undefined ? 'the draft' : `version ${version}`
  if (row !== undefined) return { tried, source: row.source }
  const way = version === undefined ? '; save one, or give a file or a version' : ''
  throw new CausewayError('CW_NOT_FOUND', `${connection} has no ${tried.replace('the ', '')} of ${object}${way}`)
}

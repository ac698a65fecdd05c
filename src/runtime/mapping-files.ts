/** `managed: file`: the mappings are what the files beside the configuration say, from each start on. */
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConnectorError, type Connector, type FieldSchema } from '../../connectors/contract.ts'
import type { Log } from '../../connectors/log.ts'
import { configurationFile } from '../db/audit.ts'
import type { Db } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { CausewayError } from '../errors.ts'
import { placeName, promoteMappings, publishedOf } from '../intake/promote-mappings.ts'
import type { Systems } from '../mapping/systems.ts'
import { readEnvironmentFile, readMappings, type FolderMapping } from '../promotion/folder.ts'
import { judgeDocuments, type Judged } from '../promotion/judge.ts'

/** Several processes may start at once: who comes second finds it done. */
const ATTEMPTS = 3

/**
 * Puts what the files say in force, all of it or nothing: where one is wrong the earlier mappings stay, and the log names each line.
 *
 * @returns how many were published; null: the files were refused
 */
export async function takeMappingFiles(
  db: Db,
  systems: Systems,
  connectors: ReadonlyMap<string, Connector>,
  folder: string,
  log: Log,
): Promise<number | null> {
  try {
    const documents = await readDocuments(folder)
    for (let attempt = 1; ; attempt += 1) {
      try {
        const published = await take(db, systems, connectors, documents)
        if (published > 0) log.info('mapping files put in force', { folder, published })
        return published
      } catch (error) {
        const isOvertaken = error instanceof CausewayError && error.code === 'CW_CONFIG_CONFLICT'
        if (!isOvertaken || attempt === ATTEMPTS) throw error
      }
    }
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error
    log.error('the mapping files are refused, and the earlier mappings stay in force', {
      folder,
      code: error.code,
      reason: error.message,
    })
    return null
  }
}

/** @throws CW_CONFIG_INVALID where the folder cannot be read, or a name has no value in its environment */
export async function readDocuments(folder: string): Promise<FolderMapping[]> {
  // A folder that is missing says nothing; it does not say that everything is as its vendor's default.
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isThere) throw new CausewayError('CW_CONFIG_INVALID', `${folder} is no folder that can be read`, { folder })
  const environment = await readEnvironmentFile(join(dirname(folder), 'environment.yaml'))
  const missing: string[] = []
  const documents = await readMappings(folder, environment, missing)
  if (missing.length > 0) throw new CausewayError('CW_CONFIG_INVALID', missing.join('\n'), { lines: missing })
  return documents
}

const isNews = (judged: Judged) => judged.what !== 'same'

async function take(
  db: Db,
  systems: Systems,
  connectors: ReadonlyMap<string, Connector>,
  documents: FolderMapping[],
): Promise<number> {
  for (const system of systems.values()) await mappingsInForce(db, system)
  const inForce = await publishedOf(db, systems)
  const news = judgeDocuments(systems, documents, inForce, new Map()).filter(isNews)
  // Only of what is new the vendors are asked; a start does not depend on their answers.
  const judged = judgeDocuments(systems, documents, inForce, await described(connectors, news)).filter(isNews)
  const wrong = refusedLines(documents, judged)
  if (wrong.length > 0) throw new CausewayError('CW_MAPPING_REFUSED', wrong.join('\n'), { lines: wrong })
  const wanted = judged.flatMap((one) => one.wanted ?? [])
  if (wanted.length === 0) return 0
  await promoteMappings(db, systems, wanted, {
    author: { actor: configurationFile, label: 'files' },
    note: 'From the mapping files',
    lists: (name) => connectors.get(name)?.list !== undefined,
  })
  return wanted.length
}

/** Each error that stands against the documents, with its file and line. */
export function refusedLines(
  documents: readonly FolderMapping[],
  judged: readonly Pick<Judged, 'connection' | 'object' | 'findings'>[],
): string[] {
  const files = new Map(documents.map((one) => [placeName(one), one.file]))
  return judged.flatMap((one) =>
    one.findings
      .filter(({ severity }) => severity === 'error')
      .map(({ line, code, reason }) => `${files.get(placeName(one)) ?? ''}:${line ?? '-'} ${code} ${reason}`),
  )
}

/** How long a vendor may take to describe one object. */
const DESCRIBE_MS = 10_000

async function described(
  connectors: ReadonlyMap<string, Connector>,
  news: readonly Judged[],
): Promise<Map<string, FieldSchema[]>> {
  const schemas = new Map<string, FieldSchema[]>()
  for (const place of news) {
    const connector = connectors.get(place.connection)
    if (connector === undefined || !connector.capabilities.some(({ object }) => object === place.object)) continue
    try {
      const ctx = { signal: AbortSignal.timeout(DESCRIBE_MS), priority: 'user' as const }
      schemas.set(placeName(place), await connector.describe(place.object, ctx))
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
    }
  }
  return schemas
}

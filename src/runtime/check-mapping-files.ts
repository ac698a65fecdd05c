/** The files of `managed: file` before anything starts: each document by itself and beside the others, without asking a vendor. */
import { dirname, isAbsolute, join } from 'node:path'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { createHttp } from '../../connectors/http.ts'
import { silentLog } from '../../connectors/log.ts'
import { isVendor, settingsOf } from '../../connectors/registry.ts'
import { CausewayError } from '../errors.ts'
import type { System } from '../mapping/systems.ts'
import { checkTexts } from '../promotion/judge.ts'
import type { ConfigDocument } from './config/schema.ts'
import { readDocuments, refusedLines } from './mapping-files.ts'
import { memoryTokens } from './memory-tokens.ts'

/** Null: mappings are edited by the commands and the API. */
export function mappingsFolderOf({ managed, mappings }: ConfigDocument, configFile: string): string | null {
  if (managed !== 'file') return null
  return isAbsolute(mappings) ? mappings : join(dirname(configFile), mappings)
}

/**
 * @returns how many documents the folder holds
 * @throws CW_MAPPING_REFUSED with each line that is wrong; CW_CONFIG_INVALID where the folder cannot be read or a name has no value
 */
export async function checkMappingFiles(config: ConfigDocument, folder: string): Promise<number> {
  const documents = await readDocuments(folder)
  const systems = new Map(Object.keys(config.connections).map((name) => [name, systemAlone(config, name)]))
  const wrong = refusedLines(documents, checkTexts(systems, documents))
  if (wrong.length > 0) throw new CausewayError('CW_MAPPING_REFUSED', wrong.join('\n'), { lines: wrong })
  return documents.length
}

/** What a connection can do by its settings alone: nothing is asked of its vendor. */
function systemAlone({ connections }: ConfigDocument, name: string): System {
  const connection = connections[name]
  if (connection === undefined || !isVendor(connection.vendor)) throw new Error(`no connection ${name}`)
  const binding = settingsOf(connection.vendor, connection.settings)
  const http = createHttp({ connection: name, budget: unlimitedBudget, log: silentLog, limits: binding.limits })
  try {
    const { capabilities } = binding.connect({ http, tokens: memoryTokens(), nowMs: Date.now })
    const { role, poll, reconcile, deletions, mirrors } = connection
    const { mappings } = binding
    return { name, role, capabilities, mappings, pollMs: poll, reconcileMs: reconcile, deletions, mirrors }
  } finally {
    http.close()
  }
}

/** `causeway doctor`: looks at every part by itself, whether or not anything runs, and says how to mend what is wrong. */
import { CausewayError } from '../../errors.ts'
import { checkSettings } from '../compose.ts'
import { loadConfig } from '../config/load.ts'
import type { ConfigDocument } from '../config/schema.ts'
import { isRunning, readState } from '../embedded/state.ts'
import type { Environment } from '../environment.ts'
import { examineConnections } from './connections.ts'
import { examineDatabase } from './database.ts'
import { note, well, wrong, type Finding } from './finding.ts'
import { apiAddress, examineApi, examineDisk, examineNode } from './machine.ts'
import { examineMappingFiles } from './mapping-files.ts'
import { examineSchemas } from './schemas.ts'
import { examineStreams } from './streams.ts'
import { keptTokens } from './kept-tokens.ts'
import { examineTemporal } from './temporal.ts'

export async function examine(env: Environment): Promise<Finding[]> {
  const findings = [examineNode(), await examineDisk(env.dataDir)]
  const config = examineConfig(env, findings)
  if (config !== null) findings.push(...(await examineMappingFiles(config, env.configFile)))
  const state = await readState(env.dataDir)
  const running = state !== null && isRunning(state) ? state : null
  const databaseUrl = env.databaseUrl ?? running?.databaseUrl ?? null
  const address = env.temporal?.address ?? running?.temporalAddress ?? null
  const kept = await keptTokens(env, databaseUrl)
  try {
    const parts = await Promise.all([
      databaseUrl === null ? [embedded('database', 'DATABASE_URL')] : examineDatabase(databaseUrl),
      address === null ? [embedded('temporal', 'TEMPORAL_ADDRESS')] : examineTemporal(env, address),
      config === null ? [] : examineConnections(config, await apiAddress(env.dataDir), kept?.of ?? null),
      databaseUrl === null || config === null ? [] : examineStreams(databaseUrl, Object.keys(config.connections)),
      databaseUrl === null || config === null ? [] : examineSchemas(databaseUrl, Object.keys(config.connections)),
      examineApi(env.dataDir, running !== null),
    ])
    return [...findings, ...parts.flat()]
  } finally {
    await kept?.close()
  }
}

function examineConfig(env: Environment, findings: Finding[]): ConfigDocument | null {
  try {
    const config = loadConfig(env.configFile, env.all, checkSettings)
    findings.push(well('configuration', `${env.configFile} is valid and its secrets are set`))
    return config
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error
    findings.push(wrong('configuration', error.code, error.message))
    return null
  }
}

function embedded(part: string, variable: string): Finding {
  return note(part, `embedded, and not running; \`causeway start\` starts it (${variable} names one of your own)`)
}

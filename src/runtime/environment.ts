/** The one place where the environment is read: what a process is told from outside, parsed once. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { ConnectionOptions } from '@temporalio/client'
import type { NativeConnectionOptions } from '@temporalio/worker'
import { CausewayError } from '../errors.ts'
import { outsideServers } from './embedded/outside.ts'
import { logLevels, type LogLevel, type LogWish } from './log.ts'

export interface Environment {
  /** `CAUSEWAY_CONFIG`, else `causeway.yaml` in the working folder. */
  configFile: string
  /** `CAUSEWAY_DATA`, else `.causeway` in the working folder. */
  dataDir: string
  /** `DATABASE_URL`: a PostgreSQL of the operator's own. */
  databaseUrl: string | null
  /** `TEMPORAL_ADDRESS` and Temporal's other standard variables: a server of the operator's own. */
  temporal: { address: string; namespace: string } | null
  /** `CAUSEWAY_URL` and `CAUSEWAY_API_KEY`: a running Causeway for commands that read and change data. */
  api: { url: string | null; key: string | null }
  /** `CAUSEWAY_SECRET_KEY`: 32 bytes in base64 that seal tokens at rest. */
  secretKey: string | null
  /** `CAUSEWAY_LOG`: debug, info, warn or error; `CAUSEWAY_LOG_FORM`: json or text. */
  log: LogWish
  /** Where the Temporal CLI is looked for: `TEMPORAL_CLI_PATH`, `PATH`, `CAUSEWAY_CACHE`. */
  binary: { cliPath: string | null; searchPath: string; cache: string }
  /** All of it, for `${NAME}` references of the configuration and for child processes. */
  all: Readonly<Record<string, string | undefined>>
}

/**
 * @param env usually `process.env`
 * @throws CW_CONFIG_INVALID when a variable has a value that it cannot have
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const given = (name: string) => (env[name] === undefined || env[name] === '' ? null : env[name])
  const { databaseUrl, temporal } = outsideServers({ ...env })
  return {
    configFile: resolve(given('CAUSEWAY_CONFIG') ?? 'causeway.yaml'),
    dataDir: resolve(given('CAUSEWAY_DATA') ?? '.causeway'),
    databaseUrl: databaseUrl === '' ? null : databaseUrl,
    temporal,
    api: { url: given('CAUSEWAY_URL')?.replace(/\/+$/, '') ?? null, key: given('CAUSEWAY_API_KEY') },
    secretKey: given('CAUSEWAY_SECRET_KEY'),
    log: { level: levelOf(given('CAUSEWAY_LOG')), form: formOf(given('CAUSEWAY_LOG_FORM')) },
    binary: {
      cliPath: given('TEMPORAL_CLI_PATH'),
      searchPath: env['PATH'] ?? '',
      cache: given('CAUSEWAY_CACHE') ?? join(homedir(), '.cache', 'causeway'),
    },
    all: env,
  }
}

/** How to reach Temporal: TLS and API key come from its standard variables and profile file, the address from those or from us. */
export function temporalConnection(
  env: Environment,
  address: string | null = null,
): { connection: ConnectionOptions & NativeConnectionOptions; namespace: string } {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(
      Object.entries(env.all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  })
  return {
    connection: address === null ? connectionOptions : { ...connectionOptions, address },
    namespace: namespace ?? 'default',
  }
}

function levelOf(text: string | null): LogLevel {
  if (text === null) return 'info'
  const level = logLevels.find((candidate) => candidate === text.toLowerCase())
  if (level !== undefined) return level
  throw new CausewayError('CW_CONFIG_INVALID', `CAUSEWAY_LOG is "${text}"; expected one of ${logLevels.join(', ')}`)
}

function formOf(text: string | null): LogWish['form'] {
  if (text === null) return process.stderr.isTTY ? 'text' : 'json'
  if (text === 'json' || text === 'text') return text
  throw new CausewayError('CW_CONFIG_INVALID', `CAUSEWAY_LOG_FORM is "${text}"; expected json or text`)
}

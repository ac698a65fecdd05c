import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/runtime/embedded/postgres.ts'
import { type TemporalBinary, findTemporalBinary } from '../../src/runtime/embedded/temporal-binary.ts'
import { type RunningTemporal, startTemporal } from '../../src/runtime/embedded/temporal.ts'
import { removeRun, runFolder, sweepKilledRuns } from './sweep.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The owner's URL of the run's PostgreSQL. Take a database of your own: `createTestDatabase`. */
    databaseUrl: string
    /** `host:port` of the run's Temporal server, namespace `default`. Take a task queue of your own. */
    temporalAddress: string
    /** The Temporal CLI, for tests that run a server of their own. */
    temporalBinary: TemporalBinary
  }
}

/**
 * One real PostgreSQL and one real Temporal server for the whole run; none when CAUSEWAY_TEST_ONLY=unit. They are not safe
 * at power loss, for speed: tests that kill a server run one of their own.
 */
export default async function startServers(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env['CAUSEWAY_TEST_ONLY'] === 'unit') return undefined
  await sweepKilledRuns()
  const dataDir = runFolder()
  const [postgres, temporal] = await Promise.allSettled([
    startPostgres({ dataDir, port: { preferred: 0 }, durable: false, log }),
    startTestTemporal(dataDir),
  ])
  const failed = [postgres, temporal].find((part) => part.status === 'rejected')
  if (failed || postgres.status === 'rejected' || temporal.status === 'rejected') {
    await removeRun(dataDir)
    throw failed?.reason
  }
  project.provide('databaseUrl', postgres.value.url)
  project.provide('temporalAddress', temporal.value.server.address)
  project.provide('temporalBinary', temporal.value.binary)
  return async () => {
    await Promise.all([postgres.value.stop(2000), temporal.value.server.stop(3000)])
    await removeRun(dataDir)
  }
}

const log = (message: string) => console.log(`[servers] ${message}`)

async function startTestTemporal(dataDir: string): Promise<{ binary: TemporalBinary; server: RunningTemporal }> {
  const binary = await findTemporalBinary({
    cliPath: process.env['TEMPORAL_CLI_PATH'] ?? null,
    searchPath: process.env['PATH'] ?? '',
    cache: process.env['CAUSEWAY_CACHE'] ?? join(homedir(), '.cache/causeway'),
    fallbackCache: join(dataDir, 'cache'),
    log,
  })
  const server = await startTemporal({ dataDir, port: { preferred: 0 }, binary, durable: false, log })
  return { binary, server }
}

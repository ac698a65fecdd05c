/** Runs the embedded parts as `causeway start` does, with a stand-in for `causeway serve`. A program for tests to kill. */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { CausewayError } from '../../src/errors.ts'
import { startEmbedded } from '../../src/runtime/embedded/embedded.ts'
import { stopOnSignal } from '../../src/runtime/embedded/signals.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    cli: { type: 'string' },
    postgresPort: { type: 'string' },
    serve: { type: 'string' },
  },
})
const wish = z.object({
  data: z.string(),
  cli: z.string(),
  postgresPort: z.coerce.number().optional(),
  serve: z.string().optional(),
})
const { data, cli, postgresPort, serve } = wish.parse(values)
const log = (message: string) => console.log(message)

try {
  const running = await startEmbedded({
    dataDir: data,
    outside: { databaseUrl: null, temporal: null },
    ports: { postgres: postgresPort ?? null, temporal: null },
    binary: { cliPath: cli, searchPath: '', cache: data },
    serve: (servers) => ({
      command: process.execPath,
      args: ['-e', serve ?? 'setInterval(() => {}, 1000)'],
      env: { DATABASE_URL: servers.databaseUrl, TEMPORAL_ADDRESS: servers.temporalAddress },
      cwd: '/',
    }),
    log,
  })
  log('ready')
  await stopOnSignal(running, log)
  log('stopped')
} catch (error) {
  console.error(error instanceof CausewayError ? error.explain() : error)
  process.exitCode = 1
}

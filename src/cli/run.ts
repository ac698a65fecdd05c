/** `causeway start`, `serve`, `worker` and `sandbox`: programs that run until they are told to stop. */
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError, type Command } from 'commander'
import type { SandboxName } from '../../sandbox/main.ts'
import { CausewayError } from '../errors.ts'
import { stopOnSignal } from '../runtime/embedded/signals.ts'
import type { Environment } from '../runtime/environment.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { hasAnswered } from './ready.ts'
import { leaf } from './leaf.ts'

// What a command runs is loaded when it runs: `causeway tasks list` need not load a worker.
const sandboxNames = ['partnerstack', 'salesforce', 'hubspot', 'mailbox'] as const satisfies SandboxName[]

export function runCommands(program: Command, context: () => CliContext): void {
  leaf(program, 'start', 'start everything on this machine: PostgreSQL, Temporal, the API and the worker', [
    'start',
    'CAUSEWAY_CONFIG=./partners.yaml causeway start',
  ]).action(async (options: CommonOptions) => {
    await start(context(), options)
  })

  leaf(program, 'serve', 'run the API and the worker on servers of your own (DATABASE_URL, TEMPORAL_ADDRESS)', [
    'serve',
    'serve --no-worker',
  ])
    .option('--no-worker', 'only the API')
    .action(async (options: CommonOptions & { worker: boolean }) => {
      await runServe(context().env, { api: true, worker: options.worker })
    })

  leaf(program, 'worker', 'run a worker without the API; any number of them', ['worker']).action(async () => {
    await runServe(context().env, { api: false, worker: true })
  })

  leaf(program, 'sandbox', 'start stand-ins for the vendors, and a mailbox', [
    'sandbox',
    'sandbox --only partnerstack,mailbox',
  ])
    .option('--only <names>', `of ${sandboxNames.join(', ')}`, sandboxList)
    .option('--any-port', 'listen at any free ports, and not at the usual ones')
    .action(async (options: SandboxOptions) => {
      await sandbox(context(), options)
    })
}

/** Starts the embedded parts, or uses those that the environment names, and keeps all running until a signal. */
async function start({ env, out }: CliContext, options: CommonOptions): Promise<void> {
  const [{ startEmbedded }, { loadConfig }, { checkSettings }, { createLog, embeddedLog }] = await Promise.all([
    import('../runtime/embedded/embedded.ts'),
    import('../runtime/config/load.ts'),
    import('../runtime/compose.ts'),
    import('../runtime/log.ts'),
  ])
  const log = createLog(env.log)
  // A mistake in the file is told here and now, and not by a child's log.
  loadConfig(env.configFile, env.all, checkSettings)
  const since = Date.now()
  const running = await startEmbedded({
    dataDir: env.dataDir,
    outside: { databaseUrl: env.databaseUrl, temporal: env.temporal },
    ports: { postgres: null, temporal: null },
    binary: env.binary,
    serve: (servers) => ({
      command: process.execPath,
      args: [fileURLToPath(new URL('../cli.ts', import.meta.url)), 'serve'],
      env: {
        ...env.all,
        DATABASE_URL: servers.databaseUrl,
        TEMPORAL_ADDRESS: servers.temporalAddress,
        TEMPORAL_NAMESPACE: servers.temporalNamespace,
        CAUSEWAY_CONFIG: env.configFile,
        CAUSEWAY_DATA: env.dataDir,
        CAUSEWAY_LOG_FORM: 'json',
      },
      cwd: process.cwd(),
    }),
    log: embeddedLog(log),
  })
  const stopped = stopOnSignal(running, embeddedLog(log))
  const answered = await Promise.race([
    hasAnswered(env.dataDir, since, () => running.states()['serve']),
    stopped.then(() => null),
  ])
  if (answered !== null && 'failed' in answered) {
    await running.stop()
    throw new CausewayError(answered.failed.code, answered.failed.message, { log: `${env.dataDir}/serve.log` })
  }
  if (answered !== null) {
    const whole = { url: answered.url, ...running.servers, databaseUrl: undefined }
    out(options.json === true ? JSON.stringify(whole) : `Causeway runs at ${answered.url}. Stop it with Ctrl-C.`)
  }
  await stopped
}

async function runServe(env: Environment, parts: { api: boolean; worker: boolean }): Promise<void> {
  if (env.databaseUrl === null || env.temporal === null) {
    const missing = env.databaseUrl === null ? 'DATABASE_URL' : 'TEMPORAL_ADDRESS'
    throw new CausewayError(
      'CW_CONFIG_SECRET_MISSING',
      `${missing} is not set; \`causeway start\` brings servers of its own`,
      { variables: [missing] },
    )
  }
  const [{ serve }, { temporalConnection }, { createLog, embeddedLog }, { keepHeapNearItsUse }] = await Promise.all([
    import('../runtime/serve.ts'),
    import('../runtime/environment.ts'),
    import('../runtime/log.ts'),
    import('../runtime/heap.ts'),
  ])
  const log = createLog(env.log)
  const serving = await serve({
    configFile: env.configFile,
    env: env.all,
    dataDir: env.dataDir,
    databaseUrl: env.databaseUrl,
    temporal: temporalConnection(env),
    secretKey: env.secretKey,
    parts,
    log,
  })
  keepHeapNearItsUse()
  const closed = Promise.withResolvers<void>()
  const stop = () => serving.close().finally(closed.resolve)
  const failed = serving.finished.then(() => new Promise<never>(() => undefined))
  await Promise.race([stopOnSignal({ stop, stopped: closed.promise }, embeddedLog(log)), failed])
  log.info('stopped')
}

interface SandboxOptions extends CommonOptions {
  only?: SandboxName[]
  anyPort?: boolean
}

const anyPort = { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 }

async function sandbox({ out }: CliContext, { json, only, anyPort: isFree }: SandboxOptions): Promise<void> {
  const { startSandboxes } = await import('../../sandbox/main.ts')
  const wish = { ...(only === undefined ? {} : { only }), ...(isFree === true ? { ports: anyPort } : {}) }
  const running = await startSandboxes(wish).catch((error: unknown) => {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error
    const port = 'port' in error ? String(error.port) : ''
    throw new CausewayError('CW_PORT_IN_USE', `Port ${port} of a sandbox is taken`, { port }, { cause: error })
  })
  const urls = running.all.map(({ vendor, url }) => ({ vendor, url, control: `${url}/_sandbox/` }))
  const smtp = running.mailbox?.smtpUrl
  if (json === true) out(JSON.stringify({ sandboxes: urls, smtp: smtp ?? null }))
  else {
    for (const { vendor, url } of urls) out(`${vendor.padEnd(14)} ${url}`)
    if (smtp !== undefined) out(`${'smtp'.padEnd(14)} ${smtp}`)
    out('Stop them with Ctrl-C.')
  }
  const closed = Promise.withResolvers<void>()
  await stopOnSignal({ stop: () => running.close().finally(closed.resolve), stopped: closed.promise }, () => undefined)
}

function sandboxList(text: string): SandboxName[] {
  return text.split(',').map((given) => {
    const name = sandboxNames.find((candidate) => candidate === given.trim())
    if (name === undefined) throw new InvalidArgumentError(`"${given}" is none of ${sandboxNames.join(', ')}.`)
    return name
  })
}

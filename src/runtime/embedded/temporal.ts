import { chmod } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CausewayError } from '../../errors.ts'
import { reason } from './failure.ts'
import { ensureFolder } from './folder.ts'
import { listensOn } from './listener.ts'
import { endOfLog, saidSince } from './log-file.ts'
import type { Log } from './log.ts'
import { type PortWish, choosePort } from './ports.ts'
import { type Exit, type ProcessName, end, launch, lives, nameOf } from './process.ts'
import { forget, leftBehind, remember } from './run-file.ts'
import type { TemporalBinary } from './temporal-binary.ts'
import { prepareNamespace, searchAttributes } from './temporal-namespace.ts'

export interface TemporalWish {
  dataDir: string
  port: PortWish
  binary: TemporalBinary
  /** False gives up safety at power loss for speed: for tests only. */
  durable?: boolean
  log: Log
  /** Gives up while it is still starting. */
  signal?: AbortSignal
}

export interface RunningTemporal {
  address: string
  namespace: string
  port: number
  pid: number
  /** The CLI's version, and by that the file's. */
  version: string
  exited: Promise<Exit>
  stop(withinMs: number): Promise<void>
}

const namespace = 'default'
const readyMs = 20_000
const attempts = 3

/**
 * Starts the Temporal CLI's server on a SQLite file named after its version, and makes its namespace ready. A server that a
 * killed parent left running on the same data is stopped first: it commits every answer before it gives it, so that nothing
 * is lost, and clients reconnect by themselves.
 *
 * @throws CW_DISK_FULL, CW_PORT_IN_USE or CW_TEMPORAL_START, each saying what was found.
 */
export async function startTemporal(wish: TemporalWish): Promise<RunningTemporal> {
  const dataDir = join(resolve(wish.dataDir), 'temporal')
  await ensureFolder(resolve(wish.dataDir))
  await ensureFolder(dataDir)
  await chmod(dataDir, 0o700)
  await stopLeftTemporal(wish.dataDir, wish.log)

  for (let attempt = 1; ; attempt += 1) {
    const started = await startOnce(dataDir, wish)
    if (!('error' in started)) return started
    wish.signal?.throwIfAborted()
    // It takes further ports for its inner services, found free and then bound: another program may be quicker.
    if (attempt === attempts) throw started.error
  }
}

async function startOnce(dataDir: string, wish: TemporalWish): Promise<RunningTemporal | { error: CausewayError }> {
  const port = await choosePort(wish.port, 'The Temporal server')
  const address = `127.0.0.1:${port}`
  const logFile = join(dataDir, 'temporal.log')
  const logFrom = await endOfLog(logFile)
  const { pid, exited } = await launch({
    command: wish.binary.path,
    args: serverArguments(dataDir, port, wish),
    // Nothing of the caller's environment reaches it: TEMPORAL_* there means clients.
    env: { PATH: '/usr/bin:/bin', HOME: dataDir, TEMPORAL_VERSION_CHECK_DISABLED: '1', DO_NOT_TRACK: '1' },
    logFile,
    cwd: dataDir,
  })
  const name = nameOf(pid)
  if (name === null) return { error: await startFailure(logFile, logFrom, 'it ended at once', await exited) }
  await remember(dataDir, 'temporal', { ...name, port })
  const stop = async (withinMs: number) => {
    await end(name, [['SIGTERM', withinMs]])
    await forget(dataDir, 'temporal')
  }
  const failed = await whyNotReady(name, port, wish.signal)
  if (failed !== null) {
    await stop(0)
    return { error: await startFailure(logFile, logFrom, failed, await exited) }
  }
  return { address, namespace, port, pid, version: wish.binary.version, exited, stop }
}

/** Null once it serves and its namespace is prepared. */
async function whyNotReady(name: ProcessName, port: number, signal: AbortSignal | undefined): Promise<string | null> {
  const deadline = Date.now() + readyMs
  while (!(await listensOn(name.pid, port))) {
    if (!lives(name)) return 'it ended while starting'
    if (signal?.aborted === true) return 'it was given up'
    if (Date.now() >= deadline) return `it did not listen on port ${port} within ${readyMs} ms`
    await pause(20)
  }
  try {
    await prepareNamespace(`127.0.0.1:${port}`, namespace, readyMs)
    return null
  } catch (error) {
    return `its namespace could not be prepared: ${reason(error)}`
  }
}

function serverArguments(dataDir: string, port: number, wish: TemporalWish): string[] {
  const pragmas = { journal_mode: 'wal', synchronous: (wish.durable ?? true) ? '2' : '0', busy_timeout: '5000' }
  const values = {
    'limit.maxIDLength': '255', // what PostgreSQL allows, so that ids that work here work in production
    'frontend.enableServerVersionCheck': 'false', // no call home
  }
  return [
    'server',
    'start-dev',
    '--headless',
    '--ui-disable-news-fetch',
    '--disable-config-env',
    '--disable-config-file',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--namespace',
    namespace,
    '--db-filename',
    join(dataDir, `temporal-${wish.binary.version}.db`),
    '--log-level',
    'warn',
    '--log-format',
    'json',
    ...Object.entries(pragmas).flatMap(([key, value]) => ['--sqlite-pragma', `${key}=${value}`]),
    ...Object.entries(values).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...Object.entries(searchAttributes).flatMap(([key, value]) => ['--search-attribute', `${key}=${value}`]),
  ]
}

/** Stops the server that a killed parent left running on this data. */
export async function stopLeftTemporal(dataDir: string, log: Log): Promise<void> {
  const left = leftBehind(join(resolve(dataDir), 'temporal'), 'temporal')
  if (left === null) return
  log('Stopping the Temporal server that was left running', { pid: left.pid })
  await end(left, [['SIGTERM', 3000]])
}

async function startFailure(logFile: string, logFrom: number, why: string, exit: Exit): Promise<CausewayError> {
  const said = await saidSince(logFile, logFrom)
  return new CausewayError(
    'CW_TEMPORAL_START',
    `The Temporal server did not start: ${why}. It said:\n${said}\nLog: ${logFile}`,
    {
      ...exit,
      log: logFile,
    },
  )
}

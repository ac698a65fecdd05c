import { chown, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { CausewayError } from '../../errors.ts'
import { type Account, databaseAccount } from './account.ts'
import { reason } from './failure.ts'
import { endOfLog, saidSince } from './log-file.ts'
import type { Log } from './log.ts'
import { type PortWish, choosePort, isTaken } from './ports.ts'
import {
  type PostgresHome,
  databaseName,
  ensureCluster,
  ownerPassword,
  ownerRole,
  postgresHome,
  postgresHomes,
} from './postgres-home.ts'
import { type Native, nativePostgres } from './postgres-native.ts'
import { type LivingPostmaster, leftRunning, readPostmaster } from './postmaster-file.ts'
import { type Exit, type ProcessName, end, launch, nameOf, watched } from './process.ts'

export interface PostgresWish {
  dataDir: string
  port: PortWish
  /** False gives up safety at power loss for speed: for databases of tests only. */
  durable?: boolean
  log: Log
  /** Gives up while it is still starting. */
  signal?: AbortSignal
}

export interface RunningPostgres {
  /** Connects the role that owns the database. */
  url: string
  port: number
  pid: number
  /** True when it had been left running by a killed parent and was taken over as it was. */
  adopted: boolean
  exited: Promise<Exit>
  /** Closes connections and writes everything out ("fast shutdown"); ends it the hard way after `withinMs`. */
  stop(withinMs: number): Promise<void>
}

/** A crashed server's last processes leave within moments; until then its shared memory bars a new start. */
const leftoverMs = 10_000
const readyMs = 60_000

/**
 * Starts the embedded PostgreSQL, or takes over the one that a killed parent left running on the same data.
 *
 * @throws CW_DISK_FULL, CW_PORT_IN_USE or CW_POSTGRES_START, each saying what was found.
 */
export async function startPostgres(wish: PostgresWish): Promise<RunningPostgres> {
  const account = databaseAccount()
  const place = await postgresHome(wish.dataDir, account, wish.log)
  const copies = account === null ? join(place.folder, 'native') : '/var/lib/causeway'
  const native = await nativePostgres(account, copies, wish.log)
  const password = await ownerPassword(place, account)
  await ensureCluster(place, native, account, wish.durable ?? true)

  const left = await leftRunning(place.data)
  if (left !== null) {
    const adopted = await adopt(left, place, password, wish)
    if (adopted !== null) return adopted
    wish.log(`Stopping the PostgreSQL that was left running on ${place.data}`, { pid: left.pid })
    await end(left, stopSignals(5000))
  }

  // Two causes pass by themselves: a crashed server's last processes, and a port that was free a moment ago.
  const deadline = Date.now() + leftoverMs
  for (;;) {
    const crashed = existsSync(join(place.data, 'postmaster.pid'))
    const port = await choosePort(wish.port, 'PostgreSQL')
    const started = await startOnce(place, native, account, port, wish)
    if (started.ok) {
      const url = urlOf(password, port)
      await ensureDatabase(url)
      return running(started.name, started.exited, url, port, false)
    }
    wish.signal?.throwIfAborted()
    if ((!crashed && !(await isTaken(port))) || Date.now() >= deadline)
      throw await startFailure(place, started.exit, started.logFrom)
    await pause(200)
  }
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // The Node side holds sessions open for long; a dead client must not keep its locks for hours.
  tcp_keepalives_idle: '60',
}

const durability = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
const speed = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

type Attempt = { ok: true; name: ProcessName; exited: Promise<Exit> } | { ok: false; exit: Exit; logFrom: number }

async function startOnce(
  place: PostgresHome,
  native: Native,
  account: Account | null,
  port: number,
  wish: PostgresWish,
): Promise<Attempt> {
  const logFrom = await prepareLog(place, account)
  const all = { ...settings, ...((wish.durable ?? true) ? durability : speed), port: String(port) }
  const { pid, exited } = await launch({
    command: join(native.bin, 'postgres'),
    args: ['-D', place.data, ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    logFile: place.logFile,
    cwd: dirname(place.data),
    account,
  })
  const ended = { yet: false }
  void exited.then(() => (ended.yet = true))
  const deadline = Date.now() + readyMs
  while (!ended.yet && wish.signal?.aborted !== true && Date.now() < deadline) {
    const postmaster = await readPostmaster(place.data)
    if (postmaster?.pid === pid && postmaster.ready) {
      const name = nameOf(pid)
      if (name !== null) return { ok: true, name, exited }
    }
    await pause(10)
  }
  const name = nameOf(pid)
  if (!ended.yet && name !== null) await end(name, stopSignals(1000))
  return { ok: false, exit: await exited, logFrom }
}

async function prepareLog(place: PostgresHome, account: Account | null): Promise<number> {
  if (!existsSync(place.logFile)) {
    await writeFile(place.logFile, '', { mode: 0o600 })
    if (account) await chown(place.logFile, account.uid, account.gid)
  }
  return endOfLog(place.logFile)
}

/** Stops the PostgreSQL that a killed parent left running, where no embedded one is wanted any more. */
export async function stopLeftPostgres(dataDir: string, log: Log): Promise<void> {
  for (const place of postgresHomes(dataDir)) {
    const left = await leftRunning(place.data)
    if (left === null) continue
    log(`Stopping the PostgreSQL that was left running on ${place.data}`, { pid: left.pid })
    await end(left, stopSignals(5000))
  }
}

async function adopt(
  left: LivingPostmaster,
  place: PostgresHome,
  password: string,
  wish: PostgresWish,
): Promise<RunningPostgres | null> {
  if ('exact' in wish.port && wish.port.exact !== left.port) return null
  const url = urlOf(password, left.port)
  try {
    await ensureDatabase(url)
  } catch (error) {
    wish.log(`The PostgreSQL left running on ${place.data} does not answer: ${reason(error)}`, { pid: left.pid })
    return null
  }
  wish.log(`Took over the PostgreSQL that was left running on ${place.data}`, { pid: left.pid, port: left.port })
  return running(left, watched(left), url, left.port, true)
}

function running(
  name: ProcessName,
  exited: Promise<Exit>,
  url: string,
  port: number,
  adopted: boolean,
): RunningPostgres {
  return {
    url,
    port,
    pid: name.pid,
    adopted,
    exited,
    stop: (withinMs) => end(name, stopSignals(withinMs)),
  }
}

/** "Fast shutdown" first: connections are closed and everything is written out. Then "immediate", which recovers later. */
function stopSignals(withinMs: number): [NodeJS.Signals, number][] {
  return [
    ['SIGINT', Math.round(withinMs * 0.7)],
    ['SIGQUIT', Math.round(withinMs * 0.3)],
  ]
}

function urlOf(password: string, port: number): string {
  return `postgres://${ownerRole}:${password}@127.0.0.1:${port}/${databaseName}`
}

/** Makes the database that the URL names when it is not there; by that it also proves that the server answers us. */
async function ensureDatabase(url: string): Promise<void> {
  const client = new Client({
    connectionString: url.replace(/\/[^/]*$/, '/postgres'),
    connectionTimeoutMillis: 5000,
  })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`)
  } finally {
    await client.end()
  }
}

async function startFailure(place: PostgresHome, exit: Exit, logFrom: number): Promise<CausewayError> {
  const said = await saidSince(place.logFile, logFrom)
  const how = exit.signal === null ? `code ${exit.code}` : exit.signal
  return new CausewayError(
    'CW_POSTGRES_START',
    `PostgreSQL ended with ${how} while starting on ${place.data}. It said:\n${said}\nLog: ${place.logFile}`,
    { ...exit, log: place.logFile },
  )
}

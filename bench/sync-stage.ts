/** A stage for measuring the sync: stand-ins of two CRMs in a process of their own, and any number of workers of the product. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { secrets } from '../demo/programme.ts'
import { freePort } from '../demo/stage.ts'
import { until } from '../demo/until.ts'
import { createControlClient, type ControlClient } from '../sandbox/control-client.ts'
import { openDatabase, type Database } from '../src/db/connection.ts'
import { migrate } from '../src/db/migrate.ts'
import { postgresHomes } from '../src/runtime/embedded/postgres-home.ts'
import { startPostgres, stopLeftPostgres } from '../src/runtime/embedded/postgres.ts'
import { findTemporalBinary } from '../src/runtime/embedded/temporal-binary.ts'
import { startTemporal, stopLeftTemporal } from '../src/runtime/embedded/temporal.ts'

export const crmNames = ['salesforce', 'hubspot'] as const
type Crm = (typeof crmNames)[number]

export interface SyncStage {
  db: Database['db']
  /** Where the first worker's API answers, if the configuration takes the port. */
  apiUrl: string
  url: Record<Crm, string>
  control: Record<Crm, ControlClient>
  /** Starts so many more workers; the first one has the API. */
  startWorkers(count: number): Promise<void>
  stopWorkers(): Promise<void>
  /** Rejects when a worker ends by itself, whatever else is waited for. */
  whileWorking<T>(work: Promise<T>): Promise<T>
  /** The highest resident memory of any worker so far, in bytes. */
  peakMemory(): Promise<number>
  /** Milliseconds that PostgreSQL has worked for us so far. */
  databaseMs(): Promise<number>
  /** Waits until no change, no write and no hint is on its way. */
  quiet(deadlineMs: number): Promise<void>
  close(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const unheard = () => undefined

const started = z.object({ sandboxes: z.array(z.object({ vendor: z.string(), url: z.string() })) })

/** @param configuration YAML, given where the stand-ins are */
export async function setSyncStage(
  dataDir: string,
  configuration: (where: Record<Crm, string> & { apiPort: number }) => string,
): Promise<SyncStage> {
  await stopLeftTemporal(dataDir, unheard)
  await stopLeftPostgres(dataDir, unheard)
  for (const { data } of postgresHomes(dataDir)) await rm(data, { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
  await mkdir(dataDir, { recursive: true })

  const standIns = await startStandIns()
  const { url } = standIns
  const config = join(dataDir, 'causeway.yaml')
  const apiPort = await freePort()
  await writeFile(config, configuration({ ...url, apiPort }))
  const postgres = await startPostgres({ dataDir, port: { preferred: 0 }, log: unheard })
  const temporal = await startTemporal({
    dataDir,
    port: { preferred: 0 },
    binary: await findTemporalBinary({
      cliPath: process.env['TEMPORAL_CLI_PATH'] ?? null,
      searchPath: process.env['PATH'] ?? '',
      cache: process.env['CAUSEWAY_CACHE'] ?? join(homedir(), '.cache/causeway'),
      fallbackCache: join(dataDir, 'cache'),
      log: unheard,
    }),
    log: unheard,
  })
  await migrate(postgres.url)
  const database: Database = openDatabase(postgres.url, 4)
  const workers: ChildProcess[] = []
  let peak = 0
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => undefined)

  const look = async () => {
    for (const { pid } of workers) peak = Math.max(peak, pid === undefined ? 0 : await highWater(pid))
    return peak
  }
  const sampler = setInterval(() => void look(), 1_000)

  return {
    db: database.db,
    apiUrl: `http://127.0.0.1:${String(apiPort)}`,
    url,
    control: { salesforce: createControlClient(url.salesforce), hubspot: createControlClient(url.hubspot) },
    async startWorkers(count) {
      for (let n = 0; n < count; n += 1) {
        const isFirst = workers.length === 0
        const child = spawn(process.execPath, [join(root, 'src/cli.ts'), isFirst ? 'serve' : 'worker'], {
          cwd: root,
          stdio: ['ignore', 'ignore', 'inherit'],
          env: {
            ...process.env,
            ...secrets,
            CAUSEWAY_CONFIG: config,
            CAUSEWAY_DATA: join(dataDir, `worker-${String(workers.length)}`),
            CAUSEWAY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
            CAUSEWAY_LOG: 'error',
            DATABASE_URL: postgres.url,
            TEMPORAL_ADDRESS: temporal.address,
            TEMPORAL_NAMESPACE: temporal.namespace,
          },
        })
        child.once('exit', (code) => {
          if (workers.includes(child)) ended.reject(new Error(`a worker ended with ${String(code)}`))
        })
        workers.push(child)
      }
    },
    async stopWorkers() {
      await look()
      await Promise.all(workers.splice(0).map(end))
    },
    whileWorking: (work) => Promise.race([work, ended.promise]),
    peakMemory: look,
    async databaseMs() {
      const { rows } = await database.db.execute<{ ms: number }>(
        sql`select active_time as ms from pg_stat_database where datname = current_database()`,
      )
      return rows[0]?.ms ?? 0
    },
    async quiet(deadlineMs) {
      await until(
        'nothing is on its way',
        async () => {
          const { rows } = await database.db.execute<{ open: string }>(sql`
            select (select count(*) from changes where status = 'pending')
              + (select count(*) from writes where status in ('planned', 'sending', 'unclear'))
              + (select count(*) from hints where read_at is null) as open`)
          if (rows[0]?.open !== '0') throw new Error(`${String(rows[0]?.open)} are on their way`)
          return true
        },
        deadlineMs,
      )
    },
    async close() {
      clearInterval(sampler)
      await Promise.all(workers.splice(0).map(end))
      await database.close()
      await temporal.stop(3_000)
      await postgres.stop(3_000)
      await end(standIns.child)
    },
  }
}

async function startStandIns(): Promise<{ child: ChildProcess; url: Record<Crm, string> }> {
  const child = spawn(
    process.execPath,
    [join(root, 'src/cli.ts'), 'sandbox', '--only', 'salesforce,hubspot', '--any-port', '--json'],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()))
  await until('the stand-ins answer', () => Promise.resolve(text.includes('\n')), 30_000)
  const { sandboxes } = started.parse(JSON.parse(text))
  const at = (name: Crm) => {
    const found = sandboxes.find(({ vendor }) => vendor.toLowerCase() === name)
    if (found === undefined) throw new Error(`no stand-in of ${name}`)
    return found.url
  }
  return { child, url: { salesforce: at('salesforce'), hubspot: at('hubspot') } }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}

/** VmHWM in bytes; 0 once the process has ended. */
async function highWater(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

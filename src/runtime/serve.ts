/** `causeway serve`: the API, the worker and the relay in one process, or any part of them. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { ConnectionOptions } from '@temporalio/client'
import type { NativeConnectionOptions } from '@temporalio/worker'
import { sql } from 'drizzle-orm'
import type { Log } from '../../connectors/log.ts'
import { tidy } from '../attachments/attach.ts'
import { directoryStore } from '../attachments/directory.ts'
import { createKey, findKey } from '../db/api-keys.ts'
import { migrate } from '../db/migrate.ts'
import { CausewayError } from '../errors.ts'
import { createApi } from '../http/api.ts'
import type { PartHealth } from '../http/deps.ts'
import { mappingsFolderOf } from './check-mapping-files.ts'
import { checkSettings } from './compose.ts'
import { openConfigFile } from './config/load.ts'
import { readNoticeTexts } from './notice-texts.ts'
import { startRoad, type Road } from './road.ts'

/** How often files are removed whose rows were erased. */
const DAY_MS = 24 * 60 * 60_000

export interface ServeWish {
  configFile: string
  /** Where `${NAME}` references of the configuration are looked up. */
  env: Readonly<Record<string, string | undefined>>
  /** Where the API's address, a key for this machine's command line and the sealing key are kept. */
  dataDir: string
  databaseUrl: string
  temporal: { connection: ConnectionOptions & NativeConnectionOptions; namespace: string }
  /** 32 bytes in base64 that seal tokens; null: made once and kept in the data folder. */
  secretKey: string | null
  parts: { api: boolean; worker: boolean }
  log: Log
}

export interface Serving {
  /** Where the API answers; null without it. */
  url: string | null
  close(): Promise<void>
  /** Rejects when a part failed for good: the process should end and be started again. */
  finished: Promise<void>
}

/**
 * @throws CW_CONFIG_INVALID, CW_CONFIG_SECRET_MISSING, CW_PORT_IN_USE, and the codes of servers that do not answer
 */
export async function serve(wish: ServeWish): Promise<Serving> {
  const { config, again, files } = openConfigFile(wish.configFile, wish.env, checkSettings)
  const noticeTexts = readNoticeTexts(config.notices, wish.configFile)
  const mappingsFolder = mappingsFolderOf(config, wish.configFile)
  await migrate(wish.databaseUrl)
  await mkdir(wish.dataDir, { recursive: true })
  const road = await startRoad({
    config,
    noticeTexts,
    ...(files.length === 0 ? {} : { again }),
    ...(mappingsFolder === null ? {} : { mappingsFolder }),
    databaseUrl: wish.databaseUrl,
    temporal: wish.temporal,
    secretKey: await sealingKey(wish),
    worker: wish.parts.worker,
    cache: join(wish.dataDir, 'cache'),
    log: wish.log,
  })
  if (!wish.parts.api) return { url: null, close: () => road.stop(), finished: road.finished }
  try {
    const listening = await listen(config.api.host, config.api.port)
    const attachments = directoryStore(join(wish.dataDir, 'attachments'))
    const tidied = () => tidy(road.database.db, attachments)
    await tidied()
    const tidying = setInterval(() => {
      void tidied().catch((error: unknown) => {
        wish.log.error('attachments were not tidied', { error: error instanceof Error ? error.name : 'unknown' })
      })
    }, DAY_MS).unref()
    const publicUrl = config.api.publicUrl?.replace(/\/+$/, '') ?? listening.url
    // Where no public address is said, links lead to this machine.
    road.programme.doors = { publicUrl, buttons: road.chat !== null }
    const api = createApi({
      db: road.database.db,
      programme: road.programme,
      connectors: road.connectors,
      connections: road.connections,
      authorizers: road.authorizers,
      channels: road.channels,
      ...(mappingsFolder === null ? {} : { managedBy: mappingsFolder }),
      files: attachments,
      partnerDoor: config.partnerDoor,
      chat: road.chat,
      kick: () => road.relay.kick(),
      publicUrl,
      log: wish.log,
      nowMs: Date.now,
      health: () => healthOf(road),
    })
    const answer = getRequestListener(api.fetch)
    listening.server.on('request', (request, response) => void answer(request, response))
    await keepAddress(wish.dataDir, listening.url, road)
    wish.log.info('the API answers', { url: listening.url })
    return {
      url: listening.url,
      finished: road.finished,
      async close() {
        clearInterval(tidying)
        await closeServer(listening.server)
        await road.stop()
      },
    }
  } catch (error) {
    await road.stop()
    throw error
  }
}

async function listen(host: string, port: number | null): Promise<{ server: Server; url: string }> {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port ?? 0, host, resolve)
  try {
    await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new CausewayError(
        'CW_PORT_IN_USE',
        `The API's port ${String(port)} on ${host} is taken by another program`,
        { host, port },
        { cause: error },
      )
    }
    throw error
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the API listens at no port')
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${String(address.port)}` }
}

/** Requests under way may finish; idle connections end now. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 1_000).unref()
  })
}

/** For the command line on this machine: where the API is and a key of its own, readable by this user only. */
async function keepAddress(dataDir: string, url: string, road: Road): Promise<void> {
  const file = join(dataDir, 'api.json')
  const known = await readKey(file)
  const isGood = known !== null && (await findKey(road.database.db, known)) !== undefined
  const key = isGood
    ? known
    : (await createKey(road.database.db, { label: 'local command line', role: 'admin', partnerId: null }, 'system')).key
  await writePrivately(file, `${JSON.stringify({ url, key })}\n`)
}

async function readKey(file: string): Promise<string | null> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof kept === 'object' && kept !== null && 'key' in kept && typeof kept.key === 'string' ? kept.key : null
  } catch {
    return null // none yet, or damaged: a new key is made
  }
}

async function sealingKey({ secretKey, dataDir }: ServeWish): Promise<Buffer> {
  const key = Buffer.from(secretKey ?? (await keptKey(join(dataDir, 'secret.key'))), 'base64')
  if (key.length !== 32)
    throw new CausewayError(
      'CW_CONFIG_INVALID',
      `CAUSEWAY_SECRET_KEY holds ${String(key.length)} bytes, expected 32 in base64`,
    )
  return key
}

async function keptKey(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    const key = randomBytes(32).toString('base64')
    await writePrivately(file, `${key}\n`)
    return key
  }
}

async function writePrivately(file: string, text: string): Promise<void> {
  const draft = `${file}.${String(process.pid)}`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, file)
}

async function healthOf(road: Road): Promise<PartHealth[]> {
  const [database, temporal] = await Promise.all([
    answers('database', 'CW_DATABASE_UNAVAILABLE', () => road.database.db.execute(sql`select 1`)),
    answers('temporal', 'CW_TEMPORAL_UNAVAILABLE', () => road.temporal.client.workflowService.getSystemInfo({})),
  ])
  const state = road.worker()
  if (state === null) return [database, temporal]
  const isRunning = state === 'RUNNING'
  return [
    database,
    temporal,
    {
      part: 'worker',
      ok: isRunning,
      code: isRunning ? null : 'CW_TEMPORAL_UNAVAILABLE',
      message: isRunning ? null : `is ${state}`,
    },
  ]
}

async function answers(
  part: string,
  code: NonNullable<PartHealth['code']>,
  ask: () => Promise<unknown>,
): Promise<PartHealth> {
  try {
    await ask()
    return { part, ok: true, code: null, message: null }
  } catch {
    return { part, ok: false, code, message: 'does not answer' }
  }
}

/** The running road: worker and relay on a database and a Temporal server. The API stands beside it and shares its relay. */
import type { ChatDoor } from '../http/chat-door.ts'
import type { ConnectionOptions } from '@temporalio/client'
import type { NativeConnectionOptions } from '@temporalio/worker'
import type { Exchange } from '../../connectors/http.ts'
import type { Log } from '../../connectors/log.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { ensureStarted } from '../process/relay.ts'
import type { Channels } from '../process/notices/send.ts'
import { compose, type Composition } from './compose.ts'
import type { ConfigDocument } from './config/schema.ts'
import { startKeeper } from './credentials/keeper.ts'
import { startFeeds, type Feeds } from './feeds.ts'
import { keepConfiguration } from './keep-configuration.ts'
import { takeMappingFiles } from './mapping-files.ts'
import { openChannels, type OpenChannels } from './notice-channels.ts'
import { startRelay, type RelayLoop } from './relay-loop.ts'
import { identityOf, openTemporal, wakeWith } from './temporal-client.ts'
import type { NoticeTexts } from './notice-texts.ts'
import { startWorker, type RunningWorker } from './worker.ts'

export interface RoadWish {
  config: ConfigDocument
  /** The configuration with its secrets' files read anew; absent: it refers to none. */
  again?: () => ConfigDocument
  databaseUrl: string
  temporal: { connection: ConnectionOptions & NativeConnectionOptions; namespace: string }
  secretKey: Buffer
  /** The folder whose files say the mappings; absent: they are edited by commands. */
  mappingsFolder?: string
  /** Whether this process carries out the workflows, or only answers. */
  worker: boolean
  /** Where the bundled workflows are kept between starts; null: nowhere. */
  cache: string | null
  log: Log
  onExchange?: (exchange: Exchange) => void
  /** An admin's own texts of notices. */
  noticeTexts?: NoticeTexts
}

export interface Road extends Composition {
  /** By what people are told. */
  channels: Channels
  database: Database
  relay: RelayLoop
  temporal: ReturnType<typeof openTemporal>
  /** What the worker does at present, in the SDK's words; null without one. */
  worker(): string | null
  /** By which people decide in the chat; null: it is not set up. */
  chat: ChatDoor | null
  /** Rejects when the worker failed for good; never settles without one. */
  finished: Promise<void>
  stop(): Promise<void>
}

export async function startRoad(wish: RoadWish): Promise<Road> {
  const { config, log } = wish
  const database = openDatabase(wish.databaseUrl, 20)
  const composition = compose(config, {
    db: database.db,
    log,
    secretKey: wish.secretKey,
    ...(wish.onExchange === undefined ? {} : { onExchange: wish.onExchange }),
    ...(wish.again === undefined ? {} : { again: wish.again }),
    ...(wish.noticeTexts === undefined ? {} : { noticeTexts: wish.noticeTexts }),
  })
  await keepConfiguration(database.db, config, composition.programme)
  if (wish.mappingsFolder !== undefined) {
    const { programme, connectors } = composition
    await takeMappingFiles(database.db, programme.systems, connectors, wish.mappingsFolder, log)
  }
  const temporal = openTemporal(wish.temporal)
  const relay = startRelay({
    db: database.db,
    wake: wakeWith(temporal.client),
    identity: () => identityOf(temporal.client),
    streamIds: composition.streamIds,
    senderIds: composition.senderIds,
    log,
  })
  const told = openChannels(config, {
    db: database.db,
    programme: composition.programme,
    connectors: composition.connectors,
    log,
  })
  composition.secrets.onNotices((changed) => told.use(changed))
  composition.programme.doors = {
    publicUrl: config.api.publicUrl?.replace(/\/+$/, '') ?? null,
    buttons: told.chat !== null,
  }
  const keeper = startKeeper({
    db: database.db,
    gates: composition.gates,
    secrets: composition.secrets,
    kick: () => relay.kick(),
    log,
  })
  const close = async () => {
    await keeper.close()
    await relay.close()
    told.close()
    composition.close()
    await temporal.close()
    await database.close()
  }
  let worker: RunningWorker | null = null
  let feeds: Feeds | null = null
  try {
    if (wish.worker) worker = startRoadWorker(wish, composition, database, relay, told)
    await ensureStarted(database.db, [...composition.streamIds, ...composition.senderIds])
    if (wish.worker)
      feeds = startFeeds({
        db: database.db,
        connectors: composition.connectors,
        publicUrl: config.api.publicUrl,
        kick: () => relay.kick(),
        log,
      })
  } catch (error) {
    await worker?.close()
    await close()
    throw error
  }
  relay.kick()
  return {
    ...composition,
    channels: told.channels,
    database,
    relay,
    temporal,
    chat: told.chat,
    finished: worker?.finished ?? new Promise(() => undefined),
    worker: () => worker?.state() ?? null,
    async stop() {
      await feeds?.close()
      await worker?.close()
      await close()
    },
  }
}

function startRoadWorker(
  wish: RoadWish,
  { programme, connectors, clocks }: Composition,
  { db }: Database,
  relay: RelayLoop,
  { channels }: OpenChannels,
): RunningWorker {
  return startWorker({
    connection: wish.temporal.connection,
    namespace: wish.temporal.namespace,
    activities: { db, programme, connectors, clocks, kick: () => relay.kick(), log: wish.log },
    channels,
    cache: wish.cache,
    log: wish.log,
  })
}

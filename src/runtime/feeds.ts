/** What makes vendors tell us of changes: their webhook subscriptions are kept as they must be, their change streams listened to. */
import type { Connector } from '../../connectors/contract.ts'
import type { Log } from '../../connectors/log.ts'
import { databaseNow, type Db } from '../db/connection.ts'
import { keepSubscriptions } from '../intake/subscriptions.ts'
import { startListener } from './listener.ts'
import { waited } from './waited.ts'
import { codeOf } from './activity-failure.ts'

export interface FeedsWish {
  db: Db
  connectors: ReadonlyMap<string, Connector>
  /** Where vendors reach us; null: they cannot, and nothing is subscribed. */
  publicUrl: string | null
  kick: () => void
  log: Log
  /** How often it is asked whether subscriptions must be looked at. Default 30 s. */
  everyMs?: number
}

export interface Feeds {
  close(): Promise<void>
}

const DEADLINE_MS = 60_000

export function startFeeds({ db, connectors, publicUrl, kick, log, everyMs = 30_000 }: FeedsWish): Feeds {
  const listeners = [...connectors].flatMap(([connection, connector]) =>
    connector.listen === undefined ? [] : [startListener({ db, connection, connector, kick, log })],
  )
  const subscribed = [...connectors].filter(([, connector]) => connector.subscriptions !== undefined)
  const closing = new AbortController()
  let startedAt: string | null = null

  async function look(): Promise<void> {
    if (publicUrl === null) return
    startedAt ??= await databaseNow(db)
    for (const [connection, connector] of subscribed) {
      const ctx = {
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(DEADLINE_MS)]),
        priority: 'sync' as const,
      }
      const url = `${publicUrl.replace(/\/+$/, '')}/hooks/${connection}`
      const state = await keepSubscriptions(db, connection, connector, url, startedAt, ctx)
      if (state === null) continue
      const { made, removed, missing, code } = state
      const counts = { made: made.length, removed: removed.length, missing: missing.length }
      log[code === null ? 'info' : 'warn']('webhook subscriptions compared', { connection, code, ...counts })
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await look()
      } catch (error) {
        // The database is away, or a connector failed on what a vendor answered: polling goes on, and it is tried again.
        if (!closing.signal.aborted) log.warn('webhook subscriptions cannot be compared', { error: codeOf(error) })
      }
      await waited(everyMs, closing.signal)
    }
  }

  const running = subscribed.length > 0 && publicUrl !== null ? run() : Promise.resolve()
  return {
    async close() {
      closing.abort()
      await Promise.all([running, ...listeners.map((listener) => listener.close())])
    },
  }
}

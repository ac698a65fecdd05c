/**
 * Looks after credentials while the road runs: secrets whose files changed are put in force, and paused connections are tried again
 * when there are other secrets or when it is time.
 */
import { ConnectorError } from '../../../connectors/contract.ts'
import type { Log } from '../../../connectors/log.ts'
import type { Db } from '../../db/connection.ts'
import { claimTrials, hurryTrials } from '../../db/reauth.ts'
import { waited } from '../waited.ts'
import type { Gate } from './gate.ts'
import type { Secrets } from './secrets.ts'
import { codeOf } from '../activity-failure.ts'

export interface KeeperWish {
  db: Db
  gates: ReadonlyMap<string, Gate>
  secrets: Secrets
  /** Asks the relay to deliver nudges now. */
  kick: () => void
  log: Log
  /** How often files and due trials are looked at. Default 1 s. */
  everyMs?: number
}

export interface Keeper {
  close(): Promise<void>
}

export function startKeeper({ db, gates, secrets, kick, log, everyMs = 1_000 }: KeeperWish): Keeper {
  const closing = new AbortController()
  const names = [...gates.keys()]
  /** Connections whose secrets changed here since they were last tried. */
  const changed = new Set<string>()
  const stopWatching = secrets.onChange((connection) => changed.add(connection))

  async function look(isFirst: boolean): Promise<void> {
    // What this process was started with may be new.
    if (isFirst) await hurryTrials(db, names)
    secrets.reread()
    const due = new Set([...(await claimTrials(db, names)), ...changed])
    for (const connection of due) {
      changed.delete(connection)
      await tryAgain(connection)
    }
  }

  async function tryAgain(connection: string): Promise<void> {
    try {
      const refusal = await gates.get(connection)?.tryAgain('system')
      if (refusal === null) kick()
    } catch (error) {
      // The vendor is out of reach: the next trial comes.
      if (!(error instanceof ConnectorError)) throw error
      log.warn('credentials cannot be tried', { connection, code: error.fault.code })
    }
  }

  async function run(): Promise<void> {
    for (let isFirst = true; !closing.signal.aborted;) {
      try {
        await look(isFirst)
        isFirst = false
      } catch (error) {
        // The database is away: it is looked at again.
        if (!closing.signal.aborted) log.warn('credentials cannot be looked after', { error: codeOf(error) })
      }
      await waited(everyMs, closing.signal)
    }
  }

  const running = run()
  return {
    async close() {
      closing.abort()
      stopWatching()
      await running
    },
  }
}

/**
 * Listens to a connection's change stream, in one of all processes, for as long as this one runs. What is heard are hints; what is
 * missed is found by polling, so that nothing depends on it but speed.
 */
import { randomUUID } from 'node:crypto'
import { ConnectorError, type Connector } from '../../connectors/contract.ts'
import type { Log } from '../../connectors/log.ts'
import type { Db } from '../db/connection.ts'
import type { ErrorCode } from '../errors.ts'
import { receiveHints } from '../intake/hints.ts'
import { catchUp, claimListening, releaseListening, renewListening } from '../intake/listening.ts'
import { waited } from './waited.ts'
import { codeOf } from './activity-failure.ts'

export interface ListenerWish {
  db: Db
  connection: string
  connector: Connector
  /** Asks the relay to deliver nudges now. */
  kick: () => void
  log: Log
  /** How long a process that died keeps others from listening. Default 30 s. */
  leaseMs?: number
  /** How often it is tried to become the one. Default 10 s. */
  everyMs?: number
}

export interface Listener {
  close(): Promise<void>
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 300_000
/** An org without a change stream may get one. */
const UNAVAILABLE_RETRY_MS = 6 * 3_600_000
/** Who listened for so long was not failing. */
const STEADY_MS = 60_000

export function startListener(wish: ListenerWish): Listener {
  const { db, connection, log } = wish
  const { everyMs = 10_000, leaseMs = 30_000 } = wish
  const me = randomUUID()
  const closing = new AbortController()
  let failures = 0

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        if (await claimListening(db, connection, me, leaseMs)) await listen()
      } catch (error) {
        // The database is away: the lease ends by itself.
        log.warn('the change stream is not listened to', { connection, error: codeOf(error) })
      }
      await waited(everyMs, closing.signal)
    }
  }

  async function listen(): Promise<void> {
    const startedMs = performance.now()
    const ended = await listenOnce(wish, me, leaseMs, closing.signal)
    if (ended === 'closed') return releaseListening(db, connection, me, null)
    if (ended === 'lost') return
    failures = performance.now() - startedMs > STEADY_MS ? 1 : failures + 1
    const backOffMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS)
    const retryMs = ended === 'CW_FEED_UNAVAILABLE' ? UNAVAILABLE_RETRY_MS : backOffMs
    log.warn('the change stream ended', { connection, code: ended, retryMs })
    await releaseListening(db, connection, me, { code: ended, retryMs })
    await catchUp(db, connection, objectsOf(wish.connector))
    wish.kick()
  }

  const running = run()
  return {
    async close() {
      closing.abort()
      await running
    },
  }
}

/** Listens until the stream breaks (its code), the lease is another's, or the process stops. */
async function listenOnce(
  { db, connection, connector, kick }: ListenerWish,
  me: string,
  leaseMs: number,
  closing: AbortSignal,
): Promise<'closed' | 'lost' | ErrorCode> {
  const objects = objectsOf(connector)
  const over = new AbortController()
  let isLost = false
  const renewal = setInterval(() => {
    renewListening(db, connection, me, leaseMs)
      .then((isMine) => (isLost = !isMine))
      .catch(() => (isLost = true))
      .finally(() => isLost && over.abort())
  }, leaseMs / 3)
  try {
    const signal = AbortSignal.any([closing, over.signal])
    // A connector that is slow to let go of its stream must not hold up our end.
    await Promise.race([connector.listen?.(objects, heard, { signal, priority: 'sync' }), aborted(signal)])
    return reason('CW_VENDOR_UNREACHABLE')
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return reason(error.fault.code)
  } finally {
    clearInterval(renewal)
  }

  function reason(code: ErrorCode): 'closed' | 'lost' | ErrorCode {
    return closing.aborted ? 'closed' : isLost ? 'lost' : code
  }

  async function heard(hints: { object: string; id: string }[]): Promise<void> {
    await receiveHints(db, connection, 'change stream', hints)
    kick()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What the vendor tells of; where no object says so, all that is read. */
function objectsOf({ capabilities }: Connector): string[] {
  const read = capabilities.filter((capability) => capability.read === 'changes')
  const hinted = read.filter((capability) => capability.hinted === true)
  return (hinted.length > 0 ? hinted : read).map(({ object }) => object)
}

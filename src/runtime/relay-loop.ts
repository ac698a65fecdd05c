/** Runs the relay: at once when something was committed here, each second for what others committed, and for forgotten clocks. */
import { eq, sql } from 'drizzle-orm'
import type { Log } from '../../connectors/log.ts'
import type { Db } from '../db/connection.ts'
import { settings } from '../db/schema/index.ts'
import { nudgeOverdue, rehydrate, relayOnce, type Wake } from '../process/relay.ts'
import { codeOf } from './activity-failure.ts'

export interface RelayLoop {
  /** Deliver nudges now. */
  kick(): void
  close(): Promise<void>
}

const EVERY_MS = 1_000
const OVERDUE_EVERY_MS = 5_000

export interface RelayOptions {
  db: Db
  wake: Wake
  /** Names the Temporal server that answers at present. */
  identity: () => Promise<string>
  streamIds: string[]
  senderIds: string[]
  log: Log
}

export function startRelay(options: RelayOptions): RelayLoop {
  const { db, wake, log } = options
  const closing = new AbortController()
  let kicked = Promise.withResolvers<void>()
  let isDown = false
  let checkedAt = 0

  async function turn(): Promise<void> {
    if (Date.now() - checkedAt >= OVERDUE_EVERY_MS) {
      await rehydrateIfNew(options)
      await nudgeOverdue(db)
      checkedAt = Date.now()
    }
    while ((await relayOnce(db, wake)) > 0 && !closing.signal.aborted);
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      kicked = Promise.withResolvers<void>()
      try {
        await turn()
        if (isDown) log.info('the relay delivers again')
        isDown = false
      } catch (error) {
        // Nothing is lost: the nudges are rows. Said once, not each second.
        if (!isDown)
          log.warn('the relay cannot deliver; it goes on when PostgreSQL and Temporal answer', {
            error: codeOf(error),
          })
        isDown = true
      }
      await Promise.race([kicked.promise, waited(closing.signal.aborted ? 0 : EVERY_MS)])
    }
  }

  const running = run()
  return {
    kick: () => kicked.resolve(),
    async close() {
      closing.abort()
      kicked.resolve()
      await running
    },
  }
}

/** Another Temporal server, or the same with its file lost, knows none of our processes: start them again from their rows. */
async function rehydrateIfNew({ db, identity, streamIds, senderIds, log }: RelayOptions): Promise<void> {
  const present = await identity()
  const [known] = await db.select({ value: settings.value }).from(settings).where(eq(settings.name, 'temporal'))
  if (known?.value === present) return
  const started = await rehydrate(db, streamIds, senderIds)
  await db
    .insert(settings)
    .values({ name: 'temporal', value: present })
    .onConflictDoUpdate({ target: settings.name, set: { value: sql`excluded.value` } })
  log.info('a Temporal server that is new to us: processes start again from their rows', { registrations: started })
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

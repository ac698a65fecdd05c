import { heartbeat, cancellationSignal } from '@temporalio/activity'
import type { Fault } from '../connectors/contract.ts'
import { applyPending } from '../src/apply/apply.ts'
import { pull as pullStream } from '../src/intake/pull.ts'
import { scheduleNext, untilWanted } from '../src/intake/store.ts'
import { systemOf } from '../src/mapping/systems.ts'
import { wakeCovered } from '../src/process/covered.ts'
import type { ActivityDeps } from './deps.ts'
import { connectorOf } from './connectors.ts'

export interface StreamActivities {
  /** Reads, applies, wakes. Answers how long the stream may sleep; 0 means that more waits. */
  pull(connection: string, object: string): Promise<{ waitMs: number }>
}

/** A vendor that refuses credentials or its whole allowance is asked again this seldom, unless it says when. */
const CONNECTION_FAULT_MS = 60_000
const RETRY_MS = 5_000

export function streamActivities(deps: ActivityDeps): StreamActivities {
  const { db, programme, kick, log } = deps
  return {
    async pull(connection, object) {
      const system = systemOf(programme.systems, connection)
      const connector = connectorOf(deps, connection)
      const ctx = { signal: cancellationSignal(), priority: 'sync' as const }
      const pulled = await pullStream(db, system, connector, object, ctx, () => heartbeat())
      const applied = await applyPending(db, programme.systems, connection, object)
      if (pulled.fault !== null) log.warn('stream cannot be read', { connection, object, code: pulled.fault.code })
      else if (pulled.stored > 0) log.info('stream read', { connection, object, stored: pulled.stored, ...applied })
      await wakeCovered(db, programme)
      kick()
      const waitMs = pulled.more ? 0 : await sleepFor(pulled.fault, system.pollMs)
      await scheduleNext(db, connection, object, waitMs, pulled.fault)
      return { waitMs }

      async function sleepFor(fault: Fault | null, pollMs: number): Promise<number> {
        if (fault !== null)
          return Math.max(pollMs, fault.retryAfterMs ?? (fault.scope === 'connection' ? CONNECTION_FAULT_MS : RETRY_MS))
        // A CRM is read when somebody asks; a portal's coverage also grows with time alone.
        if (system.role === 'crm') return pollMs
        return Math.min(pollMs, (await untilWanted(db, connection, object)) ?? pollMs)
      }
    },
  }
}

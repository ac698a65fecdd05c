import { heartbeat, cancellationSignal } from '@temporalio/activity'
import type { Fault } from '../connectors/contract.ts'
import { applyPending } from '../src/apply/apply.ts'
import { wakeUntoldReviews } from '../src/db/direct-reviews.ts'
import { mappingsInForce } from '../src/db/in-force.ts'
import type { RecordKind } from '../src/domain/records.ts'
import { backFill, type BackFilled } from '../src/intake/back-fill.ts'
import { followFeed } from '../src/intake/feed.ts'
import { paceOf } from '../src/intake/pace.ts'
import { pull as pullStream } from '../src/intake/pull.ts'
import { scheduleNext, untilWanted } from '../src/intake/store.ts'
import { systemOf } from '../src/mapping/systems.ts'
import { wakeCovered } from '../src/process/coverage.ts'
import { keepCrmDecisions } from '../src/process/crm-decisions.ts'
import { hearExtensions } from '../src/process/crm-extensions.ts'
import { hearRecordDecisions } from '../src/process/crm-record-decisions.ts'
import { passOnFromLeavers } from '../src/process/fallback.ts'
import type { ActivityDeps } from './deps.ts'
import { connectorOf } from './connectors.ts'
import { lookAtLists } from './named-lists.ts'
import { reconcileSlice } from './reconcile.ts'
import { lookAfter, lookAtSchema } from './schema.ts'

export interface StreamActivities {
  /** Reads, applies, wakes. Answers how long the stream may sleep; 0 means that more waits. */
  pull(connection: string, object: string): Promise<{ waitMs: number }>
}

/** A paused stream is woken when it is resumed; until then it need not look. */
const PAUSED_MS = 86_400_000

/** How often a stream without a mapping looks, should its waking be lost. */
const UNMAPPED_MS = 3_600_000

/** A back-fill that failed goes on before the next poll where that is far. */
const REFILL_MS = 30_000

export function streamActivities(deps: ActivityDeps): StreamActivities {
  const { db, programme, kick, log } = deps
  return {
    async pull(connection, object) {
      const system = systemOf(programme.systems, connection)
      const connector = connectorOf(deps, connection)
      const ctx = { signal: cancellationSignal(), priority: 'sync' as const }
      // What is read from now on has the fields of what is in force.
      await mappingsInForce(db, system)
      // An object that nobody mapped yet says nothing to us; the publication of a mapping wakes the stream.
      if (!system.mappings.some((mapping) => mapping.object === object)) return { waitMs: UNMAPPED_MS }
      const step = { system, connector, object, ctx }
      await lookAtSchema(deps, step)
      const pulled = await pullStream(
        db,
        system,
        connector,
        object,
        ctx,
        () => heartbeat(),
        deps.clocks?.get(connection),
      )
      const applied = await applyPending(db, programme.systems, connection, object, ctx.signal)
      // What is stored and not applied yet is no ground to judge anything by; the next worker goes on with it.
      if (ctx.signal.aborted) return { waitMs: 0 }
      if (pulled.fault !== null) log.warn('stream cannot be read', { connection, object, code: pulled.fault.code })
      else if (pulled.stored > 0) log.info('stream read', { connection, object, stored: pulled.stored, ...applied })
      // Comparing comes after reading: what the stream brings by itself is no drift.
      const isRead = pulled.fault === null && !pulled.more && !pulled.isPaused
      const slice = isRead ? await reconcileSlice(deps, { ...step, progress: () => heartbeat() }) : null
      if (isRead) await lookAtLists(deps, step)
      await wakeCovered(db, programme)
      const isOf = (kind: RecordKind) => system.mappings.some((m) => m.object === object && m.kind === kind)
      if (isOf('user')) {
        await passOnFromLeavers(db, programme)
        await db.transaction(wakeUntoldReviews)
      }
      if (isOf('deal')) await hearExtensions(db, programme)
      if (isOf('deal') || isOf('registration')) await hearRecordDecisions(db, programme, connection)
      if (isOf('task')) await keepCrmDecisions(db, programme, connection)
      kick()
      if (pulled.isPaused) return { waitMs: PAUSED_MS }
      // Without the field that is gone it can be read at once.
      const isMendable = pulled.fault !== null && (await lookAfter(deps, step, pulled.fault.code))
      const pace = await paceOf(db, system, pulled, await followFeed(db, system, object, pulled))
      const filled = pulled.fault === null ? await fill() : null
      const isBusy = isMendable || pulled.more || filled?.more === true || slice?.more === true
      const waitMs = isBusy ? 0 : Math.min(pace.ms, await wanted(), retryFill(filled?.fault ?? null))
      await scheduleNext(db, connection, object, waitMs, pace, pulled.fault)
      return { waitMs }

      /** After what is new, everything that is still to be read anew: some of it, then the new has its turn again. */
      async function fill(): Promise<BackFilled> {
        const read = await backFill(db, system, connector, object, ctx.signal, () => heartbeat())
        if (read.fault !== null) log.warn('back-fill cannot go on', { connection, object, code: read.fault.code })
        if (read.stored === 0) return read
        log.info('back-fill read', { connection, object, stored: read.stored })
        await applyPending(db, programme.systems, connection, object, ctx.signal)
        if (ctx.signal.aborted) return read
        await wakeCovered(db, programme)
        kick()
        return read
      }

      /** A CRM is read when somebody asks; a portal's coverage also grows with time alone. */
      async function wanted(): Promise<number> {
        if (system.role === 'crm' || pulled.fault !== null) return Infinity
        return (await untilWanted(db, connection, object)) ?? Infinity
      }
    },
  }
}

function retryFill(fault: Fault | null): number {
  return fault === null ? Infinity : Math.max(REFILL_MS, fault.retryAfterMs ?? 0)
}

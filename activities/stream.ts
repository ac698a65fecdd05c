import { heartbeat, cancellationSignal } from '@temporalio/activity'
import type { Fault } from '../connectors/contract.ts'
import { applyPending, type Applied } from '../src/apply/apply.ts'
import { wakeUntoldReviews } from '../src/db/direct-reviews.ts'
import { mappingsInForce } from '../src/db/in-force.ts'
import { CROWDED_MS } from '../src/domain/interval.ts'
import type { RecordKind } from '../src/domain/records.ts'
import { backFill, type BackFilled } from '../src/intake/back-fill.ts'
import { followFeed } from '../src/intake/feed.ts'
import { paceOf } from '../src/intake/pace.ts'
import { pull as pullStream, type Pulled } from '../src/intake/pull.ts'
import { openStream, scheduleNext, untilWanted } from '../src/intake/store.ts'
import { systemOf } from '../src/mapping/systems.ts'
import { wakeCovered } from '../src/process/coverage.ts'
import { keepCrmDecisions } from '../src/process/crm-decisions.ts'
import { hearExtensions } from '../src/process/crm-extensions.ts'
import { hearRecordDecisions } from '../src/process/crm-record-decisions.ts'
import { keepDeactivations } from '../src/process/deactivations.ts'
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
      const apply = () => applyPending(db, programme.systems, connection, object, ctx.signal, kick)
      const { pulled, applied } = await whileReading(
        (progress) => pullStream(db, system, connector, object, ctx, progress, deps.clocks?.get(connection)),
        apply,
      )
      // What is stored and not applied yet is no ground to judge anything by; the next worker goes on with it.
      if (ctx.signal.aborted) return { waitMs: 0 }
      if (pulled.fault !== null) log.warn('stream cannot be read', { connection, object, code: pulled.fault.code })
      else if (pulled.stored > 0) log.info('stream read', { connection, object, stored: pulled.stored, ...applied })
      // Comparing comes after reading: what the stream brings by itself is no drift.
      const isRead = pulled.fault === null && !pulled.more && !pulled.moreHints && !pulled.isPaused
      const slice = isRead ? await reconcileSlice(deps, { ...step, progress: () => heartbeat() }) : null
      if (isRead) await lookAtLists(deps, step)
      await wakeCovered(db, programme)
      const isOf = (kind: RecordKind) => system.mappings.some((m) => m.object === object && m.kind === kind)
      if (isOf('user')) {
        await passOnFromLeavers(db, programme)
        await db.transaction(wakeUntoldReviews)
      }
      if (isOf('contact')) await keepDeactivations(db, programme)
      if (isOf('deal')) await hearExtensions(db, programme)
      if (isOf('deal') || isOf('registration')) await hearRecordDecisions(db, programme, connection)
      if (isOf('task')) await keepCrmDecisions(db, programme, connection)
      kick()
      if (pulled.isPaused) return { waitMs: PAUSED_MS }
      // Without the field that is gone it can be read at once.
      const isMendable = pulled.fault !== null && (await lookAfter(deps, step, pulled.fault.code))
      const pace = await paceOf(db, system, pulled, await followFeed(db, system, object, pulled))
      const filled = pulled.fault === null ? await fill() : null
      const isBehind = pulled.moreHints || (pulled.more && !pulled.isCrowded)
      const isBusy = isMendable || isBehind || filled?.more === true || slice?.more === true
      // What is known to wait is come back for, however seldom the stream is polled.
      const rest = pulled.more ? CROWDED_MS : Infinity
      const waitMs = isBusy ? 0 : Math.min(pace.ms, rest, await wanted(), retryFill(filled?.fault ?? null))
      await scheduleNext(db, connection, object, waitMs, pace, pulled.fault)
      return { waitMs }

      /** After what is new, everything that is still to be read anew: some of it, then the new has its turn again. */
      async function fill(): Promise<BackFilled> {
        const read = await backFill(db, system, connector, object, ctx.signal, () => heartbeat())
        if (read.fault !== null) log.warn('back-fill cannot go on', { connection, object, code: read.fault.code })
        if (read.stored === 0) return read
        log.info('back-fill read', { connection, object, stored: read.stored })
        await applyPending(db, programme.systems, connection, object, ctx.signal, kick)
        if (ctx.signal.aborted) return read
        await wakeCovered(db, programme)
        kick()
        return read
      }

      /** Somebody asked while this was read, or a portal's coverage is to grow with time alone. */
      async function wanted(): Promise<number> {
        if (pulled.fault !== null) return Infinity
        return untilWanted(await openStream(db, connection, object), system.role) ?? Infinity
      }
    },
  }
}

/** What a page of a list brought is applied while the next one is read; at the end all is. Fails when either does, and both have ended. */
async function whileReading(
  read: (progress: (more: boolean) => void) => Promise<Pulled>,
  apply: () => Promise<Applied>,
): Promise<{ pulled: Pulled; applied: Applied }> {
  let isReading = true
  let page = Promise.withResolvers<void>()
  const reading = read((more) => {
    heartbeat()
    if (more) page.resolve()
  }).finally(() => {
    isReading = false
    page.resolve()
  })
  reading.catch(() => undefined)
  const applied: Applied = { applied: 0, noOp: 0, parked: 0 }
  try {
    for (let isLast = false; !isLast;) {
      await page.promise
      isLast = !isReading
      page = Promise.withResolvers()
      const more = await apply()
      applied.applied += more.applied
      applied.noOp += more.noOp
      applied.parked += more.parked
    }
  } finally {
    await Promise.allSettled([reading])
  }
  return { pulled: await reading, applied }
}

function retryFill(fault: Fault | null): number {
  return fault === null ? Infinity : Math.max(REFILL_MS, fault.retryAfterMs ?? 0)
}

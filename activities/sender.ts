import { setTimeout as pause } from 'node:timers/promises'
import { cancellationSignal, heartbeat } from '@temporalio/activity'
import {
  ConnectorError,
  type Connector,
  type Ctx,
  type Fault,
  type Outcome,
  type VendorRecord,
  type Write,
} from '../connectors/contract.ts'
import { applyPending } from '../src/apply/apply.ts'
import { storeRecords } from '../src/intake/store.ts'
import { capabilityOf, fieldsOf, systemOf, type System } from '../src/mapping/systems.ts'
import { claimWrites, expireLeases, SEND_DEADLINE_MS, sharedDue, untilDueWrite } from '../src/write/claim.ts'
import { settleWrites } from '../src/write/settle.ts'
import { releaseUnclear, resolveUnclear } from '../src/write/unclear.ts'
import { connectorOf } from './connectors.ts'
import type { ActivityDeps } from './deps.ts'

export interface SenderActivities {
  /** Sends what is due. Answers when to come back; null: when woken. */
  drain(connection: string): Promise<{ waitMs: number | null }>
}

/** Wishes that follow each other within this time are sent as one. */
const WINDOW_MS = 200
const FAULT_PAUSE_MS = 5_000

export function senderActivities(deps: ActivityDeps): SenderActivities {
  const { db, programme, kick, log } = deps
  return {
    async drain(connection) {
      const system = systemOf(programme.systems, connection)
      const connector = connectorOf(deps, connection)
      await pause(WINDOW_MS)
      try {
        let fault: Fault | null = null
        for (let isBusy = true; isBusy && fault === null;) {
          await expireLeases(db, connection)
          isBusy = false
          for (const { object } of system.capabilities) {
            const round = await sendObject(deps, system, connector, object)
            isBusy ||= round.found > 0
            fault ??= round.fault
          }
          kick()
        }
        if (fault !== null) return { waitMs: fault.retryAfterMs ?? FAULT_PAUSE_MS }
        return { waitMs: await untilDueWrite(db, connection) }
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error
        log.warn('connection cannot be written', { connection, code: error.fault.code })
        return { waitMs: error.fault.retryAfterMs ?? FAULT_PAUSE_MS }
      }
    },
  }
}

/** One object's due writes, a batch at a time; a batch that is refused as a whole is cut until the one record stands alone. */
async function sendObject(
  deps: ActivityDeps,
  system: System,
  connector: Connector,
  object: string,
): Promise<{ found: number; fault: Fault | null }> {
  const { db } = deps
  const { batch } = capabilityOf(system, object)
  let limit = batch
  let total = 0
  for (;;) {
    const ctx: Ctx = {
      signal: AbortSignal.any([cancellationSignal(), AbortSignal.timeout(SEND_DEADLINE_MS)]),
      priority: 'sync',
    }
    heartbeat()
    const unclear = await resolveUnclear(db, system, connector, object, ctx)
    await takeIn(deps, system, object, unclear.found)
    await releaseUnclear(db, unclear.linkIds)
    await refreshShared(deps, system, connector, object, limit, ctx)
    const claimed = await claimWrites(db, system, object, limit)
    total += claimed.found
    if (claimed.writes.length > 0) {
      const outcomes = await send(connector, claimed.writes, ctx)
      const settled = await settleWrites(db, system, claimed.writes, outcomes)
      deps.log.info('written', {
        connection: system.name,
        object,
        done: settled.done,
        retry: settled.retry,
        unclear: settled.unclear,
        parked: settled.parked,
      })
      await readBack(
        deps,
        system,
        connector,
        object,
        settled.readBack.map(({ id }) => id),
        ctx,
      )
      if (settled.connectionFault !== null) return { found: total, fault: settled.connectionFault }
      limit = settled.batchRefused ? Math.max(1, Math.floor(claimed.writes.length / 2)) : Math.min(batch, limit * 2)
    }
    if (claimed.found === 0) return { found: total, fault: null }
  }
}

/** A throw before sending proves that nothing happened; the contract allows no other. */
async function send(connector: Connector, writes: Write[], ctx: Ctx): Promise<Outcome[]> {
  try {
    return await connector.write(writes, ctx)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const status = error.effect === 'no' ? ('retry' as const) : ('unclear' as const)
    return writes.map(({ ref }) => ({ ref, status, fault: error.fault }))
  }
}

/** Records that users edit too are read just before they are written, so that an edit is merged and not erased. */
async function refreshShared(
  deps: ActivityDeps,
  system: System,
  connector: Connector,
  object: string,
  limit: number,
  ctx: Ctx,
): Promise<void> {
  await readBack(deps, system, connector, object, await sharedDue(deps.db, system, object, limit), ctx)
}

async function readBack(
  deps: ActivityDeps,
  system: System,
  connector: Connector,
  object: string,
  ids: string[],
  ctx: Ctx,
): Promise<void> {
  if (ids.length === 0) return
  const reads = await connector.read(
    ids.map((value) => ({ object, by: 'id' as const, value })),
    fieldsOf(system, object),
    ctx,
  )
  await takeIn(
    deps,
    system,
    object,
    reads.flatMap((read) => (read.status === 'found' ? [read.record] : [])),
  )
}

async function takeIn(
  { db, programme }: ActivityDeps,
  system: System,
  object: string,
  records: VendorRecord[],
): Promise<void> {
  if (records.length === 0) return
  await storeRecords(db, system.name, records)
  await applyPending(db, programme.systems, system.name, object)
}

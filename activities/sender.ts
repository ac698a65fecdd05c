import { setTimeout as pause } from 'node:timers/promises'
import { cancellationSignal, heartbeat } from '@temporalio/activity'
import {
  ConnectorError,
  faultOf,
  type Capability,
  type Connector,
  type Ctx,
  type Fault,
  type Fields,
  type Outcome,
  type VendorRecord,
  type Write,
} from '../connectors/contract.ts'
import { redactFields } from '../connectors/redact.ts'
import type { Db } from '../src/db/connection.ts'
import { readableFields } from '../src/db/schema-changes.ts'
import { reauthOf } from '../src/db/reauth.ts'
import { applyRecords } from '../src/apply/apply.ts'
import { mappingsInForce } from '../src/db/in-force.ts'
import { storeRecords } from '../src/intake/store.ts'
import { capabilityOf, systemOf, type System } from '../src/mapping/systems.ts'
import { retryParkedWrites } from '../src/write/again.ts'
import {
  claimWrites,
  countDueWrites,
  SEND_DEADLINE_MS,
  untilDueWrite,
  type Claimed,
  type ClaimedWrite,
} from '../src/write/claim.ts'
import { endRuns } from '../src/write/go-live.ts'
import { settleWrites } from '../src/write/settle.ts'
import { expireLeases, postponeWrites, releaseUnclear, resolveUnclear } from '../src/write/unclear.ts'
import { connectorOf } from './connectors.ts'
import type { ActivityDeps } from './deps.ts'

export interface SenderActivities {
  /** Sends what is due. Answers when to come back; null: when woken. */
  drain(connection: string): Promise<{ waitMs: number | null }>
}

/** Wishes that follow each other within this time are sent as one. */
const WINDOW_MS = 200
const FAULT_PAUSE_MS = 5_000
/** A drain ends after so long although more is due, well before the activity's own time is up, and comes back at once. */
const LONGEST_MS = 240_000
/** So many batches that fail as a whole one after another are the vendor's trouble and no record's: it is left alone a while. */
const VAIN_BATCHES = 3
/**
 * Batches of one object that may be under way together. A vendor that answers in some 300 ms and allows some 19 requests a second
 * is kept busy by six; eight are left when the next six are claimed.
 */
const SIDE_BY_SIDE = 14
/** Batches that are claimed at once, for a claim costs the database much the same for one as for several. */
const TOGETHER = 6

interface Lane {
  deps: ActivityDeps
  system: System
  connector: Connector
  object: string
}

/** @param windowMs how long a drain waits for wishes that belong together before it begins */
export function senderActivities(deps: ActivityDeps, windowMs = WINDOW_MS): SenderActivities {
  const { db, programme, kick, log } = deps
  return {
    async drain(connection) {
      const system = systemOf(programme.systems, connection)
      const connector = connectorOf(deps, connection)
      // Woken when the credentials are renewed; until then all of it would be refused.
      if ((await reauthOf(db, connection)) !== null) return { waitMs: null }
      const endMs = performance.now() + LONGEST_MS
      await pause(windowMs)
      try {
        for (let isBusy = true; isBusy;) {
          await mappingsInForce(db, system)
          await expireLeases(db, system)
          await retryParkedWrites(db, system)
          isBusy = false
          for (const { object } of system.capabilities) {
            const round = await sendObject({ deps, system, connector, object }, endMs)
            kick()
            if (round.fault !== null) return { waitMs: round.fault.retryAfterMs ?? FAULT_PAUSE_MS }
            if (performance.now() >= endMs || cancellationSignal().aborted) return { waitMs: 0 }
            isBusy ||= round.found > 0
          }
        }
        await endRuns(db, connection)
        return { waitMs: await untilDueWrite(db, connection) }
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error
        log.warn('connection cannot be written', { connection, code: error.fault.code })
        return { waitMs: error.fault.retryAfterMs ?? FAULT_PAUSE_MS }
      }
    },
  }
}

/**
 * One object's due writes, until none is due, the connection must wait or the time is up. Batches are claimed a few at once
 * and sent side by side, so that neither the vendor's answer time nor our database's leaves the allowance of requests unused.
 */
async function sendObject(lane: Lane, endMs: number): Promise<{ found: number; fault: Fault | null }> {
  const { deps, system, connector, object } = lane
  const { db } = deps
  // Records of one parent are locked together there.
  const isAlone = capabilityOf(system, object).group === 'parent'
  const most = isAlone ? 0 : SIDE_BY_SIDE - TOGETHER
  const inFlight = new Set<Promise<void>>()
  const state: Sending = { fault: null, vain: 0, broken: [] }
  let found = 0
  let together = TOGETHER
  try {
    while (state.fault === null && state.broken.length === 0) {
      heartbeat()
      const unclear = await resolveUnclear(db, system, connector, object, within(SEND_DEADLINE_MS))
      await takeIn(lane, unclear.found)
      await releaseUnclear(db, system, object, unclear.clear)
      const claimed = await claimFresh(lane, isAlone ? 1 : together)
      together = claimed.wasRead ? 1 : TOGETHER
      found += claimed.found
      for (const batch of claimed.batches) {
        const sending = sendBatch(lane, batch, claimed.ctx, state)
          // Nobody may be listening at that moment: a failure is kept until somebody does, or it would end the process.
          .catch((error: unknown) => void state.broken.push(error))
          .finally(() => inFlight.delete(sending))
        inFlight.add(sending)
      }
      // Nothing more is due: what is under way may plan or release more when it is settled.
      if (claimed.found === 0 && inFlight.size === 0) break
      // A worker that is told to stop settles what is under way and leaves the rest to the next one.
      if (performance.now() >= endMs || cancellationSignal().aborted) break
      if (claimed.found === 0) await Promise.race(inFlight)
      while (inFlight.size > most) await Promise.race(inFlight)
    }
    await Promise.all(inFlight)
    if (state.broken.length > 0) throw state.broken[0]
    return { found, fault: state.fault }
  } finally {
    await Promise.allSettled(inFlight)
  }
}

/** What the batches under way have found out together. */
interface Sending {
  /** Why the connection has to wait. */
  fault: Fault | null
  /** Batches in a row that failed as a whole. */
  vain: number
  /** Surprises, such as a lost database, thrown once all batches have ended. */
  broken: unknown[]
}

async function sendBatch(lane: Lane, batch: ClaimedWrite[], ctx: Ctx, state: Sending): Promise<void> {
  const { deps, system, object } = lane
  const outcomes = await send(lane, batch, ctx)
  const { connectionFault, batchFault, ...counts } = await settleWrites(
    deps.db,
    system,
    batch,
    outcomes,
    await readStored(lane, outcomes),
  )
  deps.log.info('written', { connection: system.name, object, ...counts })
  state.vain = batchFault === null || counts.done > 0 ? 0 : state.vain + 1
  state.fault ??= connectionFault ?? (state.vain >= VAIN_BATCHES ? batchFault : null)
}

interface ClaimedBatches {
  batches: ClaimedWrite[][]
  /** How many due writes were looked at. */
  found: number
  /** Records were read first. */
  wasRead: boolean
  ctx: Ctx
}

/**
 * Claims batches. Records that users edit too are read just before they are written, so that an edit is merged and not erased: a batch
 * at a time, for what is read waits no longer than its own. The requests must be over before the lease that the claim begins, so
 * their time runs from before the claim.
 */
async function claimFresh(lane: Lane, together: number): Promise<ClaimedBatches> {
  const { deps, system, object } = lane
  const capability = capabilityOf(system, object)
  const { batch, deadlineMs, isBulk } = await waySize(deps.db, system, capability)
  const batches = isBulk ? 1 : together
  const ctx = within(deadlineMs)
  const claimed = await claimWrites(deps.db, system, object, { limit: batch, batches, deadlineMs })
  const { found } = claimed
  if (claimed.toRead.length === 0) return { batches: batchesOf(claimed, batch), found, wasRead: false, ctx }
  // Nothing was claimed: of several batches the first one is.
  if (batches > 1) return { ...(await claimFresh(lane, 1)), wasRead: true }
  const fresh = await refresh(lane, claimed.toRead)
  const late = within(deadlineMs)
  const second = await claimWrites(deps.db, system, object, { limit: batch, deadlineMs, fresh })
  return { batches: batchesOf(second, batch), found, wasRead: true, ctx: late }
}

function batchesOf({ writes }: Claimed, size: number): ClaimedWrite[][] {
  return Array.from({ length: Math.ceil(writes.length / size) }, (_, n) => writes.slice(n * size, (n + 1) * size))
}

/** The usual batch, or the vendor's slower way for many records when so many wait. */
async function waySize(
  db: Db,
  { name }: System,
  { object, batch, bulk }: Capability,
): Promise<{ batch: number; deadlineMs: number; isBulk: boolean }> {
  const isMany = bulk !== undefined && (await countDueWrites(db, name, object, bulk.above + 1)) > bulk.above
  return isMany
    ? { batch: bulk.batch, deadlineMs: bulk.deadlineMs, isBulk: true }
    : { batch, deadlineMs: SEND_DEADLINE_MS, isBulk: false }
}

async function refresh(lane: Lane, toRead: Claimed['toRead']): Promise<Set<string>> {
  const { deps, system, connector, object } = lane
  const refs = toRead.map(({ externalId }) => ({ object, by: 'id' as const, value: externalId }))
  const reads = await connector.read(refs, await readableFields(deps.db, system, object), within(SEND_DEADLINE_MS))
  const fresh = new Set<string>()
  const unread: string[] = []
  for (const [index, { linkId }] of toRead.entries()) {
    const read = reads[index]
    if (read?.status === 'failed' && read.fault.scope === 'connection') throw new ConnectorError(read.fault, 'no')
    // Absent: the vendor's answer to the write says so, and with what code.
    if (read?.status === 'found' || read?.status === 'absent') fresh.add(linkId)
    else unread.push(linkId)
  }
  await postponeWrites(deps.db, unread)
  await takeIn(
    lane,
    reads.flatMap((read) => (read.status === 'found' ? [read.record] : [])),
  )
  return fresh
}

/** A throw before sending proves that nothing happened; any other leaves it open. */
async function send({ deps, system, connector, object }: Lane, writes: Write[], ctx: Ctx): Promise<Outcome[]> {
  const all = (status: 'retry' | 'unclear', fault: Fault) => writes.map(({ ref }) => ({ ref, status, fault }))
  if (ctx.signal.aborted)
    return all('retry', faultOf('CW_VENDOR_TIMEOUT', 'No time was left to send', { scope: 'connection' }))
  try {
    return await connector.write(writes, ctx)
  } catch (error) {
    if (error instanceof ConnectorError) return all(error.effect === 'no' ? 'retry' : 'unclear', error.fault)
    // A fault of our own code: the batch is cut until the record that it trips over stands alone.
    deps.log.error('a connector failed', redactFields({ connection: system.name, object, error }))
    return all('unclear', faultOf('CW_VENDOR_ANSWER', 'The connector failed on this batch', { scope: 'batch' }))
  }
}

/** Where the vendor does not say what it stored, it is read, so that what it made of our values is known. Answers the fields by write. */
async function readStored(
  { deps, system, connector, object }: Lane,
  outcomes: Outcome[],
): Promise<ReadonlyMap<string, Fields>> {
  const silent = outcomes.flatMap((outcome) => (outcome.status === 'done' && outcome.stored === null ? [outcome] : []))
  if (silent.length === 0 || capabilityOf(system, object).read === 'none') return new Map()
  try {
    const refs = silent.map(({ id }) => ({ object, by: 'id' as const, value: id }))
    const reads = await connector.read(
      refs,
      await readableFields(deps.db, system, object),
      within(SEND_DEADLINE_MS / 4),
    )
    return new Map(
      silent.flatMap(({ ref }, index) => {
        const read = reads[index]
        return read?.status === 'found' ? [[ref, read.record.fields] as const] : []
      }),
    )
  } catch (error) {
    // The write is done whatever becomes of the reading; the stream brings what is stored.
    if (error instanceof ConnectorError) return new Map()
    throw error
  }
}

async function takeIn({ deps, system, object }: Lane, records: VendorRecord[]): Promise<void> {
  if (records.length === 0) return
  await storeRecords(deps.db, system.name, records)
  const ids = records.map(({ id }) => id)
  await applyRecords(deps.db, deps.programme.systems, system.name, object, ids)
}

function within(ms: number): Ctx {
  return { signal: AbortSignal.any([cancellationSignal(), AbortSignal.timeout(ms)]), priority: 'sync' }
}

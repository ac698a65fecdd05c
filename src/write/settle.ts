/** What came of the writes that were sent: each ends in done, planned again, unclear or parked. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Fault, Outcome, VendorRecord, Write } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { deals, links, shadows, writes } from '../db/schema/index.ts'
import type { System } from '../mapping/systems.ts'

export interface Settlement {
  done: number
  retry: number
  unclear: number
  parked: number
  /** The vendor refused the batch as a whole and not one of its records: send fewer at a time. */
  batchRefused: boolean
  /** The whole connection has to wait. */
  connectionFault: Fault | null
  /** Records whose stored form the vendor did not give back. */
  readBack: { object: string; id: string }[]
}

/** Back-off after a refusal that may pass: 2 s doubling to 5 minutes, by attempt. */
const backoff = sql`now() + make_interval(secs => least(300, 2 ^ least(${writes.attempt}, 9)))`

export async function settleWrites(db: Db, system: System, batch: Write[], outcomes: Outcome[]): Promise<Settlement> {
  const result: Settlement = {
    done: 0,
    retry: 0,
    unclear: 0,
    parked: 0,
    batchRefused: false,
    connectionFault: null,
    readBack: [],
  }
  const byRef = new Map(outcomes.map((outcome) => [outcome.ref, outcome]))
  await db.transaction(async (tx) => {
    for (const write of batch) {
      // A write without an outcome is a connector's fault; what it did is not known.
      const outcome = byRef.get(write.ref) ?? { ref: write.ref, status: 'unclear' as const, fault: noOutcome }
      await settleOne(tx, system, write, outcome, batch.length, result)
    }
    await nudgeFollowers(
      tx,
      batch.map((write) => write.ref),
    )
  })
  return result
}

const noOutcome: Fault = {
  code: 'CW_VENDOR_ANSWER',
  vendorCode: null,
  message: 'the answer left this record out',
  fields: [],
  existingIds: [],
  scope: 'record',
  retryAfterMs: null,
}

async function settleOne(
  tx: Tx,
  system: System,
  write: Write,
  outcome: Outcome,
  size: number,
  result: Settlement,
): Promise<void> {
  if (outcome.status === 'done') {
    await settleDone(tx, write, outcome.id, outcome.stored)
    if (outcome.stored === null) result.readBack.push({ object: write.object, id: outcome.id })
    result.done += 1
    return
  }
  const { fault } = outcome
  if (fault.scope === 'connection') result.connectionFault = fault
  const explained = {
    code: fault.code,
    detail: {
      message: fault.message,
      vendorCode: fault.vendorCode,
      fields: fault.fields,
      existingIds: fault.existingIds,
    },
  }
  if (outcome.status === 'unclear') {
    const visibleAfterMs = system.capabilities.find((c) => c.object === write.object)?.visibleAfterMs ?? 0
    await set(tx, write.ref, {
      status: 'unclear',
      ...explained,
      notBefore: sql`now() + make_interval(secs => ${visibleAfterMs / 1000})`,
      leaseUntil: null,
    })
    result.unclear += 1
  } else if (outcome.status === 'retry' || fault.scope === 'connection' || (fault.scope === 'batch' && size > 1)) {
    result.batchRefused ||= outcome.status === 'rejected' && fault.scope === 'batch'
    const notBefore = result.batchRefused
      ? sql`now()`
      : fault.retryAfterMs === null
        ? backoff
        : sql`now() + make_interval(secs => ${fault.retryAfterMs / 1000})`
    await set(tx, write.ref, { status: 'planned', ...explained, notBefore, leaseUntil: null })
    result.retry += 1
  } else {
    await set(tx, write.ref, { status: 'parked', ...explained, leaseUntil: null })
    result.parked += 1
  }
}

/** The vendor has it: its id is linked, what it stored is the shadow, and a wish that grew meanwhile is planned again. */
async function settleDone(tx: Tx, write: Write, id: string, stored: VendorRecord | null): Promise<void> {
  await tx
    .update(links)
    .set({ externalId: id })
    .where(and(eq(links.id, write.ref), sql`${links.externalId} is distinct from ${id}`))
  const shadow =
    stored === null
      ? { fields: write.fields, version: 'sent', modifiedAt: null }
      : { fields: stored.fields, version: stored.version, modifiedAt: stored.modifiedAt }
  await tx
    .insert(shadows)
    .values({ linkId: write.ref, ...shadow })
    .onConflictDoUpdate({
      target: shadows.linkId,
      set: {
        fields: sql`${shadows.fields} || excluded.fields`,
        version: sql`excluded.version`,
        modifiedAt: sql`coalesce(excluded.modified_at, ${shadows.modifiedAt})`,
        seenAt: sql`now()`,
      },
    })
  await set(tx, write.ref, {
    status: sql`case when ${writes.desired} > ${writes.sent} then 'planned' else 'done' end`,
    notBefore: sql`now()`,
    attempt: 0,
    leaseUntil: null,
    sentFields: null,
    code: null,
    detail: null,
  })
}

/** A deal that got its vendor id is news for its registration, and what waited for a record may go. */
async function nudgeFollowers(tx: Tx, refs: string[]): Promise<void> {
  const rows = await tx
    .select({ connection: links.connection, recordId: links.recordId, registrationId: deals.registrationId })
    .from(links)
    .innerJoin(writes, eq(writes.linkId, links.id))
    .leftJoin(deals, eq(deals.id, links.recordId))
    .where(and(inArray(links.id, refs), eq(writes.status, 'done')))
  if (rows.length === 0) return
  for (const connection of new Set(rows.map((row) => row.connection))) {
    const ids = rows.filter((row) => row.connection === connection).map((row) => row.recordId)
    const waits = sql`exists (select from jsonb_array_elements(${writes.detail} -> 'waitsFor') w where w ->> 'recordId' in ${ids})`
    await tx
      .update(writes)
      .set({ status: 'planned', notBefore: sql`now()`, code: null, detail: null, updatedAt: sql`now()` })
      .where(and(eq(writes.connection, connection), inArray(writes.status, ['planned', 'parked']), waits))
  }
  await nudge(
    tx,
    rows.flatMap((row) => (row.registrationId === null ? [] : [workflowId.registration(row.registrationId)])),
  )
}

type WriteUpdate = Parameters<ReturnType<Tx['update']>['set']>[0]

async function set(tx: Tx, linkId: string, values: Record<string, unknown>): Promise<void> {
  await tx
    .update(writes)
    .set({ ...(values as WriteUpdate), updatedAt: sql`now()` })
    .where(eq(writes.linkId, linkId))
}

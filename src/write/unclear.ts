/** Writes whose outcome is not known: after the vendor's visibility lag the record is read, by its id or by our key on it. */
import { and, asc, eq, lte, sql } from 'drizzle-orm'
import {
  ConnectorError,
  type Connector,
  type Ctx,
  type Fields,
  type Ref,
  type VendorRecord,
} from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import type { Db } from '../db/connection.ts'
import { readableFields } from '../db/schema-changes.ts'
import { links, writes } from '../db/schema/index.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { isSame } from '../mapping/translate.ts'
import { auditWrites, countWrites } from './audit.ts'
import { keepIds } from './vendor-ids.ts'

export interface Resolved {
  /** What the vendor holds, to be stored and applied. */
  found: VendorRecord[]
  /** The writes that are clear once `found` is applied. */
  clear: Clear[]
}

interface Clear {
  linkId: string
  /** The attempt whose outcome is known by now; a newer one is not. */
  attempt: number
  /** The vendor's id of the record that was found. */
  externalId: string | null
}

/** A record that the vendor will not show so many times in a row is left to a person. */
const PATIENCE = 12

/** Writes whose sender died: what it sent may or may not have taken effect. Their visibility lag begins with the lease's end. */
export async function expireLeases(db: Db, system: System): Promise<void> {
  const lags = Object.fromEntries(
    system.capabilities.map(({ object, visibleAfterMs }) => [object, visibleAfterMs / 1000]),
  )
  await db.execute(sql`
    update ${writes} set status = 'unclear', updated_at = now(),
      not_before = lease_until + make_interval(secs => coalesce((${JSON.stringify(lags)}::jsonb ->> object)::float8, 0))
    where connection = ${system.name} and status = 'sending' and lease_until <= now()`)
}

/**
 * Reads the unclear writes of one object that are due. What the vendor holds comes back as records to be taken in like any other
 * change; then ledger − shadow says whether anything is left to send. Absence is proven by then, so a create may be repeated.
 */
export async function resolveUnclear(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  ctx: Ctx,
): Promise<Resolved> {
  const capability = capabilityOf(system, object)
  const unclear = await db
    .select({
      linkId: links.id,
      recordId: links.recordId,
      externalId: links.externalId,
      attempt: writes.attempt,
      sentFields: writes.sentFields,
      sentOver: writes.sentOver,
    })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .where(
      and(
        eq(writes.connection, system.name),
        eq(writes.object, object),
        eq(writes.status, 'unclear'),
        lte(writes.notBefore, sql`now()`),
      ),
    )
    .orderBy(asc(writes.notBefore), asc(writes.linkId))
    .limit(capability.batch)
  if (unclear.length === 0) return { found: [], clear: [] }

  // Setting an association or a member twice is setting it once: it needs no reading.
  const isRepeatable = capability.write === 'set' && capability.key === null
  if (isRepeatable && capability.read !== 'changes') return { found: [], clear: unclear }
  const keyless = unclear.filter((write) => write.externalId === null && capability.key === null)
  if (!isRepeatable) await putOff(db, keyless, 'for good')
  const found: VendorRecord[] = []
  const clear: Clear[] = isRepeatable ? [...keyless] : []
  const proven: Proven[] = []
  for (const by of ['id', 'key'] as const) {
    const group = unclear.filter((write) =>
      by === 'id' ? write.externalId !== null : write.externalId === null && capability.key !== null,
    )
    if (group.length === 0) continue
    const refs = group.map((write): Ref => ({
      object,
      by,
      value: by === 'id' ? (write.externalId ?? '') : write.recordId,
    }))
    const reads = await connector.read(refs, await readableFields(db, system, object), ctx)
    const unread: typeof unclear = []
    for (const [index, write] of group.entries()) {
      const read = reads[index]
      if (read?.status === 'failed' && read.fault.scope === 'connection') throw new ConnectorError(read.fault, 'no')
      if (read === undefined || read.status === 'failed') {
        unread.push(write)
        continue
      }
      if (read.status === 'found') {
        found.push(read.record)
        const held = tookEffect(write, read.record)
        if (held !== null)
          proven.push({ linkId: write.linkId, attempt: write.attempt, externalId: read.record.id, held })
      }
      clear.push({ ...write, externalId: read.status === 'found' ? read.record.id : null })
    }
    await putOff(db, unread, 'for a while')
  }
  await tellProven(db, proven)
  return { found, clear }
}

interface Proven {
  linkId: string
  attempt: number
  externalId: string
  /** The fields that were sent, as the vendor holds them. */
  held: Fields
}

/**
 * What a vendor holds of the fields that were sent, when it shows that they arrived: at least one is as it was sent, or the record was
 * to be made and is there.
 */
function tookEffect(
  { sentFields, sentOver }: { sentFields: Fields | null; sentOver: Fields | null },
  { fields }: VendorRecord,
): Fields | null {
  const sent = Object.entries(sentFields ?? {})
  if (sentOver !== null && !sent.some(([path, value]) => isSame(fields[path], value))) return null
  return Object.fromEntries(sent.map(([path]) => [path, fields[path] ?? null]))
}

/**
 * Writes that turn out to be done are told to the audit. What was sent is cleared with it, so that neither a second reading nor a late answer tells it again.
 */
async function tellProven(db: Db, proven: Proven[]): Promise<void> {
  if (proven.length === 0) return
  const rows = JSON.stringify(proven.map(({ linkId, attempt }) => ({ link_id: linkId, attempt })))
  await transact(db, async (tx) => {
    const { rows: present } = await tx.execute<{ link_id: string; run_id: string | null; mapping: string | null }>(sql`
      select w.link_id, w.run_id, w.mapping from ${writes} w join jsonb_to_recordset(${rows}::jsonb) as r(link_id uuid, attempt int)
        on w.link_id = r.link_id and w.attempt = r.attempt
      where w.status = 'unclear' and w.sent_fields is not null order by w.link_id for update of w`)
    const open = new Map(present.map((row) => [row.link_id, row]))
    const told = await auditWrites(
      tx,
      proven.flatMap(({ linkId, externalId, held }) => {
        const write = open.get(linkId)
        if (write === undefined) return []
        const { run_id, mapping } = write
        return [{ link_id: linkId, run_id, version: mapping, external_id: externalId, fields: held }]
      }),
    )
    if (open.size > 0)
      await tx.execute(
        sql`update ${writes} set sent_fields = null, sent_over = null where link_id in ${[...open.keys()]}`,
      )
    await countWrites(tx, told)
  })
}

/**
 * After what was found has been applied: the writes are looked at again, and those that are equal end as done without a request. A
 * record that was found is linked even if its fields could not be taken in, or it would be made a second time.
 */
export async function releaseUnclear(db: Db, system: System, object: string, clear: Clear[]): Promise<void> {
  if (clear.length === 0) return
  const rows = JSON.stringify(clear.map(({ linkId, attempt }) => ({ link_id: linkId, attempt })))
  await transact(db, async (tx) => {
    const released = await tx.execute<{ link_id: string }>(sql`
      update ${writes} w set status = 'planned', not_before = now(), lease_until = null, updated_at = now()
      from jsonb_to_recordset(${rows}::jsonb) as r(link_id uuid, attempt int)
      where w.link_id = r.link_id and w.attempt = r.attempt and w.status = 'unclear' returning w.link_id`)
    const now = new Set(released.rows.map((row) => row.link_id))
    await keepIds(
      tx,
      system.name,
      object,
      clear.flatMap(({ linkId, externalId }) =>
        externalId === null || !now.has(linkId) ? [] : [{ linkId, externalId }],
      ),
    )
  })
}

/** What cannot be read is looked at later, 2 s doubling to 5 minutes; what never can be is parked. */
async function putOff(
  db: Db,
  unread: { linkId: string; attempt: number }[],
  how: 'for a while' | 'for good',
): Promise<void> {
  if (unread.length === 0) return
  const rows = JSON.stringify(unread.map(({ linkId, attempt }) => ({ link_id: linkId, attempt })))
  const isOver = sql`(${how === 'for good'} or w.failures + 1 >= ${PATIENCE})`
  await db.execute(sql`
    update ${writes} w set failures = w.failures + 1, updated_at = now(), lease_until = null,
      not_before = now() + make_interval(secs => least(300, 2 ^ least(w.failures + 1, 9))),
      status = case when ${isOver} then 'parked' else 'unclear' end,
      code = case when ${isOver} then 'CW_WRITE_UNCLEAR' else w.code end
    from jsonb_to_recordset(${rows}::jsonb) as r(link_id uuid, attempt int)
    where w.link_id = r.link_id and w.attempt = r.attempt and w.status = 'unclear'`)
}

/** Writes whose record had to be read before they are sent, and could not be: they stay planned for later. */
export async function postponeWrites(db: Db, linkIds: string[]): Promise<void> {
  if (linkIds.length === 0) return
  await db.execute(sql`
    update ${writes} set failures = failures + 1, updated_at = now(),
      not_before = now() + make_interval(secs => least(300, 2 ^ least(failures + 1, 9)))
    where link_id in ${linkIds} and status = 'planned'`)
}

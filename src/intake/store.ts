/** Room 1: what a vendor says is stored as it came. The same version of the same record is stored once, however often it is read. */
import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import type { Page, VendorRecord } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { changes, streams, type ChangeBody } from '../db/schema/index.ts'

/** Stores records as pending changes. Answers how many were new. */
export async function storeRecords(tx: Tx | Db, connection: string, records: VendorRecord[]): Promise<number> {
  if (records.length === 0) return 0
  const rows = records.map((record) => {
    const body: ChangeBody = {
      key: record.key,
      deleted: record.deleted,
      mergedInto: record.mergedInto,
      modifiedAt: record.modifiedAt,
      fields: record.fields,
    }
    return {
      connection,
      object: record.object,
      externalId: record.id,
      version: record.version,
      bodyHash: hash(body),
      body,
    }
  })
  const stored = await tx.insert(changes).values(rows).onConflictDoNothing().returning({ id: changes.id })
  return stored.length
}

/** A stream's place, as far as it was read. */
export async function positionOf(db: Db, connection: string, object: string): Promise<string | null> {
  await db.insert(streams).values({ connection, object }).onConflictDoNothing()
  const [stream] = await db.select({ cursor: streams.cursor }).from(streams).where(at(connection, object))
  return stream?.cursor ?? null
}

/**
 * Stores a page and the place after it (`beganAt`: when this reading began, by the database's clock) in one transaction, so that a crash between the two can neither lose nor skip records.
 */
export async function storePage(
  db: Db,
  connection: string,
  object: string,
  page: Page & { beganAt: string },
): Promise<number> {
  return db.transaction(async (tx) => {
    const stored = await storeRecords(tx, connection, page.records)
    await tx
      .update(streams)
      .set({
        cursor: page.cursor,
        failingSince: null,
        code: null,
        detail: null,
        ...(page.more
          ? {}
          : {
              readAt: page.beganAt,
              coveredThrough: sql`greatest(${streams.coveredThrough}, ${page.coveredThrough}::timestamptz)`,
            }),
      })
      .where(at(connection, object))
    return stored
  })
}

/** When the stream is to be read next, by database time; kept so that the relay notices a stream that sleeps too long. */
export async function scheduleNext(
  db: Db,
  connection: string,
  object: string,
  waitMs: number,
  fault: { code: (typeof streams.$inferInsert)['code']; message: string } | null,
): Promise<void> {
  await db
    .update(streams)
    .set({
      nextAt: sql`now() + make_interval(secs => ${waitMs / 1000})`,
      ...(fault === null
        ? {}
        : {
            code: fault.code,
            detail: { message: fault.message },
            failingSince: sql`coalesce(${streams.failingSince}, now())`,
          }),
    })
    .where(at(connection, object))
}

function at(connection: string, object: string) {
  return and(eq(streams.connection, connection), eq(streams.object, object))
}

function hash(body: ChangeBody): string {
  const sorted = Object.fromEntries(Object.entries(body.fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256')
    .update(JSON.stringify({ ...body, fields: sorted }))
    .digest('base64url')
    .slice(0, 22)
}

/**
 * Milliseconds until a read can reach what someone waits for, or null when nobody does. Coverage moves on as time does, so a
 * vendor whose lists lag is asked again only when the lag has passed.
 */
export async function untilWanted(db: Db, connection: string, object: string): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(sql`
    select (extract(epoch from wanted_through - covered_through) * 1000)::float8::text as ms from ${streams}
    where connection = ${connection} and object = ${object} and wanted_through > covered_through`)
  const ms = rows[0]?.ms ?? null
  return ms === null ? null : Math.max(500, Math.ceil(Number(ms)))
}

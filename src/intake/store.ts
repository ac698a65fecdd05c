/** Room 1: what a vendor says is stored as it came. The same version of the same record is stored once, however often it is read. */
import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import type { Page, VendorRecord } from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import type { Db, Tx } from '../db/connection.ts'
import { allowedSkew } from '../domain/clock.ts'
import { msBetween } from '../domain/time.ts'
import { changes, hints, links, shadows, streams, type ChangeBody } from '../db/schema/index.ts'
import type { System } from '../mapping/systems.ts'

/**
 * Stores records that were read by id or key as pending changes. Answers how many were news; see `store`.
 *
 * @param options.asOf they were read anew since this instant because they differ from what we hold: pending again whatever became
 *   of the same version before, and true whatever their modification dates say
 */
export async function storeRecords(
  tx: Tx | Db,
  connection: string,
  records: VendorRecord[],
  options: { asOf?: string } = {},
): Promise<number> {
  for (const [object, group] of Map.groupBy(records, (record) => record.object)) {
    const live = group.filter((record) => !record.deleted && record.mergedInto === null)
    const ids = live.map(({ id }) => id)
    await outlive(tx, connection, object, ids, options.asOf ?? null)
  }
  return (await store(tx, connection, records, 'id', options.asOf ?? null)).size
}

/**
 * Deletions that wait for a person are over for records that were seen alive since: so a permission that comes back puts everything
 * right by itself.
 *
 * @param before only what was heard before this instant; null: all until now
 */
export async function outlive(
  tx: Tx | Db,
  connection: string,
  object: string,
  externalIds: string[],
  before: string | null,
): Promise<void> {
  if (externalIds.length === 0) return
  await tx.execute(sql`
    update ${changes} set status = 'no-op', code = null, retry_at = null, settled_at = now(),
      detail = jsonb_build_object('why', 'seen alive since')
    where connection = ${connection} and object = ${object} and status = 'parked' and code = 'CW_DELETE_BRAKE'
      and external_id = any(${sql.param(externalIds)}::text[]) and received_at <= coalesce(${before}::timestamptz, now())`)
}

/**
 * A definitive "not found" for a record that we know. It bears no instant: the vendor named none, and ours would make a record
 * that is restored look old.
 */
export function tombstone(object: string, id: string, askedAt: string): VendorRecord {
  return {
    object,
    id,
    key: null,
    version: `absent ${askedAt}`,
    modifiedAt: null,
    deleted: true,
    mergedInto: null,
    fields: {},
  }
}

/**
 * Stores records as pending changes. Answers the vendor ids of those that were news.
 *
 * The same version of the same record is stored once. If it is read again and is no longer what we hold of the record (another
 * read of the same version had overtaken it, or the record was taken for deleted), it is pending again. A list may show a record
 * that is deleted by now, so what comes back from the dead in a list is hinted at and read by its id first.
 *
 * @param from whether the records come from a list or were read by id or key
 */
async function store(
  tx: Tx | Db,
  connection: string,
  records: VendorRecord[],
  from: 'list' | 'id',
  asOf: string | null = null,
): Promise<Set<string>> {
  if (records.length === 0) return new Set()
  const rows = new Map(
    records.map(({ object, id, version, ...record }) => {
      const { hash, json } = bodyOf(record)
      const named = JSON.stringify({ object, external_id: id, version, body_hash: hash })
      return [named, `${named.slice(0, -1)},"body":${json}}`]
    }),
  )
  const overtaken = sql`not (s.fields @> (excluded.body -> 'fields'))
    and coalesce((excluded.body ->> 'modifiedAt')::timestamptz >= s.modified_at, true)`
  const isNews =
    asOf === null
      ? sql`(c.status in ('applied', 'no-op') and c.code is null
          and not (excluded.body ->> 'deleted')::boolean and excluded.body ->> 'mergedInto' is null
          and exists (select from ${links} l join ${shadows} s on s.link_id = l.id
            where l.connection = excluded.connection and l.object = excluded.object and l.external_id = excluded.external_id
              and case when l.gone then ${from === 'id'} else ${overtaken} end))
          or (${from === 'id'} and c.status = 'parked' and c.code <> 'CW_DELETE_BRAKE')`
      : sql`true`
  const stored = await tx.execute<{ external_id: string }>(sql`
    insert into ${changes} as c (connection, object, external_id, version, body_hash, body, as_of)
    select ${connection}, r.object, r.external_id, r.version, r.body_hash, r.body, ${asOf}::timestamptz
    from jsonb_to_recordset(${`[${[...rows.values()].join()}]`}::jsonb)
      as r(object text, external_id text, version text, body_hash text, body jsonb)
    on conflict (connection, object, external_id, version, body_hash) do update set
      status = 'pending', code = null, detail = null, settled_at = null, retry_at = null, as_of = excluded.as_of
    where ${isNews}
    returning c.external_id`)
  return new Set(stored.rows.map((row) => row.external_id))
}

/** Records of a list that are no news and yet count as deleted are to be read by their ids. Answers which. */
async function doubtDeaths(
  tx: Tx | Db,
  connection: string,
  records: VendorRecord[],
  news: Set<string>,
): Promise<string[]> {
  const [first] = records
  const old = records.filter((record) => !record.deleted && record.mergedInto === null && !news.has(record.id))
  if (first === undefined || old.length === 0) return []
  const ids = [...new Set(old.map(({ id }) => id))]
  const doubted = await tx.execute<{ external_id: string }>(sql`
    insert into ${hints} (connection, object, external_id, body)
    select connection, object, external_id, '' from ${links}
    where connection = ${connection} and object = ${first.object} and external_id = any(${sql.param(ids)}::text[]) and gone
    returning external_id`)
  return doubted.rows.map((row) => row.external_id)
}

/** Bytes of a record as JSON; what people and programs fill a vendor's fields with is far below. */
const MOST_BYTES = 1_000_000

/**
 * What is kept of a record, as JSON, and a hash of what it says. A record beyond all bounds is not kept: what is kept of it says which
 * field to shorten.
 */
function bodyOf({ key, deleted, mergedInto, modifiedAt, fields }: Omit<VendorRecord, 'object' | 'id' | 'version'>): {
  hash: string
  json: string
} {
  const sorted = Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const body: ChangeBody = { key, deleted, mergedInto, modifiedAt, fields: sorted }
  const json = storable(body)
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, 22)
  // No character has more than three bytes in UTF-8 for each of its units.
  if (json.length * 3 <= MOST_BYTES || bytesOf(fields) <= MOST_BYTES) return { hash, json }
  const [field = ''] = Object.keys(fields).toSorted((a, b) => bytesOf(fields[b]) - bytesOf(fields[a]))
  return { hash, json: JSON.stringify({ ...body, fields: {}, tooLarge: { bytes: bytesOf(fields), field } }) }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value ?? null))
}

/** As JSON writes what PostgreSQL does not hold: NUL, and half a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** PostgreSQL holds neither NUL nor half a surrogate pair; a record must not stop its stream for one. */
function storable(body: ChangeBody): string {
  const json = JSON.stringify(body)
  if (!UNSTORABLE.test(json)) return json
  return JSON.stringify(body, (_, value: unknown) => (typeof value === 'string' ? plain(value) : value))
}

export function plain(text: string): string {
  return text
    .replaceAll('\u0000', '')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
}

export type Stream = typeof streams.$inferSelect

/** A stream's row, with its place as far as it was read; made at the first time. */
export async function openStream(db: Db, connection: string, object: string): Promise<Stream> {
  await db.insert(streams).values({ connection, object }).onConflictDoNothing()
  const [stream] = await db.select().from(streams).where(at(connection, object))
  if (stream === undefined) throw new Error(`the stream of ${object} is gone`)
  return stream
}

/**
 * Stores a page and the place after it in one transaction, so that a crash between the two can neither lose nor skip records.
 *
 * @param page.beganAt when this pull began, by the database's clock: the reading began then, unless it goes on from an earlier pull
 * @param page.skewMs how far the vendor's clock is ahead of the database's: coverage is kept in the database's time
 * @param also what is kept with it
 * @returns the vendor ids of the records that were news, which ones have a hint now because they are shown although they were
 *   deleted, and whether a person told the stream to rest meanwhile
 */
export async function storePage(
  db: Db,
  connection: string,
  object: string,
  page: Page & { beganAt: string; skewMs?: number | null },
  also: (tx: Tx, news: number) => Promise<void> = () => Promise.resolve(),
): Promise<{ news: ReadonlySet<string>; doubted: string[]; isPaused: boolean }> {
  // A page that is being applied may hold records that this one tells of again.
  return transact(db, async (tx) => {
    const { news, doubted } = await storeListed(tx, connection, page.records)
    const [stream] = await tx
      .update(streams)
      .set({
        cursor: page.cursor,
        failingSince: null,
        code: null,
        detail: null,
        ...(page.skewMs === undefined ? {} : { skewMs: page.skewMs }),
        ...(page.more
          ? { readingSince: sql`coalesce(${streams.readingSince}, ${page.beganAt}::timestamptz)` }
          : {
              // What came to its end may have been asked for long ago: a vendor's window is as of when it was opened.
              readAt: sql`coalesce(${streams.readingSince}, ${page.beganAt}::timestamptz)`,
              readingSince: null,
              coveredThrough: sql`greatest(${streams.coveredThrough}, ${page.coveredThrough}::timestamptz - make_interval(secs => ${allowedSkew(page.skewMs ?? null) / 1_000}::float8))`,
            }),
      })
      .where(at(connection, object))
      .returning({ pausedAt: streams.pausedAt })
    await also(tx, news.size)
    return { news, doubted, isPaused: stream?.pausedAt !== null }
  })
}

/** Stores a page of a list. Answers the vendor ids of what was news, and which ones have a hint now: see `doubtDeaths`. */
export async function storeListed(
  tx: Tx,
  connection: string,
  records: VendorRecord[],
): Promise<{ news: Set<string>; doubted: string[] }> {
  const news = await store(tx, connection, records, 'list')
  return { news, doubted: await doubtDeaths(tx, connection, records, news) }
}

/**
 * When the stream is to be read next, by database time; kept so that the relay notices a stream that sleeps too long.
 *
 * @param pace how long it sleeps between polls at present, and why; null: as before, for more waits
 */
export async function scheduleNext(
  db: Db,
  connection: string,
  object: string,
  waitMs: number,
  pace: { ms: number; why: string } | null,
  fault: { code: (typeof streams.$inferInsert)['code']; message: string } | null,
): Promise<void> {
  await db
    .update(streams)
    .set({
      nextAt: sql`now() + make_interval(secs => ${waitMs / 1000})`,
      ...(pace === null ? {} : { intervalMs: pace.ms, intervalWhy: pace.why }),
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

/** The one stream, for queries. */
export function at(connection: string, object: string) {
  return and(eq(streams.connection, connection), eq(streams.object, object))
}

/**
 * Milliseconds until a read can reach what someone waits for, or null when nobody does. A portal's coverage moves on as time does, so a
 * vendor whose lists lag is asked again only when the lag has passed. A CRM is to be read by a reading that begins after the wish.
 */
export function untilWanted({ wantedThrough, readAt, coveredThrough }: Stream, role: System['role']): number | null {
  const reached = role === 'crm' ? readAt : coveredThrough
  if (wantedThrough === null || reached === null || wantedThrough <= reached) return null
  return role === 'crm' ? 0 : Math.max(500, msBetween(reached, wantedThrough))
}

import { z } from 'zod'
import { ConnectorError, faultOf, type ChangesQuery, type Ctx, type Page, type VendorRecord } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, objectsOf, textOf, type JsonObject } from './json.ts'
import type { ToRecord } from './records.ts'
import type { Settings } from './settings.ts'

/**
 * Where a scan stands. PartnerStack lists newest-created first, whatever the time filter, so the position is a record and the
 * whole list since `since` must be walked; rows that are created during the walk stand before the position and belong to the next
 * scan, which therefore starts before the start of this one.
 */
const cursorSchema = z.strictObject({
  /** Lower bound of the scan on `updated_at`, in milliseconds; null: everything. */
  since: z.number().nullable(),
  /** When the running scan began; null between two scans. */
  startedAt: z.number().nullable(),
  /** Keys of the last page, last first: if the last was archived meanwhile, an earlier one tells the place. */
  after: z.array(z.string()),
})
type Cursor = z.output<typeof cursorSchema>

const pageSize = 250
export const keysKept = 5

export interface Scan {
  client: Client
  settings: Settings
  nowMs: () => number
  toRecord: ToRecord
  object: string
  list: string
  pageSize?: number
  expand?: (rows: JsonObject[], wanted: string[], ctx: Ctx) => Promise<VendorRecord[]>
  query?: Record<string, boolean>
}

/** A page's rows as records. */
export async function recordsOf(scan: Scan, rows: JsonObject[], wanted: string[], ctx: Ctx): Promise<VendorRecord[]> {
  return scan.expand === undefined ? rows.map((row) => scan.toRecord(row, wanted)) : scan.expand(rows, wanted, ctx)
}

/** Reads the next page. `coveredThrough` is the start of the scan less the time that a record may be missing from lists. */
export async function nextPage(scan: Scan, q: ChangesQuery, ctx: Ctx): Promise<Page> {
  const { settings } = scan
  const from = q.from === null ? null : Date.parse(q.from) - settings.visibilityLagMs
  const cursor: Cursor = q.cursor === null ? { since: from, startedAt: null, after: [] } : parseCursor(q.cursor)
  const startedAt = cursor.startedAt ?? scan.nowMs()

  const page = await readPage(scan, cursor, scan.query ?? {}, ctx)
  const items = objectsOf(page['items'])
  const more = page['has_more'] === true && items.length > 0
  const keys = items.flatMap((item) => textOf(item['key']) ?? [])
  const seenThrough = startedAt - settings.visibilityLagMs
  const next: Cursor = more
    ? { since: cursor.since, startedAt, after: keys.slice(-keysKept).toReversed() }
    : { since: seenThrough - settings.overlapMs, startedAt: null, after: [] }
  return {
    records: await recordsOf(scan, items, q.fields, ctx),
    more,
    cursor: JSON.stringify(next),
    coveredThrough: new Date(seenThrough).toISOString(),
  }
}

/** The page after the first position that the vendor still knows; from the top when it knows none of them. */
export async function readPage(
  scan: Scan,
  cursor: Pick<Cursor, 'since' | 'after'>,
  query: Record<string, boolean>,
  ctx: Ctx,
): Promise<Record<string, unknown>> {
  for (const after of [...cursor.after, undefined]) {
    const answer = await scan.client.call(
      {
        method: 'GET',
        path: `/${scan.list}`,
        route: `/${scan.list}`,
        query: {
          ...query,
          limit: scan.pageSize ?? pageSize,
          min_updated: cursor.since ?? undefined,
          starting_after: after,
        },
      },
      ctx,
    )
    // An answer without its list is not an empty list: what it lacks would count as read.
    if (answer.status === 'ok' && isObject(answer.data) && Array.isArray(answer.data['items'])) return answer.data
    // Which status an unknown position gets is not documented; a refusal without a position is a true one.
    const unknownPosition =
      after !== undefined &&
      (answer.status === 'absent' || (answer.status === 'refused' && answer.fault.code === 'CW_RECORD_INVALID'))
    if (unknownPosition) continue
    if (answer.status === 'refused') throw new ConnectorError({ ...answer.fault, scope: 'connection' }, answer.effect)
    break
  }
  const message = `The list of ${scan.object} is not one that PartnerStack sends`
  throw new ConnectorError(faultOf('CW_VENDOR_ANSWER', message, { scope: 'batch' }), 'no')
}

function parseCursor(text: string): Cursor {
  return cursorSchema.parse(JSON.parse(text))
}

import { z } from 'zod'
import { ConnectorError, faultOf, type ChangesQuery, type Ctx, type Page } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, objectsOf, textOf } from './json.ts'
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
const keysKept = 5

export interface Scan {
  client: Client
  settings: Settings
  nowMs: () => number
  toRecord: ToRecord
  /** `deals` or `partnerships`: the object and the path. */
  object: string
  query?: Record<string, boolean>
}

/** Reads the next page. `coveredThrough` is the start of the scan less the time that a record may be missing from lists. */
export async function nextPage(scan: Scan, q: ChangesQuery, ctx: Ctx): Promise<Page> {
  const { settings } = scan
  const from = q.from === null ? null : Date.parse(q.from) - settings.visibilityLagMs
  const cursor: Cursor = q.cursor === null ? { since: from, startedAt: null, after: [] } : parseCursor(q.cursor)
  const startedAt = cursor.startedAt ?? scan.nowMs()

  const page = await readPage(scan, cursor, ctx)
  const items = objectsOf(page['items'])
  const more = page['has_more'] === true && items.length > 0
  const keys = items.flatMap((item) => textOf(item['key']) ?? [])
  const seenThrough = startedAt - settings.visibilityLagMs
  const next: Cursor = more
    ? { since: cursor.since, startedAt, after: keys.slice(-keysKept).toReversed() }
    : { since: seenThrough - settings.overlapMs, startedAt: null, after: [] }
  return {
    records: items.map((item) => scan.toRecord(item, q.fields)),
    more,
    cursor: JSON.stringify(next),
    coveredThrough: new Date(seenThrough).toISOString(),
  }
}

/** The page after the first position that the vendor still knows; from the top when it knows none of them. */
async function readPage(scan: Scan, cursor: Cursor, ctx: Ctx): Promise<Record<string, unknown>> {
  for (const after of [...cursor.after, undefined]) {
    const answer = await scan.client.call(
      {
        method: 'GET',
        path: `/${scan.object}`,
        route: `/${scan.object}`,
        query: { ...scan.query, limit: pageSize, min_updated: cursor.since ?? undefined, starting_after: after },
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

/**
 * What changed: live records by search, archived ones by their list.
 *
 * A read covers a window of modification time that ends `searchLagMs` ago, because the search index follows writes with a lag. Inside
 * a window the pages go by ascending record id, so that thousands of records with one instant are no obstacle and no page is asked
 * for by offset. A window of more than HubSpot's 10,000 results is cut at the time of a record in it; if they all share one instant,
 * the window is that instant, and what is left of it is read next. The next window begins where the last one ended, with a re-read of twice the lag and a second for
 * clocks that differ: what it finds again has a version that is known already.
 *
 * Archived records never show in search. They are listed apart, at the end of a window; the list has no order by time, so its cost
 * grows with what was ever archived. It is read again only after a minute for each page that it took beyond the first: at most
 * about one request a minute, however long it is. A webhook brings a deletion at once.
 *
 * Associations have no feed. Linking may leave the modification dates of both ends alone: such a change comes by its webhook or with
 * the record's next edit, and reconciliation finds it otherwise. See `views.ts` for what a page makes of its rows.
 */
import { z } from 'zod'
import type { ChangesQuery, Ctx, Page, VendorRecord } from '../contract.ts'
import { propertiesFor, rowSchema } from './records.ts'
import { pageSize } from './search.ts'
import type { Search } from './search.ts'
import type { RelatedDeps } from './related.ts'
import type { View } from './views.ts'

/** Below HubSpot's wall of 10,000, so that records that come in meanwhile do not lift a window over it. */
const windowSize = 9000
const archivePage = 100
const minuteMs = 60_000

const cursorSchema = z.object({
  /** Everything before it is covered; null: nothing yet. */
  coveredMs: z.number().nullable(),
  /** The window being read, with the last id read in it; null: the next call opens one. */
  window: z
    .object({
      fromMs: z.number().nullable(),
      untilMs: z.number(),
      afterId: z.string().nullable(),
      last: z.boolean(),
      /** Of a cut window: where the whole of it ends. */
      endMs: z.number().optional(),
    })
    .nullable(),
  /** The list of archived records being read; `sinceMs`: archived since then. */
  sweep: z
    .object({ sinceMs: z.number().nullable(), startedMs: z.number(), after: z.string().nullable(), pages: z.number() })
    .nullable(),
  sweptMs: z.number().nullable(),
  nextSweepMs: z.number(),
})
type Cursor = z.output<typeof cursorSchema>

export interface ChangesDeps extends RelatedDeps {
  search: Search
  nowMs: () => number
}

export async function readChanges(deps: ChangesDeps, view: View, q: ChangesQuery, ctx: Ctx): Promise<Page> {
  const cursor = openCursor(q)
  return cursor.sweep === null ? livePage(deps, view, q, cursor, ctx) : archivedPage(deps, view, q, cursor, ctx)
}

/** A cursor that is not ours, of an older release say, starts anew: reading twice is harmless, missing is not. */
function openCursor(q: ChangesQuery): Cursor {
  const fromMs = q.from === null ? null : Date.parse(q.from)
  const fresh: Cursor = { coveredMs: fromMs, window: null, sweep: null, sweptMs: fromMs, nextSweepMs: 0 }
  if (q.cursor === null) return fresh
  try {
    return cursorSchema.safeParse(JSON.parse(q.cursor)).data ?? fresh
  } catch {
    return fresh
  }
}

async function livePage(deps: ChangesDeps, view: View, q: ChangesQuery, cursor: Cursor, ctx: Ctx): Promise<Page> {
  const { object } = view
  const properties = propertiesFor(object, view.fields(q.fields), deps.settings)
  let window = cursor.window ?? nextWindow(deps, cursor)
  let found = await deps.search.page({ ...window, object, properties }, ctx)
  if (window.afterId === null && found.total > windowSize) {
    const cut = await deps.search.instantAt({ ...window, object, properties: [] }, windowSize, ctx)
    // All in one instant: that instant is the window, and ids lead through it.
    const untilMs = cut === null ? window.untilMs : cut > (window.fromMs ?? -Infinity) ? cut : cut + 1
    // What was found has the lowest ids of the whole window, so none of the cut one lies before them; what is later than the cut is early.
    if (untilMs < window.untilMs) window = { ...window, untilMs, last: false, endMs: window.endMs ?? window.untilMs }
  }
  const rows = [...found.results]
  // As many pages as one request for their associations takes: a search has few results, that request many.
  const most = q.isSparing === true ? pageSize : deps.settings.associationReadBatch
  while (found.results.length >= pageSize && rows.length + pageSize <= most) {
    found = await deps.search.page({ ...window, afterId: rows.at(-1)?.id ?? null, object, properties }, ctx)
    rows.push(...found.results)
  }
  // Nothing is held yet of what a first read finds.
  const held = window.fromMs === null ? undefined : q.held
  const records = await view.live(rows, q.fields, held, ctx)
  const lastId = rows.at(-1)?.id ?? null
  if (found.results.length >= pageSize && lastId !== null) {
    return page(records, true, { ...cursor, window: { ...window, afterId: lastId } })
  }
  const done: Cursor = { ...cursor, coveredMs: window.untilMs - 1, window: null }
  if (!window.last) {
    // As far as the whole was to be, and not to the present: what is written faster than it can be read would never be read to an end.
    const untilMs = window.endMs ?? nextWindow(deps, done).untilMs
    return page(records, true, { ...done, window: { fromMs: window.untilMs, untilMs, afterId: null, last: true } })
  }
  const now = deps.nowMs()
  if (now < cursor.nextSweepMs) return page(records, false, done)
  return page(records, true, { ...done, sweep: { sinceMs: cursor.sweptMs, startedMs: now, after: null, pages: 0 } })
}

/** From what is covered, less an overlap, to what the index surely shows. */
function nextWindow(deps: ChangesDeps, cursor: Cursor): NonNullable<Cursor['window']> {
  const lag = deps.settings.searchLagMs
  const untilMs = Math.max(deps.nowMs() - lag, cursor.coveredMs ?? 0)
  const fromMs = cursor.coveredMs === null ? null : cursor.coveredMs - 2 * lag - 1000
  // With the instant itself: what else happens in it is in the next window's overlap.
  return { fromMs, untilMs: untilMs + 1, afterId: null, last: true }
}

const archivedSchema = z.object({
  results: z.array(rowSchema),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
})

async function archivedPage(deps: ChangesDeps, view: View, q: ChangesQuery, cursor: Cursor, ctx: Ctx): Promise<Page> {
  const sweep = cursor.sweep ?? { sinceMs: null, startedMs: deps.nowMs(), after: null, pages: 0 }
  const { object } = view
  const route = `GET /crm/v3/objects/${object}`
  const properties = propertiesFor(object, view.fields(q.fields), deps.settings)
  const { data } = await deps.api.call({ ctx, route, effect: 'read', schema: archivedSchema, success: 200 }, (sdk) =>
    sdk.basic.getPage(object, archivePage, sweep.after ?? undefined, properties, undefined, undefined, true),
  )
  // A minute of overlap, for the vendor's clock and ours.
  const since = sweep.sinceMs === null ? -Infinity : sweep.sinceMs - minuteMs - deps.settings.searchLagMs
  const fresh = data.results.filter((row) => !(Date.parse(row.archivedAt ?? '') < since))
  const rows = fresh.map((row) => ({ ...row, archived: true }))
  const records = await view.archived(rows, q.fields, q.held)
  const after = data.paging?.next?.after ?? null
  if (after !== null) return page(records, true, { ...cursor, sweep: { ...sweep, after, pages: sweep.pages + 1 } })
  const nextSweepMs = deps.nowMs() + sweep.pages * minuteMs
  return page(records, false, { ...cursor, sweep: null, sweptMs: sweep.startedMs, nextSweepMs })
}

function page(records: VendorRecord[], more: boolean, cursor: Cursor): Page {
  const coveredThrough = new Date(cursor.coveredMs ?? 0).toISOString()
  return { records, more, cursor: JSON.stringify(cursor), coveredThrough }
}

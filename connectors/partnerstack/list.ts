/** Everything that is live, the newest first. */
import { z } from 'zod'
import type { Ctx, ListPage, ListQuery } from '../contract.ts'
import { objectsOf, textOf } from './json.ts'
import { keysKept, readPage, recordsOf, type Scan } from './scan.ts'

/** Keys of the last page, last first: if the last was archived meanwhile, an earlier one tells the place. */
const cursorSchema = z.array(z.string())

/**
 * A page of the list. It goes from the newest to the oldest, so what is made during the walk is not in it and comes by the
 * stream; a place that the vendor no longer knows begins the walk anew, for reading twice is harmless.
 */
export async function nextListPage(scan: Scan, q: ListQuery, ctx: Ctx): Promise<ListPage> {
  const after = q.cursor === null ? [] : cursorSchema.parse(JSON.parse(q.cursor))
  const page = await readPage(scan, { since: null, after }, {}, ctx)
  const items = objectsOf(page['items'])
  const more = page['has_more'] === true && items.length > 0
  const keys = items.flatMap((item) => textOf(item['key']) ?? [])
  const records = await recordsOf(scan, items, q.fields, ctx)
  return {
    records: records.filter(({ deleted }) => !deleted),
    cursor: more ? JSON.stringify(keys.slice(-keysKept).toReversed()) : null,
    total: null,
  }
}

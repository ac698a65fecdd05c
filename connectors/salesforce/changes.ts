/** Pages of changed records, deleted ones included, by (SystemModstamp, Id). */
import { z } from 'zod'
import type { ChangesQuery, Ctx, Page } from '../contract.ts'
import type { Client } from './client.ts'
import { shapeOf } from './objects.ts'
import { columns, rowsSchema, toRecord } from './records.ts'
import type { Settings } from './settings.ts'
import { allOf, instant, quoted, select } from './soql.ts'

/**
 * Where reading goes on. A round reads from `after` to the end of what exists, page by page. What is complete at its end is
 * what was older than `settled` when the round began: a transaction that was open then, or a write in the second of a record
 * that was already read, shows later with an older stamp. So the next round starts at `settled` and reads the few younger
 * records again; the caller knows them by version and content. An idle org answers an empty page, and a change is read
 * as soon as it can be seen.
 */
const cursorSchema = z.object({
  after: z.object({ at: z.string(), id: z.string() }).nullable(),
  settled: z.string().nullable(),
})
type Cursor = z.output<typeof cursorSchema>

export async function nextPage(
  client: Client,
  settings: Settings,
  nowMs: () => number,
  q: ChangesQuery,
  ctx: Ctx,
): Promise<Page> {
  const cursor: Cursor =
    q.cursor === null
      ? { after: q.from === null ? null : { at: q.from, id: '' }, settled: null }
      : cursorSchema.parse(JSON.parse(q.cursor))
  const soql = select({
    object: q.object,
    fields: columns(q.object, q.fields, settings),
    where: allOf(shapeOf(q.object).only(settings), cursor.after === null ? null : past(cursor.after)),
    order: ['SystemModstamp', 'Id'],
    limit: settings.pageSize,
  })
  const path = `/queryAll?q=${encodeURIComponent(soql)}`
  const answer = await client.demand({ method: 'GET', path, route: '/queryAll' }, rowsSchema, ctx)
  const { records: rows, done } = answer.body
  const records = rows.map((row) => toRecord(q.object, row, q.fields, settings))
  const settled = cursor.settled ?? new Date((answer.serverMs ?? nowMs()) - settings.settleMs).toISOString()
  const last = records.at(-1)
  // The page may be smaller than asked, so a short page alone proves no end; and the locator is not used, for it expires.
  if (last?.modifiedAt && (!done || rows.length >= settings.pageSize)) {
    const covered = earlier(settled, new Date(Date.parse(last.modifiedAt) - settings.settleMs).toISOString())
    return {
      records,
      more: true,
      cursor: JSON.stringify({ after: { at: last.modifiedAt, id: last.id }, settled } satisfies Cursor),
      coveredThrough: covered,
    }
  }
  return {
    records,
    more: false,
    cursor: JSON.stringify({ after: { at: settled, id: '' }, settled: null } satisfies Cursor),
    coveredThrough: settled,
  }
}

function past({ at, id }: { at: string; id: string }): string {
  const stamp = instant(at)
  return id === ''
    ? `SystemModstamp >= ${stamp}`
    : `(SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > ${quoted(id)}))`
}

function earlier(a: string, b: string): string {
  return a < b ? a : b
}

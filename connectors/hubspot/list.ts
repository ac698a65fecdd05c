/**
 * Everything that is live, by HubSpot's plain lists: no lag of search, no wall of 10,000, no order that an edit could move a record in.
 * `after` is the id of the next record, and ids only grow, so what is archived or made meanwhile moves no other record.
 */
import { z } from 'zod'
import type { Ctx, ListPage, ListQuery } from '../contract.ts'
import { propertiesFor, rowSchema } from './records.ts'
import type { ChangesDeps } from './changes.ts'
import { pageSize } from './search.ts'
import type { View } from './views.ts'

const perPage = 100

const listSchema = z.object({
  results: z.array(rowSchema),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
})

export async function listRecords(deps: ChangesDeps, view: View, q: ListQuery, ctx: Ctx): Promise<ListPage> {
  const { object } = view
  if (object === 'tasks') return listOurs(deps, view, q, ctx)
  const route = `GET /crm/v3/objects/${object}`
  const properties = propertiesFor(object, view.fields(q.fields), deps.settings)
  const { data } = await deps.api.call({ ctx, route, effect: 'read', schema: listSchema, success: 200 }, (sdk) =>
    sdk.basic.getPage(object, perPage, q.cursor ?? undefined, properties, undefined, undefined, false),
  )
  const records = await view.live(data.results, q.fields, undefined, ctx)
  return {
    // What a merge left behind is no record any more.
    records: records.filter((record) => record.mergedInto === null),
    cursor: data.paging?.next?.after ?? null,
    total: null,
  }
}

/** Tasks, of which an account has very many and few are ours: those with our key, by search. What is too new for its index is none that lacks. */
async function listOurs(deps: ChangesDeps, view: View, q: ListQuery, ctx: Ctx): Promise<ListPage> {
  const { object } = view
  const properties = propertiesFor(object, view.fields(q.fields), deps.settings)
  const untilMs = deps.nowMs() + 86_400_000
  const found = await deps.search.page({ object, fromMs: null, untilMs, afterId: q.cursor, properties }, ctx)
  const records = await view.live(found.results, q.fields, undefined, ctx)
  const isLast = found.results.length < pageSize
  return {
    records,
    cursor: isLast ? null : (found.results.at(-1)?.id ?? null),
    total: q.cursor === null ? found.total : null,
  }
}

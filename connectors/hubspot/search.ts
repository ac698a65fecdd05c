/** The search endpoint, kept under its own limit of five requests a second, which no header tells of. */
import { FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import { z } from 'zod'
import type { Ctx } from '../contract.ts'
import type { Api, Sdk } from './api.ts'
import { keyOf, modifiedPropertyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { rowSchema } from './records.ts'
import type { Row } from './records.ts'
import { paced } from './pace.ts'
import type { Settings } from './settings.ts'

export const pageSize = 200

/** Records modified in `[fromMs, untilMs)`, either end open when null, with an id above `afterId`. */
export interface Wish {
  object: RecordObject
  fromMs: number | null
  untilMs: number
  afterId: string | null
  properties: string[]
}

/** Values in lower case: HubSpot's IN asks for that. */
export interface HavingWish {
  object: RecordObject
  any: { property: string; values: string[] }[]
  properties: string[]
  limit: number
}

export interface Search {
  /** Live records whose property has one of the values. */
  having(wish: HavingWish, ctx: Ctx): Promise<Row[]>
  /** A page by ascending id, and how many match in all. */
  page(wish: Wish, ctx: Ctx): Promise<z.output<typeof searchSchema>>
  /** When the record in the given place by time was modified, or null when there are not so many. */
  instantAt(wish: Wish, place: number, ctx: Ctx): Promise<number | null>
}

type Request = Parameters<Sdk['search']['doSearch']>[1]

const searchSchema = z.object({ total: z.number(), results: z.array(rowSchema) })

export function searchOver(api: Api, settings: Settings): Search {
  const run = paced(settings.searchesPerSecond)

  async function ask(object: string, ctx: Ctx, request: Request): Promise<z.output<typeof searchSchema>> {
    const route = `POST /crm/v3/objects/${object}/search`
    const { data } = await run(ctx, () =>
      api.call({ ctx, route, effect: 'read', schema: searchSchema, success: 200 }, (sdk) =>
        sdk.search.doSearch(object, request),
      ),
    )
    return data
  }

  /** Of the many tasks of an account only those with our key. */
  const oursAlone = (object: RecordObject) =>
    object === 'tasks' ? [{ propertyName: keyOf(settings, object), operator: Operator.HasProperty }] : []

  function search(wish: Wish, order: { by: string; limit: number; after?: string }, ctx: Ctx) {
    return ask(wish.object, ctx, {
      filterGroups: [{ filters: [...filtersOf(wish), ...oursAlone(wish.object)] }],
      sorts: [order.by],
      properties: wish.properties,
      limit: order.limit,
      ...(order.after === undefined ? {} : { after: order.after }),
    })
  }

  return {
    async having({ object, any, properties, limit }, ctx) {
      const { results } = await ask(object, ctx, {
        filterGroups: any.map(({ property, values }) => ({
          filters: [{ propertyName: property, operator: Operator.In, values }],
        })),
        sorts: ['hs_object_id'],
        properties,
        limit,
      })
      return results
    },
    page: (wish, ctx) => search(wish, { by: 'hs_object_id', limit: pageSize }, ctx),
    async instantAt(wish, place, ctx) {
      const by = modifiedPropertyOf(wish.object)
      const { results } = await search(wish, { by, limit: 1, after: String(place) }, ctx)
      const at = Date.parse(results[0]?.properties[by] ?? '')
      return Number.isNaN(at) ? null : at
    },
  }
}

function filtersOf({ object, fromMs, untilMs, afterId }: Wish) {
  const modified = modifiedPropertyOf(object)
  return [
    ...(fromMs === null ? [] : [filter(modified, Operator.Gte, String(fromMs))]),
    filter(modified, Operator.Lt, String(untilMs)),
    ...(afterId === null ? [] : [filter('hs_object_id', Operator.Gt, afterId)]),
  ]
}

const filter = (propertyName: string, operator: Operator, value: string) => ({ propertyName, operator, value })

/** The search endpoint, kept under its own limit of five requests a second, which no header tells of. */
import { setTimeout as sleep } from 'node:timers/promises'
import { FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import { z } from 'zod'
import type { Ctx } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import { modifiedPropertyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { rowSchema } from './records.ts'
import type { Row } from './records.ts'
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

const searchSchema = z.object({ total: z.number(), results: z.array(rowSchema) })

export function searchOver(api: Api, settings: Settings): Search {
  const turn = pace(settings.searchesPerSecond)

  async function search(wish: Wish, order: { by: string; limit: number; after?: string }, ctx: Ctx) {
    await turn(ctx)
    const route = `POST /crm/v3/objects/${wish.object}/search`
    const { data } = await api.call({ ctx, route, effect: 'read', schema: searchSchema, success: 200 }, (sdk) =>
      sdk.search.doSearch(wish.object, {
        filterGroups: [{ filters: filtersOf(wish) }],
        sorts: [order.by],
        properties: wish.properties,
        limit: order.limit,
        ...(order.after === undefined ? {} : { after: order.after }),
      }),
    )
    return data
  }

  return {
    async having({ object, any, properties, limit }, ctx) {
      await turn(ctx)
      const route = `POST /crm/v3/objects/${object}/search`
      const { data } = await api.call({ ctx, route, effect: 'read', schema: searchSchema, success: 200 }, (sdk) =>
        sdk.search.doSearch(object, {
          filterGroups: any.map(({ property, values }) => ({
            filters: [{ propertyName: property, operator: Operator.In, values }],
          })),
          sorts: ['hs_object_id'],
          properties,
          limit,
        }),
      )
      return data.results
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

/** At most so many starts in any second, in the order of asking. Other processes' searches show as 429 and are repeated below. */
function pace(perSecond: number): (ctx: Ctx) => Promise<void> {
  const count = Math.max(1, Math.floor(perSecond))
  const windowMs = (1000 * count) / perSecond
  let starts: number[] = []
  let queue: Promise<void> = Promise.resolve()
  const wait = async (ctx: Ctx) => {
    const now = performance.now()
    const oldest = starts.length < count ? null : (starts[0] ?? null)
    // A little more than the window: the two clocks do not tick together.
    const ms = oldest === null ? 0 : oldest + windowMs + 20 - now
    if (ms > 0) {
      await sleep(ms, undefined, { signal: ctx.signal }).catch(() => {
        throw new ConnectorError(
          faultOf('CW_VENDOR_TIMEOUT', 'The search was given up before it was sent', { scope: 'batch' }),
          'no',
        )
      })
    }
    starts = [...starts, performance.now()].slice(-count)
  }
  return (ctx) => {
    const turn = queue.then(() => wait(ctx))
    queue = turn.catch(() => undefined)
    return turn
  }
}

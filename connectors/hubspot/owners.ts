/**
 * Owners: people of the account's own company. Read whole, live and archived, for there is no feed and there are few; a reading is good
 * for five minutes, so that a stream which is polled more often costs two requests in that time.
 */
import { z } from 'zod'
import type { ChangesQuery, Ctx, FindQuery, ListPage, ListQuery, Page, Read, Ref, VendorRecord } from '../contract.ts'
import type { Api } from './api.ts'

const perPage = 100
const goodForMs = 300_000
const minuteMs = 60_000

export const ownerFields = ['name', 'email', 'state'] as const

const ownersSchema = z.object({
  results: z.array(
    z.object({
      id: z.string().min(1),
      userId: z.coerce.string().nullish().catch(null),
      userIdIncludingInactive: z.coerce.string().nullish().catch(null),
      email: z.string().nullish(),
      firstName: z.string().nullish(),
      lastName: z.string().nullish(),
      archived: z.boolean().nullish(),
      updatedAt: z.string().nullish(),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
})
type Owner = z.output<typeof ownersSchema>['results'][number]

const cursorSchema = z.object({
  /** The list being read, and its place. */
  archived: z.boolean(),
  after: z.string().nullable(),
  startedMs: z.number(),
  /** Until when the last whole reading is good; 0: none. */
  goodUntilMs: z.number(),
})
type Cursor = z.output<typeof cursorSchema>

export interface Owners {
  changes(q: ChangesQuery, ctx: Ctx): Promise<Page>
  list(q: ListQuery, ctx: Ctx): Promise<ListPage>
  read(refs: Ref[], ctx: Ctx): Promise<Read[]>
  find(q: FindQuery, ctx: Ctx): Promise<VendorRecord[]>
  /** Owner ids by the ids of their users, which are others; asked for anew at most once a minute where one is unknown. */
  ofUsers(userIds: string[], ctx: Ctx): Promise<ReadonlyMap<string, string>>
}

export function ownersApi(api: Api, nowMs: () => number): Owners {
  const ownerOfUser = new Map<string, string>()
  let usersAskedMs = -Infinity

  async function page(archived: boolean, after: string | null, ctx: Ctx) {
    const route = 'GET /crm/v3/owners'
    const { data } = await api.call({ ctx, route, effect: 'read', schema: ownersSchema, success: 200 }, (sdk) =>
      sdk.owners.getPage(undefined, after ?? undefined, perPage, archived),
    )
    for (const { id, userId, userIdIncludingInactive } of data.results) {
      const user = userId ?? userIdIncludingInactive
      if (typeof user === 'string') ownerOfUser.set(user, id)
    }
    return { records: data.results.map((owner) => recordOf(owner, archived)), after: data.paging?.next?.after ?? null }
  }

  async function all(ctx: Ctx): Promise<VendorRecord[]> {
    const records: VendorRecord[] = []
    for (const archived of [false, true]) {
      let after: string | null = null
      do {
        const found: Awaited<ReturnType<typeof page>> = await page(archived, after, ctx)
        records.push(...found.records)
        ;({ after } = found)
      } while (after !== null)
    }
    return records
  }

  return {
    async changes(q, ctx) {
      const now = nowMs()
      const cursor = cursorOf(q.cursor) ?? { archived: false, after: null, startedMs: 0, goodUntilMs: 0 }
      const isUnderWay = cursor.archived || cursor.after !== null
      if (!isUnderWay && now < cursor.goodUntilMs) return answer([], false, cursor)
      const startedMs = isUnderWay ? cursor.startedMs : now
      const { records, after } = await page(cursor.archived, cursor.after, ctx)
      if (after !== null) return answer(records, true, { ...cursor, startedMs, after })
      if (!cursor.archived) return answer(records, true, { ...cursor, startedMs, archived: true, after: null })
      return answer(records, false, { archived: false, after: null, startedMs, goodUntilMs: startedMs + goodForMs })
    },
    async list(q, ctx) {
      const [which = 'live', place = ''] = (q.cursor ?? '').split(':')
      const archived = which === 'left'
      const { records, after } = await page(archived, place === '' ? null : place, ctx)
      const next = after !== null ? `${archived ? 'left' : 'live'}:${after}` : archived ? null : 'left:'
      return { records, cursor: next, total: null }
    },
    async read(refs, ctx) {
      const byId = new Map((await all(ctx)).map((record) => [record.id, record]))
      return refs.map((ref): Read => {
        const record = ref.by === 'id' ? byId.get(ref.value) : undefined
        return record === undefined ? { status: 'absent' } : { status: 'found', record }
      })
    },
    async find(q, ctx) {
      const wanted = Object.entries(q.any).map(
        ([field, values]) => [field, values.map((v) => v.toLowerCase())] as const,
      )
      const hits = (await all(ctx)).filter(({ fields }) =>
        wanted.some(([field, values]) => values.includes(String(fields[field] ?? '').toLowerCase())),
      )
      return hits.slice(0, q.limit)
    },
    async ofUsers(userIds, ctx) {
      const isUnknown = userIds.some((id) => id !== '' && !ownerOfUser.has(id))
      if (isUnknown && nowMs() - usersAskedMs >= minuteMs) {
        usersAskedMs = nowMs()
        await all(ctx)
      }
      return ownerOfUser
    },
  }
}

/** A cursor that is not ours starts anew. */
function cursorOf(text: string | null): Cursor | null {
  if (text === null) return null
  try {
    return cursorSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

function answer(records: VendorRecord[], more: boolean, cursor: Cursor): Page {
  // One who is hired or leaves between the two lists is found in one of them, or in both.
  const coveredThrough = new Date(more ? 0 : cursor.startedMs).toISOString()
  return { records, more, cursor: JSON.stringify(cursor), coveredThrough }
}

function recordOf(owner: Owner, archived: boolean): VendorRecord {
  const name = [owner.firstName, owner.lastName].filter((part) => typeof part === 'string' && part !== '').join(' ')
  const at = Date.parse(owner.updatedAt ?? '')
  const modifiedAt = Number.isNaN(at) ? null : new Date(at).toISOString()
  const state = archived || owner.archived === true ? 'left' : 'active'
  return {
    object: 'owners',
    id: owner.id,
    key: null,
    version: `${modifiedAt ?? ''} ${state}`,
    modifiedAt,
    deleted: false,
    mergedInto: null,
    fields: { name: name || null, email: owner.email ?? null, state },
  }
}

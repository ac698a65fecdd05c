/** Parked records: grouped by code, one by one, and what a person can do with them. */
import { createRoute, z } from '@hono/zod-openapi'
import { rereadChanges, retryChanges, skipChanges } from '../apply/parked.ts'
import { recordAudit } from '../db/audit.ts'
import type { Tx } from '../db/connection.ts'
import { CausewayError, errors, isErrorCode } from '../errors.ts'
import { retryNotices, skipNotices } from '../process/parked-notices.ts'
import { countParked, listParked, parkedKinds } from '../reports/parked.ts'
import { retryWrites, skipWrites } from '../write/parked.ts'
import { allow, staff, type Staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, page, pageQuery, refusals, type Api } from './form.ts'
import { parkedIdOf, parkedPageOf, parkedPlaceOf } from './parked-id.ts'

const tags = ['parked']
const kind = z.enum(parkedKinds)
const code = z.string().refine(isErrorCode, 'is no error code')
const params = z.object({
  id: z
    .string()
    .regex(/^(change-\d{1,15}|(write|notice)-[0-9a-f-]{36})$/)
    .openapi({ example: 'change-42' }),
})

const explained = { title: z.string(), remedy: z.string() }
const item = z
  .object({
    id: z.string(),
    kind,
    code: z.string(),
    ...explained,
    connection: z.string().nullable(),
    object: z.string().nullable(),
    externalId: z.string().nullable(),
    recordId: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
    since: z.string(),
    attempts: z.number(),
    /** When it is tried again by itself; null: only when a person says so. */
    retryAt: instant,
    /** The mapping that it was last judged by. */
    mapping: z.string().nullable(),
  })
  .openapi('Parked')

const group = z
  .object({
    code: z.string(),
    ...explained,
    kind,
    connection: z.string().nullable(),
    object: z.string().nullable(),
    count: z.number(),
    oldest: z.string(),
  })
  .openapi('ParkedGroup')

/** A group: all with a code, or those of them of a connection and object. */
const some = { code, connection: z.string().max(63).optional(), object: z.string().max(100).optional() }

const affected = json(z.object({ count: z.number() }), 'How many were acted on')

const groups = createRoute({
  method: 'get',
  path: '/parked/groups',
  tags,
  summary: 'Counts what is parked by code',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(group) }), 'The groups'), ...refusals },
})

const list = createRoute({
  method: 'get',
  path: '/parked',
  tags,
  summary: 'Lists what is parked, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.omit({ id: true }).extend({
      code: code.optional(),
      kind: kind.optional(),
      connection: z.string().max(63).optional(),
      object: z.string().max(100).optional(),
    }),
  },
  responses: { 200: json(page(item), 'A page of parked records'), ...refusals },
})

const show = createRoute({
  method: 'get',
  path: '/parked/{id}',
  tags,
  summary: 'Explains a parked record',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(item, 'The parked record'), ...refusals },
})

/** `anew`: the record is read from its vendor again, with the fields that the present mapping needs, and what is read is judged. */
const anew = z.boolean().default(false)

const retryOne = createRoute({
  method: 'post',
  path: '/parked/{id}/retry',
  tags,
  summary: 'Tries a parked record again; a deletion that the brake holds then passes',
  ...allow('admin'),
  request: { params, body: { content: { 'application/json': { schema: z.strictObject({ anew }) } } } },
  responses: { 202: affected, ...refusals },
})

const retryAll = createRoute({
  method: 'post',
  path: '/parked/retry',
  tags,
  summary: 'Tries everything parked with a code again',
  ...allow('admin'),
  request: { body: body(z.strictObject({ ...some, anew })) },
  responses: { 202: affected, ...refusals },
})

const reason = z.string().trim().min(1).max(2000)

const skipAll = createRoute({
  method: 'post',
  path: '/parked/skip',
  tags,
  summary: 'Ends everything parked with a code without doing it; the reason is kept',
  ...allow('admin'),
  request: { body: body(z.strictObject({ ...some, reason })) },
  responses: { 200: affected, ...refusals },
})

const skip = createRoute({
  method: 'post',
  path: '/parked/{id}/skip',
  tags,
  summary: 'Ends a parked record without doing it; the reason is kept',
  ...allow('admin'),
  request: { params, body: body(z.strictObject({ reason })) },
  responses: { 200: affected, ...refusals },
})

export function parkedRoutes(api: Api, { db, kick, log }: ApiDeps): void {
  api.openapi(groups, async (c) => c.json({ items: (await countParked(db)).map(explain) }, 200))

  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listParked(db, { ...filter, limit, after: parkedPlaceOf(cursor) })
    const { items, next } = parkedPageOf(rows, limit)
    return c.json({ items: items.map((row) => ({ ...explain(row), id: `${row.kind}-${row.id}` })), next }, 200)
  })

  api.openapi(show, async (c) => {
    const id = parkedIdOf(c.req.valid('param').id)
    const [row] = await listParked(db, { kind: id.kind, id: id.value, limit: 1, after: null })
    if (row === undefined) throw new CausewayError('CW_NOT_FOUND', `${id.text} is not parked`, { id: id.text })
    return c.json({ ...explain(row), id: id.text }, 200)
  })

  api.openapi(retryOne, async (c) => {
    const id = parkedIdOf(c.req.valid('param').id)
    const isAnew = c.req.valid('json').anew
    const caller = staff(c.get('caller'))
    const count = await acted('retried', caller, { id: id.text, anew: isAnew }, (tx) =>
      ({
        change: () =>
          isAnew
            ? rereadChanges(tx, { id: Number(id.value) })
            : retryChanges(tx, { id: Number(id.value) }, caller.label),
        write: () => retryWrites(tx, { linkId: id.value }),
        notice: () => retryNotices(tx, id.value),
      })[id.kind](),
    )
    return c.json(one(count, id.text), 202)
  })

  api.openapi(retryAll, async (c) => {
    const { anew: isAnew, ...which } = c.req.valid('json')
    const caller = staff(c.get('caller'))
    const isNotice = which.code === 'CW_NOTICE_REFUSED'
    const count = await acted('retried', caller, { ...which, anew: isAnew }, async (tx) =>
      isNotice
        ? retryNotices(tx, null)
        : (await (isAnew ? rereadChanges(tx, which) : retryChanges(tx, which, caller.label))) +
          (await retryWrites(tx, which)),
    )
    return c.json({ count }, 202)
  })

  api.openapi(skipAll, async (c) => {
    const { reason: why, ...which } = c.req.valid('json')
    const caller = staff(c.get('caller'))
    const skipped = { reason: why, by: caller.label }
    const count = await acted('skipped', caller, which, async (tx) =>
      which.code === 'CW_NOTICE_REFUSED'
        ? skipNotices(tx, null, caller.label)
        : (await skipChanges(tx, which, skipped)) + (await skipWrites(tx, which, skipped)),
    )
    return c.json({ count }, 200)
  })

  api.openapi(skip, async (c) => {
    const id = parkedIdOf(c.req.valid('param').id)
    const caller = staff(c.get('caller'))
    const skipped = { reason: c.req.valid('json').reason, by: caller.label }
    const count = await acted('skipped', caller, { id: id.text }, (tx) =>
      ({
        change: () => skipChanges(tx, { id: Number(id.value) }, skipped),
        write: () => skipWrites(tx, { linkId: id.value }, skipped),
        notice: () => skipNotices(tx, id.value, caller.label),
      })[id.kind](),
    )
    return c.json(one(count, id.text), 200)
  })

  /** Does it and tells the audit, both or neither; the reason stays beside the record, where it can be erased. */
  async function acted(
    what: 'retried' | 'skipped',
    { keyId }: Staff,
    which: { id?: string; code?: string; connection?: string | undefined; object?: string | undefined; anew?: boolean },
    work: (tx: Tx) => Promise<number>,
  ): Promise<number> {
    const { id, code: of, connection, object, anew: isAnew } = which
    const count = await db.transaction(async (tx) => {
      const done = await work(tx)
      const detail = { count: done, id: id ?? null, code: of ?? null, ...(isAnew === true ? { anew: true } : {}) }
      if (done > 0)
        await recordAudit(tx, [
          {
            what: `parked.${what}`,
            actor: `key:${keyId}`,
            connection: connection ?? null,
            object: object ?? null,
            detail,
          },
        ])
      return done
    })
    kick()
    log.info(`parked records ${what}`, { ...which, count, keyId })
    return count
  }
}

function one(count: number, id: string): { count: number } {
  if (count === 0) throw new CausewayError('CW_NOT_FOUND', `${id} is not parked`, { id })
  return { count }
}

function explain<T extends { code: string }>(row: T): T & { title: string; remedy: string } {
  const { title, remedy } = errors[isErrorCode(row.code) ? row.code : 'CW_INTERNAL']
  return { ...row, title, remedy }
}

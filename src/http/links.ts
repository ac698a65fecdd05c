/** The crosswalk: which vendor record stands for which of ours, and a person's corrections to it. */
import { createRoute, z } from '@hono/zod-openapi'
import { relink, split } from '../apply/decide-match.ts'
import { CausewayError } from '../errors.ts'
import { listLinks, readLinkFacts } from '../reports/links.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'
import { recordFacts } from './record-facts.ts'

const tags = ['links']
const params = z.object({ id: uuid })

const link = z
  .object({
    id: uuid,
    connection: z.string(),
    object: z.string(),
    kind: z.string(),
    recordId: uuid,
    externalId: z.string().nullable(),
    gone: z.boolean(),
    createdAt: z.string(),
  })
  .openapi('Link')

const linkDetail = link
  .extend({
    record: recordFacts.nullable(),
    vendor: z.record(z.string(), z.unknown()).nullable().openapi({ description: 'As the vendor last returned it' }),
  })
  .openapi('LinkDetail')

const list = createRoute({
  method: 'get',
  path: '/links',
  tags,
  summary: 'Lists links, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.extend({
      recordId: uuid.optional(),
      connection: z.string().max(63).optional(),
      object: z.string().max(100).optional(),
      externalId: z.string().max(200).optional(),
    }),
  },
  responses: { 200: json(page(link), 'A page of links'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/links/{id}',
  tags,
  summary: 'Reads a link with what each side holds',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(linkDetail, 'The link'), ...refusals },
})

const relinkOne = createRoute({
  method: 'post',
  path: '/links/{id}/relink',
  tags,
  summary: 'The vendor record stands for this record from now on; what referred to the one before refers to it',
  ...allow('admin', 'manager'),
  request: { params, body: body(z.strictObject({ recordId: uuid })) },
  responses: { 200: json(linkDetail, 'The link as it is now'), ...refusals },
})

const splitOne = createRoute({
  method: 'post',
  path: '/links/{id}/split',
  tags,
  summary: 'The vendor record stands for a fresh record of its own from now on',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(linkDetail, 'The link as it is now'), ...refusals },
})

export function linkRoutes(api: Api, deps: ApiDeps): void {
  const { db, kick, log } = deps
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listLinks(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  api.openapi(read, async (c) => c.json(await find(c.req.valid('param').id), 200))

  api.openapi(relinkOne, async (c) => {
    const linkId = c.req.valid('param').id
    const { label, keyId } = staff(c.get('caller'))
    const { recordId } = c.req.valid('json')
    await relink(db, deps.programme.systems, { linkId, recordId, by: { actor: `key:${keyId}`, label } })
    kick()
    log.info('link moved', { linkId, recordId, keyId })
    return c.json(await find(linkId), 200)
  })

  api.openapi(splitOne, async (c) => {
    const linkId = c.req.valid('param').id
    const { label, keyId } = staff(c.get('caller'))
    await split(db, deps.programme.systems, { linkId, by: { actor: `key:${keyId}`, label } })
    kick()
    log.info('link split', { linkId, keyId })
    return c.json(await find(linkId), 200)
  })

  async function find(id: string) {
    const found = await readLinkFacts(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no link ${id}`, { id })
    return found
  }
}

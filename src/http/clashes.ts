/** Clashes: fields that two sides changed. The first ruling counts; a settled one can be turned around. */
import { createRoute, z } from '@hono/zod-openapi'
import { restoreClash, ruleClash } from '../apply/rulings.ts'
import { CausewayError } from '../errors.ts'
import { listClashes, readClash } from '../reports/clashes.ts'
import { allow, staff } from './auth.ts'
import { clash } from './clash-form.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'

const tags = ['clashes']
const params = z.object({ id: uuid })

const list = createRoute({
  method: 'get',
  path: '/clashes',
  tags,
  summary: 'Lists fields that two sides changed, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.extend({
      state: z.enum(['open', 'settled']).optional(),
      connection: z.string().min(1).max(63).optional(),
      recordId: uuid.optional(),
    }),
  },
  responses: { 200: json(page(clash), 'A page of clashes'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/clashes/{id}',
  tags,
  summary: 'Reads a clash with both values',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(clash, 'The clash'), ...refusals },
})

const rule = createRoute({
  method: 'post',
  path: '/clashes/{id}/ruling',
  tags,
  summary: 'Rules an open clash once; the second decider gets 409 with who was first and when',
  ...allow('admin', 'manager'),
  request: {
    params,
    body: body(
      z.strictObject({
        winner: z.enum(['ours', 'theirs']).openapi({
          description: '`theirs`: the value of the named system; `ours`: what all others say',
        }),
      }),
    ),
  },
  responses: { 200: json(clash, 'The ruled clash'), ...refusals },
})

const restore = createRoute({
  method: 'post',
  path: '/clashes/{id}/restore',
  tags,
  summary: 'Puts the value that lost back, unless the field was edited since',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(clash, 'The clash, turned around'), ...refusals },
})

export function clashRoutes(api: Api, { db, kick, log }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listClashes(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ at, id }) => ({ at, id })),
      200,
    )
  })

  api.openapi(read, async (c) => c.json(await find(c.req.valid('param').id), 200))

  api.openapi(rule, async (c) => {
    const { id } = c.req.valid('param')
    const { label, keyId } = staff(c.get('caller'))
    await ruleClash(db, { clashId: id, ...c.req.valid('json'), by: label, actor: `key:${keyId}` })
    kick()
    log.info('clash ruled', { clashId: id, keyId })
    return c.json(await find(id), 200)
  })

  api.openapi(restore, async (c) => {
    const { id } = c.req.valid('param')
    const { label, keyId } = staff(c.get('caller'))
    await restoreClash(db, { clashId: id, by: label, actor: `key:${keyId}` })
    kick()
    log.info('clash turned around', { clashId: id, keyId })
    return c.json(await find(id), 200)
  })

  async function find(id: string) {
    const found = await readClash(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no clash ${id}`, { id })
    return found
  }
}

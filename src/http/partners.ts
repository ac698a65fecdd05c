/** Partners, as staff need them to submit on a partner's behalf. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import { listPartners, readPartner } from '../reports/partners.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { customFields, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'

const tags = ['partners']

const partner = z
  .object({
    id: uuid,
    name: z.string().nullable(),
    email: z.string().nullable(),
    domain: z.string().nullable(),
    tier: z.string().nullable(),
    group: z.string().nullable(),
    partnerType: z.string().nullable(),
    region: z.string().nullable(),
    state: z.string(),
    managerName: z.string().nullable(),
    managerEmail: z.string().nullable(),
    custom: customFields,
    createdAt: z.string(),
    openRegistrations: z.number(),
  })
  .openapi('Partner')

const list = createRoute({
  method: 'get',
  path: '/partners',
  tags,
  summary: 'Lists partners, the newest first',
  ...allow('admin', 'manager'),
  request: { query: pageQuery.extend({ name: z.string().min(1).max(200).optional() }) },
  responses: { 200: json(page(partner), 'A page of partners'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/partners/{id}',
  tags,
  summary: 'Reads a partner',
  ...allow('admin', 'manager'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(partner, 'The partner'), ...refusals },
})

export function partnerRoutes(api: Api, { db }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listPartners(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  api.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const found = await readPartner(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no partner ${id}`, { id })
    return c.json(found, 200)
  })
}

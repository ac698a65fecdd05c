/** Deals: where each lives and what every system holds of it; and the one act that moves it to another CRM. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import { moveHome } from '../process/move-home.ts'
import { listDealsWithoutSource } from '../reports/deals-without-source.ts'
import { listDeals, readDeal } from '../reports/deals.ts'
import { allow, staff } from './auth.ts'
import { clash } from './clash-form.ts'
import type { ApiDeps } from './deps.ts'
import { body, customFields, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'

const tags = ['deals']
const params = z.object({ id: uuid })
const text = z.string().nullable()

const deal = z
  .object({
    id: uuid,
    name: text,
    home: text.openapi({ description: 'The one connection that it lives in' }),
    source: text,
    stage: text,
    status: text,
    amount: text,
    currency: text,
    closeDate: text,
    account: text,
    partner: text,
    owner: text.openapi({ description: 'The direct owner' }),
    manager: text.openapi({ description: 'The partner account manager' }),
    registrationId: uuid.nullable(),
    createdAt: z.string(),
  })
  .openapi('Deal')

const dealDetail = deal
  .extend({
    custom: customFields,
    parts: z.array(
      z.object({
        id: uuid,
        role: text,
        of: z.enum(['partner', 'account', 'own-sales']),
        partner: text,
        account: text,
        share: text.openapi({ description: 'Of the credit, in per cent; null: nothing is shared' }),
      }),
    ),
    systems: z.array(
      z.object({
        connection: z.string(),
        object: z.string(),
        kind: z.string(),
        externalId: text,
        gone: z.boolean(),
        write: text,
        code: text,
        mirror: z.boolean(),
      }),
    ),
    timeline: z.array(
      z.object({
        at: z.string(),
        what: z.string(),
        actor: z.string(),
        detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      }),
    ),
    clashes: z.array(clash),
  })
  .openapi('DealDetail')

const sourceless = z
  .object({
    id: uuid,
    name: text,
    account: text,
    partner: text,
    amount: text,
    currency: text,
    stage: text,
    owner: text,
    ownerEmail: text,
    manager: text,
    managerEmail: text,
    connection: z.string().openapi({ description: 'The CRM that it lives in' }),
    object: z.string(),
    externalId: text.openapi({ description: 'Its id there' }),
    since: z.string().openapi({ description: 'When its source was emptied, or when it came in without one' }),
  })
  .openapi('DealWithoutSource')

const list = createRoute({
  method: 'get',
  path: '/deals',
  tags,
  summary: 'Lists deals, each once, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.extend({ home: z.string().min(1).max(63).optional(), partnerId: uuid.optional() }),
  },
  responses: { 200: json(page(deal), 'A page of deals'), ...refusals },
})

const withoutSource = createRoute({
  method: 'get',
  path: '/deals/without-source',
  tags,
  summary: 'Lists open deals of which nobody says where they come from, the longest without first',
  ...allow('admin', 'manager'),
  request: { query: pageQuery.omit({ id: true }).extend({ home: z.string().min(1).max(63).optional() }) },
  responses: {
    200: json(page(sourceless).extend({ total: z.int() }), 'A page of deals, and how many there are in all'),
    ...refusals,
  },
})

const read = createRoute({
  method: 'get',
  path: '/deals/{id}',
  tags,
  summary: 'Reads a deal with its record in every system',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(dealDetail, 'The deal'), ...refusals },
})

const move = createRoute({
  method: 'post',
  path: '/deals/{id}/home',
  tags,
  summary: 'Moves a deal to another CRM; what the old one holds stays as a marked mirror',
  ...allow('admin'),
  request: {
    params,
    body: body(z.strictObject({ to: z.string().min(1).max(63).openapi({ example: 'growth' }) })),
  },
  responses: {
    200: json(z.object({ runId: uuid.nullable(), home: z.string() }), 'Null: it lived there already'),
    ...refusals,
  },
})

export function dealRoutes(api: Api, { db, kick, log, programme }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listDeals(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  // Before the route by id, which would take the word for one.
  api.openapi(withoutSource, async (c) => {
    const { cursor, limit, home } = c.req.valid('query')
    const { rows, total } = await listDealsWithoutSource(db, programme.systems, { home, limit, after: placeOf(cursor) })
    return c.json({ ...pageOf(rows, limit, ({ since, id }) => ({ at: since, id })), total }, 200)
  })

  api.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const found = await readDeal(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no deal ${id}`, { id })
    return c.json(found, 200)
  })

  api.openapi(move, async (c) => {
    const { id } = c.req.valid('param')
    const { to } = c.req.valid('json')
    const { keyId } = staff(c.get('caller'))
    const runId = await moveHome(db, programme.systems, { dealId: id, to, actor: `key:${keyId}` })
    kick()
    log.info('deal moved', { dealId: id, to, runId, keyId })
    return c.json({ runId, home: to }, 200)
  })
}

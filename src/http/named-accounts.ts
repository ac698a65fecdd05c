/** Accounts that direct sales keeps for itself, by the list that names them. */
import { createRoute, z } from '@hono/zod-openapi'
import { namedAccountSources, replaceNamedAccounts } from '../process/named-accounts.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, type Api } from './form.ts'

const tags = ['policy']
const text = (max: number) => z.string().trim().min(1).max(max).nullable().default(null)
const named = z.object({
  name: text(500),
  domain: text(253),
  country: text(100),
  territory: text(100),
  ownerEmail: z.email().max(320).nullable().default(null),
})

const sourceSchema = z.object({
  source: z.string(),
  accounts: z.number(),
  list: z
    .object({
      connection: z.string(),
      list: z.string(),
      readAt: z.string().nullable(),
      code: z.string().nullable(),
      unknown: z.number(),
    })
    .nullable(),
})

const list = createRoute({
  method: 'get',
  path: '/named-accounts',
  tags,
  summary: 'How many accounts each source names, and whether a CRM’s list could be read',
  ...allow('admin', 'manager'),
  responses: {
    200: json(z.object({ items: z.array(sourceSchema) }), 'The sources'),
    ...refusals,
  },
})

const replace = createRoute({
  method: 'post',
  path: '/named-accounts',
  tags,
  summary: 'Puts a list of accounts in the place of all that its source named before',
  ...allow('admin'),
  request: {
    body: body(z.object({ source: z.string().trim().min(1).max(80), rows: z.array(named).max(50_000) })),
  },
  responses: {
    200: json(z.object({ before: z.number(), now: z.number() }), 'How many it named and names'),
    ...refusals,
  },
})

export function namedAccountRoutes(api: Api, { db }: ApiDeps): void {
  api.openapi(list, async (c) => c.json({ items: await namedAccountSources(db) }, 200))

  api.openapi(replace, async (c) => {
    const { source, rows } = c.req.valid('json')
    return c.json(await replaceNamedAccounts(db, source, rows, c.get('caller').label), 200)
  })
}

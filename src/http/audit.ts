/** The audit: every write to a vendor and every change of configuration, with who, by which rule and version. */
import { createRoute, z } from '@hono/zod-openapi'
import { listAudit } from '../reports/audit.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { json, page, pageOf, pageQuery, placeOf, refusals, type Api } from './form.ts'

const fields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]))

const item = z
  .object({
    id: z.string(),
    at: z.string(),
    what: z.string(),
    actor: z.string(),
    by: z.string().nullable(),
    rule: z.string().nullable(),
    version: z.string().nullable(),
    runId: z.string().nullable(),
    connection: z.string().nullable(),
    object: z.string().nullable(),
    externalId: z.string().nullable(),
    recordId: z.string().nullable(),
    created: z.boolean(),
    fields: z.array(z.string()),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    values: z.object({ before: fields, after: fields }).nullable(),
  })
  .openapi('AuditItem')

const list = createRoute({
  method: 'get',
  path: '/audit',
  tags: ['audit'],
  summary: 'Lists writes and changes of configuration, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.omit({ id: true }).extend({
      record: z.guid().optional(),
      connection: z.string().max(63).optional(),
      run: z.guid().optional(),
      what: z.string().max(100).optional(),
      since: z.iso.datetime().optional(),
    }),
  },
  responses: { 200: json(page(item), 'A page of the audit'), ...refusals },
})

export function auditRoutes(api: Api, { db }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listAudit(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ at, id }) => ({ at, id })),
      200,
    )
  })
}

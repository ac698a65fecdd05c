/** The books: what came in from each connection and how it ended. */
import { createRoute, z } from '@hono/zod-openapi'
import { changesSummary } from '../reports/changes-summary.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, refusals, type Api } from './form.ts'

const count = z
  .object({
    connection: z.string(),
    object: z.string(),
    received: z.number(),
    applied: z.number(),
    noOp: z.number(),
    parked: z.number(),
    pending: z.number(),
    balanced: z.boolean(),
    lastReceivedAt: instant,
  })
  .openapi('ChangesCount')

const summary = createRoute({
  method: 'get',
  path: '/changes/summary',
  tags: ['changes'],
  summary: 'Counts received changes by how they ended; the sum is always what was received',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(count) }), 'One count a connection and object'), ...refusals },
})

export function changeRoutes(api: Api, { db }: ApiDeps): void {
  api.openapi(summary, async (c) => c.json({ items: await changesSummary(db) }, 200))
}

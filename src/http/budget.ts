/** Budgets: what may still be asked of each vendor. */
import { createRoute, z } from '@hono/zod-openapi'
import { budgetReports } from '../reports/budget.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, refusals, type Api } from './form.ts'

const budget = z
  .object({
    connection: z.string(),
    window: z
      .object({
        requests: z.number(),
        windowMs: z.number(),
        /** Granted requests whose share of the window is not over yet. */
        used: z.number(),
        /** How long the next request would wait, by how urgent it is. */
        waitMs: z.object({ user: z.number(), sync: z.number(), backfill: z.number() }),
      })
      .nullable(),
    day: z
      .object({
        limit: z.number(),
        used: z.number(),
        stopsAt: z.number(),
        reserve: z.number(),
        isStopped: z.boolean(),
        resumesAt: instant,
      })
      .nullable(),
    usedToday: z.number(),
    pausedUntil: instant,
  })
  .openapi('Budget')

const list = createRoute({
  method: 'get',
  path: '/budget',
  tags: ['connections'],
  summary: 'Shows what may still be asked of each vendor: in its short window, today, and when again',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(budget) }), 'One budget a connection'), ...refusals },
})

export function budgetRoutes(api: Api, { db, connections }: ApiDeps): void {
  const limits = new Map([...connections].map(([name, configured]) => [name, configured.limits]))
  api.openapi(list, async (c) => c.json({ items: await budgetReports(db, limits) }, 200))
}

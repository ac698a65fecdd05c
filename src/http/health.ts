/** Whether the process lives, and whether it can work. No key: load balancers and supervisors ask. */
import { createRoute, z } from '@hono/zod-openapi'
import type { ApiDeps } from './deps.ts'
import { json, type Api } from './form.ts'

const live = createRoute({
  method: 'get',
  path: '/health',
  tags: ['health'],
  summary: 'Answers as long as the process lives',
  responses: { 200: json(z.object({ status: z.literal('live') }), 'It lives') },
})

const parts = z.object({
  ready: z.boolean(),
  parts: z.array(
    z.object({ part: z.string(), ok: z.boolean(), code: z.string().nullable(), message: z.string().nullable() }),
  ),
})

const ready = createRoute({
  method: 'get',
  path: '/ready',
  tags: ['health'],
  summary: 'Says of each part (database, Temporal, worker) whether it works',
  responses: { 200: json(parts, 'All parts work'), 503: json(parts, 'A part does not work') },
})

export function healthRoutes(api: Api, { health }: ApiDeps): void {
  api.openapi(live, (c) => c.json({ status: 'live' as const }, 200))
  api.openapi(ready, async (c) => {
    const found = await health()
    const isReady = found.every((part) => part.ok)
    return c.json({ ready: isReady, parts: found }, isReady ? 200 : 503)
  })
}

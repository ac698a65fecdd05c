/** Connections: how far each is read, why it fails, what it may still ask, and what waits. */
import { createRoute, z } from '@hono/zod-openapi'
import { errors } from '../errors.ts'
import { connectionsHealth } from '../reports/connections.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, refusals, type Api } from './form.ts'
import type { RefusedHooks } from './hooks.ts'

const connection = z
  .object({
    name: z.string(),
    vendor: z.string(),
    role: z.enum(['portal', 'crm']),
    mode: z.enum(['observe', 'live']),
    since: instant,
    status: z.enum(['healthy', 'observing', 'failing', 'waiting', 'reauth-required']),
    /** Since when the vendor takes the credentials no more, so that nothing is asked of it, and what to do; null: it takes them. */
    reauth: z.object({ since: z.string(), code: z.string(), remedy: z.string() }).nullable(),
    webhookUrl: z.string().nullable(),
    /** Webhooks that this process refused since it started, by code. */
    refusedWebhooks: z.record(z.string(), z.number()),
    streams: z.array(
      z.object({
        object: z.string(),
        lastReadAt: instant,
        coveredThrough: instant,
        failingSince: instant,
        code: z.string().nullable(),
        nextAt: z.string(),
        pausedAt: instant,
        pausedBy: z.string().nullable(),
        silentSince: instant,
        skewMs: z.number().nullable(),
        notes: z.array(z.string()),
      }),
    ),
    /** What tells us of changes besides polling. */
    feeds: z.object({
      subscriptions: z
        .object({
          present: z.array(z.string()),
          missing: z.array(z.string()),
          made: z.array(z.string()),
          removed: z.array(z.string()),
          code: z.string().nullable(),
        })
        .nullable(),
      subscribedAt: instant,
      isListening: z.boolean(),
      listenCode: z.string().nullable(),
      listenRetryAt: instant,
    }),
    budget: z.object({
      window: z.object({ requests: z.number(), windowMs: z.number() }).nullable(),
      usedToday: z.number(),
      dailyLimit: z.number().nullable(),
      pausedUntil: instant,
    }),
    unsent: z.number(),
    held: z.number(),
    unclear: z.number(),
    parkedWrites: z.number(),
    parkedChanges: z.number(),
    pendingChanges: z.number(),
    unreadHints: z.number(),
  })
  .openapi('Connection')

const list = createRoute({
  method: 'get',
  path: '/connections',
  tags: ['connections'],
  summary: 'Lists connections with their health, budget and what waits',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(connection) }), 'All connections'), ...refusals },
})

export function connectionRoutes(
  api: Api,
  { db, connections, connectors, publicUrl }: ApiDeps,
  refused: RefusedHooks,
): void {
  api.openapi(list, async (c) => {
    const health = await connectionsHealth(db, [...connections.keys()])
    const items = health.flatMap((state): z.infer<typeof connection>[] => {
      const configured = connections.get(state.name)
      if (configured === undefined) return []
      const { vendor, role, limits } = configured
      const takesHooks = connectors.get(state.name)?.webhooks !== undefined
      return [
        {
          ...state,
          vendor,
          role,
          status: statusOf(state),
          reauth:
            state.reauthSince === null
              ? null
              : {
                  since: state.reauthSince,
                  code: 'CW_REAUTH_REQUIRED',
                  remedy: errors.CW_REAUTH_REQUIRED.remedy,
                },
          webhookUrl: takesHooks ? `${publicUrl}/hooks/${state.name}` : null,
          refusedWebhooks: refused.of(state.name),
          budget: {
            window: limits.window,
            usedToday: state.budget?.usedToday ?? 0,
            dailyLimit: state.budget?.dailyLimit ?? limits.daily,
            pausedUntil: state.budget?.pausedUntil ?? null,
          },
        },
      ]
    })
    return c.json({ items }, 200)
  })
}

function statusOf({ mode, streams, budget, reauthSince }: Awaited<ReturnType<typeof connectionsHealth>>[number]) {
  if (reauthSince !== null) return 'reauth-required'
  if (streams.some((stream) => stream.failingSince !== null)) return 'failing'
  if (mode === 'observe') return 'observing'
  return budget !== null && budget.pausedUntil !== null ? 'waiting' : 'healthy'
}

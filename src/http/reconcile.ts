/** Reconciliations, and the drift that they found. */
import { createRoute, z } from '@hono/zod-openapi'
import { driftKinds } from '../domain/drift.ts'
import { CausewayError } from '../errors.ts'
import { cancelReconciliation, startReconciliations } from '../intake/reconcile-control.ts'
import { countDrift, listDrift, listReconciliations, type Reconciliation } from '../reports/drift.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, page, pageQuery, refusals, uuid, type Api } from './form.ts'
import { controllerOf, needStream } from './streams.ts'

const kind = z.enum(driftKinds)
const connection = z.string().max(63)
const object = z.string().max(127)

const run = z
  .object({
    id: z.string(),
    connection: z.string(),
    object: z.string(),
    state: z.enum(['running', 'paused', 'done', 'failed', 'cancelled']),
    actor: z.string(),
    by: z.string().nullable(),
    /** Why it does not move at present. */
    code: z.string().nullable(),
    done: z.number(),
    total: z.number().nullable(),
    found: z.record(kind, z.number()),
    repaired: z.number(),
    startedAt: z.string(),
    endedAt: instant,
  })
  .openapi('Reconciliation')

const drift = z
  .object({
    id: z.string(),
    runId: z.string(),
    connection: z.string(),
    object: z.string(),
    kind,
    externalId: z.string().nullable(),
    recordId: z.string().nullable(),
    /** The vendor's names of the fields that differed. */
    fields: z.array(z.string()),
    foundAt: z.string(),
    repairedAt: instant,
  })
  .openapi('Drift')

const group = z
  .object({
    connection: z.string(),
    object: z.string(),
    kind,
    count: z.number(),
    unrepaired: z.number(),
    lastFoundAt: z.string(),
  })
  .openapi('DriftGroup')

const started = z.object({ id: z.string(), connection: z.string(), object: z.string(), isNew: z.boolean() })

const start = createRoute({
  method: 'post',
  path: '/reconcile',
  tags: ['reconcile'],
  summary: 'Compares everything of a connection, or of one of its objects, with its vendor, and repairs what differs',
  ...allow('admin'),
  request: { body: body(z.strictObject({ connection, object: object.optional() })) },
  responses: { 202: json(z.object({ items: z.array(started) }), 'Started, or open already'), ...refusals },
})

const list = createRoute({
  method: 'get',
  path: '/reconcile',
  tags: ['reconcile'],
  summary: 'Lists reconciliations with what they found, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery
      .pick({ limit: true, id: true })
      .extend({ connection: connection.optional(), state: z.enum(['open', 'all']).default('all') }),
  },
  responses: { 200: json(z.object({ items: z.array(run) }), 'Reconciliations'), ...refusals },
})

const show = createRoute({
  method: 'get',
  path: '/reconcile/{id}',
  tags: ['reconcile'],
  summary: 'Shows a reconciliation',
  ...allow('admin', 'manager'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(run, 'The reconciliation'), ...refusals },
})

const cancel = createRoute({
  method: 'post',
  path: '/reconcile/{id}/cancel',
  tags: ['reconcile'],
  summary: 'Ends a reconciliation where it is; what it found and repaired stays',
  ...allow('admin'),
  request: { params: z.object({ id: uuid }) },
  responses: { 202: json(run, 'As it is now'), ...refusals },
})

const filter = {
  connection: connection.optional(),
  object: object.optional(),
  kind: kind.optional(),
  runId: uuid.optional(),
  state: z.enum(['unrepaired', 'all']).default('all'),
}

const drifts = createRoute({
  method: 'get',
  path: '/drift',
  tags: ['reconcile'],
  summary: 'Lists what reconciliations found to differ, record by record, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.pick({ limit: true }).extend({
      ...filter,
      cursor: z
        .string()
        .regex(/^\d{1,18}$/)
        .optional(),
    }),
  },
  responses: { 200: json(page(drift), 'A page of drift'), ...refusals },
})

const groups = createRoute({
  method: 'get',
  path: '/drift/groups',
  tags: ['reconcile'],
  summary: 'Counts what reconciliations found to differ, by connection, object and kind',
  ...allow('admin', 'manager'),
  request: { query: z.object(filter) },
  responses: { 200: json(z.object({ items: z.array(group) }), 'The groups'), ...refusals },
})

export function reconcileRoutes(api: Api, deps: ApiDeps): void {
  const { db, connectors, kick, log } = deps

  api.openapi(start, async (c) => {
    const wish = c.req.valid('json')
    const by = controllerOf(c.get('caller'))
    if (wish.object !== undefined) needStream(deps, wish.connection, wish.object)
    const readable = connectors.get(wish.connection)?.capabilities.filter(({ read }) => read === 'changes') ?? []
    if (readable.length === 0) {
      throw new CausewayError('CW_NOT_FOUND', `There is nothing to read at ${wish.connection}`)
    }
    const objects = wish.object === undefined ? readable.map((capability) => capability.object) : [wish.object]
    const items = await startReconciliations(db, wish.connection, objects, by)
    kick()
    log.info('reconciliations started', { connection: wish.connection, objects: items.length, actor: by.actor })
    return c.json({ items }, 202)
  })

  api.openapi(list, async (c) => {
    const { state, ...query } = c.req.valid('query')
    return c.json({ items: await listReconciliations(db, { ...query, isOpen: state === 'open' }) }, 200)
  })

  api.openapi(show, async (c) => c.json(await one(c.req.valid('param').id), 200))

  api.openapi(cancel, async (c) => {
    const { id } = c.req.valid('param')
    await cancelReconciliation(db, id, controllerOf(c.get('caller')))
    return c.json(await one(id), 202)
  })

  api.openapi(drifts, async (c) => {
    const { limit, cursor, state, ...which } = c.req.valid('query')
    const isUnrepaired = state === 'unrepaired'
    const rows = await listDrift(db, { ...which, isUnrepaired, limit, before: cursor ?? null })
    const items = rows.slice(0, limit)
    return c.json({ items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }, 200)
  })

  api.openapi(groups, async (c) => {
    const { state, ...which } = c.req.valid('query')
    return c.json({ items: await countDrift(db, { ...which, isUnrepaired: state === 'unrepaired' }) }, 200)
  })

  async function one(id: string): Promise<Reconciliation> {
    const [found] = await listReconciliations(db, { limit: 1, id })
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no reconciliation ${id}`, { id })
    return found
  }
}

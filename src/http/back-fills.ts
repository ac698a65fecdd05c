/** Back-fills: reading everything of a connection anew, with progress. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import {
  cancelBackFill,
  pauseBackFill,
  resumeBackFill,
  startBackFills,
  type BackFillWish,
} from '../intake/back-fill-control.ts'
import { listBackFills, type BackFillState } from '../reports/back-fills.ts'
import { allow, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, pageQuery, refusals, uuid, type Api } from './form.ts'
import { controllerOf, needStream } from './streams.ts'

const tags = ['back-fills']

const backFill = z
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
    /** Records a second of late. */
    rate: z.number().nullable(),
    /** Milliseconds until the end at this rate. */
    leftMs: z.number().nullable(),
    counts: z.record(z.string(), z.number()),
    startedAt: z.string(),
    movedAt: z.string(),
    endedAt: instant,
    isStreamPaused: z.boolean(),
  })
  .openapi('BackFill')

const started = z.object({ id: z.string(), connection: z.string(), object: z.string(), isNew: z.boolean() })

const start = createRoute({
  method: 'post',
  path: '/back-fills',
  tags,
  summary: 'Reads everything of a connection, or of one of its objects, anew; live streams go first',
  ...allow('admin'),
  request: {
    body: body(
      z.strictObject({
        connection: z.string().max(63),
        object: z.string().max(127).optional(),
        /** Only what changed since. */
        from: z.iso.datetime({ offset: true }).optional(),
      }),
    ),
  },
  responses: { 202: json(z.object({ items: z.array(started) }), 'Started, or open already'), ...refusals },
})

const list = createRoute({
  method: 'get',
  path: '/back-fills',
  tags,
  summary: 'Lists back-fills with their progress, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.pick({ limit: true, id: true }).extend({ state: z.enum(['open', 'all']).default('all') }),
  },
  responses: { 200: json(z.object({ items: z.array(backFill) }), 'Back-fills'), ...refusals },
})

const show = createRoute({
  method: 'get',
  path: '/back-fills/{id}',
  tags,
  summary: 'Shows a back-fill: done, total, rate, time left',
  ...allow('admin', 'manager'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(backFill, 'The back-fill'), ...refusals },
})

const deed = <D extends 'pause' | 'resume' | 'cancel'>(name: D, summary: string) =>
  createRoute({
    method: 'post',
    path: `/back-fills/{id}/${name}` as const,
    tags,
    summary,
    ...allow('admin'),
    request: { params: z.object({ id: uuid }) },
    responses: { 202: json(backFill, 'As it is now'), ...refusals },
  })
const pause = deed('pause', 'Pauses a back-fill where it is')
const resume = deed('resume', 'Lets a paused or failed back-fill go on where it was')
const cancel = deed('cancel', 'Ends a back-fill where it is; what was read stays')

export function backFillRoutes(api: Api, deps: ApiDeps): void {
  const { db, connectors, kick, log } = deps
  api.openapi(start, async (c) => {
    const { connection, object, from } = c.req.valid('json')
    const by = controllerOf(c.get('caller'))
    if (object !== undefined) needStream(deps, connection, object)
    const connector = connectors.get(connection)
    const readable = connector?.capabilities.filter(({ read }) => read === 'changes') ?? []
    if (readable.length === 0) throw new CausewayError('CW_NOT_FOUND', `There is nothing to read at ${connection}`)
    const objects = object === undefined ? readable.map((capability) => capability.object) : [object]
    const wishes = objects.map((name): BackFillWish => ({
      connection,
      object: name,
      lists: connector?.list !== undefined,
      from: from === undefined ? null : new Date(from).toISOString(),
    }))
    const items = await startBackFills(db, wishes, by)
    kick()
    log.info('back-fills started', { connection, objects: items.length, actor: by.actor })
    return c.json({ items }, 202)
  })

  api.openapi(list, async (c) => {
    const { limit, id, state } = c.req.valid('query')
    return c.json({ items: await listBackFills(db, { limit, id, isOpen: state === 'open' }) }, 200)
  })

  api.openapi(show, async (c) => c.json(await one(c.req.valid('param').id), 200))
  api.openapi(pause, async (c) => c.json(await act(pauseBackFill, c.req.valid('param').id, c.get('caller')), 202))
  api.openapi(resume, async (c) => c.json(await act(resumeBackFill, c.req.valid('param').id, c.get('caller')), 202))
  api.openapi(cancel, async (c) => c.json(await act(cancelBackFill, c.req.valid('param').id, c.get('caller')), 202))

  async function one(id: string): Promise<BackFillState> {
    const [found] = await listBackFills(db, { limit: 1, id })
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no back-fill ${id}`, { id })
    return found
  }

  async function act(does: typeof pauseBackFill, id: string, caller: Caller): Promise<BackFillState> {
    await does(db, id, controllerOf(caller))
    kick()
    return one(id)
  }
}

/** Runs: what was done together, what came of it, and undoing it. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import { leftAlone, listRuns } from '../reports/runs.ts'
import { previewUndo, undoRun } from '../write/undo.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'

const tags = ['runs']
const kind = z.enum(['sync', 'back-fill', 'reconcile', 'go-live', 'undo', 'move-home'])

const run = z
  .object({
    id: uuid,
    kind,
    connection: z.string(),
    object: z.string().nullable(),
    actor: z.string(),
    by: z.string().nullable(),
    state: z.string(),
    done: z.number(),
    total: z.number().nullable(),
    counts: z.record(z.string(), z.number()),
    waiting: z.number(),
    parked: z.number(),
    code: z.string().nullable(),
    undoes: z.string().nullable(),
    undoneBy: z.array(z.string()),
    startedAt: z.string(),
    movedAt: z.string(),
    endedAt: instant,
  })
  .openapi('Run')

const left = z
  .object({
    connection: z.string(),
    object: z.string(),
    externalId: z.string().nullable(),
    recordId: z.string().nullable(),
    fields: z.array(z.string()),
    /** edited, created, lost or in-flight */
    why: z.string(),
    code: z.string().nullable(),
  })
  .openapi('LeftAlone')

const counts = z
  .object({
    fields: z.number(),
    records: z.number(),
    edited: z.number(),
    created: z.number(),
    same: z.number(),
    lost: z.number(),
    inFlight: z.number(),
  })
  .openapi('UndoCounts')

const list = createRoute({
  method: 'get',
  path: '/runs',
  tags,
  summary: 'Lists runs, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.extend({
      connection: z.string().max(63).optional(),
      kind: kind.optional(),
      state: z.enum(['running', 'paused', 'done', 'failed', 'cancelled']).optional(),
    }),
  },
  responses: { 200: json(page(run), 'A page of runs'), ...refusals },
})

// The hour's sync has an id that follows from connection and hour, so any form of UUID is taken.
const params = z.object({ id: z.guid() })

const show = createRoute({
  method: 'get',
  path: '/runs/{id}',
  tags,
  summary: 'Shows a run; of an undo also what it left alone and why',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(run.extend({ left: z.array(left) }), 'The run'), ...refusals },
})

const undo = createRoute({
  method: 'post',
  path: '/runs/{id}/undo',
  tags,
  summary: 'Puts back what a run wrote, unless edited since, and observes the connection from then on',
  ...allow('admin'),
  request: { params, body: body(z.strictObject({ dryRun: z.boolean().default(false) })) },
  responses: {
    202: json(z.object({ runId: z.string().nullable(), counts }), 'The undo, or what it would do'),
    ...refusals,
  },
})

/** So many records that an undo left alone are shown with it. */
const LEFT_SHOWN = 200

export function runRoutes(api: Api, { db, kick, log }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listRuns(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ startedAt, id }) => ({ at: startedAt, id })),
      200,
    )
  })

  api.openapi(show, async (c) => {
    const { id } = c.req.valid('param')
    const [found] = await listRuns(db, { id, limit: 1, after: null })
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no run ${id}`, { id })
    return c.json({ ...found, left: await leftAlone(db, id, LEFT_SHOWN) }, 200)
  })

  api.openapi(undo, async (c) => {
    const { id } = c.req.valid('param')
    if (c.req.valid('json').dryRun) return c.json({ runId: null, counts: await previewUndo(db, id) }, 202)
    const { keyId } = staff(c.get('caller'))
    const undone = await undoRun(db, id, `key:${keyId}`)
    kick()
    log.info('run undone', { undoes: id, ...undone, keyId })
    return c.json(undone, 202)
  })
}

/** Tasks: what a person must decide, with the evidence beside it. The first decision counts; the second decider is told of it. */
import { createRoute, z } from '@hono/zod-openapi'
import { actorDoors, taskDecisions } from '../domain/task-kinds.ts'
import { CausewayError } from '../errors.ts'
import { decide } from '../process/decide.ts'
import { listTasks, readTask } from '../reports/tasks.ts'
import { actorOf, allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'
import { claimed, conflict } from './registration-form.ts'

const tags = ['tasks']
const params = z.object({ id: uuid })
const taskState = z.enum(['open', 'decided', 'expired', 'cancelled'])
const decision = z.enum(taskDecisions)

const task = z
  .object({
    id: uuid,
    kind: z.string(),
    state: taskState,
    why: z.array(z.string()).openapi({ description: 'Why a person is asked, as codes' }),
    round: z.number(),
    assignee: z.string().nullable(),
    escalatedTo: z.string().nullable(),
    dueAt: z.string(),
    createdAt: z.string(),
    decision: decision.nullable(),
    reason: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: instant,
    decidedDoor: z.enum(actorDoors).nullable(),
    registrationId: uuid.nullable().openapi({ description: 'The claim that it is about; null: a person at a partner' }),
    contact: z.object({ id: uuid, name: z.string().nullable(), email: z.string().nullable() }).nullable(),
    connection: z
      .string()
      .nullable()
      .openapi({ description: 'Where the person’s access is to be removed, by a task `deactivate-contact`' }),
    externalId: z.string().nullable().openapi({ description: 'The person’s record there' }),
    company: z.string().nullable(),
    domain: z.string().nullable(),
    amount: z.string().nullable(),
    currency: z.string().nullable(),
    partnerId: uuid.nullable(),
    partner: z.string().nullable(),
  })
  .openapi('Task')

const taskDetail = task
  .extend({
    registration: z
      .object({
        id: uuid,
        state: z.string(),
        ...claimed,
        submittedBy: z.string().nullable(),
        onBehalfBy: z.string().nullable(),
        submittedAt: instant,
        partner: z.string().nullable(),
        tier: z.string().nullable(),
      })
      .nullable(),
    conflicts: z.array(conflict),
  })
  .openapi('TaskDetail')

const list = createRoute({
  method: 'get',
  path: '/tasks',
  tags,
  summary: 'Lists tasks, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.extend({ state: taskState.optional(), assignee: z.string().min(1).max(320).optional() }),
  },
  responses: { 200: json(page(task), 'A page of tasks'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/tasks/{id}',
  tags,
  summary: 'Reads a task with the claim and what stands against it',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(taskDetail, 'The task'), ...refusals },
})

const resolve = createRoute({
  method: 'post',
  path: '/tasks/{id}/decision',
  tags,
  summary: 'Decides a task once; the second decider gets 409 with who was first and when',
  ...allow('admin', 'manager'),
  request: {
    params,
    body: body(
      z.strictObject({
        decision,
        reason: z.string().trim().max(2000).nullable().default(null).openapi({
          description: 'Shown to the partner; declining, refusing and asking for information need one',
        }),
      }),
    ),
  },
  responses: { 200: json(taskDetail, 'The decided task'), ...refusals },
})

export function taskRoutes(api: Api, { db, kick, log }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listTasks(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  api.openapi(read, async (c) => c.json(await find(c.req.valid('param').id), 200))

  api.openapi(resolve, async (c) => {
    const { id } = c.req.valid('param')
    const caller = staff(c.get('caller'))
    await decide(db, {
      taskId: id,
      ...c.req.valid('json'),
      by: actorOf(caller, c.req.header('x-causeway-door') === 'cli' ? 'cli' : 'api'),
    })
    kick()
    log.info('task decided', { taskId: id, keyId: caller.keyId })
    return c.json(await find(id), 200)
  })

  async function find(id: string) {
    const found = await readTask(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no task ${id}`, { id })
    return found
  }
}

/** Streams: how far each object of each connection is read, and telling one to rest, to go on or to read now. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError, errors } from '../errors.ts'
import { pauseStream, pokeStream, resumeStream, type Controller } from '../intake/control.ts'
import { streamStates } from '../reports/streams.ts'
import { allow, staff, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, refusals, type Api } from './form.ts'

const tags = ['streams']
export const streamNote = z.object({ code: z.string(), title: z.string(), remedy: z.string() })

const stream = z
  .object({
    connection: z.string(),
    object: z.string(),
    lastReadAt: instant,
    coveredThrough: instant,
    failingSince: instant,
    code: z.string().nullable(),
    nextAt: z.string(),
    pausedAt: instant,
    pausedBy: z.string().nullable(),
    intervalMs: z.number().nullable(),
    /** poll, hinted, silent, waiting, budget or fault. */
    intervalWhy: z.string().nullable(),
    hintedAt: instant,
    silentSince: instant,
    skewMs: z.number().nullable(),
    notes: z.array(streamNote),
  })
  .openapi('Stream')

const list = createRoute({
  method: 'get',
  path: '/streams',
  tags,
  summary: 'Lists streams: how far each is read, how often and why',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(stream) }), 'All streams'), ...refusals },
})

const params = z.object({ connection: z.string().max(63), object: z.string().max(127) })
const controlled = json(z.object({ connection: z.string(), object: z.string() }), 'Done; its process looks at it soon')

const pause = createRoute({
  method: 'post',
  path: '/streams/{connection}/{object}/pause',
  tags,
  summary: 'Tells a stream to rest: nothing is read until it is resumed, and hints are kept',
  ...allow('admin'),
  request: { params },
  responses: { 202: controlled, ...refusals },
})

const resume = createRoute({
  method: 'post',
  path: '/streams/{connection}/{object}/resume',
  tags,
  summary: 'Lets a paused stream go on; what changed meanwhile is read at once',
  ...allow('admin'),
  request: { params },
  responses: { 202: controlled, ...refusals },
})

const poke = createRoute({
  method: 'post',
  path: '/streams/{connection}/{object}/poke',
  tags,
  summary: 'Has a stream read now and not at its next poll',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 202: controlled, ...refusals },
})

export function streamRoutes(api: Api, deps: ApiDeps): void {
  const { db, connections, kick, log } = deps
  api.openapi(list, async (c) => {
    const states = await streamStates(db, [...connections.keys()])
    const items = states.map((state) => ({ ...state, notes: state.notes.map((code) => explained(code)) }))
    return c.json({ items }, 200)
  })

  api.openapi(pause, async (c) => c.json(await control(c, pauseStream, 'paused'), 202))
  api.openapi(resume, async (c) => c.json(await control(c, resumeStream, 'resumed'), 202))
  api.openapi(poke, async (c) => c.json(await control(c, pokeStream, 'poked'), 202))

  async function control(
    c: {
      req: { valid: (part: 'param') => z.infer<typeof params> }
      get: (name: 'caller') => Caller
    },
    act: typeof pauseStream,
    what: string,
  ): Promise<z.infer<typeof params>> {
    const { connection, object } = c.req.valid('param')
    const by = controllerOf(c.get('caller'))
    needStream(deps, connection, object)
    await act(db, connection, object, by)
    kick()
    log.info(`stream ${what}`, { connection, object, actor: by.actor })
    return { connection, object }
  }
}

/** Who tells it: by key in the audit, by name to people. */
export function controllerOf(caller: Caller): Controller {
  const { keyId, label } = staff(caller)
  return { actor: `key:${keyId}`, label }
}

/** @throws CW_NOT_FOUND */
export function needStream({ connectors }: Pick<ApiDeps, 'connectors'>, connection: string, object: string): void {
  const capability = connectors.get(connection)?.capabilities.find((one) => one.object === object)
  if (capability?.read !== 'changes')
    throw new CausewayError('CW_NOT_FOUND', `There is no stream of ${object} at ${connection}`, { connection, object })
}

export function explained(code: keyof typeof errors): z.infer<typeof streamNote> {
  const { title, remedy } = errors[code]
  return { code, title, remedy }
}

/** The control API, the same on every sandbox, under `/_sandbox/`. Described in docs/reference/sandbox.md. */
import { z } from 'zod'
import type { SandboxDefinition, SandboxReply, SwitchDoc, SwitchSet, World } from './definition.ts'
import { faultSchema, type Faults } from './faults.ts'
import type { RequestFilter, RequestLog } from './request-log.ts'
import { schemaChanges } from './schema-change.ts'
import type { WebhookSender } from './webhooks.ts'

export interface Controlled<State, Switches extends SwitchSet> {
  definition: SandboxDefinition<State, Switches>
  world: World<State, Switches>
  faults: Faults
  log: RequestLog
  webhooks: WebhookSender
  reset(): void
}

export interface ControlRequest {
  method: string
  /** After `/_sandbox`. */
  path: string
  query: URLSearchParams
  body: Buffer
}

/** The control API's own errors: `{ error: { code, message, issues? } }`. */
class ControlError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const targetSchema = z.strictObject({
  url: z.url(),
  secret: z.string().optional(),
  events: z.array(z.string()).optional(),
})
const mischiefSchema = z.strictObject({
  paused: z.boolean().optional(),
  dropNext: z.int().min(0).optional(),
  duplicateNext: z.int().min(0).optional(),
  shuffleNext: z.int().min(0).optional(),
  delayMs: z.int().min(0).optional(),
})

type Action = (request: ControlRequest, id: string) => unknown

/** Answers one control request; never throws. */
export function createControl<State, Switches extends SwitchSet>(
  it: Controlled<State, Switches>,
): (request: ControlRequest) => SandboxReply {
  const clock = () => ({ now: it.world.clock.iso(), nowMs: it.world.clock.now(), mode: it.world.clock.mode() })
  const webhooks = () => ({ ...it.webhooks.mischief(), pending: it.webhooks.pending() })

  const actions: Record<string, Action> = {
    'GET /health': () => ({ ok: true, vendor: it.definition.vendor, now: it.world.clock.iso() }),
    'GET /clock': clock,
    'PUT /clock': (request) => {
      const { at } = read(request, z.strictObject({ at: z.union([z.string(), z.number()]) }))
      it.world.clock.set(at)
      return clock()
    },
    'POST /clock/advance': (request) => {
      it.world.clock.advance(read(request, z.strictObject({ ms: z.number() })).ms)
      return clock()
    },
    'POST /clock/follow': () => {
      it.world.clock.follow()
      return clock()
    },
    'GET /faults': () => ({ faults: it.faults.list() }),
    'POST /faults': (request) => it.faults.add(read(request, faultSchema)),
    'DELETE /faults': () => ({ cleared: it.faults.clear() }),
    'DELETE /faults/:id': (_, id) => {
      if (it.faults.clear(id) === 0) throw new ControlError(404, 'not-found', `there is no fault ${id}`)
      return { cleared: 1 }
    },
    'GET /requests': ({ query }) => ({ requests: it.log.list(requestFilter(query)) }),
    'GET /requests/counts': () => it.log.counts(),
    'DELETE /requests': () => {
      it.log.clear()
      return {}
    },
    'GET /unknown': () => ({ unknown: it.log.unknown() }),
    'GET /switches': () => ({ switches: it.world.switches, docs: it.definition.switchDocs }),
    'PUT /switches': (request) => {
      setSwitches(it, read(request, z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))))
      return { switches: it.world.switches }
    },
    'POST /seed': (request) => it.definition.seed(it.world, parse(request)) ?? {},
    'POST /schema': (request) => {
      const { changes } = read(request, schemaChanges)
      const { definition, world } = it
      if (definition.changeSchema === undefined)
        throw new ControlError(404, 'not-found', `${definition.vendor} has no fields to change`)
      for (const change of changes) definition.changeSchema(world, change)
      return { changed: changes.length }
    },
    'GET /state': () => it.definition.dump(it.world),
    'POST /reset': () => {
      it.reset()
      return {}
    },
    'GET /webhooks': webhooks,
    'PATCH /webhooks': (request) => {
      const change = Object.entries(read(request, mischiefSchema)).filter(([, value]) => value !== undefined)
      it.webhooks.change(Object.fromEntries(change))
      return webhooks()
    },
    'PUT /webhooks/target': (request) => {
      const { url, secret, events } = read(request, targetSchema)
      it.webhooks.setTarget({ url, ...(secret !== undefined && { secret }), ...(events && { events }) })
      return { url }
    },
    'DELETE /webhooks/target': () => {
      it.webhooks.setTarget(null)
      return {}
    },
    'GET /webhooks/deliveries': () => ({ deliveries: it.webhooks.list() }),
    'POST /webhooks/deliveries/:id': (_, id) => {
      if (!it.webhooks.redeliver(id)) throw new ControlError(404, 'not-found', `there is no delivery ${id}`)
      return {}
    },
  }

  return (request) => {
    try {
      const known = actions[`${request.method} ${request.path}`]
      if (known) return { status: 200, json: known(request, '') }
      const cut = request.path.lastIndexOf('/')
      const withId = actions[`${request.method} ${request.path.slice(0, cut)}/:id`]
      if (withId) return { status: 200, json: withId(request, decodeURIComponent(request.path.slice(cut + 1))) }
      throw new ControlError(404, 'not-found', `the control API has no ${request.method} /_sandbox${request.path}`)
    } catch (error) {
      return errorReply(error)
    }
  }
}

function parse({ body }: ControlRequest): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new ControlError(400, 'not-json', 'the body is not JSON')
  }
}

function read<Schema extends z.ZodType>(request: ControlRequest, schema: Schema): z.output<Schema> {
  return schema.parse(parse(request))
}

function requestFilter(query: URLSearchParams): RequestFilter {
  const number = z.coerce.number().int().min(0).optional()
  const text = z.string().optional()
  const found = z
    .strictObject({
      method: text,
      route: text,
      path: text,
      status: number,
      after: number,
      limit: number,
      faulted: z.stringbool().optional(),
    })
    .parse(Object.fromEntries(query))
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function setSwitches<State, Switches extends SwitchSet>(it: Controlled<State, Switches>, wished: SwitchSet): void {
  const docs: Record<string, SwitchDoc> = it.definition.switchDocs
  for (const [name, value] of Object.entries(wished)) {
    const doc = docs[name]
    if (!doc) throw new ControlError(400, 'unknown-switch', `${name} is not one of ${Object.keys(docs).join(', ')}`)
    const current = it.definition.switches[name]
    const fits =
      typeof value === typeof current &&
      (typeof value === 'number'
        ? value >= 0
        : doc.positions.includes(value) || (typeof value === 'string' && doc.positions.length === 0))
    if (!fits)
      throw new ControlError(400, 'switch-position', `${name} stands at one of ${JSON.stringify(doc.positions)}`)
  }
  Object.assign(it.world.switches, wished)
}

function errorReply(error: unknown): SandboxReply {
  if (error instanceof ControlError)
    return { status: error.status, json: { error: { code: error.code, message: error.message } } }
  if (error instanceof z.ZodError) {
    const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
    const message = issues.map((issue) => `${issue.path || 'the document'}: ${issue.message}`).join('; ')
    return { status: 400, json: { error: { code: 'invalid', message, issues } } }
  }
  const known = error instanceof RangeError || error instanceof SeedRefused || error instanceof SchemaRefused
  const message = error instanceof Error ? error.message : String(error)
  return { status: known ? 400 : 500, json: { error: { code: known ? 'invalid' : 'internal', message } } }
}

/** Thrown by a definition's `seed` for a document that is well-formed but names what does not exist. */
export class SeedRefused extends Error {
  override readonly name = 'SeedRefused'
}

/** Thrown by a definition's `changeSchema` for what is not there, or for what the vendor lets nobody do. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused'
}

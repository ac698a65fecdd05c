/** Composite: up to 25 requests in one call, later ones naming parts of earlier answers as `@{ref.field}`. */
import { arrayOf, bodyOf, endpoint, objectOf, refusable, textOf } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { createRequest } from '../framework/sandbox-request.ts'
import { createRouter } from '../framework/router.ts'
import { Decimal } from './exact-json.ts'
import type { Json } from './exact-json.ts'
import { atomically } from './org.ts'
import type { Org } from './org.ts'
import { refuse } from './problem.ts'
import type { Body } from './body.ts'
import type { Switches } from './switches.ts'

type Find = ReturnType<typeof createRouter<Org, Switches>>

interface Part {
  body: unknown
  httpHeaders: Record<string, string>
  httpStatusCode: number
  referenceId: string
}

/** `routes` are those that a part may call. */
export function compositeRoutes(routes: OrgRoute[]): OrgRoute[] {
  const find = createRouter(routes)
  return [endpoint('POST', '/composite', 'write', (request, world) => composite(request, world, find))]
}

function composite(request: SandboxRequest, world: OrgWorld, find: Find): SandboxReply {
  const body = bodyOf(request)
  const calls = arrayOf(body.compositeRequest, 'compositeRequest').map((call) => objectOf(call, 'a subrequest'))
  if (calls.length > 25) throw refuse(400, 'LIMIT_EXCEEDED', 'The maximum number of subrequests is 25')
  const heavy = calls.filter((call) => /\/(query|queryAll|composite\/sobjects)\b/.test(textOf(call.url, 'url')))
  const most = world.switches.compositeQueries
  if (heavy.length > most)
    throw refuse(400, 'LIMIT_EXCEEDED', `At most ${String(most)} subrequests may be queries or collections`)
  const names = calls.map((call) => textOf(call.referenceId, 'referenceId'))
  if (new Set(names).size !== names.length) throw refuse(400, 'INVALID_REQUEST', 'referenceId must be unique')
  const answers: Part[] = []
  try {
    atomically(world.state, body.allOrNone === true, () => {
      for (const call of calls) answers.push(carryOut(request, world, find, call, answers))
      if (body.allOrNone === true && answers.some((a) => a.httpStatusCode >= 400)) throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw error
    for (const answer of answers)
      if (answer.httpStatusCode < 400)
        Object.assign(
          answer,
          halted('The transaction was rolled back since another operation in the same transaction failed.'),
        )
  }
  return { status: 200, json: { compositeResponse: answers } }
}

class Undone extends Error {}

function halted(message: string): Pick<Part, 'body' | 'httpStatusCode'> {
  return { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED', message }] }
}

function carryOut(request: SandboxRequest, world: OrgWorld, find: Find, call: Body, before: Part[]): Part {
  const referenceId = textOf(call.referenceId, 'referenceId')
  let filled: { url: string; body: Json }
  try {
    filled = { url: fill(textOf(call.url, 'url'), before), body: fillJson(call.body ?? null, before) }
  } catch (error) {
    if (!(error instanceof MissingReference)) throw error
    return { httpHeaders: {}, referenceId, ...halted('Invalid reference specified. No value found for a reference') }
  }
  const method = textOf(call.method, 'method').toUpperCase()
  const url = new URL(filled.url, world.baseUrl)
  const match = find(method, url.pathname)
  if (match === null)
    return {
      httpHeaders: {},
      referenceId,
      httpStatusCode: 404,
      body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
    }
  const headers = { ...request.headers, ...headersOf(call.httpHeaders) }
  const inner = createRequest(
    method,
    url,
    headers,
    Buffer.from(call.body === undefined ? '' : JSON.stringify(filled.body)),
    match,
  )
  const reply = refusable(inner, () => atOnce(match.route.handler(inner, world)))
  return { body: reply.json ?? null, httpHeaders: {}, httpStatusCode: reply.status, referenceId }
}

/** All of this sandbox's routes answer at once, so that the parts of a call run without a gap. */
function atOnce(reply: SandboxReply | Promise<SandboxReply>): SandboxReply {
  if (reply instanceof Promise) throw new Error('a part of a composite call must answer at once')
  return reply
}

function headersOf(given: Json | undefined): Record<string, string> {
  if (given === undefined || given === null) return {}
  const entries = Object.entries(objectOf(given, 'httpHeaders'))
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), textOf(value, name)]))
}

/** Replaces `@{ref.path[0].to}`. Throws `MissingReference` when one names nothing. */
function fill(text: string, before: Part[]): string {
  return text.replaceAll(/@\{([^}]+)\}/g, (_all, path: string) => {
    const [name = '', ...steps] = path.split(/[.[\]]+/).filter((step) => step !== '')
    const answer = before.find((part) => part.referenceId === name)
    let value: unknown = answer !== undefined && answer.httpStatusCode < 400 ? answer.body : undefined
    for (const step of steps) value = stepInto(value, step)
    if (typeof value === 'string' || typeof value === 'boolean' || value instanceof Decimal) return String(value)
    throw new MissingReference()
  })
}

function stepInto(value: unknown, step: string): unknown {
  return value !== null && typeof value === 'object'
    ? Object.entries(value).find(([name]) => name === step)?.[1]
    : undefined
}

function fillJson(value: Json, before: Part[]): Json {
  if (typeof value === 'string') return value.includes('@{') ? fill(value, before) : value
  if (Array.isArray(value)) return value.map((item) => fillJson(item, before))
  if (value === null || typeof value !== 'object' || value instanceof Decimal) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fillJson(item, before)]))
}

class MissingReference extends Error {}

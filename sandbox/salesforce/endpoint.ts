/** What every REST endpoint shares: the world's types, the request's body and headers, and how a refusal is answered. */
import { BadBody } from '../framework/definition.ts'
import type { Route, SandboxReply, SandboxRequest, World } from '../framework/definition.ts'
import { parseExact } from './exact-json.ts'
import type { Json } from './exact-json.ts'
import type { Org } from './org.ts'
import { errorBody, Refusal, refuse } from './problem.ts'
import { attributes } from './render.ts'
import { MultipleMatches } from './save.ts'
import type { Body } from './body.ts'
import type { Save } from './save.ts'
import type { Switches } from './switches.ts'

export type OrgWorld = World<Org, Switches>
export type OrgRoute = Route<Org, Switches>

/** A route below `/services/data/:version`; a `Refusal` becomes the platform's error body. */
export function endpoint(
  method: string,
  path: string,
  effect: OrgRoute['effect'],
  run: (request: SandboxRequest, world: OrgWorld) => SandboxReply,
): OrgRoute {
  return {
    method,
    path: `/services/data/:version${path}`,
    effect,
    handler: (request, world) => refusable(request, () => run(request, world)),
  }
}

export function refusable(request: SandboxRequest, run: () => SandboxReply): SandboxReply {
  try {
    return run()
  } catch (error) {
    if (error instanceof MultipleMatches)
      return { status: 300, json: error.rows.map((row) => attributes(versionOf(request), row).url) }
    if (error instanceof Refusal) return { status: error.status, json: errorBody(error.problems) }
    if (error instanceof BadBody || error instanceof SyntaxError) {
      return {
        status: 400,
        json: errorBody([{ errorCode: 'JSON_PARSER_ERROR', message: 'The request body is not valid JSON' }]),
      }
    }
    throw error
  }
}

export function versionOf(request: SandboxRequest): string {
  return request.params.version ?? 'v67.0'
}

/** The body as an object, its numbers exact. Throws `Refusal`. */
export function bodyOf(request: SandboxRequest): Body {
  return objectOf(parseExact(request.body.toString('utf8')), 'the request body')
}

export function objectOf(value: Json | undefined, what: string): Body {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || !isPlain(value)) {
    throw refuse(400, 'JSON_PARSER_ERROR', `${what} is not an object`)
  }
  return value
}

function isPlain(value: object): value is Body {
  return Object.getPrototypeOf(value) === Object.prototype
}

export function arrayOf(value: Json | undefined, what: string): Json[] {
  if (!Array.isArray(value)) throw refuse(400, 'JSON_PARSER_ERROR', `${what} is not an array`)
  return value
}

export function textOf(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw refuse(400, 'JSON_PARSER_ERROR', `${what} is not a string`)
  return value
}

export function saveOf(request: SandboxRequest, world: OrgWorld): Save {
  const options = request.headers['sforce-call-options'] ?? ''
  const duplicateRule = request.headers['sforce-duplicate-rule-header'] ?? ''
  return {
    nowMs: world.clock.now(),
    client: /(?:^|[,;\s])client=([^,;\s]+)/.exec(options)?.[1] ?? null,
    allowDuplicates: /allowSave=true/i.test(duplicateRule),
    isProgram: true,
  }
}

/** Turns HubSpot handlers into routes: both path families, errors answered in HubSpot's shape, scopes asked for. */
import { randomUUID } from 'node:crypto'
import type { SandboxRequest } from '../framework/definition.ts'
import { HubSpotError, invalid, missingScopes, notFound } from './errors.ts'
import { tokenOf } from './limits.ts'
import { record } from './record.ts'
import { objectTypeOf } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import { portalOf, scopesOf } from './world.ts'
import type { Handle, HubSpotRoute, HubSpotWorld } from './world.ts'

/** One handler under each of its paths. */
export function routes(
  method: string,
  paths: string[],
  effect: 'read' | 'write' | 'token',
  handle: Handle,
  scopes?: (request: SandboxRequest) => string[],
): HubSpotRoute[] {
  return paths.map((path) => ({
    method,
    path,
    effect,
    handler: (request, world) => {
      try {
        requireScopes(request, world, scopes?.(request) ?? [])
        return handle(request, portalOf(world), world)
      } catch (error) {
        if (error instanceof HubSpotError) return { status: error.status, json: error.body(randomUUID()) }
        throw error
      }
    },
  }))
}

/** The scope that a call on a type needs; tasks and notes ride on contacts' scopes. */
export function objectScope(request: SandboxRequest): string[] {
  const type = typeParam(request)
  const family = familyOf(type)
  const reads = request.effect === 'read' || request.path.endsWith('/batch/read') || request.path.endsWith('/search')
  return [`crm.objects.${family}.${reads ? 'read' : 'write'}`]
}

function familyOf(type: ObjectType): string {
  if (type === 'p_registrations') return 'custom'
  return type === 'tasks' || type === 'notes' ? 'contacts' : type
}

export function schemaScope(request: SandboxRequest): string[] {
  const type = typeParam(request)
  if (type === 'tasks' || type === 'notes') return []
  return [`crm.schemas.${familyOf(type)}.${request.effect === 'read' ? 'read' : 'write'}`]
}

export function typeParam(request: SandboxRequest, name = 'type'): ObjectType {
  const type = objectTypeOf(request.params[name] ?? '')
  if (type === null) throw invalid(`Unable to infer object type from: ${request.params[name] ?? ''}`)
  return type
}

/** The body as an object; HubSpot answers anything else with 400. */
export function bodyOf(request: SandboxRequest): Record<string, unknown> {
  try {
    return record(request.json())
  } catch {
    throw invalid('Invalid input JSON')
  }
}

/** The inputs of a batch call; HubSpot refuses none and more than the limit. */
export function inputsOf(request: SandboxRequest, limit: number): Record<string, unknown>[] {
  const inputs = bodyOf(request)['inputs']
  if (!Array.isArray(inputs)) throw invalid('inputs is required')
  if (inputs.length > limit) throw invalid(`Batch size of ${inputs.length} exceeds the limit of ${limit}`)
  return inputs.map(record)
}

export function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number') return String(value)
  throw invalid(`${name} is required`)
}

export function missing(what: string): HubSpotError {
  return notFound(`${what} does not exist`)
}

function requireScopes(request: SandboxRequest, world: HubSpotWorld, scopes: string[]): void {
  if (scopes.length === 0) return
  const token = tokenOf(request, world)
  const granted = token === null ? [] : scopesOf(token, world)
  const lacking = scopes.filter((scope) => !granted.includes(scope))
  if (lacking.length > 0) throw missingScopes(lacking)
}

/** Requests and answers in the vendor's manner: Basic credentials in, `{ data, message, status }` out. */
import type { z } from 'zod'
import { BadBody, type Route, type SandboxReply, type SandboxRequest } from '../framework/definition.ts'
import type { PortalWorld, Row, State } from './state.ts'
import type { Switches } from './switches.ts'

/** One authenticated request. `test`: it came with the test key pair. */
export interface Call {
  request: SandboxRequest
  world: PortalWorld
  test: boolean
}

/** The vendor says no: `{ message, status }`. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type PortalRoute = Route<State, Switches>

/** `path` comes after `/api/v2`, unless it starts with `/api/`. What `handler` answers becomes `data`. */
export function route(method: string, path: string, handler: (call: Call) => unknown): PortalRoute {
  return {
    method,
    path: path.startsWith('/api/') ? path : `/api/v2${path}`,
    effect: method === 'GET' ? 'read' : 'write',
    handler(request, world) {
      try {
        const data = handler({ request, world, test: modeOf(request, world) === 'test' })
        return { status: 200, json: { data, message: sentence(method), status: 200 } }
      } catch (error) {
        if (error instanceof Refusal) return refusal(error.status, error.message)
        if (error instanceof BadBody) return refusal(400, 'The request body is not valid JSON')
        throw error
      }
    },
  }
}

export function refusal(status: number, message: string, headers: Record<string, string> = {}): SandboxReply {
  return { status, headers, json: { message, status } }
}

/** Which key pair the request carries; null: none that is known. Bearer keys belong to another API and are refused here. */
export function modeOf(request: SandboxRequest, world: PortalWorld): 'production' | 'test' | null {
  const encoded = /^basic (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1]
  const given = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const { production, test } = world.state.keys
  if (given === `${production.publicKey}:${production.secretKey}`) return 'production'
  return given === `${test.publicKey}:${test.secretKey}` ? 'test' : null
}

/**
 * The body, checked. The sentences are those of JSON-schema validators, which the vendor's resemble
 * (`'target_type' is a required property`).
 */
export function readBody<Shape extends z.ZodRawShape>(
  call: Call,
  schema: z.ZodObject<Shape>,
): z.output<z.ZodObject<Shape>> {
  const given = call.request.body.length === 0 ? {} : call.request.json()
  const strict = call.world.switches.unknownProperty === 'reject'
  const found = (strict ? schema.strict() : schema).safeParse(given)
  // The strict form has the same output; its type says so only without generics.
  if (found.success) return schema.parse(given)
  const issue = found.error.issues[0]
  throw new Refusal(400, issue ? wording(issue, given) : 'Invalid request')
}

function wording(issue: z.core.$ZodIssue, body: unknown): string {
  const name = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return `Additional properties are not allowed (${issue.keys.map((key) => `'${key}'`).join(', ')} was unexpected)`
  }
  const value = issue.path.reduce<unknown>((part, key) => valueAt(part, key), body)
  if (value === undefined) return `'${name}' is a required property`
  if (issue.code === 'invalid_type') return `${JSON.stringify(value)} is not of type '${issue.expected}' (${name})`
  return `${JSON.stringify(value)} is not valid for '${name}': ${issue.message}`
}

function valueAt(part: unknown, key: PropertyKey): unknown {
  if (typeof part !== 'object' || part === null) return undefined
  return Object.getOwnPropertyDescriptor(part, key)?.value
}

/** What a seed may fix of a record's beginnings; a request fixes nothing. */
export interface Fixed {
  key?: string | undefined
  created_at?: number | undefined
  updated_at?: number | undefined
}

/** What a new record starts with. `prefix` is that of its key. */
export function newRow(world: PortalWorld, prefix: string, test: boolean, fixed: Fixed = {}): Row {
  const now = world.clock.now()
  const { key = world.newId(prefix), created_at = now, updated_at = now } = fixed
  return { key, created_at, updated_at, archived: false, test, order: world.nextNumber(), arrivedAt: now }
}

/** Marks a change. Never earlier than the last one, also when a test moved the clock back. */
export function touch(row: Row, world: PortalWorld): void {
  row.updated_at = Math.max(world.clock.now(), row.updated_at)
}

/** The record by its key or one of its other names; throws the 404. Only reads by key suffer the lag. */
export function find<T extends Row>(
  { request, world, test }: Call,
  table: Map<string, T>,
  what: string,
  wished: string | undefined,
  otherNames: (row: T) => (string | null)[] = () => [],
): T {
  const visible = request.method === 'GET' ? world.clock.now() - world.switches.readLagMs : Infinity
  const fits = (row: T | undefined) => row !== undefined && row.test === test && row.arrivedAt <= visible
  let found = table.get(wished ?? '')
  if (!fits(found)) found = undefined
  for (const row of found || wished === undefined ? [] : table.values()) {
    if (!otherNames(row).includes(wished ?? '') || !fits(row)) continue
    // An archived record gives way to a live one of the same name.
    found = row
    if (!row.archived) break
  }
  if (!found || (found.archived && world.switches.archivedRead === 'gone')) throw new Refusal(404, `${what} not found`)
  return found
}

/** Throws the duplicate refusal when a live record other than `self` has the name already. */
export function claim<T extends Row>(
  { world, test }: Call,
  table: Map<string, T>,
  property: string,
  wished: string | null | undefined,
  nameOf: (row: T) => string | null,
  self?: T,
): void {
  if (wished === null || wished === undefined) return
  for (const row of table.values()) {
    if (row === self || row.archived || row.test !== test || nameOf(row) !== wished) continue
    throw new Refusal(world.switches.duplicateKeyStatus, `A record with this ${property} already exists`)
  }
}

/** Groups, forms and the like are the company's, whichever key pair asks. */
export function findShared<T extends Row>(table: Map<string, T>, what: string, key: string | undefined): T {
  const found = table.get(key ?? '')
  if (!found) throw new Refusal(404, `${what} not found`)
  return found
}

function sentence(method: string): string {
  return method === 'GET' ? 'Page returned successfully' : 'Request was successful'
}

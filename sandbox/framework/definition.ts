/**
 * What a vendor's stand-in is made of. The framework turns one `SandboxDefinition` into a real HTTP server with a clock,
 * a request log, faults on demand, webhooks and a control API; the definition holds only what is the vendor's own.
 *
 * Instants are milliseconds since 1970, read from `world.clock` and nowhere else.
 */
import type { Clock } from './clock.ts'
import type { SchemaChange } from './schema-change.ts'

export type SwitchValue = string | number | boolean
export type SwitchSet = Record<string, SwitchValue>

/**
 * What a switch means and where it may stand. String and boolean switches take one of `positions` (an empty list: any
 * string); number switches take any number from 0 up, and `positions` are examples.
 */
export interface SwitchDoc {
  meaning: string
  positions: readonly SwitchValue[]
}

export interface SandboxDefinition<State, Switches extends SwitchSet> {
  vendor: string
  /** The documented defaults. */
  switches: Switches
  switchDocs: Record<keyof Switches, SwitchDoc>
  /** An empty state. */
  create(): State
  routes: Route<State, Switches>[]
  /** Checks the document with zod, makes the records, and answers what was made. */
  seed(world: World<State, Switches>, document: unknown): unknown
  /** Changes a field as the vendor's administrator would; throws `SchemaRefused` for what no administrator can do there. */
  changeSchema?(world: World<State, Switches>, change: SchemaChange): void
  /** JSON of all records, for tests and people. */
  dump(world: World<State, Switches>): unknown
  /** Runs before every known route, for credentials and rate windows; an answer ends the request. */
  before?(request: SandboxRequest, world: World<State, Switches>): SandboxReply | null
  /** Runs on every vendor answer, faults of kind `throttle` and `expired-token` included, for headers that are always there. */
  decorate?(request: SandboxRequest, reply: SandboxReply, world: World<State, Switches>): SandboxReply
  /** How this vendor says that there were too many requests, and that a token has expired. */
  faultBodies?: {
    throttle?(request: SandboxRequest, world: World<State, Switches>): SandboxReply
    expiredToken?(request: SandboxRequest, world: World<State, Switches>): SandboxReply
  }
  webhooks?: WebhookDefinition<State, Switches>
  /** Called once, when the server listens: for parts that do not speak HTTP and still need the clock. */
  started?(world: World<State, Switches>): void
}

export interface Route<State, Switches extends SwitchSet> {
  method: string
  /** The whole path from the root: `/api/v2/deals/:key`; a last segment `*` takes any tail, found as `params['*']`. */
  path: string
  /** `token` routes hand out credentials; `before` decides by this whether it asks for some. */
  effect: 'read' | 'write' | 'token'
  /** Reads and commits in one synchronous stretch; awaits, if any, come before or after it, never between. */
  handler: (request: SandboxRequest, world: World<State, Switches>) => SandboxReply | Promise<SandboxReply>
}

export interface SandboxRequest {
  method: string
  /** Without the query, still percent-encoded. */
  path: string
  /** The route as logs and faults name it: `PATCH /api/v2/deals/:key`. */
  route: string
  effect: 'read' | 'write' | 'token'
  /** Percent-decoded. */
  params: Record<string, string>
  query: URLSearchParams
  /** Names in lower case. */
  headers: Record<string, string>
  /** Already unpacked when the request was gzipped. */
  body: Buffer
  /** Throws `BadBody` on what is not JSON; left uncaught it becomes a 400. */
  json(): unknown
  form(): URLSearchParams
}

/** At most one of `json`, `text` and `bytes`; none: an empty body. */
export interface SandboxReply {
  status: number
  headers?: Record<string, string>
  json?: unknown
  text?: string
  bytes?: Buffer
}

export interface World<State, Switches extends SwitchSet> {
  state: State
  switches: Switches
  clock: Clock
  /** The address of this server, no slash at the end. */
  baseUrl: string
  /** An opaque id that no other call answers, also not after a reset. */
  newId(prefix: string): string
  /** 1, 2, 3, …: goes on after a reset. For vendors whose ids have a shape of their own. */
  nextNumber(): number
  /** Hands an event to the webhook sender; nothing happens when no target listens. */
  emit(event: SandboxEvent): void
}

/** A change that the vendor tells the outside about. */
export interface SandboxEvent {
  /** The vendor's name of the event, for example `deal.created`. */
  type: string
  /** The record's id. */
  subject: string
  /** What `render` makes the body from; copied when it is emitted, so later changes do not show. */
  payload: unknown
}

export interface WebhookTarget {
  id: string
  url: string
  /** What the vendor signs with, if it signs. */
  secret?: string
  /** The types that the target asked for; absent: all. */
  events?: string[]
}

export interface WebhookDefinition<State, Switches extends SwitchSet> {
  /** The targets that the vendor's own state holds; one set by the control API is added by the framework. */
  targets(event: SandboxEvent, world: World<State, Switches>): WebhookTarget[]
  /** The body and the headers, signature included, of one POST. `attempt` counts from 0. */
  render(
    events: SandboxEvent[],
    target: WebhookTarget,
    world: World<State, Switches>,
    attempt: number,
  ): { body: string; headers: Record<string, string> }
  /** Events that go into one POST at most. Default 1. */
  batch?: number
  /** The vendor's waits before each repeat; they run `compression` times faster. */
  retryDelaysMs: readonly number[]
  /** Default 1000: an hour takes 3.6 s. */
  compression?: number
  /** How long the vendor waits for an answer, in real time. Default 5000. */
  timeoutMs?: number
}

/** A request body that is not what its content type says. */
export class BadBody extends Error {
  override readonly name = 'BadBody'
}

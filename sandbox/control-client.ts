/** The typed client of a sandbox's control API, for tests and programs. */
import { z } from 'zod'
import type { SwitchDoc, SwitchSet } from './framework/definition.ts'
import type { Fault, FaultInput } from './framework/faults.ts'
import type { LoggedRequest, RequestCounts, RequestFilter } from './framework/request-log.ts'
import type { SchemaChange } from './framework/schema-change.ts'
import type { Delivery, WebhookMischief } from './framework/webhooks.ts'

export interface ClockState {
  now: string
  nowMs: number
  mode: 'real' | 'still'
}

export interface ControlClient {
  health(): Promise<{ ok: boolean; vendor: string; now: string }>
  clock: {
    get(): Promise<ClockState>
    set(at: string | number): Promise<ClockState>
    advance(ms: number): Promise<ClockState>
    follow(): Promise<ClockState>
  }
  faults: {
    add(fault: FaultInput): Promise<Fault>
    list(): Promise<Fault[]>
    clear(id?: string): Promise<void>
  }
  requests: {
    list(filter?: RequestFilter): Promise<LoggedRequest[]>
    counts(): Promise<RequestCounts>
    clear(): Promise<void>
  }
  /** Requests to routes that the sandbox does not know; a test should find none. */
  unknown(): Promise<LoggedRequest[]>
  switches: {
    get(): Promise<{ switches: SwitchSet; docs: Record<string, SwitchDoc> }>
    set(switches: SwitchSet): Promise<SwitchSet>
  }
  /** Answers what the vendor's seed made. */
  seed(document: unknown): Promise<unknown>
  /** Changes fields as the vendor's administrator would, one after another. */
  schema(...changes: SchemaChange[]): Promise<void>
  state(): Promise<unknown>
  reset(): Promise<void>
  webhooks: {
    get(): Promise<WebhookMischief & { pending: number }>
    set(change: Partial<WebhookMischief>): Promise<WebhookMischief & { pending: number }>
    setTarget(target: { url: string; secret?: string; events?: string[] }): Promise<void>
    removeTarget(): Promise<void>
    deliveries(): Promise<Delivery[]>
    redeliver(id: string): Promise<void>
  }
}

/** What the control API refused, with its code and the whole answer's sentence. */
export class ControlRefused extends Error {
  override readonly name = 'ControlRefused'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** `url` is the sandbox's own address. Every call rejects with `ControlRefused` when the sandbox refuses it. */
export function createControlClient(url: string): ControlClient {
  async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${url}/_sandbox${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer: unknown = await response.json()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the framework in the next folder wrote it
    if (response.ok) return answer as Answer
    const { error } = refusal.parse(answer)
    throw new ControlRefused(response.status, error.code, error.message)
  }
  const encode = encodeURIComponent

  return {
    health: () => call('GET', '/health'),
    clock: {
      get: () => call('GET', '/clock'),
      set: (at) => call('PUT', '/clock', { at }),
      advance: (ms) => call('POST', '/clock/advance', { ms }),
      follow: () => call('POST', '/clock/follow'),
    },
    faults: {
      add: (fault) => call('POST', '/faults', fault),
      list: async () => (await call<{ faults: Fault[] }>('GET', '/faults')).faults,
      async clear(id) {
        await call('DELETE', id === undefined ? '/faults' : `/faults/${encode(id)}`)
      },
    },
    requests: {
      async list(filter = {}) {
        const query = new URLSearchParams(
          Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])),
        )
        return (await call<{ requests: LoggedRequest[] }>('GET', `/requests?${query.toString()}`)).requests
      },
      counts: () => call('GET', '/requests/counts'),
      async clear() {
        await call('DELETE', '/requests')
      },
    },
    unknown: async () => (await call<{ unknown: LoggedRequest[] }>('GET', '/unknown')).unknown,
    switches: {
      get: () => call('GET', '/switches'),
      set: async (switches) => (await call<{ switches: SwitchSet }>('PUT', '/switches', switches)).switches,
    },
    seed: (document) => call('POST', '/seed', document),
    async schema(...changes) {
      await call('POST', '/schema', { changes })
    },
    state: () => call('GET', '/state'),
    async reset() {
      await call('POST', '/reset')
    },
    webhooks: {
      get: () => call('GET', '/webhooks'),
      set: (change) => call('PATCH', '/webhooks', change),
      async setTarget(target) {
        await call('PUT', '/webhooks/target', target)
      },
      async removeTarget() {
        await call('DELETE', '/webhooks/target')
      },
      deliveries: async () => (await call<{ deliveries: Delivery[] }>('GET', '/webhooks/deliveries')).deliveries,
      async redeliver(id) {
        await call('POST', `/webhooks/deliveries/${encode(id)}`)
      },
    },
  }
}

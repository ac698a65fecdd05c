/** Starts a vendor's stand-in: one HTTP server on loopback, its control API under `/_sandbox/`. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createControlClient, type ControlClient } from '../control-client.ts'
import { sendAnswer, type Sent } from './answer.ts'
import { createClock } from './clock.ts'
import { createControl } from './control.ts'
import {
  BadBody,
  type Route,
  type SandboxDefinition,
  type SandboxReply,
  type SandboxRequest,
  type SwitchSet,
  type World,
} from './definition.ts'
import { createFaults, type Fault } from './faults.ts'
import { faultReply, replaces } from './fault-reply.ts'
import { createRequestLog, withoutCredentials } from './request-log.ts'
import { createRouter } from './router.ts'
import { createRequest } from './sandbox-request.ts'
import { createWebhookSender } from './webhooks.ts'

export interface RunningSandbox {
  vendor: string
  /** `http://127.0.0.1:4301`, no slash at the end. */
  url: string
  control: ControlClient
  /** Cuts all connections, stalled ones included. */
  close(): Promise<void>
}

/**
 * Starts the sandbox and answers when it listens. `port` 0 or absent: any free one. Rejects with the system's error
 * (`EADDRINUSE`) when the port is taken.
 */
export async function startSandbox<State, Switches extends SwitchSet>(
  definition: SandboxDefinition<State, Switches>,
  options: { port?: number; host?: '127.0.0.1' } = {},
): Promise<RunningSandbox> {
  const faults = createFaults()
  const log = createRequestLog()
  const findRoute = createRouter(definition.routes)
  const instance = randomBytes(4).toString('hex')
  let number = 0
  const nextNumber = () => (number += 1)
  const world: World<State, Switches> = {
    state: definition.create(),
    switches: { ...definition.switches },
    clock: createClock(),
    baseUrl: '',
    nextNumber,
    // The instance is part of it: a program that remembers ids of an earlier run must not meet them again.
    newId: (prefix) => `${prefix}${instance}${nextNumber().toString(36).padStart(8, '0')}`,
    emit: (event) => webhooks.emit(event),
  }
  const webhooks = createWebhookSender(definition.webhooks, world)
  const control = createControl({
    definition,
    world,
    faults,
    log,
    webhooks,
    reset() {
      webhooks.clear()
      faults.clear()
      log.clear()
      world.clock.follow()
      world.switches = { ...definition.switches }
      world.state = definition.create()
    },
  })

  const server = createServer((incoming, response) => {
    void serve(incoming, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now()
    const url = new URL(incoming.url ?? '/', 'http://sandbox')
    const method = incoming.method ?? 'GET'
    const packed = await readAll(incoming)
    if (url.pathname.startsWith('/_sandbox/')) {
      const path = url.pathname.slice('/_sandbox'.length)
      await sendAnswer(response, control({ method, path, query: url.searchParams, body: packed }), null)
      return
    }
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    const match = findRoute(method, url.pathname)
    const at = world.clock.iso()
    const record = (sent: Sent, struck: Fault[]) =>
      log.add({
        at,
        method,
        path: url.pathname,
        route: match?.name ?? null,
        query: withoutCredentials(url.searchParams),
        headers: withoutCredentials(Object.entries(headers)),
        status: sent.status,
        ms: Math.round(performance.now() - started),
        bytesIn: packed.length,
        bytesOut: sent.bytes,
        faults: struck.map((fault) => fault.kind),
      })
    if (!match) {
      const message = `the ${definition.vendor} sandbox has no ${method} ${url.pathname}`
      record(await sendAnswer(response, { status: 501, json: { error: 'not-implemented', message } }, null), [])
      return
    }
    const request = createRequest(method, url, headers, packed, match)
    const { delays, fault } = faults.strike(request)
    for (const delay of delays) if (delay.when === 'before') await pause(delay.ms)
    const reply =
      fault?.when === 'before' ? faultReply(definition, world, request, fault) : await run(request, match.route)
    for (const delay of delays) if (delay.when === 'after') await pause(delay.ms)
    const answered = fault?.when === 'after' && replaces(fault) ? faultReply(definition, world, request, fault) : reply
    // As any vendor's: by the clock that its records are stamped with.
    const date = new Date(world.clock.now()).toUTCString()
    const dated = { ...answered, headers: { date, ...answered.headers } }
    record(await sendAnswer(response, dated, fault), fault ? [...delays, fault] : delays)
  }

  async function run(request: SandboxRequest, route: Route<State, Switches>): Promise<SandboxReply> {
    try {
      const refused = definition.before?.(request, world)
      const reply = refused ?? (await route.handler(request, world))
      return definition.decorate?.(request, reply, world) ?? reply
    } catch (error) {
      if (error instanceof BadBody) return { status: 400, json: { message: error.message, status: 400 } }
      // A fault of the sandbox itself: loud, and unlike anything that a vendor answers.
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { status: 500, json: { error: 'sandbox-bug', message } }
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no TCP address')
  world.baseUrl = `http://127.0.0.1:${address.port}`
  definition.started?.(world)

  return {
    vendor: definition.vendor,
    url: world.baseUrl,
    control: createControlClient(world.baseUrl),
    async close() {
      webhooks.clear()
      const done = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeAllConnections()
      await done
    },
  }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

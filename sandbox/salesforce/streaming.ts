/** The change stream over CometD: handshake, subscribe, and polls that wait for an event. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { SandboxRequest } from '../framework/definition.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import { published, retentionMs } from './events.ts'
import type { StreamClient, StreamEvent } from './events.ts'
import type { Org } from './org.ts'

const messageSchema = z.looseObject({
  channel: z.string(),
  id: z.union([z.string(), z.number()]).optional(),
  clientId: z.string().optional(),
  subscription: z.union([z.string(), z.array(z.string())]).optional(),
  ext: z.looseObject({ replay: z.union([z.boolean(), z.record(z.string(), z.number())]).optional() }).optional(),
})
type Message = z.output<typeof messageSchema>
type Answer = Record<string, unknown>

const cookieName = 'BAYEUX_BROWSER'
const all = '/data/ChangeEvents'

export const streamingRoutes: OrgRoute[] = [
  {
    method: 'POST',
    path: '/cometd/:release',
    effect: 'read',
    async handler(request, world) {
      const given = request.json()
      const messages = z.array(messageSchema).safeParse(Array.isArray(given) ? given : [given])
      if (!messages.success) return { status: 400, text: 'not a Bayeux message' }
      const answers: Answer[] = []
      const headers: Record<string, string> = {}
      for (const message of messages.data) answers.push(...(await answer(message, request, world, headers)))
      return { status: 200, headers, json: answers }
    },
  },
]

async function answer(
  message: Message,
  request: SandboxRequest,
  world: OrgWorld,
  headers: Record<string, string>,
): Promise<Answer[]> {
  const reply = (more: Answer): Answer => ({
    channel: message.channel,
    ...(message.id === undefined ? {} : { id: message.id }),
    ...more,
  })
  if (message.channel === '/meta/handshake') {
    const [clientId, cookie] = [randomBytes(12).toString('hex'), randomBytes(8).toString('hex')]
    world.state.streamClients.set(clientId, { cookie, told: new Map(), wake: () => undefined })
    headers['set-cookie'] = `${cookieName}=${cookie};Path=/cometd/;HttpOnly`
    const supported = { version: '1.0', supportedConnectionTypes: ['long-polling'], ext: { replay: true } }
    return [reply({ successful: true, clientId, ...supported })]
  }
  const client = world.state.streamClients.get(message.clientId ?? '')
  if (client === undefined || !(request.headers.cookie ?? '').includes(`${cookieName}=${client.cookie}`))
    return [reply({ successful: false, error: '403::Unknown client', advice: { reconnect: 'handshake', interval: 0 } })]
  const clientId = message.clientId
  switch (message.channel) {
    case '/meta/subscribe':
      return [subscription(message)]
        .flat()
        .map((channel) => reply({ clientId, ...subscribe(world, client, message, channel) }))
    case '/meta/unsubscribe':
      for (const channel of [subscription(message)].flat()) client.told.delete(channel)
      return [reply({ clientId, successful: true, subscription: subscription(message) })]
    case '/meta/disconnect':
      world.state.streamClients.delete(message.clientId ?? '')
      return [reply({ clientId, successful: true })]
    case '/meta/connect': {
      const events = await nextEvents(world, client)
      const timeout = world.switches.streamTimeoutMs
      return [...events, reply({ clientId, successful: true, advice: { reconnect: 'retry', interval: 0, timeout } })]
    }
    default:
      return [reply({ successful: false, error: '404::Unknown channel' })]
  }
}

function subscription(message: Message): string | string[] {
  return message.subscription ?? ''
}

function subscribe(world: OrgWorld, client: StreamClient, message: Message, channel: string): Answer {
  const org = world.state
  const known = channel === all || published.some((object) => channel === channelOf(object))
  if (!known || !world.switches.changeEvents)
    return {
      successful: false,
      subscription: channel,
      error: `403::To subscribe to ${channel} the org must publish it`,
    }
  const replay = typeof message.ext?.replay === 'object' ? message.ext.replay[channel] : undefined
  const from = replayFrom(org, replay ?? -1, world.clock.now())
  if (from === null)
    return {
      successful: false,
      subscription: channel,
      error: `400::The replayId {${String(replay)}} you provided was invalid. Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`,
    }
  client.told.set(channel, from)
  client.wake()
  return { successful: true, subscription: channel }
}

/** -1: from now on; -2: all that is retained; else after the event of that id, which must be retained still. */
function replayFrom(org: Org, replay: number, nowMs: number): number | null {
  if (replay === -1) return org.lastReplayId
  if (replay === -2) return 0
  return org.events.some((event) => event.replayId === replay && nowMs - event.atMs <= retentionMs) ? replay : null
}

/** Events that the client was not told of, or none after a wait. */
async function nextEvents(world: OrgWorld, client: StreamClient): Promise<Answer[]> {
  const found = pending(world, client)
  if (found.length > 0) return found
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, world.switches.streamTimeoutMs)
    timer.unref()
    client.wake = () => {
      if (pending(world, client, false).length === 0) return
      clearTimeout(timer)
      resolve()
    }
  })
  return pending(world, client)
}

function pending(world: OrgWorld, client: StreamClient, take = true): Answer[] {
  const out: Answer[] = []
  for (const [channel, told] of client.told) {
    const events = world.state.events.filter(
      (event) =>
        event.replayId > told &&
        world.clock.now() - event.atMs <= retentionMs &&
        (channel === all || channel === channelOf(event.entity)),
    )
    out.push(...events.map((event) => ({ channel, data: rendered(world.state, event) })))
    const last = events.at(-1)
    if (take && last !== undefined) client.told.set(channel, last.replayId)
  }
  return out
}

function channelOf(object: string): string {
  return `/data/${object}ChangeEvent`
}

function rendered(org: Org, event: StreamEvent): Answer {
  const { entity, recordIds, changeType, origin, atMs, fields, replayId } = event
  return {
    schema: `schema-${entity}`,
    payload: {
      ChangeEventHeader: {
        entityName: entity,
        recordIds,
        changeType,
        changeOrigin: origin,
        transactionKey: `tx-${String(event.call)}`,
        sequenceNumber: 1,
        commitTimestamp: atMs,
        commitNumber: replayId,
        commitUser: org.runningUserId,
        nulledFields: Object.entries(fields ?? {}).flatMap(([name, value]) => (value === null ? [name] : [])),
        diffFields: [],
        changedFields: changeType === 'UPDATE' ? Object.keys(fields ?? {}) : [],
      },
      ...fields,
    },
    event: { replayId },
  }
}

/** Cuts off every client, as a restart of the platform's servers does. */
export function dropStreamClients(org: Org): void {
  for (const client of org.streamClients.values()) client.wake()
  org.streamClients.clear()
}

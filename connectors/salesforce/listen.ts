/**
 * Change events as hints, over CometD's long polls. Data is never taken from an event: it may be late, and gaps carry none. What
 * happens while nobody listens is found by polling, so a broken stream costs time and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Hint } from '../contract.ts'
import type { Client } from './client.ts'
import { longId } from './ids.ts'
import { shapeOf } from './objects.ts'
import { allRows } from './read.ts'
import type { Settings } from './settings.ts'
import { allOf, isOneOf, lists, select } from './soql.ts'

const messagesSchema = z.array(
  z.looseObject({
    channel: z.string(),
    successful: z.boolean().optional(),
    clientId: z.string().optional(),
    error: z.string().optional(),
    advice: z.looseObject({ reconnect: z.string().optional(), interval: z.number().optional() }).optional(),
    data: z.unknown().optional(),
  }),
)
type Message = z.output<typeof messagesSchema>[number]

const eventSchema = z.object({
  event: z.object({ replayId: z.number() }),
  payload: z.object({
    ChangeEventHeader: z.object({
      entityName: z.string(),
      recordIds: z.array(z.string()),
      changeOrigin: z.string().default(''),
    }),
  }),
})

/** An org holds a poll open for 110 seconds. */
const pollMs = 125_000
const askMs = 20_000
/** How our own writes are named as an event's origin; see `createClient`. */
const ownOrigin = /;client=causeway(?:;|$)/
/** How often in a row a new session may fail to come to a poll. */
const patience = 3

interface Session {
  clientId: string
  cookie: string
}

/** Listens until the signal ends it. @throws ConnectorError `CW_FEED_UNAVAILABLE` where the org publishes none of the objects */
export async function listen(
  client: Client,
  settings: Settings,
  objects: string[],
  heard: (hints: Hint[]) => Promise<void>,
  ctx: Ctx,
): Promise<void> {
  const wire = wireTo(client, settings, ctx)
  const channels = objects.filter((object) => shapeOf(object).published).map((object) => `/data/${object}ChangeEvent`)
  /** The last event of each channel that was heard; another session goes on after it. */
  const replay = new Map(channels.map((channel) => [channel, -1]))
  const course = { failures: 0 }
  while (!ctx.signal.aborted) {
    try {
      const session = await wire.open(replay)
      if (await follow(wire, session, replay, course, heardOf(client, settings, heard, ctx), ctx))
        throw broken('The org asks its listeners not to come back')
      // A session that ends is followed by another; one that ends before it tells anything is a failure.
      course.failures += 1
    } catch (error) {
      if (ctx.signal.aborted) return
      course.failures += 1
      const isOver = error instanceof ConnectorError && error.fault.code === 'CW_FEED_UNAVAILABLE'
      if (isOver || course.failures > patience) throw error
    }
    if (course.failures > patience) throw broken('The change stream ends its sessions as soon as they begin')
    await sleep(250 * 2 ** course.failures, undefined, { signal: ctx.signal }).catch(() => null)
  }
}

/** Polls until a session is worth nothing any more. Answers whether the org wants no other one. */
async function follow(
  wire: Wire,
  session: Session,
  replay: Map<string, number>,
  course: { failures: number },
  told: (events: Event[]) => Promise<void>,
  ctx: Ctx,
): Promise<boolean> {
  while (!ctx.signal.aborted) {
    const messages = await wire.poll(session)
    const events = messages.flatMap((message) => eventOf(message))
    if (events.length > 0) await told(events)
    for (const { channel, replayId } of events) replay.set(channel, replayId)
    const answer = messages.find(({ channel }) => channel === '/meta/connect')
    const reconnect = answer?.advice?.reconnect ?? 'retry'
    if (answer?.successful !== true && reconnect === 'none') return true
    if (answer?.successful !== true || reconnect === 'handshake') return false
    course.failures = 0
    const interval = answer.advice?.interval ?? 0
    if (interval > 0) await sleep(Math.min(interval, 60_000), undefined, { signal: ctx.signal }).catch(() => null)
  }
  return false
}

/** Does something and waits for the event that tells of the record it answers. Null: none came within 30 s. */
export async function firstEvent(
  client: Client,
  settings: Settings,
  object: string,
  act: () => Promise<string>,
  ctx: Ctx,
): Promise<{ isOwn: boolean; afterMs: number } | null> {
  const within = { ...ctx, signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(30_000)]) }
  const wire = wireTo(client, settings, within)
  const session = await wire.open(new Map([[`/data/${object}ChangeEvent`, -1]]))
  const id = await act()
  const started = performance.now()
  while (!within.signal.aborted) {
    const messages = await wire.poll(session).catch((error: unknown) => {
      if (within.signal.aborted) return []
      throw error
    })
    const event = messages.flatMap(eventOf).find(({ ids }) => ids.includes(longId(id) ?? id))
    if (event !== undefined) return { isOwn: event.isOwn, afterMs: Math.round(performance.now() - started) }
  }
  return null
}

interface Event {
  channel: string
  replayId: number
  object: string
  ids: string[]
  isOwn: boolean
}

function eventOf(message: Message): Event[] {
  const parsed = eventSchema.safeParse(message.data)
  if (!message.channel.startsWith('/data/') || !parsed.success) return []
  const { entityName, recordIds, changeOrigin } = parsed.data.payload.ChangeEventHeader
  return [
    {
      channel: message.channel,
      replayId: parsed.data.event.replayId,
      object: entityName,
      // A gap of a whole object names no record; polling finds what it hides.
      ids: recordIds.flatMap((id) => longId(id) ?? []),
      isOwn: ownOrigin.test(changeOrigin),
    },
  ]
}

/** Hints of events that are not echoes of our writes, of records that are ours to read. */
function heardOf(client: Client, settings: Settings, heard: (hints: Hint[]) => Promise<void>, ctx: Ctx) {
  return async (events: Event[]): Promise<void> => {
    const byObject = Map.groupBy(
      events.filter(({ isOwn }) => !isOwn),
      ({ object }) => object,
    )
    const hints: Hint[] = []
    for (const [object, some] of byObject) {
      const ids = [...new Set(some.flatMap((event) => event.ids))]
      for (const id of await oursOf(client, settings, object, ids, ctx)) hints.push({ object, id })
    }
    if (hints.length > 0) await heard(hints)
  }
}

/** Events come of all contacts; those of customers are not asked for, so a hint of one would bring in what is not ours. */
async function oursOf(client: Client, settings: Settings, object: string, ids: string[], ctx: Ctx): Promise<string[]> {
  const only = shapeOf(object).only(settings)
  if (only === null) return ids
  const found: string[] = []
  for (const list of lists(ids)) {
    const soql = select({ object, fields: ['Id'], where: allOf(isOneOf('Id', list), only) })
    for (const row of await allRows(client, soql, ctx))
      found.push(...(longId(String(row.Id)) === null ? [] : [String(row.Id)]))
  }
  return found
}

type Wire = ReturnType<typeof wireTo>

function wireTo(client: Client, settings: Settings, ctx: Ctx) {
  const path = `/cometd/${settings.apiVersion}`
  let number = 0

  async function ask(messages: object[], cookie: string, deadlineMs: number) {
    number += 1
    const body = messages.map((message, i) => ({ id: `${String(number)}.${String(i)}`, ...message }))
    const headers: Record<string, string> = cookie === '' ? {} : { cookie }
    const response = await client.raw(path, body, headers, deadlineMs, ctx)
    const parsed = response.status === 200 ? messagesSchema.safeParse(parsedJson(response.body)) : null
    if (parsed?.success !== true) throw broken(`The change stream answered HTTP ${String(response.status)}`)
    return { messages: parsed.data, cookie: cookiesOf(response.headers['set-cookie']) }
  }

  return {
    /** A session that hears of what the map names; what the org does not publish leaves the map. */
    async open(replay: Map<string, number>): Promise<Session> {
      const hello = { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'] }
      const { messages, cookie } = await ask([{ ...hello, ext: { replay: true } }], '', askMs)
      const [shaken] = messages
      if (shaken?.successful !== true || shaken.clientId === undefined)
        throw unavailable(shaken?.error ?? 'The org opens no session of its change stream')
      const session = { clientId: shaken.clientId, cookie }
      let refusal = 'The org publishes no change events of these objects'
      for (const [channel, from] of replay) {
        const answer = await subscribe(session, channel, from)
        // What it heard of last may be retained no longer: then from now on.
        const isHeard =
          answer.successful === true || (from !== -1 && (await subscribe(session, channel, -1)).successful === true)
        if (!isHeard) {
          replay.delete(channel)
          refusal = answer.error ?? refusal
        }
      }
      if (replay.size === 0) throw unavailable(refusal)
      return session
    },
    async poll({ clientId, cookie }: Session): Promise<Message[]> {
      return (await ask([{ channel: '/meta/connect', clientId, connectionType: 'long-polling' }], cookie, pollMs))
        .messages
    },
  }

  async function subscribe({ clientId, cookie }: Session, subscription: string, from: number) {
    const message = { channel: '/meta/subscribe', clientId, subscription, ext: { replay: { [subscription]: from } } }
    const { messages } = await ask([message], cookie, askMs)
    return messages.find(({ channel }) => channel === '/meta/subscribe') ?? { successful: false, error: undefined }
  }
}

/** The cookies that bind a session to one of the platform's servers, as they are sent back. */
function cookiesOf(header: string | undefined): string {
  const cookies = (header ?? '').split(/,(?=\s*[\w-]+=)/).map((cookie) => cookie.split(';')[0]?.trim() ?? '')
  return cookies.filter((cookie) => cookie.includes('=')).join('; ')
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

function unavailable(message: string): ConnectorError {
  return new ConnectorError(faultOf('CW_FEED_UNAVAILABLE', message, { scope: 'connection' }), 'no')
}

function broken(message: string): ConnectorError {
  return new ConnectorError(faultOf('CW_VENDOR_UNAVAILABLE', message, { scope: 'batch' }), 'no')
}

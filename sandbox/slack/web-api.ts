/** Methods of the Web API: 200 with `ok`, whatever went wrong, and the error by its name. */
import type { Route, SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { faultOfBlocks, faultOfView, isObject } from './blocks.ts'
import { botToken, nextTs, teamId, type SlackWorld, type switches, type Workspace } from './state.ts'

type Args = Record<string, unknown>
type Method = (args: Args, world: SlackWorld) => Record<string, unknown>

class Refused extends Error {}

const methods: Record<string, { scope: string; run: Method }> = {
  'chat.postMessage': {
    scope: 'chat:write',
    run(args, world) {
      const channel = channelOf(args, world)
      const message = { channel, ts: nextTs(world), edited: false, ...contentOf(args) }
      world.state.messages.push(message)
      return { channel, ts: message.ts, message: { type: 'message', text: message.text, ts: message.ts } }
    },
  },
  'chat.update': {
    scope: 'chat:write',
    run(args, world) {
      const found = world.state.messages.find((m) => m.channel === args['channel'] && m.ts === args['ts'])
      if (found === undefined) throw new Refused('message_not_found')
      Object.assign(found, contentOf(args), { edited: true })
      return { channel: found.channel, ts: found.ts, text: found.text }
    },
  },
  'conversations.open': {
    scope: 'im:write',
    run: (args, { state }) => ({ channel: { id: dmOf(personOf(state, args['users']).id) } }),
  },
  'users.lookupByEmail': {
    scope: 'users:read.email',
    run(args, { state }) {
      const wanted = textOf(args['email']).toLowerCase()
      const found = state.people.find((p) => p.email.toLowerCase() === wanted && !p.deleted)
      if (found === undefined) throw new Refused('users_not_found')
      return { user: told(state, found.id) }
    },
  },
  'users.info': { scope: 'users:read', run: (args, { state }) => ({ user: told(state, args['user']) }) },
  'views.open': {
    scope: 'chat:write',
    run(args, world) {
      const trigger = world.state.triggers.get(textOf(args['trigger_id']))
      if (trigger === undefined) throw new Refused('invalid_trigger_id')
      if (trigger.isUsed) throw new Refused('exchanged_trigger_id')
      if (world.clock.now() - trigger.atMs > 3000) throw new Refused('expired_trigger_id')
      const view = typeof args['view'] === 'string' ? parsed(args['view']) : args['view']
      const fault = faultOfView(view)
      if (fault !== null || !isObject(view)) throw new Refused(fault ?? 'invalid_arguments')
      trigger.isUsed = true
      const modal = { id: world.newId('V'), userId: trigger.userId, view }
      world.state.modals.push(modal)
      return { view: { ...view, id: modal.id } }
    },
  },
}

export const webApiRoutes: Route<Workspace, typeof switches>[] = Object.entries(methods).flatMap(([name, method]) =>
  (['GET', 'POST'] as const).map((verb) => ({
    method: verb,
    path: `/api/${name}`,
    effect: name.startsWith('users.') ? ('read' as const) : ('write' as const),
    handler: (request: SandboxRequest, world: SlackWorld) => answer(request, world, method),
  })),
)

const refuse = (error: string, more: object = {}): SandboxReply => ({
  status: 200,
  json: { ok: false, error, ...more },
})

function answer(request: SandboxRequest, world: SlackWorld, { scope, run }: (typeof methods)[string]): SandboxReply {
  const args = argsOf(request)
  const given = request.headers['authorization']?.replace(/^Bearer /, '') ?? args['token']
  if (given === undefined) return refuse('not_authed')
  if (given !== botToken) return refuse('invalid_auth')
  if (!world.state.scopes.has(scope)) return refuse('missing_scope', { needed: scope })
  try {
    return { status: 200, json: { ok: true, ...run(args, world) } }
  } catch (error) {
    if (error instanceof Refused) return refuse(error.message)
    throw error
  }
}

/** Methods that read take a form or a query only; those that write take JSON too. */
function argsOf(request: SandboxRequest): Args {
  if (request.headers['content-type']?.startsWith('application/json') === true) {
    const body = request.json()
    return isObject(body) && request.effect !== 'read' ? body : {}
  }
  return Object.fromEntries([...request.query, ...request.form()])
}

function contentOf(args: Args): { text: string; blocks: unknown[]; metadata: unknown } {
  const blocks = typeof args['blocks'] === 'string' ? parsed(args['blocks']) : (args['blocks'] ?? [])
  const fault = faultOfBlocks(blocks, 50)
  if (fault !== null || !Array.isArray(blocks)) throw new Refused('invalid_blocks')
  const text = typeof args['text'] === 'string' ? args['text'] : ''
  if (text === '' && blocks.length === 0) throw new Refused('no_text')
  if (text.length > 40_000) throw new Refused('msg_too_long')
  return { text, blocks, metadata: args['metadata'] ?? null }
}

/** A channel, or a person, whose direct conversation it then is. */
function channelOf({ channel }: Args, { state, switches: { messageByUser } }: SlackWorld): string {
  const name = typeof channel === 'string' ? channel : ''
  if (/^[CD]\w+$/.test(name)) return name
  if (messageByUser && state.people.some(({ id, deleted }) => id === name && !deleted)) return dmOf(name)
  throw new Refused('channel_not_found')
}

export const dmOf = (userId: string): string => `D${userId.slice(1)}`

function personOf({ people }: Workspace, id: unknown) {
  const found = people.find((person) => person.id === id)
  if (found === undefined) throw new Refused('user_not_found')
  return found
}

function told(state: Workspace, id: unknown): Record<string, unknown> {
  const { email, ...person } = personOf(state, id)
  return {
    ...person,
    team_id: teamId,
    is_bot: false,
    // Without this scope the address is left out, and nothing says so.
    profile: state.scopes.has('users:read.email') ? { email, real_name: person.name } : { real_name: person.name },
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

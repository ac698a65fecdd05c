/** A stand-in for a Slack workspace: the methods that an app posts and asks by, incoming webhooks, and clicks signed as Slack signs them. */
import { z } from 'zod'
import type { SandboxDefinition, SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { faultOfBlocks, isObject } from './blocks.ts'
import { click, clickSchema, interactive, submit, submitSchema } from './interactions.ts'
import { freshWorkspace, nextTs, switches, type SlackWorld, type Workspace } from './state.ts'
import { webApiRoutes } from './web-api.ts'

export { signed } from './interactions.ts'
export { botToken, hookPath } from './state.ts'

const seedSchema = z.strictObject({
  people: z.array(z.strictObject({ id: z.string(), email: z.string(), name: z.string() })).default([]),
  /** Ids of people whose account is deactivated. */
  leave: z.array(z.string()).default([]),
  click: z.array(clickSchema).default([]),
  submit: z.array(submitSchema).default([]),
  /** Scopes that the app is not given. */
  revoke: z.array(z.string()).default([]),
})

export const slackSandbox: SandboxDefinition<Workspace, typeof switches> = {
  vendor: 'slack',
  switches,
  switchDocs: {
    messageByUser: {
      meaning: 'Whether a message to a person’s id opens the conversation with them by itself.',
      positions: [true, false],
    },
  },
  create: freshWorkspace,
  routes: [
    ...webApiRoutes,
    { method: 'POST', path: '/services/*', effect: 'write', handler: postByHook },
    { method: 'POST', path: '/actions/:id', effect: 'write', handler: respond },
  ],
  seed(world, document) {
    const wanted = seedSchema.parse(document)
    for (const person of wanted.people) world.state.people.push({ ...person, deleted: false })
    for (const person of world.state.people) if (wanted.leave.includes(person.id)) person.deleted = true
    for (const scope of wanted.revoke) world.state.scopes.delete(scope)
    for (const one of wanted.click) click(world, one)
    for (const one of wanted.submit) submit(world, one)
    return {}
  },
  dump: ({ state: { people, messages, modals } }) => ({ people, messages, modals }),
  faultBodies: {
    throttle: () => ({ status: 429, json: { ok: false, error: 'ratelimited' } }),
    expiredToken: () => ({ status: 200, json: { ok: false, error: 'token_expired' } }),
  },
  webhooks: interactive,
}

/** Answers in plain text, as incoming webhooks do. */
function postByHook(request: SandboxRequest, world: SlackWorld): SandboxReply {
  const channel = world.state.hooks.get(request.params['*'] ?? '')
  if (channel === undefined) return { status: 404, text: 'no_service' }
  const content = contentOf(request)
  if (typeof content === 'string') return { status: 400, text: content }
  world.state.messages.push({ channel, ts: nextTs(world), edited: false, ...content })
  return { status: 200, text: 'ok' }
}

/** Five answers within half an hour of the click. */
function respond(request: SandboxRequest, world: SlackWorld): SandboxReply {
  const found = world.state.responses.get(request.params['id'] ?? '')
  if (found === undefined || world.clock.now() - found.atMs > 1_800_000)
    return { status: 404, json: { ok: false, error: 'expired_url' } }
  if (found.uses >= 5) return { status: 404, json: { ok: false, error: 'used_url' } }
  const content = contentOf(request)
  if (typeof content === 'string') return { status: 400, text: content }
  found.uses += 1
  const body = request.json()
  const message = world.state.messages.find((m) => m.channel === found.channel && m.ts === found.ts)
  if (isObject(body) && body['replace_original'] === true && message !== undefined)
    Object.assign(message, content, { edited: true })
  else world.state.messages.push({ channel: found.channel, ts: nextTs(world), edited: false, ...content })
  return { status: 200, text: 'ok' }
}

function contentOf(request: SandboxRequest): { text: string; blocks: unknown[]; metadata: null } | string {
  const body = request.json()
  if (!isObject(body)) return 'invalid_payload'
  const { text, blocks = [] } = body
  if (faultOfBlocks(blocks, 50) !== null || !Array.isArray(blocks)) return 'invalid_blocks'
  if (typeof text !== 'string' && blocks.length === 0) return 'no_text'
  return { text: typeof text === 'string' ? text : '', blocks, metadata: null }
}

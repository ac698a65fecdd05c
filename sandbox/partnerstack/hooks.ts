/** The tenant's webhooks: who is told of what. Which name the address has in bodies is a switch. */
import { z } from 'zod'
import { findShared, newRow, readBody, Refusal, route, touch, type Call, type PortalRoute } from './exchange.ts'
import { page } from './page.ts'
import type { Webhook } from './state.ts'

const body = z.object({
  target: z.string().optional(),
  target_url: z.string().optional(),
  events: z.array(z.string()).optional(),
})

export const hookRoutes: PortalRoute[] = [
  route('GET', '/webhooks', (call) =>
    page(call, call.world.state.webhooks, (row) => show(call, row), { shared: true }),
  ),
  route('POST', '/webhooks', (call) => {
    const given = readBody(call, body)
    const url = address(call, given)
    if (url === undefined) throw new Refusal(400, `'${call.world.switches.webhookUrlField}' is a required property`)
    refuseUnknown(call, given.events ?? [])
    const row: Webhook = { ...newRow(call.world, 'hook_', false), url, events: given.events ?? [] }
    call.world.state.webhooks.set(row.key, row)
    return show(call, row)
  }),
  route('GET', '/webhooks/:key', (call) => show(call, findHook(call))),
  route('PATCH', '/webhooks/:key', (call) => {
    const row = findHook(call)
    const given = readBody(call, body)
    refuseUnknown(call, given.events ?? [])
    row.url = address(call, given) ?? row.url
    row.events = given.events ?? row.events
    touch(row, call.world)
    return show(call, row)
  }),
  route('DELETE', '/webhooks/:key', (call) => {
    const row = findHook(call)
    row.archived = true
    touch(row, call.world)
    return { key: row.key }
  }),
]

const families = 'application|customer|deal|lead|partnership|agreement|transaction'

function refuseUnknown({ world: { switches } }: Call, events: string[]): void {
  if (switches.webhookEvents === 'any') return
  const known = new RegExp(`^(${families})${switches.webhookNames === 'dotted' ? '[.]' : '_'}[a-z_]+$`)
  for (const event of events)
    if (!known.test(event)) throw new Refusal(400, `'${event}' is not one of the events of webhooks`)
}

function findHook(call: Call): Webhook {
  return findShared(call.world.state.webhooks, 'Webhook', call.request.params['key'])
}

function address({ world }: Call, given: z.output<typeof body>): string | undefined {
  const url = world.switches.webhookUrlField === 'target' ? given.target : given.target_url
  if (url !== undefined && !URL.canParse(url)) throw new Refusal(400, `'${url}' is not a 'uri'`)
  return url
}

function show(
  { world }: Call,
  { key, url, events, created_at, updated_at, archived }: Webhook,
): Record<string, unknown> {
  return { key, [world.switches.webhookUrlField]: url, events, created_at, updated_at, archived }
}

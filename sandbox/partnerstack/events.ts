/** What the vendor tells webhooks: the object, flat, with the event's name in it; no envelope and no delivery id. */
import { createHmac } from 'node:crypto'
import type { SandboxEvent, WebhookDefinition, WebhookTarget } from '../framework/definition.ts'
import type { PortalWorld, Row, State } from './state.ts'
import type { Switches } from './switches.ts'

/** Tells of a change, under the dotted name. `shown` is what the body holds. Only production records are announced. */
export function announce(world: PortalWorld, type: string, row: Row, shown: object): void {
  if (row.test) return
  // The vendor's samples spell this one value as a string.
  world.emit({ type, subject: row.key, payload: { ...shown, archived: String(row.archived) } })
}

/** `deal.created` as the tenant spells it. */
export function eventName(type: string, world: PortalWorld): string {
  return world.switches.webhookNames === 'underscore' ? type.replaceAll('.', '_') : type
}

export const webhooks: WebhookDefinition<State, Switches> = {
  targets(event, world) {
    return [...world.state.webhooks.values()]
      .filter((row) => !row.archived && (row.events.length === 0 || row.events.includes(eventName(event.type, world))))
      .map((row): WebhookTarget => ({ id: row.key, url: row.url }))
  },
  render([event], target, world) {
    const body = event ? JSON.stringify({ ...flat(event), event: eventName(event.type, world) }) : '{}'
    const { webhookSignature, webhookSignatureHeader, webhookSecret } = world.switches
    if (webhookSignature === 'none') return { body, headers: {} }
    const signature = createHmac('sha256', target.secret ?? webhookSecret)
      .update(body)
      .digest('hex')
    return { body, headers: { [webhookSignatureHeader]: signature } }
  },
  // The vendor's schedule is not published; an ordinary one stands in: after 1 min, 5 min, 30 min.
  retryDelaysMs: [60_000, 300_000, 1_800_000],
}

function flat(event: SandboxEvent): object {
  return typeof event.payload === 'object' && event.payload !== null ? event.payload : {}
}

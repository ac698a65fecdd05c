/** HubSpot's webhook bodies and their v3 signature. */
import { createHmac } from 'node:crypto'
import type { SandboxEvent, WebhookDefinition } from '../framework/definition.ts'
import type { Subscription } from './portal.ts'
import { record } from './record.ts'
import type { Switches } from './switches.ts'
import { webhookApp } from './webhook-app.ts'
import { portalOf } from './world.ts'
import type { HubSpotWorld, State } from './world.ts'

const hour = 3_600_000

export const webhooks: WebhookDefinition<State, Switches> = {
  // Subscriptions of private apps are managed in HubSpot's screens only; for these a target is set by the control API.
  targets: (event, world) => {
    const { settings, subscriptions } = portalOf(world).webhooks
    const isWanted = subscriptions.some((s) => s.active && matches(s, event))
    return settings === null || !isWanted ? [] : [{ id: 'app', url: settings.targetUrl }]
  },
  batch: 100,
  timeoutMs: 5000,
  // Ten tries over 24 hours.
  retryDelaysMs: [60_000, 180_000, 600_000, 1_800_000, hour, 2 * hour, 4 * hour, 6 * hour, 10 * hour],
  compression: 100_000,
  render(events, target, world, attempt) {
    const body = JSON.stringify(events.map((event) => row(event, world, attempt)))
    const timestamp = String(world.clock.now())
    const signature = sign(target.secret ?? world.state.oauth.clientSecret, 'POST', target.url, body, timestamp)
    return { body, headers: { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp } }
  },
}

function matches(subscription: Subscription, event: SandboxEvent): boolean {
  if (subscription.eventType !== event.type) return false
  const { propertyName, objectTypeId } = record(event.payload)
  return (
    (subscription.propertyName === null || subscription.propertyName === propertyName) &&
    (subscription.objectTypeId === null || subscription.objectTypeId === objectTypeId)
  )
}

function row(event: SandboxEvent, world: HubSpotWorld, attempt: number): Record<string, unknown> {
  const { objectId, sourceId, ...payload } = record(event.payload)
  const isTold = payload['changeSource'] !== 'INTEGRATION' || world.switches.webhooksTellApp
  return {
    // Not unique at HubSpot either.
    eventId: Number(objectId) % 1_000_000,
    subscriptionId: 9001,
    portalId: portalOf(world).portalId,
    appId: webhookApp.appId,
    subscriptionType: event.type,
    attemptNumber: attempt,
    // Association events name their two ends instead.
    ...(event.type.endsWith('.associationChange') ? {} : { objectId: Number(objectId) }),
    ...payload,
    ...(sourceId !== undefined && isTold ? { sourceId } : {}),
  }
}

/** v3: HMAC-SHA256 over method, address, body and time, the address decoded in exactly the characters that HubSpot lists. */
export function sign(secret: string, method: string, url: string, body: string, timestamp: string): string {
  return createHmac('sha256', secret)
    .update(`${method}${decoded(url)}${body}${timestamp}`)
    .digest('base64')
}

const decodedCharacters: Record<string, string> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
}

const decoded = (url: string) => url.replace(/%[0-9A-F]{2}/gi, (code) => decodedCharacters[code.toUpperCase()] ?? code)

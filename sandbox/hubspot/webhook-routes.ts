/** Webhook settings and subscriptions of an app, asked for with the developer's key. One address an app, a subscription a property. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { HubSpotError, invalid } from './errors.ts'
import { objectTypeOf } from './object-types.ts'
import type { Portal, Subscription } from './portal.ts'
import { record } from './record.ts'
import { webhookApp } from './webhook-app.ts'
import { bodyOf, inputsOf, missing, routes, text } from './routing.ts'
import { batchReply } from './answers.ts'

const maxSubscriptions = 1000
const families = ['contact', 'company', 'deal', 'ticket', 'product', 'line_item', 'object']
const happenings = ['creation', 'deletion', 'propertyChange', 'merge', 'restore', 'associationChange']
const eventTypes = new Set([...families.flatMap((f) => happenings.map((h) => `${f}.${h}`)), 'contact.privacyDeletion'])
// Products are associated by line items only.
eventTypes.delete('product.associationChange')

const under = (tail: string) => [`/webhooks/v3/:app/${tail}`, `/app-webhooks/2026-09/:app/${tail}`]

export const webhookRoutes = [
  ...routes('GET', under('settings'), 'read', forApp(getSettings)),
  ...routes('PUT', under('settings'), 'write', forApp(putSettings)),
  ...routes('DELETE', under('settings'), 'write', forApp(clearSettings)),
  ...routes('GET', under('subscriptions'), 'read', forApp(listSubscriptions)),
  ...routes('POST', under('subscriptions'), 'write', forApp(createSubscription)),
  ...routes(
    'GET',
    under('subscriptions/:id'),
    'read',
    forApp((r, p) => ok(rowOf(subscriptionOf(r, p)))),
  ),
  ...routes('PATCH', under('subscriptions/:id'), 'write', forApp(patchSubscription)),
  ...routes('DELETE', under('subscriptions/:id'), 'write', forApp(removeSubscription)),
  ...routes('POST', under('subscriptions/batch/update'), 'write', forApp(updateBatch)),
]

type Answer = (request: SandboxRequest, portal: Portal) => SandboxReply

/** Another app's number is an app that the key does not own. */
function forApp(answer: Answer): Answer {
  return (request, portal) => {
    if (Number(request.params['app']) !== webhookApp.appId) throw missing(`App ${request.params['app'] ?? ''}`)
    return answer(request, portal)
  }
}

function getSettings(_: SandboxRequest, portal: Portal): SandboxReply {
  const { settings } = portal.webhooks
  if (settings === null) throw missing('Webhook settings')
  return ok({
    targetUrl: settings.targetUrl,
    throttling: { maxConcurrentRequests: settings.maxConcurrentRequests },
    ...times(settings),
  })
}

function putSettings(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const targetUrl = text(body['targetUrl'], 'targetUrl')
  if (!URL.canParse(targetUrl)) throw invalid('targetUrl is not an address')
  const maxConcurrentRequests = Number(record(body['throttling'])['maxConcurrentRequests'])
  if (!Number.isInteger(maxConcurrentRequests) || maxConcurrentRequests < 1) {
    throw invalid('throttling.maxConcurrentRequests must be a whole number above 0')
  }
  const now = portal.nowMs()
  const createdAt = portal.webhooks.settings?.createdAt ?? now
  portal.webhooks.settings = { targetUrl, maxConcurrentRequests, createdAt, updatedAt: now }
  return getSettings(request, portal)
}

function clearSettings(_: SandboxRequest, portal: Portal): SandboxReply {
  portal.webhooks.settings = null
  return { status: 204 }
}

function listSubscriptions(_: SandboxRequest, portal: Portal): SandboxReply {
  return ok({ results: portal.webhooks.subscriptions.map(rowOf) })
}

function createSubscription(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const eventType = text(body['eventType'], 'eventType')
  const propertyName = typeof body['propertyName'] === 'string' ? body['propertyName'] : null
  const objectTypeId = typeof body['objectTypeId'] === 'string' ? body['objectTypeId'] : null
  if (!eventTypes.has(eventType)) throw invalid(`${eventType} is not an event type`)
  if (eventType.endsWith('.propertyChange') !== (propertyName !== null)) {
    throw invalid('propertyName is given for property changes, and only for them')
  }
  if (eventType.startsWith('object.') !== (objectTypeId !== null && objectTypeOf(objectTypeId) !== null)) {
    throw invalid('objectTypeId is given for generic events, and only for them')
  }
  const { subscriptions } = portal.webhooks
  const same = (s: Subscription) =>
    s.eventType === eventType && s.propertyName === propertyName && s.objectTypeId === objectTypeId
  if (subscriptions.some(same))
    throw new HubSpotError(409, 'CONFLICT', `There is a subscription to ${eventType} already`)
  if (subscriptions.length >= maxSubscriptions) throw invalid(`An app has at most ${maxSubscriptions} subscriptions`)
  const now = portal.nowMs()
  portal.nextId += 1
  const made = {
    id: String(portal.nextId),
    eventType,
    propertyName,
    objectTypeId,
    active: body['active'] === true,
    createdAt: now,
    updatedAt: now,
  }
  subscriptions.push(made)
  return { status: 201, json: rowOf(made) }
}

function patchSubscription(request: SandboxRequest, portal: Portal): SandboxReply {
  const found = subscriptionOf(request, portal)
  setActive(portal, found, bodyOf(request)['active'])
  return ok(rowOf(found))
}

function updateBatch(request: SandboxRequest, portal: Portal): SandboxReply {
  const results: unknown[] = []
  const errors: unknown[] = []
  for (const input of inputsOf(request, 100)) {
    const found = portal.webhooks.subscriptions.find(({ id }) => id === String(input['id']))
    if (found === undefined) errors.push(missing(`Subscription ${String(input['id'])}`).row(null))
    else {
      setActive(portal, found, input['active'])
      results.push(rowOf(found))
    }
  }
  return batchReply(portal, errors.length === 0 ? 200 : 207, results, errors)
}

function removeSubscription(request: SandboxRequest, portal: Portal): SandboxReply {
  const found = subscriptionOf(request, portal)
  portal.webhooks.subscriptions = portal.webhooks.subscriptions.filter((s) => s !== found)
  return { status: 204 }
}

function setActive(portal: Portal, subscription: Subscription, active: unknown): void {
  if (typeof active !== 'boolean') throw invalid('active is required')
  Object.assign(subscription, { active, updatedAt: portal.nowMs() })
}

function subscriptionOf(request: SandboxRequest, portal: Portal): Subscription {
  const found = portal.webhooks.subscriptions.find(({ id }) => id === request.params['id'])
  if (found === undefined) throw missing(`Subscription ${request.params['id'] ?? ''}`)
  return found
}

const ok = (json: unknown): SandboxReply => ({ status: 200, json })

const times = (at: { createdAt: number; updatedAt: number }) => ({
  createdAt: new Date(at.createdAt).toISOString(),
  updatedAt: new Date(at.updatedAt).toISOString(),
})

const rowOf = ({ id, eventType, propertyName, objectTypeId, active, ...at }: Subscription) => ({
  id,
  eventType,
  active,
  ...(propertyName === null ? {} : { propertyName }),
  ...(objectTypeId === null ? {} : { objectTypeId }),
  ...times(at),
})

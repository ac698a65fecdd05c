/** Webhooks v3: the signature, and batches of events as hints. An event's data is never used. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Hint, WebhookCodec, WebhookRequest } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { isCustomObject, isSynced } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { possibleIds } from './parties.ts'
import type { Settings } from './settings.ts'

/** HubSpot says five minutes; a time of tomorrow is as wrong as one of yesterday. */
const windowMs = 5 * 60_000

export function webhookCodec(settings: Settings): WebhookCodec {
  return { verify: (request) => verify(settings.clientSecret, request), hints: (body) => hints(settings, body) }
}

/** Not the SDK's `Signature.isValid`: that decodes nothing, compares with `===`, throws at an old time and takes a future one. */
function verify(secret: string | undefined, request: WebhookRequest): 'valid' | 'invalid' | 'unsigned' {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const signature = headers['x-hubspot-signature-v3']
  // Who knows the secret expects every delivery to be signed: leaving the header out must not avoid the check.
  if (signature === undefined) return secret === undefined ? 'unsigned' : 'invalid'
  const timestamp = headers['x-hubspot-request-timestamp'] ?? ''
  if (secret === undefined || !/^\d{1,15}$/.test(timestamp)) return 'invalid'
  if (Math.abs(request.nowMs - Number(timestamp)) > windowMs) return 'invalid'
  const expected = createHmac('sha256', secret)
    .update(`${request.method.toUpperCase()}${decoded(request.url)}`)
    .update(request.body)
    .update(timestamp)
    .digest()
  const given = Buffer.from(signature, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'valid' : 'invalid'
}

/** HubSpot signs the address with exactly these characters decoded, and all others as they are. */
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
const decoded = (url: string) =>
  url.replaceAll(/%[0-9a-f]{2}/gi, (code) => decodedCharacters[code.toUpperCase()] ?? code)

const idSchema = z.union([z.string().regex(/^\d+$/), z.number().int().nonnegative()]).transform(String)
const eventSchema = z.object({
  subscriptionType: z.string().optional(),
  // Older pages call it so.
  eventType: z.string().optional(),
  objectTypeId: z.string().optional(),
  objectId: idSchema.optional(),
  newObjectId: idSchema.optional(),
  primaryObjectId: idSchema.optional(),
  mergedObjectIds: z.array(idSchema).optional(),
  associationType: z.string().optional(),
  fromObjectId: idSchema.optional(),
  toObjectId: idSchema.optional(),
  appId: idSchema.optional().catch(undefined),
  changeSource: z.string().optional().catch(undefined),
  sourceId: z.union([z.string(), z.number()]).transform(String).optional().catch(undefined),
})
type Event = z.output<typeof eventSchema>

const objects: Record<string, RecordObject> = {
  company: 'companies',
  contact: 'contacts',
  deal: 'deals',
  lead: 'leads',
  '0-1': 'contacts',
  '0-2': 'companies',
  '0-3': 'deals',
  '0-136': 'leads',
}

/** Each record once. What is not synced here has no stream to read it, so nothing is said of it. */
function hints(settings: Settings, body: Uint8Array): Hint[] {
  const found = new Map<string, Hint>()
  for (const event of eventsOf(body)) {
    if (!settings.sharedApp && isOwn(event)) continue
    for (const hint of hintsOf(event)) if (isSynced(settings, hint.object)) found.set(`${hint.object} ${hint.id}`, hint)
  }
  return [...found.values()]
}

/**
 * What our own writes changed: HubSpot names the app that wrote (seen in deliveries, not documented), and it is the one that the
 * event is sent for. We know what we wrote. Deletions, merges and restorations are none of ours.
 */
function isOwn({ subscriptionType, eventType, appId, changeSource, sourceId }: Event): boolean {
  const [, what] = (subscriptionType ?? eventType ?? '').split('.')
  const isWrite = what === 'creation' || what === 'propertyChange'
  return isWrite && changeSource === 'INTEGRATION' && appId !== undefined && sourceId === appId
}

/** An event of a subscription that is none of ours may look otherwise: it is passed over, and the others of its batch are heard. */
function eventsOf(body: Uint8Array): Event[] {
  const parsed = z.array(z.unknown()).safeParse(jsonOf(body))
  if (!parsed.success) {
    throw new ConnectorError(faultOf('CW_WEBHOOK_BODY', 'The body is not an array of HubSpot events'), 'no')
  }
  return parsed.data.flatMap((event) => eventSchema.safeParse(event).data ?? [])
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as unknown
  } catch {
    return null
  }
}

/** A custom object that the settings know by its type's id. */
function customOf({ objectTypeId = '' }: Event): string | undefined {
  return isCustomObject(objectTypeId) ? objectTypeId : undefined
}

/** A save of five fields is five events, a primary company is two. */
function hintsOf(event: Event): Hint[] {
  const [subject = '', what] = (event.subscriptionType ?? event.eventType ?? '').split('.')
  if (what === 'associationChange') return associationHints(event)
  const object = objects[subject] ?? objects[event.objectTypeId ?? ''] ?? customOf(event)
  if (object === undefined) return []
  // The old ids of a merge as well: read by them, HubSpot answers with the new one.
  const ids = what === 'merge' ? [event.newObjectId, event.primaryObjectId, ...(event.mergedObjectIds ?? [])] : []
  return [event.objectId, ...ids].flatMap((id) => (id === undefined ? [] : [{ object, id }]))
}

/**
 * A record carries its companies, so it is what changed; the part of a company in a deal is a record of its own. The event does not
 * say which label came or went, so all that may be between the two are looked at.
 */
function associationHints({ associationType = '', fromObjectId, toObjectId }: Event): Hint[] {
  const [from = '', to = ''] = associationType.toUpperCase().split('_TO_')
  if (fromObjectId === undefined || toObjectId === undefined) return []
  const ends = [
    { type: from, id: fromObjectId },
    { type: to, id: toObjectId },
  ]
  const idOf = (type: string) => ends.find((end) => end.type === type)?.id
  const [deal, contact, company] = [idOf('DEAL'), idOf('CONTACT'), idOf('COMPANY')]
  const parts = deal === undefined || company === undefined ? [] : possibleIds(deal, company)
  const isFamily = ends.every(({ type }) => type.endsWith('COMPANY'))
  return [
    ...(deal === undefined ? [] : [{ object: 'deals', id: deal }]),
    ...(contact === undefined || company === undefined ? [] : [{ object: 'contacts', id: contact }]),
    ...parts.map((id) => ({ object: 'deal-companies', id })),
    ...(isFamily ? ends.map(({ id }) => ({ object: 'companies', id })) : []),
  ]
}

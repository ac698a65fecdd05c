import { createHmac, timingSafeEqual } from 'node:crypto'
import { ConnectorError, faultOf, type Hint, type WebhookCodec, type WebhookRequest } from '../contract.ts'
import { isObject, textOf, type JsonObject } from './json.ts'
import type { Settings } from './settings.ts'

/** PartnerStack's webhooks: one flat object with its `event`, in dotted (`deal.updated`) or underscored (`deal_updated`) form. */
export function createWebhooks(settings: Settings): WebhookCodec {
  return {
    verify: (request) => verify(settings, request),
    hints(body) {
      const delivery = parse(body)
      const event = textOf(delivery['event'])
      if (event === null) throw notPartnerStack('The body has no event')
      const hint = hintOf(settings, event, delivery)
      return hint === null ? [] : [hint]
    },
  }
}

function verify(settings: Settings, request: WebhookRequest): 'valid' | 'invalid' | 'unsigned' {
  if (settings.webhookSignature === 'none' || settings.webhookSecret === undefined) return 'unsigned'
  const header = settings.webhookSignatureHeader.toLowerCase()
  const given = Object.entries(request.headers).find(([name]) => name.toLowerCase() === header)?.[1] ?? ''
  const expected = createHmac('sha256', settings.webhookSecret).update(request.body).digest()
  const claimed = Buffer.from(given.trim(), 'hex')
  return claimed.length === expected.length && timingSafeEqual(claimed, expected) ? 'valid' : 'invalid'
}

/** Null: an event about something that is not read here. */
function hintOf(settings: Settings, event: string, delivery: JsonObject): Hint | null {
  const family = /^[a-z]+/.exec(event)?.[0]
  const reads = (object: Settings['objects'][number]) => settings.objects.includes(object)
  if (family === 'deal') return reads('deals') ? { object: 'deals', id: identifier(delivery, ['key', 'id']) } : null
  if (family === 'lead') return reads('leads') ? { object: 'leads', id: identifier(delivery, ['key', 'id']) } : null
  // Samples call a partnership's own key `id` and its partner key `partner_key`.
  if (family === 'partnership' && reads('partnerships')) {
    const names = settings.partnerReference === 'partner_key' ? ['partner_key', 'key', 'id'] : ['key', 'id']
    return { object: 'partnerships', id: identifier(delivery, names) }
  }
  return null
}

function identifier(delivery: JsonObject, names: string[]): string {
  for (const name of names) {
    const value = textOf(delivery[name])
    if (value !== null) return value
  }
  throw notPartnerStack(`The body has none of ${names.join(', ')}`)
}

function parse(body: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    if (isObject(value)) return value
  } catch {
    throw notPartnerStack('The body is not JSON')
  }
  throw notPartnerStack('The body is not an object')
}

function notPartnerStack(message: string): ConnectorError {
  return new ConnectorError(faultOf('CW_WEBHOOK_BODY', message), 'no')
}

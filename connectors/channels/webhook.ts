/** A message as signed JSON to an address of the customer's own. */
import { createHmac } from 'node:crypto'
import type { Http } from '../contract.ts'
import { plainText, type Channel, type Delivery, refused } from './contract.ts'
import { ask, refusal } from './post.ts'

export interface WebhookPlace {
  url: string
  /** What the signature is made with; the receiver knows it too. */
  secret: string
}

/** @param places by their names */
export function webhookChannel(http: Http, places: () => Record<string, WebhookPlace>, nowMs = Date.now): Channel {
  return {
    async send(delivery) {
      const place = places()[delivery.to]
      if (place === undefined) return refused('place-unknown')
      const body = bodyOf(delivery)
      const posted = await ask(http, {
        method: 'POST',
        url: place.url,
        route: `webhook ${delivery.to}`,
        effect: 'write',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': delivery.id,
          'causeway-signature': signature(body, place.secret, Math.floor(nowMs() / 1000)),
        },
        body,
      })
      if (!posted.answered) return posted.failure
      const { status } = posted.response
      return status >= 200 && status < 300 ? { sent: true, reference: null } : refusal(posted.response, nowMs())
    },
    show: (delivery) => ({ type: 'application/json', body: JSON.stringify(JSON.parse(bodyOf(delivery)), null, 2) }),
  }
}

function bodyOf({ id, message, about }: Delivery): string {
  const { template, audience, subjectId, eventId, facts, at } = about
  return JSON.stringify({
    id,
    template,
    audience,
    at,
    subjectId,
    eventId,
    facts,
    language: message.language,
    subject: message.subject,
    text: plainText(message),
  })
}

/** `t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`: the instant is signed too, so that nothing can be replayed later. */
export function signature(body: string, secret: string, seconds: number): string {
  const mac = createHmac('sha256', secret)
    .update(`${String(seconds)}.${body}`)
    .digest('hex')
  return `t=${String(seconds)},v1=${mac}`
}

import { describe, expect, it } from 'vitest'
import { ConnectorError, type WebhookCodec } from '../contract.ts'
import { withSubject } from './bench.ts'
import type { ConformanceCase, WebhookHands } from './subject.ts'

const notJson = ['', '<html></html>', '{"event":', '\u0000\u00ff', 'event=deal.updated'].map((text) =>
  Buffer.from(text),
)
const oddJson = ['1', '"x"', 'null', '{}', '[]', '[1]', '[[]]', '{"event":1}', '[{"objectId":{}}]'].map((text) =>
  Buffer.from(text),
)

/** Webhooks: what the vendor signed is valid, nothing else is, and no body can do worse than give no hint. */
export function webhookTests(given: ConformanceCase): void {
  const each = (
    test: (
      codec: WebhookCodec,
      hands: WebhookHands,
      delivery: NonNullable<Awaited<ReturnType<WebhookHands['delivery']>>>,
    ) => void,
  ) =>
    withSubject(given, async (subject) => {
      const { webhooks } = subject.connect()
      if (webhooks === undefined || subject.webhooks === undefined) return
      for (const hands of subject.objects) {
        const [id = ''] = await hands.create(1)
        const delivery = await subject.webhooks.delivery(hands.object, id)
        if (delivery !== null) test(webhooks, subject.webhooks, delivery)
      }
    })

  describe('webhooks', () => {
    it('believes what the vendor sends and finds the record in it', () =>
      each((codec, { signed }, { request, hints }) => {
        expect(codec.verify(request)).toBe(signed ? 'valid' : 'unsigned')
        expect(codec.hints(request.body)).toEqual(hints)
      }))

    it('does not believe another body, no signature, or another one', () =>
      each((codec, { signed }, { request }) => {
        if (!signed) return
        expect(codec.verify({ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) })).toBe('invalid')
        expect(codec.verify({ ...request, headers: {} })).not.toBe('valid')
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, value.replaceAll(/[0-9a-zA-Z]/g, '0')]),
        )
        expect(codec.verify({ ...request, headers })).toBe('invalid')
      }))

    it('refuses a body that is not JSON, by code', () =>
      each((codec) => {
        for (const body of notJson) expect(() => codec.hints(body)).toThrow(ConnectorError)
        for (const body of notJson) expect(() => codec.hints(body)).toThrow('CW_WEBHOOK_BODY')
      }))

    it('makes no hint of JSON that is none of the vendor’s', () =>
      each((codec) => {
        for (const body of oddJson) expect(hintsOrRefusal(codec, body)).toEqual([])
      }))
  })
}

function hintsOrRefusal(codec: WebhookCodec, body: Uint8Array): unknown[] {
  try {
    return codec.hints(body)
  } catch (error) {
    if (error instanceof ConnectorError && error.fault.code === 'CW_WEBHOOK_BODY') return []
    throw error
  }
}

import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { settings } from './settings.ts'
import { createWebhooks } from './webhooks.ts'

const plain = settings.parse({ publicKey: 'pk_1', secretKey: 'sk_1' })
const signing = settings.parse({
  ...plain,
  webhookSignature: 'hmac-sha256-hex',
  webhookSecret: 'shh',
  webhookSignatureHeader: 'X-Sig',
})
const body = (value: unknown) => Buffer.from(JSON.stringify(value))
const request = (headers: Record<string, string>, bytes: Buffer) => ({
  method: 'POST',
  url: 'https://x',
  headers,
  body: bytes,
  nowMs: 0,
})

it.each([
  [{ event: 'deal.updated', key: 'deal_1' }, [{ object: 'deals', id: 'deal_1' }]],
  [{ event: 'deal_created', id: 'deal_1' }, [{ object: 'deals', id: 'deal_1' }]],
  [
    { event: 'partnership_created', id: 'part_1', partner_key: 'acme', archived: 'false' },
    [{ object: 'partnerships', id: 'acme' }],
  ],
  [{ event: 'partnership.tags_updated', key: 'part_1' }, [{ object: 'partnerships', id: 'part_1' }]],
  [{ event: 'customer.created', key: 'cus_1' }, []],
  [{ event: 'agreement.accepted' }, []],
  [{ event: 'dealership.opened', key: 'x' }, []],
])('finds the record of %j', (delivery, hints) => {
  expect(createWebhooks(plain).hints(body(delivery))).toEqual(hints)
})

it('names a partner by its own key where deals do so', () => {
  const codec = createWebhooks({ ...plain, partnerReference: 'key' })
  expect(codec.hints(body({ event: 'partnership.updated', id: 'part_1', partner_key: 'acme' }))).toEqual([
    { object: 'partnerships', id: 'part_1' },
  ])
})

it.each([[{ event: 'deal.updated' }], [{ key: 'deal_1' }], [[]], ['deal.updated'], [null]])(
  'refuses %j, which no PartnerStack sends',
  (delivery) => {
    expect(() => createWebhooks(plain).hints(body(delivery))).toThrow('CW_WEBHOOK_BODY')
  },
)

it('checks the signature only where one is agreed', () => {
  const bytes = body({ event: 'deal.updated', key: 'deal_1' })
  const signature = createHmac('sha256', 'shh').update(bytes).digest('hex')
  expect(createWebhooks(plain).verify(request({}, bytes))).toBe('unsigned')
  const codec = createWebhooks(signing)
  expect(codec.verify(request({ 'x-sig': signature }, bytes))).toBe('valid')
  expect(codec.verify(request({ 'X-SIG': signature.toUpperCase() }, bytes))).toBe('valid')
  for (const wrong of ['', signature.slice(2), `${signature}00`, 'zz'.repeat(32), '0'.repeat(64)]) {
    expect(codec.verify(request({ 'x-sig': wrong }, bytes))).toBe('invalid')
  }
  expect(codec.verify(request({}, bytes))).toBe('invalid')
})

it('wants a secret where a signature is agreed', () => {
  expect(() => settings.parse({ ...plain, webhookSignature: 'hmac-sha256-hex' })).toThrow('webhookSecret')
})

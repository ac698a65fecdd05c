import { describe, expect, it } from 'vitest'
import { sign } from '../../sandbox/hubspot/webhooks.ts'
import { ConnectorError } from '../contract.ts'
import { settingsSchema } from './settings.ts'
import { webhookCodec } from './webhooks.ts'

const codec = webhookCodec(settingsSchema.parse({ accessToken: 'x', clientSecret: 's' }))
const hints = (events: unknown) => codec.hints(Buffer.from(JSON.stringify(events)))
const nowMs = Date.UTC(2026, 10, 23)
const url = 'https://road.example/hooks?a=%2Fb%3Ac&d=%20e'

function request(more: { body?: string; at?: number; secret?: string; headers?: Record<string, string> } = {}) {
  const { body = '[]', at = nowMs, secret = 's' } = more
  const headers = more.headers ?? {
    'X-HubSpot-Signature-V3': sign(secret, 'POST', url, body, String(at)),
    'X-HubSpot-Request-Timestamp': String(at),
  }
  return { method: 'POST', url, headers, body: Buffer.from(body), nowMs }
}

const parts = (pair: string) =>
  ['customer', 'sourcing', 'influencing', 'co-sell', 'fulfilment'].map((role) => ({
    object: 'deal-companies',
    id: `${pair}:${role}`,
  }))

describe('hints', () => {
  it('name a record once, however many of its properties changed', () => {
    const event = { subscriptionType: 'deal.propertyChange', objectId: 7 }
    expect(hints([event, { ...event, propertyName: 'amount' }, { ...event, attemptNumber: 3 }])).toEqual([
      { object: 'deals', id: '7' },
    ])
  })

  it('are not made of what our own app wrote, and are of all that others did', () => {
    const own = { appId: 77, changeSource: 'INTEGRATION', sourceId: '77', objectId: 7 }
    const changed = { ...own, subscriptionType: 'deal.propertyChange', propertyName: 'amount' }
    const events = [{ ...own, subscriptionType: 'deal.creation' }, changed, { ...changed, appId: '77', sourceId: 77 }]
    expect(hints(events)).toEqual([])
    const others = [
      { sourceId: '78' },
      { sourceId: undefined },
      { sourceId: { strange: true } },
      { appId: undefined, sourceId: undefined },
      { changeSource: 'CRM_UI', sourceId: 'userId:77' },
      { changeSource: 'AUTOMATION_PLATFORM' },
      { subscriptionType: 'deal.deletion' },
      { subscriptionType: 'deal.merge', newObjectId: 7 },
      { subscriptionType: 'deal.restore' },
    ]
    for (const other of others) expect(hints([{ ...changed, ...other }])).toEqual([{ object: 'deals', id: '7' }])
    const shared = webhookCodec(settingsSchema.parse({ accessToken: 'x', sharedApp: true }))
    expect(shared.hints(Buffer.from(JSON.stringify([changed])))).toEqual([{ object: 'deals', id: '7' }])
  })

  it('name all ids of a merge, the new one and the old ones', () => {
    const merge = {
      subscriptionType: 'company.merge',
      objectId: 1,
      primaryObjectId: 1,
      mergedObjectIds: [1, 2],
      newObjectId: 3,
    }
    expect(hints([merge]).map((h) => h.id)).toEqual(['1', '3', '2'])
  })

  it('name the deal of an association from either side, and every part that the company may have in it', () => {
    const ends = { subscriptionType: 'deal.associationChange', fromObjectId: 5, toObjectId: 9 }
    expect(hints([{ ...ends, associationType: 'DEAL_TO_COMPANY' }])).toEqual([
      { object: 'deals', id: '5' },
      ...parts('5:9'),
    ])
    expect(
      hints([{ ...ends, subscriptionType: 'company.associationChange', associationType: 'COMPANY_TO_DEAL' }]),
    ).toEqual([{ object: 'deals', id: '9' }, ...parts('9:5')])
    expect(hints([{ ...ends, associationType: 'DEAL_TO_CONTACT' }])).toEqual([{ object: 'deals', id: '5' }])
  })

  it('name the contact that changed its company, and both companies of a family', () => {
    const ends = { subscriptionType: 'contact.associationChange', fromObjectId: 5, toObjectId: 9 }
    expect(hints([{ ...ends, associationType: 'CONTACT_TO_COMPANY' }])).toEqual([{ object: 'contacts', id: '5' }])
    const family = [
      { object: 'companies', id: '5' },
      { object: 'companies', id: '9' },
    ]
    for (const associationType of ['COMPANY_TO_COMPANY', 'PARENT_COMPANY_TO_CHILD_COMPANY'])
      expect(hints([{ ...ends, subscriptionType: 'company.associationChange', associationType }])).toEqual(family)
  })

  it('name a person who was erased', () => {
    expect(hints([{ subscriptionType: 'contact.privacyDeletion', objectId: 4 }])).toEqual([
      { object: 'contacts', id: '4' },
    ])
  })

  it('name nothing of an object that is not synced', () => {
    const narrow = webhookCodec(settingsSchema.parse({ accessToken: 'x', objects: ['companies'] }))
    const events = [
      { subscriptionType: 'contact.creation', objectId: 4 },
      { subscriptionType: 'object.creation', objectTypeId: '0-136', objectId: 5 },
      {
        subscriptionType: 'deal.associationChange',
        associationType: 'DEAL_TO_COMPANY',
        fromObjectId: 6,
        toObjectId: 7,
      },
      { subscriptionType: 'company.creation', objectId: 8 },
    ]
    expect(narrow.hints(Buffer.from(JSON.stringify(events)))).toEqual([{ object: 'companies', id: '8' }])
  })

  it.each([[1], [null], [{ subscriptionType: 'conversation.newMessage', objectId: 'a-b' }], [{ objectId: -1 }]])(
    'pass over %j and hear the others of its batch',
    (strange) => {
      expect(hints([strange, { subscriptionType: 'deal.creation', objectId: 7 }])).toEqual([
        { object: 'deals', id: '7' },
      ])
    },
  )

  it('know generic events by their type id, older names, and pass over other objects', () => {
    expect(hints([{ subscriptionType: 'object.creation', objectTypeId: '0-3', objectId: '8' }])).toEqual([
      { object: 'deals', id: '8' },
    ])
    expect(hints([{ eventType: 'company.deletion', objectId: 4 }])).toEqual([{ object: 'companies', id: '4' }])
    expect(
      hints([
        { subscriptionType: 'ticket.creation', objectId: 4 },
        { subscriptionType: 'object.creation', objectTypeId: '0-27', objectId: 4 },
      ]),
    ).toEqual([])
  })

  it.each(['', '{', '{}', '1', '"x"', '\u0000'])('refuse %j by code', (body) => {
    expect(() => codec.hints(Buffer.from(body))).toThrow(ConnectorError)
    expect(() => codec.hints(Buffer.from(body))).toThrow('CW_WEBHOOK_BODY')
  })
})

describe('signatures', () => {
  it('hold for what was signed and for nothing else', () => {
    expect(codec.verify(request())).toBe('valid')
    expect(codec.verify({ ...request(), body: Buffer.from('[ ]') })).toBe('invalid')
    expect(codec.verify({ ...request(), url: `${url}&more=1` })).toBe('invalid')
    expect(codec.verify({ ...request(), method: 'PUT' })).toBe('invalid')
    expect(codec.verify(request({ secret: 'other' }))).toBe('invalid')
    expect(codec.verify(request({ headers: {} }))).toBe('invalid')
    expect(webhookCodec(settingsSchema.parse({ accessToken: 'x' })).verify(request({ headers: {} }))).toBe('unsigned')
  })

  it('hold for five minutes, in both directions', () => {
    for (const ms of [-300_000, 300_000]) expect(codec.verify(request({ at: nowMs + ms }))).toBe('valid')
    for (const ms of [-300_001, 300_001]) expect(codec.verify(request({ at: nowMs + ms }))).toBe('invalid')
  })

  it('are invalid with a strange time, and while no secret is set', () => {
    const headers = { 'x-hubspot-signature-v3': 'AAAA', 'x-hubspot-request-timestamp': '1e3' }
    expect(codec.verify(request({ headers }))).toBe('invalid')
    expect(webhookCodec(settingsSchema.parse({ accessToken: 'x' })).verify(request())).toBe('invalid')
  })
})

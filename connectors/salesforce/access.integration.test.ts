/** Tokens, the check of a connection, and that nothing goes past our HTTP layer. */
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { Connection, OAuth2 } from 'jsforce'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { z } from 'zod'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changes, seed, write } from './deals.test-support.ts'
import { ctx, memoryTokens, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

describe('tokens', () => {
  it('renews once for five calls that meet a 401 together', async () => {
    await changes(org)
    await seed(org, { expireSessions: true })
    await Promise.all([1, 2, 3, 4, 5].map(() => changes(org)))
    expect(org.tokens.mints()).toBe(2)
  })

  it('gives up after the second 401 with CW_VENDOR_AUTH', async () => {
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'expired-token', times: 'always' })
    await expect(changes(org)).rejects.toMatchObject({
      fault: { code: 'CW_VENDOR_AUTH', scope: 'connection' },
      effect: 'no',
    })
    expect(org.exchanges.map((e) => e.route)).toEqual([
      'POST /services/oauth2/token',
      'GET /queryAll',
      'POST /services/oauth2/token',
      'GET /queryAll',
    ])
  })

  it('repeats a write after a 401, which took nothing', async () => {
    await changes(org)
    await seed(org, { expireSessions: true })
    expect(await org.connector.write([write(1, {})], ctx())).toMatchObject([{ status: 'done' }])
  })

  it('gets a token by a signed assertion', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const jwt = org.connectWith({ settings: { clientSecret: undefined, privateKey, username: app.username } })
    expect(await jwt.check(ctx())).toEqual([])
    const stranger = org.connectWith({
      settings: { clientSecret: undefined, privateKey, username: 'else@meridian.example' },
    })
    expect(await stranger.check(ctx())).toMatchObject([{ code: 'CW_VENDOR_AUTH', vendorCode: 'invalid_grant' }])
  })

  it('sends calls to the address that the token names', async () => {
    const moved = createServer((_request, response) => {
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ records: [], done: true, totalSize: 0 }))
    })
    await new Promise<void>((resolve) => {
      moved.listen(0, '127.0.0.1', resolve)
    })
    const address = moved.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const tokens = memoryTokens()
    await tokens.renew(null, () =>
      Promise.resolve({ accessToken: 't', instanceUrl: `http://127.0.0.1:${String(port)}`, expiresAt: null }),
    )
    const page = await org
      .connectWith({ tokens })
      .changes({ object: 'Account', cursor: null, from: null, fields: [] }, ctx())
    expect(page.records).toEqual([])
    moved.close()
  })
})

describe('check', () => {
  it('names each field that is missing or read-only, and values that have no pair', async () => {
    await seed(org, {
      hideFields: ['Opportunity.Registered_At__c'],
      removeFields: [{ object: 'Account', name: 'Causeway_Id__c' }],
      alterFields: [
        { object: 'Opportunity', name: 'Protected_Until__c', updateable: false },
        { object: 'Opportunity', name: 'Causeway_Id__c', unique: false },
      ],
    })
    const faults = await org
      .connectWith({
        settings: { stages: { open: 'Nope' }, sourceValues: { direct: 'Straight' }, multiCurrency: true },
      })
      .check(ctx())
    expect(faults.map((f) => [f.code, f.fields])).toEqual([
      ['CW_VENDOR_SCOPE', ['Causeway_Id__c']],
      ['CW_VENDOR_SCOPE', ['Causeway_Id__c']],
      ['CW_VENDOR_SCOPE', ['Registered_At__c', 'Protected_Until__c']],
      ['CW_CONFIG_INVALID', ['Partner_Source__c']],
      ['CW_CONFIG_INVALID', ['CurrencyIsoCode']],
      ['CW_CONFIG_INVALID', ['StageName']],
    ])
  })

  it('wants of an object in use what is written there, and nothing of one that is not', async () => {
    await seed(org, {
      hideFields: ['Contact.Partner_Contact_Status__c', 'Lead.Partner_Account__c', 'Opportunity.Home_System__c'],
      removeFields: [{ object: 'Contact', name: 'Causeway_Id__c' }],
    })
    const settings = { partnerRoles: { sourcing: 'Nobody' }, ownerFallback: '0055g00000ABCDE' }
    const faults = await org.connectWith({ settings }).check(ctx())
    expect(faults.map((f) => [f.code, f.fields])).toEqual([
      ['CW_VENDOR_SCOPE', ['Home_System__c']],
      ['CW_VENDOR_SCOPE', ['Causeway_Id__c']],
      ['CW_VENDOR_SCOPE', ['Partner_Contact_Status__c']],
      ['CW_VENDOR_SCOPE', ['Partner_Account__c']],
      ['CW_CONFIG_INVALID', ['Role']],
      ['CW_CONFIG_INVALID', ['ownerFallback']],
    ])
    const plain = await org.connectWith({ settings: { objects: [] } }).check(ctx())
    expect(plain.map((f) => f.fields)).toEqual([['Home_System__c']])
  })

  it('takes an owner’s fallback who is there, and not one who has left', async () => {
    const made = z.object({ users: z.array(z.string()) })
    const { users } = made.parse(
      await org.sandbox.control.seed({
        users: [
          { LastName: 'Here', Email: 'here@meridian.example' },
          { LastName: 'Gone', Email: 'gone@meridian.example', IsActive: false },
        ],
      }),
    )
    const check = (ownerFallback = '') => org.connectWith({ settings: { ownerFallback } }).check(ctx())
    expect(await check(users[0])).toEqual([])
    expect(await check(users[1])).toMatchObject([{ code: 'CW_CONFIG_INVALID', fields: ['ownerFallback'] }])
  })

  it('names an object that the user does not see', async () => {
    await org.sandbox.control.faults.add({
      route: 'GET *describe',
      kind: 'status',
      status: 404,
      body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
      match: { path: 'Partner' },
    })
    expect(await org.connector.check(ctx())).toMatchObject([{ code: 'CW_VENDOR_SCOPE', fields: ['Partner'] }])
  })

  it('tells a wrong version, wrong credentials and a used-up day apart', async () => {
    expect(await org.connectWith({ settings: { apiVersion: '20.0' } }).check(ctx())).toMatchObject([
      { code: 'CW_VENDOR_ANSWER' },
    ])
    expect(await org.connectWith({ settings: { clientSecret: 'no' } }).check(ctx())).toMatchObject([
      { code: 'CW_VENDOR_AUTH', vendorCode: 'invalid_client' },
    ])
    await org.sandbox.control.switches.set({ dailyLimit: 0 })
    expect(await org.connector.check(ctx())).toMatchObject([{ code: 'CW_VENDOR_QUOTA', scope: 'connection' }])
    expect(await org.connector.write([write(1, {})], ctx())).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_QUOTA' } },
    ])
  })
})

describe('jsforce', () => {
  it('still has the private fields that our transport is put into', () => {
    // Both fields are private: a version that moves them must not silently bring the stock transport back.
    expect(new Connection({})).toHaveProperty('_transport.httpRequest')
    expect(new OAuth2({})).toHaveProperty('_transport.httpRequest')
  })

  it('sends nothing past our layer', async () => {
    await org.connector.check(ctx())
    await org.connector.write([write(1, {})], ctx())
    await changes(org)
    expect((await org.sandbox.control.requests.list()).length).toBe(org.exchanges.length)
  })
})

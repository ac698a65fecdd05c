import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { Connection, OAuth2 } from 'jsforce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { app } from '../../sandbox/salesforce/oauth.ts'
import type { Fields, Outcome, VendorRecord, Write } from '../contract.ts'
import { ctx, memoryTokens, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

const write = (n: number, fields: Fields, more: Partial<Write> = {}): Write => ({
  ref: `w${String(n)}`,
  object: 'Opportunity',
  mode: 'upsert',
  id: null,
  key: `deal-${String(n)}`,
  ifVersion: null,
  fields: { Name: `Deal ${String(n)}`, ...fields },
  ...more,
})
const stored = (outcome: Outcome | undefined): VendorRecord | null =>
  outcome?.status === 'done' ? outcome.stored : null
const idOf = (outcome: Outcome | undefined): string => (outcome?.status === 'done' ? outcome.id : '')
const fault = (outcome: Outcome | undefined) =>
  outcome === undefined || outcome.status === 'done' ? null : outcome.fault
const changes = (cursor: string | null = null, object = 'Opportunity', fields = ['Name']) =>
  org.connector.changes({ object, cursor, from: null, fields }, ctx())
const seeded = z.object({ accounts: z.array(z.string()), opportunities: z.array(z.string()) })
const seed = async (document: unknown) => seeded.parse(await org.sandbox.control.seed(document))
const deal = { Name: 'Seeded', StageName: 'Qualification', CloseDate: '2027-03-31' }

describe('the true path', () => {
  it('writes an account and a deal, each in one request, and reads them as changes', async () => {
    const [account] = await org.connector.write(
      [write(1, { Name: 'Acme', Website: 'acme.example' }, { object: 'Account', key: 'acct-1' })],
      ctx(),
    )
    expect(account).toMatchObject({
      status: 'done',
      stored: { key: 'acct-1', fields: { Name: 'Acme', Website: 'acme.example' } },
    })
    org.exchanges.length = 0
    const [made] = await org.connector.write(
      [write(1, { Amount: '125000.10', AccountId: idOf(account), CloseDate: '2027-03-31' })],
      ctx(),
    )
    expect(org.exchanges.map((e) => e.route)).toEqual(['POST /composite'])
    expect(stored(made)).toMatchObject({
      key: 'deal-1',
      fields: { Amount: '125000.1', StageName: 'Qualification', StageStatus: 'open', AccountId: idOf(account) },
    })
    const page = await changes(null, 'Opportunity', ['Name', 'Amount', 'StageStatus'])
    expect(page).toMatchObject({
      more: false,
      records: [{ key: 'deal-1', deleted: false, fields: { Name: 'Deal 1', Amount: '125000.1', StageStatus: 'open' } }],
    })
  })

  it('marks its writes for change events', async () => {
    await org.connector.write([write(1, {})], ctx())
    expect(await org.sandbox.control.state()).toMatchObject({ origins: [{ client: 'causeway' }] })
  })

  it('asks no route that the org does not know', async () => {
    await org.connector.check(ctx())
    await org.connector.describe('Account', ctx())
    expect(await org.sandbox.control.unknown()).toEqual([])
  })
})

describe('writes', () => {
  it('carries 200 records with keys of 36 characters in one request, all given back as stored', async () => {
    const batch = Array.from({ length: 200 }, (_, n) =>
      write(n, {}, { key: `0198c1de-0000-7000-8000-${String(n).padStart(12, '0')}` }),
    )
    const outcomes = await org.connector.write(batch, ctx())
    expect(org.exchanges.filter((e) => e.effect !== 'token')).toHaveLength(1)
    expect(outcomes.filter((o) => stored(o)?.key === batch.find((w) => w.ref === o.ref)?.key)).toHaveLength(200)
  })

  it.each(["O'Brien \\ Sons", String.raw`\' OR Name != '`, 'a/b?c=d&e%20', 'ключ 😀', '@x{y}'])(
    'takes %j for a key',
    async (key) => {
      const [first] = await org.connector.write([write(1, {}, { key })], ctx())
      const [second] = await org.connector.write([write(1, { Name: 'Again' }, { key })], ctx())
      expect(idOf(second)).toBe(idOf(first))
      expect(stored(second)).toMatchObject({ key, fields: { Name: 'Again' } })
      expect(
        await org.connector.read([{ object: 'Opportunity', by: 'key', value: key }], ['Name'], ctx()),
      ).toMatchObject([{ status: 'found', record: { id: idOf(first) } }])
    },
  )

  it('mixes updates by id, upserts by key and creates in one request', async () => {
    const { opportunities } = await seed({ opportunities: [deal] })
    const outcomes = await org.connector.write(
      [
        write(1, {}),
        write(2, {}, { mode: 'update', id: opportunities[0]?.slice(0, 15) ?? '', key: 'k2' }),
        write(3, {}, { mode: 'create', key: null }),
      ],
      ctx(),
    )
    expect(outcomes.map((o) => [o.ref, o.status])).toEqual([
      ['w1', 'done'],
      ['w2', 'done'],
      ['w3', 'done'],
    ])
    expect(stored(outcomes[1])).toMatchObject({ id: opportunities[0], key: 'k2', fields: { Name: 'Deal 2' } })
    expect(org.exchanges.filter((e) => e.effect === 'write')).toHaveLength(1)
  })

  it('leaves stage and close date of a known deal alone', async () => {
    const { opportunities } = await seed({ opportunities: [{ ...deal, StageName: 'Closed Won' }] })
    const [outcome] = await org.connector.write(
      [write(1, {}, { mode: 'update', id: opportunities[0] ?? null, key: null })],
      ctx(),
    )
    expect(stored(outcome)).toMatchObject({
      fields: { StageName: 'Closed Won', StageStatus: 'won', CloseDate: '2027-03-31' },
    })
  })

  it('names what the org refuses of each record, and writes the others', async () => {
    const { accounts, opportunities } = await seed({
      accounts: [{ Name: 'Acme', Website: 'acme.example' }],
      opportunities: [deal, deal],
      validationRules: [
        { object: 'Opportunity', when: 'Amount < 0', message: 'Amount must not be negative', fields: ['Amount'] },
      ],
    })
    const [locked = '', deleted = ''] = opportunities
    await seed({ lock: [locked], delete: [{ object: 'Opportunity', id: deleted }] })
    const outcomes = await org.connector.write(
      [
        write(1, { Amount: '-1' }),
        write(2, { Partner_Source__c: 'Nowhere' }),
        write(3, {}, { mode: 'update', id: locked, key: null }),
        write(4, {}, { mode: 'update', id: deleted, key: null }),
        write(5, {}),
        write(6, { AccountId: '001Cw0000000001AAA' }),
      ],
      ctx(),
    )
    expect(outcomes).toMatchObject([
      {
        status: 'rejected',
        fault: { code: 'CW_RECORD_INVALID', vendorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', fields: ['Amount'] },
      },
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['Partner_Source__c'] } },
      { status: 'retry', fault: { code: 'CW_VENDOR_LOCKED', vendorCode: 'ENTITY_IS_LOCKED' } },
      { status: 'rejected', fault: { code: 'CW_RECORD_GONE' } },
      { status: 'done' },
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['AccountId'] } },
    ])
    expect(accounts).toHaveLength(1)
  })

  it.each(['duplicateResut', 'duplicateResult', 'none'])(
    'names the records in the way of a duplicate, where the org does: %s',
    async (position) => {
      await org.sandbox.control.switches.set({ duplicateDetails: position })
      const { accounts } = await seed({
        accounts: [{ Name: 'Acme', Website: 'acme.example' }],
        duplicateRules: [{ object: 'Account', match: ['Website'], name: 'Website' }],
      })
      const [outcome] = await org.connector.write([write(1, { Website: 'acme.example' }, { object: 'Account' })], ctx())
      expect(outcome?.status).toBe('rejected')
      expect(fault(outcome)).toMatchObject({
        code: 'CW_RECORD_DUPLICATE',
        existingIds: position === 'none' ? [] : accounts,
      })
    },
  )

  it('has a row that another write holds tried again', async () => {
    await org.sandbox.control.switches.set({ rowLockWindowMs: 60_000 })
    const { accounts } = await seed({ accounts: [{ Name: 'Acme' }] })
    const child = (n: number) => org.connector.write([write(n, { AccountId: accounts[0] ?? '' })], ctx())
    expect(await child(1)).toMatchObject([{ status: 'done' }])
    expect(await child(2)).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_LOCKED', vendorCode: 'UNABLE_TO_LOCK_ROW' } },
    ])
  })

  it('keeps all digits of an amount, on the way out and in', async () => {
    const amount = '1234567890123456.78'
    const [outcome] = await org.connector.write([write(1, { Amount: amount })], ctx())
    expect(stored(outcome)?.fields.Amount).toBe(amount)
    await org.sandbox.control.switches.set({ numbers: 'exponent' })
    expect((await changes(null, 'Opportunity', ['Amount'])).records[0]?.fields.Amount).toBe(amount)
  })

  it('refuses an amount in another currency than the org has', async () => {
    const outcomes = await org.connector.write(
      [write(1, { CurrencyIsoCode: 'EUR' }), write(2, { CurrencyIsoCode: 'USD' })],
      ctx(),
    )
    expect(outcomes).toMatchObject([
      { status: 'rejected', fault: { fields: ['CurrencyIsoCode'] } },
      { status: 'done', stored: { fields: { CurrencyIsoCode: 'USD' } } },
    ])
  })

  it('pauses the connection, and blames no record, when the key field is out of sight', async () => {
    await seed({ hideFields: ['Opportunity.Causeway_Id__c'] })
    const outcomes = await org.connector.write([write(1, {}), write(2, {})], ctx())
    const outcome = { status: 'retry', fault: { code: 'CW_VENDOR_SCOPE', scope: 'connection' } }
    expect(outcomes).toMatchObject([outcome, outcome])
  })

  it('is done without the stored form when the read-back fails', async () => {
    await org.connector.read([{ object: 'Opportunity', by: 'key', value: 'x' }], ['Gone__c'], ctx()).catch(() => null)
    expect(await org.connector.write([write(1, {})], ctx())).toMatchObject([{ status: 'done', stored: null }])
  })

  it('knows of no write whether it was done when the answer is cut off, and upserts once for all', async () => {
    await org.connector.check(ctx())
    await org.sandbox.control.faults.add({ route: 'POST *', kind: 'reset-mid-body', when: 'after' })
    const batch = [write(1, {}), write(2, {})]
    expect(await org.connector.write(batch, ctx())).toMatchObject([{ status: 'unclear' }, { status: 'unclear' }])
    expect(await org.connector.write(batch, ctx())).toMatchObject([{ status: 'done' }, { status: 'done' }])
    expect((await changes()).records).toHaveLength(2)
  })

  it.each([
    { compositeResponse: [] },
    { compositeResponse: [{ referenceId: 'upsert', httpStatusCode: 200, body: [] }] },
    { hello: 1 },
    [],
  ])('takes %j with 200 for no proof', async (body) => {
    await org.connector.check(ctx())
    await org.sandbox.control.faults.add({ route: 'POST *', kind: 'status', status: 200, body })
    expect(await org.connector.write([write(1, {})], ctx())).toMatchObject([{ status: 'unclear' }])
  })
})

describe('changes', () => {
  it('reads page by page, in the order of change, without a locator', async () => {
    await seed({ opportunities: Array.from({ length: 25 }, () => deal) })
    const connector = org.connectWith({ settings: { pageSize: 10 } })
    const seen: string[] = []
    let cursor: string | null = null
    for (let more = true; more;) {
      const page = await connector.changes({ object: 'Opportunity', cursor, from: null, fields: ['Name'] }, ctx())
      seen.push(...page.records.map((r) => r.id))
      ;({ cursor, more } = page)
    }
    expect([seen.length, new Set(seen).size]).toEqual([25, 25])
    expect((await org.sandbox.control.requests.list()).map((r) => r.route)).not.toContain(
      'GET /services/data/:version/queryAll/:locator',
    )
  })

  it('loses nothing that is written in the second of a page, and is soon quiet', async () => {
    await org.sandbox.control.clock.set('2026-11-23T10:00:00.200Z')
    await org.connector.write([write(1, {})], ctx())
    const first = await changes()
    await org.sandbox.control.clock.set('2026-11-23T10:00:00.900Z')
    await org.connector.write([write(2, {}), write(1, { Name: 'Edited' })], ctx())
    const second = await changes(first.cursor)
    expect(new Set(second.records.map((r) => r.fields.Name))).toEqual(new Set(['Deal 2', 'Edited']))
    await org.sandbox.control.clock.advance(10_000)
    const third = await changes(second.cursor)
    const fourth = await changes(third.cursor)
    expect([third.records.length, fourth.records.length]).toEqual([2, 0])
    expect(fourth.coveredThrough).toBe('2026-11-23T10:00:05.000Z')
  })

  it('says who was deleted, and into whom a record was merged', async () => {
    const { accounts } = await seed({ accounts: [{ Name: 'Winner' }, { Name: 'Loser' }, { Name: 'Gone' }] })
    const [master, loser, gone] = accounts
    const start = await changes(null, 'Account')
    await seed({ merge: [{ object: 'Account', master, losers: [loser] }], delete: [{ object: 'Account', id: gone }] })
    const { records } = await changes(start.cursor, 'Account')
    expect(records).toContainEqual(expect.objectContaining({ id: loser, deleted: true, mergedInto: master }))
    expect(records).toContainEqual(expect.objectContaining({ id: gone, deleted: true, mergedInto: null }))
  })

  it.each([
    ['Closed Won', 'won'],
    ['Closed Lost', 'lost'],
    ['Prospecting', 'open'],
  ])('calls the stage %s %s', async (StageName, status) => {
    await seed({ opportunities: [{ ...deal, StageName }] })
    expect((await changes(null, 'Opportunity', ['StageStatus'])).records).toMatchObject([
      { fields: { StageStatus: status } },
    ])
  })

  it('starts where it is told', async () => {
    await org.sandbox.control.clock.set('2026-11-20T10:00:00Z')
    await seed({ opportunities: [deal] })
    await org.sandbox.control.clock.set('2026-11-23T10:00:00Z')
    const { opportunities } = await seed({ opportunities: [deal] })
    const page = await org.connector.changes(
      { object: 'Opportunity', cursor: null, from: '2026-11-22T00:00:00.000Z', fields: [] },
      ctx(),
    )
    expect(page.records.map((r) => r.id)).toEqual(opportunities)
  })
})

describe('read', () => {
  it('takes JSON of another shape for no answer, and a field that is not there for a missing permission', async () => {
    await expect(changes(null, 'Opportunity', ['Nope__c'])).rejects.toMatchObject({
      fault: { code: 'CW_VENDOR_SCOPE', scope: 'connection' },
    })
    await expect(changes(null, 'Opportunity', ['Name FROM User'])).rejects.toMatchObject({
      fault: { code: 'CW_CONFIG_INVALID' },
    })
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'status', status: 200, body: [] })
    await expect(changes()).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_ANSWER' }, effect: 'no' })
  })

  it('finds by both forms of the id and by key, deleted ones as deleted, in the order asked', async () => {
    const { opportunities } = await seed({
      opportunities: [
        { ...deal, Causeway_Id__c: 'A' },
        { ...deal, Causeway_Id__c: 'b' },
      ],
    })
    const [a = '', b = ''] = opportunities
    await seed({ delete: [{ object: 'Opportunity', id: b }] })
    const reads = await org.connector.read(
      [
        { object: 'Opportunity', by: 'key', value: 'a' },
        { object: 'Opportunity', by: 'id', value: b },
        { object: 'Opportunity', by: 'id', value: a.slice(0, 15) },
        { object: 'Opportunity', by: 'id', value: 'no id' },
      ],
      ['Name'],
      ctx(),
    )
    expect(reads).toMatchObject([
      { record: { id: a } },
      { record: { id: b, deleted: true } },
      { record: { id: a } },
      { status: 'absent' },
    ])
  })
})

describe('tokens', () => {
  it('renews once for five calls that meet a 401 together', async () => {
    await changes()
    await seed({ expireSessions: true })
    await Promise.all([1, 2, 3, 4, 5].map(() => changes()))
    expect(org.tokens.mints()).toBe(2)
  })

  it('gives up after the second 401 with CW_VENDOR_AUTH', async () => {
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'expired-token', times: 'always' })
    await expect(changes()).rejects.toMatchObject({
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
    await changes()
    await seed({ expireSessions: true })
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
    await seed({
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
    await changes()
    expect((await org.sandbox.control.requests.list()).length).toBe(org.exchanges.length)
  })
})

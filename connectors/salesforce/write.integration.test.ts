/** What became of each record of a batch, in the org’s words and in ours. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changes, deal, fault, idOf, seed, stored, write } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

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
    const page = await changes(org, null, 'Opportunity', ['Name', 'Amount', 'StageStatus'])
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
    const { opportunities } = await seed(org, { opportunities: [deal] })
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

  it('creates only: a key that is taken is refused, and the record that holds it is named', async () => {
    const [made] = await org.connector.write([write(1, {}, { mode: 'create' })], ctx())
    const [again, other] = await org.connector.write(
      [write(1, { Name: 'Again' }, { mode: 'create' }), write(2, {}, { mode: 'create' })],
      ctx(),
    )
    expect(again?.status).toBe('rejected')
    expect(fault(again)).toMatchObject({ code: 'CW_RECORD_DUPLICATE', existingIds: [idOf(made)] })
    expect(stored(other)).toMatchObject({ key: 'deal-2' })
    expect((await changes(org)).records.map((r) => r.fields.Name)).toEqual(['Deal 1', 'Deal 2'])
  })

  it('updates only: by our key it changes what is there, and makes nothing', async () => {
    const [made] = await org.connector.write([write(1, {})], ctx())
    const outcomes = await org.connector.write(
      [write(1, { Name: 'Changed' }, { mode: 'update' }), write(2, {}, { mode: 'update' })],
      ctx(),
    )
    expect(outcomes).toMatchObject([
      { status: 'done', id: idOf(made) },
      { status: 'rejected', fault: { code: 'CW_RECORD_GONE' } },
    ])
    expect((await changes(org)).records.map((r) => r.fields.Name)).toEqual(['Changed'])
  })

  it('upserts a record whose id is known by it, also where it lacks our key', async () => {
    const { opportunities } = await seed(org, { opportunities: [deal] })
    const [outcome] = await org.connector.write([write(1, {}, { id: opportunities[0] ?? '' })], ctx())
    expect(stored(outcome)).toMatchObject({ id: opportunities[0], key: 'deal-1' })
    expect((await changes(org)).records).toHaveLength(1)
  })

  it('writes more than one call takes, call after call, the children of an account together', async () => {
    await org.sandbox.control.switches.set({ rowLockWindowMs: 1 })
    const { accounts } = await seed(org, { accounts: Array.from({ length: 4 }, (_, n) => ({ Name: String(n) })) })
    const batch = Array.from({ length: 600 }, (_, n) => {
      const parent = accounts[n % 4] ?? ''
      return write(n, { AccountId: parent }, { parent })
    })
    await org.connector.check(ctx())
    org.exchanges.length = 0
    const outcomes = await org.connector.write(batch, ctx())
    expect(org.exchanges.map(({ route }) => route)).toEqual(Array.from({ length: 3 }, () => 'POST /composite'))
    expect(outcomes.map(({ ref }) => ref)).toEqual(batch.map(({ ref }) => ref))
    const [read] = await org.connector.read(
      [{ object: 'Opportunity', by: 'key', value: 'deal-599' }],
      ['AccountId'],
      ctx(),
    )
    expect(outcomes.every(({ status }) => status === 'done' || status === 'retry')).toBe(true)
    expect(read).toMatchObject({ status: 'found', record: { fields: { AccountId: accounts[3] } } })
  })

  it('leaves stage and close date of a known deal alone', async () => {
    const { opportunities } = await seed(org, { opportunities: [{ ...deal, StageName: 'Closed Won' }] })
    const [outcome] = await org.connector.write(
      [write(1, {}, { mode: 'update', id: opportunities[0] ?? null, key: null })],
      ctx(),
    )
    expect(stored(outcome)).toMatchObject({
      fields: { StageName: 'Closed Won', StageStatus: 'won', CloseDate: '2027-03-31' },
    })
  })

  it('names what the org refuses of each record, and writes the others', async () => {
    const { accounts, opportunities } = await seed(org, {
      accounts: [{ Name: 'Acme', Website: 'acme.example' }],
      opportunities: [deal, deal],
      validationRules: [
        { object: 'Opportunity', when: 'Amount < 0', message: 'Amount must not be negative', fields: ['Amount'] },
      ],
    })
    const [locked = '', deleted = ''] = opportunities
    await seed(org, { lock: [locked], delete: [{ object: 'Opportunity', id: deleted }] })
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
      const { accounts } = await seed(org, {
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
    const { accounts } = await seed(org, { accounts: [{ Name: 'Acme' }] })
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
    expect((await changes(org, null, 'Opportunity', ['Amount'])).records[0]?.fields.Amount).toBe(amount)
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
    await seed(org, { hideFields: ['Opportunity.Causeway_Id__c'] })
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
    expect((await changes(org)).records).toHaveLength(2)
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

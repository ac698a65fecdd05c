/** The three ways to write, what each costs, and answers that look like success. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { ctx, idOf, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
afterEach(async () => {
  await rig.close()
})
const start = async (switches: SwitchSet = {}, settings: Record<string, unknown> = {}) => {
  rig = await startRig(switches, settings)
  return rig.connect()
}
const total = async () => (await rig.sandbox.control.requests.counts()).total
const hundred = (more: object) =>
  Array.from({ length: 100 }, (_, n) => write('deals', `d${String(n)}`, { dealname: `D${String(n)}` }, more))

describe('modes', () => {
  it('create makes what is not there and refuses what is, naming it', async () => {
    const connector = await start()
    const first = write('companies', 'a', { name: 'A' }, { mode: 'create' })
    const id = idOf((await connector.write([first], ctx()))[0])
    const second = write('companies', 'b', { name: 'B' }, { mode: 'create' })
    expect(await connector.write([first, second], ctx())).toMatchObject([
      { status: 'rejected', fault: { code: 'CW_RECORD_DUPLICATE', existingIds: [id], scope: 'record' } },
      { status: 'done' },
    ])
  })

  it('update changes what is there, by its id or by our key, and makes nothing', async () => {
    const connector = await start()
    const id = idOf((await connector.write([write('companies', 'a', { name: 'A' })], ctx()))[0])
    const update = { mode: 'update' } as const
    expect(
      await connector.write(
        [
          write('companies', null, { name: 'A2' }, { ...update, id }),
          write('companies', 'none', { name: 'N' }, update),
          write('companies', null, { name: 'N' }, update),
        ],
        ctx(),
      ),
    ).toMatchObject([
      { status: 'done', id },
      { status: 'rejected', fault: { code: 'CW_RECORD_GONE' } },
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID' } },
    ])
    expect(await connector.write([write('companies', 'a', { country: 'DE' }, update)], ctx())).toMatchObject([
      { status: 'done', id },
    ])
    const state = z
      .looseObject({ companies: z.array(z.looseObject({ properties: z.record(z.string(), z.unknown()) })) })
      .parse(await rig.sandbox.control.state())
    expect(state.companies.map(({ properties }) => [properties['name'], properties['country']])).toEqual([['A2', 'DE']])
  })

  it('cost one request for a hundred new deals: by create, and by an upsert that names the stage', async () => {
    const connector = await start()
    const create = await connector.write(hundred({ mode: 'create' }), ctx())
    expect(create.every((o) => o.status === 'done')).toBe(true)
    expect(await total()).toBe(1)
    const staged = hundred({}).map((w) => ({
      ...w,
      key: `s-${w.key ?? ''}`,
      fields: { ...w.fields, dealstage: 'qualifiedtobuy' },
    }))
    expect((await connector.write(staged, ctx())).every((o) => o.status === 'done')).toBe(true)
    expect(await total()).toBe(2)
    // Only an upsert that leaves the stage open has to ask which of them are new.
    expect((await connector.write(hundred({}), ctx())).every((o) => o.status === 'done')).toBe(true)
    expect(await total()).toBe(4)
  })

  it('link two parts of each of a hundred deals in one request', async () => {
    const connector = await start()
    const companies = (
      await connector.write([write('companies', 'a', { name: 'A' }), write('companies', 'p', { name: 'P' })], ctx())
    ).map(idOf)
    const deals = (await connector.write(hundred({ mode: 'create' }), ctx())).map(idOf)
    const before = await total()
    const [customer = '', partner = ''] = companies
    const parties = deals.flatMap((dealId) => [
      write('deal-companies', null, { dealId, accountCompanyId: customer, role: 'customer' }),
      write('deal-companies', null, { dealId, partnerCompanyId: partner, role: 'sourcing' }),
    ])
    expect(connector.capabilities.find(({ object }) => object === 'deal-companies')?.batch).toBeGreaterThanOrEqual(
      parties.length,
    )
    expect((await connector.write(parties, ctx())).every((o) => o.status === 'done')).toBe(true)
    // The labels are looked up once.
    expect(await total()).toBe(before + 2)
  })

  it.each([
    ['a 200 with failures inside', 200],
    ['a 207', 207],
  ])('believe no %s for the record that failed', async (_, status) => {
    const connector = await start()
    await rig.sandbox.control.faults.add({
      route: 'POST */batch/upsert',
      kind: 'status',
      status,
      body: {
        status: 'COMPLETE',
        results: [{ id: '1', properties: { causeway_id: 'a' } }],
        errors: [
          {
            category: 'VALIDATION_ERROR',
            context: { objectWriteTraceId: ['1'] },
            errors: [{ code: 'INVALID_OPTION', context: { propertyName: ['type'] } }],
          },
        ],
      },
    })
    const batch = ['a', 'b', 'c'].map((key) => write('companies', key, { name: key }))
    expect(await connector.write(batch, ctx())).toMatchObject([
      { status: 'done', id: '1' },
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['type'], scope: 'record' } },
      { status: 'unclear', fault: { code: 'CW_VENDOR_ANSWER' } },
    ])
  })
})

describe('roles', () => {
  it('are written and read by the labels of the settings, several partners a deal', async () => {
    const partnerLabels = { influencing: 'Influencer', 'co-sell': 'Co-seller' }
    const connector = await start({}, { partnerLabels })
    await rig.sandbox.control.seed({
      labels: [
        { from: 'deals', to: 'companies', label: 'Influencer' },
        { from: 'deals', to: 'companies', label: 'Co-seller' },
      ],
    })
    const batch = ['p', 'q'].map((key) => write('companies', key, { name: key, type: 'PARTNER' }))
    const [p = '', q = ''] = (await connector.write(batch, ctx())).map(idOf)
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    const party = (partnerCompanyId: string, role: string) =>
      write('deal-companies', null, { dealId, partnerCompanyId, role })
    const outcomes = await connector.write(
      [party(p, 'sourcing'), party(p, 'co-sell'), party(q, 'influencing'), party(q, 'fulfilment'), party(q, 'owner')],
      ctx(),
    )
    expect(outcomes.map((o) => o.status)).toEqual(['done', 'done', 'done', 'rejected', 'rejected'])
    expect(outcomes[3]).toMatchObject({ fault: { code: 'CW_RECORD_INVALID', fields: ['role'] } })
    const listed = await connector.list?.({ object: 'deal-companies', cursor: null, fields: [] }, ctx())
    expect(
      listed?.records.map((r) => [r.fields['role'], r.fields['partnerCompanyId'], r.fields['accountCompanyId']]),
    ).toEqual([
      ['sourcing', p, null],
      ['co-sell', p, null],
      ['influencing', q, null],
    ])
  })

  it('belong to an account where the labelled company is no partner', async () => {
    const connector = await start()
    const companyId = idOf(
      (await connector.write([write('companies', 'a', { name: 'A', type: 'CUSTOMER' })], ctx()))[0],
    )
    const dealId = idOf((await connector.write([write('deals', 'd', { dealname: 'D' })], ctx()))[0])
    const role = 'sourcing'
    await connector.write([write('deal-companies', null, { dealId, companyId, role })], ctx())
    const listed = await connector.list?.({ object: 'deal-companies', cursor: null, fields: [] }, ctx())
    expect(listed?.records[0]?.fields).toMatchObject({ role, accountCompanyId: companyId, partnerCompanyId: null })
  })
})

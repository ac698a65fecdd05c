/** What is PartnerStack's own, over its sandbox; what all connectors have in common is in the conformance suite. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import { startSandbox, type RunningSandbox } from '../../sandbox/framework/start.ts'
import { unlimitedBudget } from '../budget.ts'
import type { Connector, Ctx, Write } from '../contract.ts'
import { createHttp } from '../http.ts'
import { silentLog } from '../log.ts'
import { openConnector } from '../registry.ts'

const cursorShape = z.looseObject({ after: z.array(z.string()) })
const ctx: Ctx = { signal: new AbortController().signal, priority: 'sync' }
let sandbox: RunningSandbox
let http: ReturnType<typeof createHttp>

beforeEach(async () => {
  sandbox = await startSandbox(partnerstackSandbox)
  http = createHttp({ connection: 'portal', budget: unlimitedBudget, log: silentLog, deadlineMs: 5000 })
})
afterEach(async () => {
  http.close()
  await sandbox.close()
})

function connect(settings: Record<string, unknown> = {}): Connector {
  const tokens = { current: () => Promise.resolve(null), renew: () => Promise.reject(new Error('no tokens')) }
  const all = { baseUrl: `${sandbox.url}/api/v2`, ...partnerstackKeys.production, ...settings }
  return openConnector('partnerstack', all, { http, tokens, nowMs: Date.now })
}

const deal = {
  partner_key: 'acme',
  account_name: 'Prospect',
  fields: { company_domain: 'prospect.example', contact_email: 'buyer@prospect.example' },
}

async function seedDeals(count: number): Promise<string[]> {
  await sandbox.control.seed({
    partnerships: [{ email: 'channel@acme.example', partner_key: 'acme', company: 'Acme' }],
  })
  const keys = Array.from({ length: count }, (_, n) => `deal_${n}`)
  await sandbox.control.seed({ deals: keys.map((key) => ({ ...deal, key })) })
  return keys
}

const update = (id: string, fields: Write['fields'], key: string | null = null): Write => ({
  ref: id,
  object: 'deals',
  mode: 'update',
  id,
  key,
  parent: null,
  ifVersion: null,
  fields,
})

const changes = (connector: Connector, object: string, cursor: string | null = null) =>
  connector.changes({ object, cursor, from: null, fields: [] }, ctx)

async function findings(settings: Record<string, unknown> = {}): Promise<[string, string][]> {
  return (await connect(settings).check(ctx)).map(({ code, message }) => [code, message])
}

describe('check', () => {
  it('finds the fresh tenant healthy with either pair of keys', async () => {
    expect(await findings()).toEqual([])
    expect(await findings({ ...partnerstackKeys.test, mode: 'test' })).toEqual([])
  })

  it('names keys of the other environment', async () => {
    const wrong = [['CW_CONFIG_INVALID', 'mode is test, but the keys belong to the production environment']]
    expect(await findings({ mode: 'test' })).toEqual(wrong)
  })

  it('names groups that have deals off or are not there', async () => {
    expect(await findings({ groups: ['resellers', 'affiliates', 'nobody'] })).toEqual([
      ['CW_CONFIG_INVALID', 'The group affiliates has deals switched off'],
      ['CW_CONFIG_INVALID', 'There is no group nobody'],
    ])
  })

  it('plans the fields that a form lacks, for a person to make, until they are there', async () => {
    const connector = connect({ objects: ['partnerships', 'deals'], fields: { reason: 'why' } })
    const open = ((await connector.provision?.plan(ctx)) ?? []).filter(({ state }) => state !== 'made')
    expect(open.map(({ id }) => id)).toEqual(['field:deals.Deal registration.why'])
    expect(open[0]?.byHand).toContain('API name why')
    expect(await connect().provision?.plan(ctx)).toSatisfy((plan: { state: string }[]) =>
      plan.every(({ state }) => state === 'made'),
    )
    const group = connect({ groups: ['nobody'] })
    expect(await group.provision?.plan(ctx)).toContainEqual(
      expect.objectContaining({ id: 'rule:groups.nobody.deals', state: 'missing', granted: null }),
    )
  })

  it('says that nobody can tell what a key may do, and when it is refused', async () => {
    expect(await connect().access?.(ctx)).toMatchObject({ missing: [], excessive: [], unknown: [expect.any(String)] })
    await expect(connect({ secretKey: 'wrong' }).access?.(ctx)).rejects.toMatchObject({
      fault: { code: 'CW_VENDOR_AUTH' },
    })
  })

  it('names the custom fields that a form lacks, form by form', async () => {
    const fields = ['company_domain', 'contact_email', 'products'].map((api_name) => ({ api_name }))
    await sandbox.control.seed({ forms: [{ name: 'Short form', type: 'deal', fields }] })
    expect(await findings({ fields: { reason: 'why' } })).toEqual([
      ['CW_CONFIG_INVALID', 'The deal form Deal registration lacks why'],
      ['CW_CONFIG_INVALID', 'The deal form Short form lacks registration_status, why, protected_until, crm_reference'],
    ])
  })
})

describe('changes', () => {
  it('starts where it is asked to', async () => {
    await seedDeals(1)
    await sandbox.control.seed({
      deals: [{ ...deal, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-02T00:00:00Z' }],
    })
    const from = '2026-02-01T00:00:00.000Z'
    const page = await connect().changes({ object: 'deals', cursor: null, from, fields: ['account_name'] }, ctx)
    expect(page.records.map(({ id }) => id)).toEqual(['deal_0'])
    expect(page.records[0]?.fields).toEqual({ account_name: 'Prospect' })
  })

  it('goes on from an earlier record when the one at its position is unknown, and from the top when all are', async () => {
    await seedDeals(300)
    for (const status of [400, 404]) {
      await sandbox.control.switches.set({ unknownCursorStatus: status })
      const first = await changes(connect(), 'deals')
      const { after, ...cursor } = cursorShape.parse(JSON.parse(first.cursor))
      expect(after).toHaveLength(5)
      const later = await changes(
        connect(),
        'deals',
        JSON.stringify({ ...cursor, after: ['deal_x', ...after.slice(1)] }),
      )
      expect(later.records).toHaveLength(51)
      const top = await changes(connect(), 'deals', JSON.stringify({ ...cursor, after: ['deal_x', 'deal_y'] }))
      expect(top.records).toHaveLength(250)
    }
  })

  it('costs what changed: a quiet list is one small page', async () => {
    const longAgo = '2026-01-01T00:00:00Z'
    await seedDeals(0)
    const old = Array.from({ length: 300 }, () => ({ ...deal, created_at: longAgo, updated_at: longAgo }))
    await sandbox.control.seed({ deals: old })
    const connector = connect()
    const first = await changes(connector, 'deals')
    const second = await changes(connector, 'deals', first.cursor)
    const third = await changes(connector, 'deals', second.cursor)
    expect([first, second, third].map(({ records, more }) => [records.length, more])).toEqual([
      [250, true],
      [50, false],
      [0, false],
    ])
  })

  it('shows an archived partner as deleted', async () => {
    await seedDeals(0)
    const connector = connect()
    const first = await changes(connector, 'partnerships')
    const { publicKey, secretKey } = partnerstackKeys.production
    const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`
    await fetch(`${sandbox.url}/api/v2/partnerships/acme`, { method: 'DELETE', headers: { authorization } })
    const second = await changes(connector, 'partnerships', first.cursor)
    expect(second.records.map(({ id, deleted }) => [id, deleted])).toEqual([['acme', true]])
  })
})

describe('write', () => {
  it('sends the changed fields only, custom fields apart, and our key', async () => {
    const [id = ''] = await seedDeals(1)
    const [outcome] = await connect().write(
      [update(id, { stage: 'Qualified', 'fields.registration_status': 'approved' }, 'reg-1')],
      ctx,
    )
    expect(outcome).toMatchObject({
      status: 'done',
      id,
      stored: {
        key: 'reg-1',
        fields: { stage: 'Qualified', account_name: 'Prospect', 'fields.registration_status': 'approved' },
      },
    })
  })

  it('finds a deal by our key when its own is not known', async () => {
    const [id = ''] = await seedDeals(1)
    const connector = connect()
    await connector.write([update(id, {}, 'reg-1')], ctx)
    const write = { ...update('', { stage: 'Proposal' }, 'reg-1'), id: null }
    expect(await connector.write([write], ctx)).toMatchObject([{ status: 'done', id }])
  })

  it.each([400, 409])('names a key that another deal has, by status %i', async (status) => {
    await sandbox.control.switches.set({ duplicateKeyStatus: status })
    const [first = '', second = ''] = await seedDeals(2)
    const connector = connect()
    await connector.write([update(first, {}, 'reg-1')], ctx)
    const outcomes = await connector.write([update(second, {}, 'reg-1')], ctx)
    const code = status === 409 ? 'CW_RECORD_DUPLICATE' : 'CW_RECORD_INVALID'
    expect(outcomes).toMatchObject([{ status: 'rejected', fault: { code, vendorCode: `HTTP ${status}` } }])
  })

  it('names the field that the form does not have, for people', async () => {
    const [id = ''] = await seedDeals(1)
    const [outcome] = await connect().write([update(id, { 'fields.nothing': 'x' })], ctx)
    expect(outcome).toMatchObject({
      status: 'rejected',
      fault: { code: 'CW_RECORD_INVALID', fields: ['nothing'], message: "'nothing' is not a field of the form" },
    })
  })

  it('creates nothing: that is the portal’s', async () => {
    const write: Write = { ...update('', { account_name: 'New' }, 'reg-1'), id: null, mode: 'create' }
    expect(await connect().write([write], ctx)).toMatchObject([
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID' } },
    ])
    expect((await changes(connect(), 'deals')).records).toEqual([])
  })

  it('takes a full batch in a few round trips, five at a time', async () => {
    const ids = await seedDeals(20)
    await sandbox.control.faults.add({ route: 'PATCH *', kind: 'delay', ms: 100, times: 'always' })
    const started = performance.now()
    const outcomes = await connect().write(
      ids.map((id) => update(id, { stage: 'Qualified' })),
      ctx,
    )
    expect(outcomes.every(({ status }) => status === 'done')).toBe(true)
    expect(performance.now() - started).toBeLessThan(1900)
  })
})

it('asks for nothing that the vendor does not have', async () => {
  const [id = ''] = await seedDeals(1)
  const connector = connect({ stages: { approved: 'Qualified' } })
  await connector.check(ctx)
  for (const { object } of connector.capabilities) {
    await changes(connector, object)
    await connector.describe(object, ctx)
  }
  await connector.write([update(id, { stage: 'Qualified' })], ctx)
  expect(await sandbox.control.unknown()).toEqual([])
})

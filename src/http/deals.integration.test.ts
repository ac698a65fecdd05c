import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { accounts, contacts, deals, links, parties, partners, registrations, users } from '../db/schema/index.ts'
import type { FieldMapping } from '../mapping/definition.ts'
import type { System } from '../mapping/systems.ts'
import { createApi } from './api.ts'
import { openRig, type Rig } from './rig.test-support.ts'

const sourcelessPage = z.looseObject({
  items: z.array(z.unknown()).default([]),
  next: z.string().nullable().default(null),
})

let rig: Rig
let id: string
beforeAll(async () => {
  rig = await openRig()
  const [account] = await rig.db.insert(accounts).values({ name: 'Acme' }).returning()
  const [deal] = await rig.db
    .insert(deals)
    .values({ name: 'Big', home: 'sales', status: 'open', accountId: account?.id ?? null, custom: { region: 'north' } })
    .returning()
  id = deal?.id ?? ''
  await rig.db.insert(links).values([
    { connection: 'sales', object: 'deals', kind: 'deal', recordId: id, externalId: 'S1' },
    { connection: 'growth', object: 'deals', kind: 'deal', recordId: id, externalId: 'G1' },
  ])
})
afterAll(() => rig.close())

it('lists a deal once and shows what each system holds of it', async () => {
  const { json } = await rig.call('manager', 'GET', '/api/v1/deals?home=sales')
  expect(json.items).toMatchObject([{ id, name: 'Big', account: 'Acme', home: 'sales' }])
  expect((await rig.call('manager', 'GET', '/api/v1/deals?home=growth')).json.items).toEqual([])
  expect((await rig.call('manager', 'GET', `/api/v1/deals/${id}`)).json).toMatchObject({
    systems: [
      { connection: 'growth', externalId: 'G1', mirror: true },
      { connection: 'sales', externalId: 'S1', mirror: false },
    ],
    clashes: [],
    custom: { region: 'north' },
  })
})

it('tells who has which part in a deal, our own sales among them', async () => {
  const { partnerId } = rig.seeded.a
  const [account] = await rig.db.select().from(accounts).where(eq(accounts.name, 'Acme'))
  await rig.db.insert(parties).values([
    { dealId: id, role: 'customer', accountId: account?.id ?? null },
    { dealId: id, role: 'sourcing', partnerId, share: '60' },
    { dealId: id, role: 'co-sell', share: '40' },
  ])
  const { json } = await rig.call('manager', 'GET', `/api/v1/deals/${id}`)
  const parts = z.array(z.looseObject({ role: z.string() })).parse(json['parts'])
  expect(parts.toSorted((a, b) => (a.role < b.role ? -1 : 1))).toMatchObject([
    { role: 'co-sell', of: 'own-sales', partner: null, account: null, share: '40' },
    { role: 'customer', of: 'account', account: 'Acme', share: null },
    { role: 'sourcing', of: 'partner', partner: 'Aurora Partners', share: '60' },
  ])
})

it('shows fields of one’s own to staff, and to no partner', async () => {
  const custom = { segment: 'industrial' }
  const { registrationId, partnerId } = rig.seeded.a
  await rig.db.update(registrations).set({ custom })
  await rig.db.update(partners).set({ custom })
  const [person] = await rig.db.insert(contacts).values({ name: 'Ada', partnerId, custom }).returning()
  for (const path of [`registrations/${registrationId}`, `partners/${partnerId}`, `contacts/${person?.id ?? ''}`]) {
    expect((await rig.call('manager', 'GET', `/api/v1/${path}`)).json).toMatchObject({ custom })
    expect((await rig.call('a', 'GET', `/api/v1/${path}`)).text).not.toContain('industrial')
  }
})

const crm = (name: string, fields: FieldMapping[]): [string, System] => [
  name,
  {
    name,
    role: 'crm',
    pollMs: 1000,
    reconcileMs: null,
    deletions: {},
    mirrors: false,
    capabilities: [],
    mappings: [{ object: 'deals', kind: 'deal', fields }],
  },
]

it('lists open deals without a source, page by page, where the CRM says where deals come from', async () => {
  const [rae] = await rig.db.insert(users).values({ name: 'Rae', email: 'rae@vendor.example' }).returning()
  const made = await rig.db
    .insert(deals)
    .values([
      { name: 'Older', home: 'said', status: 'open', touched: { source: '2026-01-02T03:04:05.006Z' } },
      { name: 'Newer', home: 'said', status: null, ownerId: rae?.id ?? null },
      { name: 'Direct', home: 'said', status: 'open', source: 'direct' },
      { name: 'Lost', home: 'said', status: 'lost' },
      { name: 'Silent', home: 'silent', status: 'open' },
    ])
    .returning()
  await rig.db.insert(links).values(
    made.map(({ id: recordId, name, home }) => ({
      connection: home ?? '',
      object: 'deals',
      kind: 'deal' as const,
      recordId,
      externalId: name,
    })),
  )
  const source = { field: 'source', path: 'Source', create: 'in', update: 'in', wins: 'vendor' } as const
  const systems = new Map([crm('said', [{ ...source, conversion: { as: 'text' } }]), crm('silent', [])])
  const before = rig.deps.programme
  rig.deps.programme = { ...before, systems }
  const api = createApi(rig.deps)
  const get = async (query: string, key: string = rig.keys.manager) => {
    const headers = { authorization: `Bearer ${key}` }
    const response = await api.request(`/api/v1/deals/without-source${query}`, { headers })
    return { status: response.status, json: sourcelessPage.parse(await response.json()) }
  }
  const first = (await get('?limit=1')).json
  expect(first).toMatchObject({
    total: 2,
    items: [{ name: 'Older', connection: 'said', externalId: 'Older', since: '2026-01-02T03:04:05.006Z', owner: null }],
  })
  const second = (await get(`?limit=1&cursor=${first.next ?? ''}`)).json
  expect(second).toMatchObject({
    next: null,
    items: [{ name: 'Newer', owner: 'Rae', ownerEmail: 'rae@vendor.example' }],
  })
  expect((await get('?home=silent')).json).toMatchObject({ total: 0, items: [] })
  expect((await get('', rig.keys.a)).status).toBe(403)
  rig.deps.programme = before
})

it('moves a deal on an admin’s word, to a CRM and nowhere else', async () => {
  const path = `/api/v1/deals/${id}/home`
  expect((await rig.call('manager', 'POST', path, { to: 'growth' })).status).toBe(403)
  expect(await rig.call('admin', 'POST', path, { to: 'growth' })).toMatchObject({
    status: 422,
    json: { error: { code: 'CW_HOME_UNFIT' } },
  })
  const growth: System = {
    name: 'growth',
    role: 'crm',
    pollMs: 1000,
    reconcileMs: null,
    deletions: {},
    mirrors: false,
    capabilities: [
      {
        object: 'deals',
        kinds: ['deal'],
        roles: ['crm'],
        read: 'changes',
        deletes: 'feed',
        write: 'upsert',
        update: true,
        key: 'our_id',
        batch: 20,
        group: null,
        conditional: false,
        visibleAfterMs: 0,
      },
    ],
    mappings: [{ object: 'deals', kind: 'deal', fields: [] }],
  }
  rig.deps.programme = { ...rig.deps.programme, systems: new Map([['growth', growth]]) }
  const kicks = rig.kicks()

  const response = await createApi(rig.deps).request(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'growth' }),
  })
  expect(response.status).toBe(200)
  expect(rig.kicks()).toBe(kicks + 1)
  const { json } = await rig.call('manager', 'GET', `/api/v1/deals/${id}`)
  expect(json).toMatchObject({
    home: 'growth',
    timeline: [{ what: 'deal.moved', detail: { from: 'sales', to: 'growth' } }],
  })
})

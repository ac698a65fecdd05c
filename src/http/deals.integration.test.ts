import { afterAll, beforeAll, expect, it } from 'vitest'
import { accounts, deals, links } from '../db/schema/index.ts'
import type { System } from '../mapping/systems.ts'
import { createApi } from './api.ts'
import { openRig, type Rig } from './rig.test-support.ts'

let rig: Rig
let id: string
beforeAll(async () => {
  rig = await openRig()
  const [account] = await rig.db.insert(accounts).values({ name: 'Acme' }).returning()
  const [deal] = await rig.db
    .insert(deals)
    .values({ name: 'Big', home: 'sales', status: 'open', accountId: account?.id ?? null })
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
  })
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

/** Proposals and links over the API: side by side for staff, decided once, closed to partners. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as tables from '../db/schema/index.ts'
import type { System } from '../mapping/systems.ts'
import { openRig, type Rig } from './rig.test-support.ts'

const sales: System = {
  name: 'sales',
  role: 'crm',
  capabilities: [],
  mappings: [{ object: 'companies', kind: 'account', fields: [] }],
  pollMs: 1000,
  reconcileMs: null,
  deletions: {},
  mirrors: false,
}

let rig: Rig
const ids = { known: '', other: '', match: '', link: '' }
beforeAll(async () => {
  rig = await openRig()
  rig.deps.programme = { ...rig.deps.programme, systems: new Map([['sales', sales]]) }
  const { db } = rig
  const [known, other] = await db
    .insert(tables.accounts)
    .values([
      { name: 'Hafen AG', domain: 'hafen.com' },
      { name: 'Hafen', country: 'DE' },
    ])
    .returning()
  ids.known = known?.id ?? ''
  ids.other = other?.id ?? ''
  const [link] = await db
    .insert(tables.links)
    .values({ connection: 'sales', object: 'companies', kind: 'account', recordId: ids.other, externalId: '4711' })
    .returning()
  ids.link = link?.id ?? ''
  await db.insert(tables.shadows).values({ linkId: ids.link, fields: { Name: 'Hafen' }, version: '1' })
  const [match] = await db
    .insert(tables.proposals)
    .values({
      connection: 'sales',
      object: 'companies',
      externalId: '4711',
      kind: 'account',
      recordId: ids.other,
      candidates: [{ recordId: ids.known, score: 100, why: ['name'] }],
    })
    .returning()
  ids.match = match?.id ?? ''
})
afterAll(() => rig.close())

it('shows both records side by side, is accepted once by a manager, and tells the second who was first', async () => {
  const { json: listed } = await rig.call('manager', 'GET', `/api/v1/matches?state=open&id=${ids.match.slice(0, 8)}`)
  expect(listed.items).toMatchObject([
    {
      id: ids.match,
      name: 'Hafen',
      candidates: [
        { name: 'Hafen AG', score: 100, why: ['name'], reasons: ['the same name, legal form and spelling aside'] },
      ],
    },
  ])
  const { json: shown } = await rig.call('manager', 'GET', `/api/v1/matches/${ids.match}`)
  expect(shown).toMatchObject({
    vendor: { Name: 'Hafen' },
    record: { fields: { name: 'Hafen', country: 'DE' }, links: [{ externalId: '4711' }] },
    others: [{ fields: { name: 'Hafen AG', domain: 'hafen.com' }, links: [] }],
  })
  expect((await rig.call('a', 'GET', `/api/v1/matches/${ids.match}`)).status).toBe(403)
  expect((await rig.call('a', 'POST', `/api/v1/links/${ids.link}/split`)).status).toBe(403)

  const kicks = rig.kicks()
  const accepted = await rig.call('manager', 'POST', `/api/v1/matches/${ids.match}/accept`, {})
  expect(accepted).toMatchObject({ status: 200, json: { state: 'accepted', chosen: ids.known, recordId: ids.known } })
  expect(rig.kicks()).toBe(kicks + 1)
  const second = await rig.call('admin', 'POST', `/api/v1/matches/${ids.match}/reject`)
  expect(second).toMatchObject({ status: 409, json: { error: { code: 'CW_MATCH_DECIDED' } } })
  const { json: link } = await rig.call('admin', 'GET', `/api/v1/links/${ids.link}`)
  expect(link).toMatchObject({ recordId: ids.known, record: { fields: { name: 'Hafen AG' } } })
  expect((await rig.call('admin', 'GET', `/api/v1/links?recordId=${ids.known}`)).json.items).toMatchObject([
    { id: ids.link, externalId: '4711' },
  ])
})

it('refuses what cannot be, coded', async () => {
  const nowhere = '00000000-0000-7000-8000-000000000000'
  expect(await rig.call('admin', 'POST', `/api/v1/links/${ids.link}/relink`, { recordId: nowhere })).toMatchObject({
    status: 404,
    json: { error: { code: 'CW_NOT_FOUND' } },
  })
  expect(await rig.call('admin', 'POST', `/api/v1/links/${ids.link}/relink`, { recordId: ids.known })).toMatchObject({
    status: 400,
  })
  // Its shadow went with the relinking: nothing was read of it since.
  expect(await rig.call('admin', 'POST', `/api/v1/links/${ids.link}/split`)).toMatchObject({ status: 400 })
  expect((await rig.call('admin', 'GET', `/api/v1/matches/${nowhere}`)).status).toBe(404)
})

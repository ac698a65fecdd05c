/** Vendors' schemas over the API and by the command line: what changed, what that breaks, and the fields as they are. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FieldSchema } from '../../connectors/contract.ts'
import { schemaChanges, schemaSnapshots } from '../db/schema/index.ts'
import { openRig, type Rig } from './rig.test-support.ts'

const name: FieldSchema = {
  name: 'Name',
  label: 'Deal name',
  type: 'string',
  required: true,
  writable: true,
  values: null,
  maxLength: 120,
}

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
  const at = { connection: 'portal', object: 'deals' }
  await rig.db.insert(schemaSnapshots).values({ ...at, fields: [name], readAt: '2026-11-23T10:00:00.000Z' })
  await rig.db.insert(schemaChanges).values([
    { ...at, kind: 'field-removed', path: 'Region', breaks: ['custom.region'], before: { ...name, name: 'Region' } },
    {
      ...at,
      kind: 'field-added',
      path: 'Other',
      after: { ...name, name: 'Other' },
      mendedAt: '2026-11-23T10:00:00.000Z',
    },
  ])
})
afterAll(() => rig.close())

it('lists what breaks a mapping, and on demand what broke nothing or is over', async () => {
  const open = await rig.call('manager', 'GET', '/api/v1/schema-changes')
  expect(open.json.items).toMatchObject([
    {
      kind: 'field-removed',
      what: 'the vendor has no field Region any more, or does not show it',
      breaks: ['custom.region'],
      mendedAt: null,
      waiting: 0,
    },
  ])
  const all = await rig.call('manager', 'GET', '/api/v1/schema-changes?state=all&connection=portal')
  expect(all.json.items).toHaveLength(2)
  const elsewhere = await rig.call('manager', 'GET', '/api/v1/schema-changes?state=all&connection=crm')
  expect(elsewhere.json.items).toEqual([])
})

it('shows the fields as they were last described', async () => {
  const { status, json } = await rig.call('manager', 'GET', '/api/v1/connections/portal/objects/deals/schema')
  expect(status).toBe(200)
  expect(json).toMatchObject({
    readAt: '2026-11-23T10:00:00.000Z',
    code: null,
    fields: [{ name: 'Name', maxLength: 120 }],
  })
  const unknown = await rig.call('manager', 'GET', '/api/v1/connections/portal/objects/nothing/schema')
  expect([unknown.status, unknown.json.error.code]).toEqual([404, 'CW_NOT_FOUND'])
})

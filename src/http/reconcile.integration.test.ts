/** Reconciliations over the API: started, shown with their drift, ended; and drift as numbers and list. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { capability } from '../../test/setup/bench.ts'
import { drifts } from '../db/schema/index.ts'
import { openRig, type Rig } from './rig.test-support.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
  const portal = rig.deps.connectors.get('portal')
  if (portal === undefined) throw new Error('no portal')
  const capabilities = [capability('deals', ['deal']), capability('accounts', ['account'])]
  Object.assign(portal, { capabilities: [...capabilities, capability('notes', ['deal'], { read: 'by-id' })] })
})
afterAll(() => rig.close())

const startedSchema = z.object({ items: z.array(z.object({ id: z.string(), object: z.string(), isNew: z.boolean() })) })
const start = (body: object) => rig.call('admin', 'POST', '/api/v1/reconcile', body)
const started = async (body: object) => startedSchema.parse(JSON.parse((await start(body)).text)).items

it('starts one for each object that is read, wakes its stream, and answers the open ones when asked again', async () => {
  const first = await started({ connection: 'portal' })
  expect(first.map(({ object, isNew }) => [object, isNew])).toEqual([
    ['accounts', true],
    ['deals', true],
  ])
  const { rows } = await rig.db.execute(
    sql`select distinct workflow_id from nudges where workflow_id like 'stream/%' order by 1`,
  )
  expect(rows).toEqual([{ workflow_id: 'stream/portal/accounts' }, { workflow_id: 'stream/portal/deals' }])
  expect(await started({ connection: 'portal', object: 'deals' })).toMatchObject([{ id: first[1]?.id, isNew: false }])
  expect((await start({ connection: 'portal', object: 'notes' })).status).toBe(404)
  expect((await start({ connection: 'sales' })).status).toBe(404)
  expect((await rig.call('manager', 'POST', '/api/v1/reconcile', { connection: 'portal' })).status).toBe(403)
})

it('shows drift as numbers and record by record, without what is only suspected', async () => {
  const [run] = await started({ connection: 'portal', object: 'deals' })
  const at = { runId: run?.id ?? '', connection: 'portal', object: 'deals' }
  const confirmedAt = sql`now()`
  await rig.db.insert(drifts).values([
    { ...at, externalId: 'd1', kind: 'field', fields: ['amount'], confirmedAt, repairedAt: sql`now()` },
    { ...at, externalId: 'd2', kind: 'field', fields: ['stage', 'amount'], confirmedAt },
    { ...at, externalId: 'd3', kind: 'gone-there', confirmedAt },
    { ...at, externalId: 'd4', kind: 'unknown-here' },
  ])
  const shown = await rig.call('manager', 'GET', `/api/v1/reconcile/${at.runId}`)
  expect(JSON.parse(shown.text)).toMatchObject({
    state: 'running',
    found: { field: 2, 'unknown-here': 0, 'gone-there': 1, behind: 0 },
    repaired: 1,
  })
  const groups = await rig.call('manager', 'GET', '/api/v1/drift/groups?connection=portal')
  expect(groups.json.items).toMatchObject([
    { kind: 'field', count: 2, unrepaired: 1 },
    { kind: 'gone-there', count: 1, unrepaired: 1 },
  ])
  const ids = async (query: string) =>
    (await rig.call('manager', 'GET', `/api/v1/drift?${query}`)).json.items.map(({ externalId }) => externalId)
  expect(await ids('')).toEqual(['d3', 'd2', 'd1'])
  expect(await ids('state=unrepaired&kind=field')).toEqual(['d2'])
  expect(await ids('object=accounts')).toEqual([])
  const { json } = await rig.call('manager', 'GET', '/api/v1/drift?limit=2')
  expect(json.items).toHaveLength(2)
  expect(await ids(`limit=2&cursor=${json.next ?? ''}`)).toEqual(['d1'])
})

it('ends one where it is, once; what was only suspected goes', async () => {
  const { json } = await rig.call('manager', 'GET', '/api/v1/reconcile?state=open')
  const id = String(json.items.find(({ object }) => object === 'deals')?.['id'])
  const cancelled = await rig.call('admin', 'POST', `/api/v1/reconcile/${id}/cancel`)
  expect(cancelled.status).toBe(202)
  expect(JSON.parse(cancelled.text)).toMatchObject({ state: 'cancelled', found: { field: 2 } })
  expect((await rig.call('admin', 'POST', `/api/v1/reconcile/${id}/cancel`)).json.error.code).toBe('CW_RUN_STATE')
  expect((await rig.db.execute(sql`select id from drifts where confirmed_at is null`)).rows).toEqual([])
  expect((await rig.call('admin', 'GET', `/api/v1/reconcile/${rig.seeded.a.taskId}`)).status).toBe(404)
  const { rows } = await rig.db.execute(sql`select what from audit where what like 'reconcile.%' order by at, id`)
  expect(rows.map(({ what }) => what)).toContain('reconcile.cancelled')
})

it('explains a parked record, and skips a group with a reason', async () => {
  const id = `change-${rig.seeded.a.changeId}`
  const shown = JSON.parse((await rig.call('manager', 'GET', `/api/v1/parked/${id}`)).text) as unknown
  expect(shown).toMatchObject({ id, code: 'CW_PARTNER_UNKNOWN', attempts: 0, retryAt: null, mapping: null })
  expect(shown).toHaveProperty('remedy')
  const anew = await rig.call('admin', 'POST', `/api/v1/parked/${id}/retry`, { anew: true })
  expect([anew.status, anew.json.count]).toEqual([202, 1])
  expect((await rig.db.execute(sql`select count(*)::int as n from hints where body = ''`)).rows).toEqual([{ n: 1 }])
  const group = { code: 'CW_PARTNER_UNKNOWN', connection: 'portal', object: 'deals' }
  expect((await rig.call('admin', 'POST', '/api/v1/parked/skip', group)).status).toBe(400)
  const skipped = await rig.call('admin', 'POST', '/api/v1/parked/skip', { ...group, reason: 'Tests' })
  expect([skipped.status, skipped.json.count]).toEqual([200, 2])
  expect((await rig.call('manager', 'GET', `/api/v1/parked/${id}`)).status).toBe(404)
})

/** Back-fills over the API: started for a connection or one object, shown with their progress, paused and ended. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { capability } from '../../test/setup/bench.ts'
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
const start = async (body: object) => rig.call('admin', 'POST', '/api/v1/back-fills', body)

it('starts one for each object that can be read, and answers the open ones when asked again', async () => {
  const first = startedSchema.parse(JSON.parse((await start({ connection: 'portal' })).text))
  expect(first.items.map(({ object, isNew }) => [object, isNew])).toEqual([
    ['accounts', true],
    ['deals', true],
  ])
  const again = startedSchema.parse(JSON.parse((await start({ connection: 'portal', object: 'deals' })).text))
  expect(again.items).toEqual(
    [{ ...first.items[1], connection: 'portal', isNew: false }].map(({ id, object, isNew }) => ({ id, object, isNew })),
  )
  expect((await start({ connection: 'portal', object: 'notes' })).status).toBe(404)
  expect((await start({ connection: 'sales' })).status).toBe(404)
  expect((await start({ connection: 'portal', from: 'yesterday' })).status).toBe(400)
})

it('shows how far one is, by what it did of late, and lets it be paused, resumed and cancelled', async () => {
  const { json } = await rig.call('manager', 'GET', '/api/v1/back-fills?state=open')
  const deals = json.items.find(({ object }) => object === 'deals')
  const id = String(deals?.['id'])
  await rig.db.execute(
    sql`update runs set done = 4000, total = 10000, rate = 50, moved_at = now(), started_at = now() - interval '1 day' where id = ${id}`,
  )
  const shown = async () => JSON.parse((await rig.call('manager', 'GET', `/api/v1/back-fills/${id}`)).text) as unknown
  expect(await shown()).toMatchObject({ state: 'running', done: 4000, total: 10000, rate: 50, leftMs: 120_000 })
  const told = async (deed: string) => (await rig.call('admin', 'POST', `/api/v1/back-fills/${id}/${deed}`)).status
  expect(await told('pause')).toBe(202)
  expect(await shown()).toMatchObject({ state: 'paused' })
  expect(await told('resume')).toBe(202)
  expect(await told('cancel')).toBe(202)
  expect(await shown()).toMatchObject({ state: 'cancelled' })
  expect(await told('resume')).toBe(409)
  const open = await rig.call('manager', 'GET', '/api/v1/back-fills?state=open')
  expect(open.json.items.map(({ object }) => object)).toEqual(['accounts'])
  expect((await rig.call('manager', 'POST', `/api/v1/back-fills/${id}/cancel`)).status).toBe(403)
  expect((await rig.call('admin', 'GET', `/api/v1/back-fills/${rig.seeded.a.taskId}`)).status).toBe(404)
})

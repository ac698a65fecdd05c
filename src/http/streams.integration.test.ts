/** Streams over the API: what is shown, and what an admin may tell them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { capability } from '../../test/setup/bench.ts'
import { streams } from '../db/schema/index.ts'
import { openRig, type Rig } from './rig.test-support.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
  const portal = rig.deps.connectors.get('portal')
  if (portal === undefined) throw new Error('no portal')
  Object.assign(portal, {
    capabilities: [capability('deals', ['deal']), capability('notes', ['deal'], { read: 'by-id' })],
  })
  await rig.db.insert(streams).values({
    connection: 'portal',
    object: 'deals',
    silentSince: '2026-11-23T10:00:00.000Z',
    skewMs: -3_600_000,
    intervalMs: 30_000,
    intervalWhy: 'silent',
  })
})
afterAll(() => rig.close())

it('shows each stream with its pace and what there is to know', async () => {
  const { json } = await rig.call('manager', 'GET', '/api/v1/streams')
  expect(json.items).toMatchObject([
    {
      connection: 'portal',
      object: 'deals',
      intervalMs: 30_000,
      intervalWhy: 'silent',
      skewMs: -3_600_000,
      notes: [{ code: 'CW_FEED_SILENT' }, { code: 'CW_CLOCK_SKEW' }],
    },
  ])
  const health = await rig.call('manager', 'GET', '/api/v1/connections')
  expect(health.json.items[0]).toMatchObject({
    streams: [{ object: 'deals', notes: ['CW_FEED_SILENT', 'CW_CLOCK_SKEW'] }],
  })
})

it('pauses, refuses to poke what is paused, resumes and pokes', async () => {
  const told = (deed: string) => rig.call('admin', 'POST', `/api/v1/streams/portal/deals/${deed}`)
  const shown = async () => (await rig.call('admin', 'GET', '/api/v1/streams')).json.items[0]
  expect((await told('pause')).status).toBe(202)
  expect(await shown()).toMatchObject({ pausedBy: 'Admin' })
  const refused = await told('poke')
  expect([refused.status, refused.json.error.code]).toEqual([409, 'CW_STREAM_PAUSED'])
  expect((await told('resume')).status).toBe(202)
  expect(await shown()).toMatchObject({ pausedAt: null, pausedBy: null })
  const kicks = rig.kicks()
  expect((await told('poke')).status).toBe(202)
  expect(rig.kicks()).toBe(kicks + 1)
})

it('knows only the streams that there are, and lets only an admin pause one', async () => {
  for (const path of ['portal/notes', 'portal/nothing', 'nowhere/deals'])
    expect((await rig.call('admin', 'POST', `/api/v1/streams/${path}/pause`)).status).toBe(404)
  expect((await rig.call('manager', 'POST', '/api/v1/streams/portal/deals/pause')).status).toBe(403)
})

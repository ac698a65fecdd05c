/** Portals whose clocks are an hour off: who was first is judged in one time, and nobody is ruled before the others are read. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { streams } from '../db/schema/index.ts'
import { plus } from '../domain/time.ts'
import { behind } from './coverage.ts'
import { automatic, farFuture, startRig, type Rig } from './rig.test-support.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
let rig: Rig
let partners: string[]
let count = 0
beforeAll(async () => {
  rig = await startRig(automatic)
  partners = await Promise.all(['North', 'East'].map((name) => rig.partner(name)))
}, 60_000)
afterAll(() => rig.close())
beforeEach(() => rig.covered('portal', farFuture))

const skew = (ms: number | null) => rig.db.update(streams).set({ skewMs: ms }).where(eq(streams.connection, 'portal'))

/** A claim of the portal, told by its clock, and one that was submitted here, so many ms ago each. */
async function rivals(skewMs: number, portalAgoMs: number, hereAgoMs: number) {
  await skew(skewMs)
  count += 1
  const prospect = { company: `Skewed ${String(count)}`, domain: `skewed${String(count)}.com` }
  const now = new Date().toISOString()
  const there = await rig.claim(partners[0] ?? '', {
    ...prospect,
    portal: 'portal',
    submittedAt: plus(now, skewMs - portalAgoMs),
  })
  const here = await rig.claim(partners[1] ?? '', { ...prospect, submittedAt: plus(now, -hereAgoMs) })
  return { there, here }
}
const states = async ({ there, here }: { there: string; here: string }) => [
  (await rig.row(there)).state,
  (await rig.row(here)).state,
]

it.each([
  ['ahead', HOUR],
  ['behind', -HOUR],
])('finds who was first although the portal’s clock is an hour %s', async (_, skewMs) => {
  for (const order of ['there', 'here'] as const) {
    const earlier = await rivals(skewMs, 10 * MINUTE, 5 * MINUTE)
    await rig.settle(earlier[order])
    await rig.settle(earlier[order === 'there' ? 'here' : 'there'])
    expect(await states(earlier)).toEqual(['approved', 'declined'])
    const later = await rivals(skewMs, 5 * MINUTE, 10 * MINUTE)
    await rig.settle(later[order])
    await rig.settle(later[order === 'there' ? 'here' : 'there'])
    expect(await states(later)).toEqual(['declined', 'approved'])
  }
})

it('keeps to it when the clock is set afterwards', async () => {
  const pair = await rivals(HOUR, 10 * MINUTE, 5 * MINUTE)
  // Both are heard of and wait for what is not read yet.
  await rig.covered('portal', null)
  await rig.settle(pair.there)
  await rig.settle(pair.here)
  await skew(0)
  await rig.covered('portal', farFuture)
  await rig.settle(pair.here)
  await rig.settle(pair.there)
  expect(await states(pair)).toEqual(['approved', 'declined'])
})

it('waits for what was submitted before by our clock, where the portal’s is behind', async () => {
  const { there } = await rivals(-HOUR, 0, HOUR)
  await rig.covered('portal', null)
  await rig.settle(there)
  const row = await rig.row(there)
  const waits = async (agoMs: number) => {
    await rig.covered('portal', plus(new Date().toISOString(), -agoMs))
    const found = await rig.db.transaction((tx) => behind(tx, rig.programme, row))
    return found.some(({ connection }) => connection === 'portal')
  }
  // Read until half an hour ago: past what the portal's clock says, and not past when it was.
  expect(await waits(30 * MINUTE)).toBe(true)
  expect(await waits(-1_000)).toBe(false)
})

it('takes no notice of differences that cannot be measured', async () => {
  const pair = await rivals(1_500, 1_000, 1_800)
  await rig.settle(pair.there)
  await rig.settle(pair.here)
  // As they were told: the portal's half a second later than its rival's, its clock's second and a half left alone.
  const { rows } = await rig.db.execute<{ told: boolean }>(
    sql`select a.submitted_at < b.submitted_at as told from registrations a, registrations b where a.id = ${pair.there} and b.id = ${pair.here}`,
  )
  expect((await states(pair))[0]).toBe(rows[0]?.told === true ? 'approved' : 'declined')
})

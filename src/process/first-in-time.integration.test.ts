/** Claims on one prospect, screened at once by real transactions: neither arrival nor speed changes who was first. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isFirst } from '../domain/ruling.ts'
import { plus } from '../domain/time.ts'
import { automatic, startRig, type Rig } from './rig.test-support.ts'

let rig: Rig
let partners: string[]
let count = 0
beforeAll(async () => {
  rig = await startRig(automatic)
  partners = await Promise.all(['North', 'East', 'South', 'West'].map((name) => rig.partner(name)))
}, 60_000)
afterAll(() => rig.close())

const began = plus(new Date().toISOString(), -60_000)

/** Registers a prospect for each partner at the given instants, in the given order of arrival. */
async function claims(offsetsMs: number[], order: number[]): Promise<{ id: string; submittedAt: string }[]> {
  count += 1
  const prospect = { company: `Prospect ${String(count)}`, domain: `prospect${String(count)}.com` }
  const made: { id: string; submittedAt: string }[] = []
  for (const i of order) {
    const submittedAt = plus(began, offsetsMs[i] ?? 0)
    made.push({ id: await rig.claim(partners[i] ?? '', { ...prospect, submittedAt }), submittedAt })
  }
  return made
}

const states = async (all: { id: string }[]) => Promise.all(all.map(async ({ id }) => (await rig.row(id)).state))
const winner = (all: { id: string; submittedAt: string }[]) => all.reduce((a, b) => (isFirst(a, b) ? a : b))

it('protects exactly the first of claims that are screened at the same time', async () => {
  const plan = fc.integer({ min: 2, max: 4 }).chain((n) =>
    fc.tuple(
      // Few instants, so that ties are common.
      fc.array(fc.constantFrom(0, 1, 1000), { minLength: n, maxLength: n }),
      fc.shuffledSubarray([...Array(n).keys()], { minLength: n }),
      fc.array(fc.nat({ max: 8 }), { minLength: n, maxLength: n }),
    ),
  )
  await fc.assert(
    fc.asyncProperty(plan, async ([offsets, order, delays]) => {
      const all = await claims(offsets, order)
      await Promise.all(
        all.map(async ({ id }, i) => {
          // Other transactions of our own shift the start, by turns of the database instead of a clock.
          for (let turn = delays[i] ?? 0; turn > 0; turn -= 1) await rig.row(id)
          await rig.settle(id)
        }),
      )
      const first = winner(all)
      expect(await states(all)).toEqual(all.map((claim) => (claim === first ? 'approved' : 'declined')))
    }),
    { numRuns: 40 },
  )
}, 60_000)

it('declines the later claim whichever was screened first, when both are known', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const all = await claims([0, 5], order)
    for (const { id } of all) await rig.settle(id)
    const first = winner(all)
    expect(await states(all)).toEqual(all.map((claim) => (claim === first ? 'approved' : 'declined')))
  }
})

it('screens many claims on many prospects at once without a deadlock', async () => {
  const groups = await Promise.all(Array.from({ length: 12 }, () => claims([0, 1, 2, 3], [3, 1, 0, 2])))
  const before = await rig.deadlocks()
  await Promise.all(groups.flat().map(({ id }) => rig.settle(id)))
  for (const group of groups) expect((await states(group)).filter((state) => state === 'approved')).toHaveLength(1)
  expect(await rig.deadlocks()).toBe(before)
}, 60_000)

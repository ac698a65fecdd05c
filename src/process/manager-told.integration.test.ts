/** An open conflict bars automatic approval unless a named rule decides it; whoever answers for the claim is told before it takes effect. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { automatic, startRig, type Rig } from './rig.test-support.ts'

let rig: Rig
let partner: string
beforeAll(async () => {
  rig = await startRig(automatic)
  partner = await rig.partner('North')
}, 60_000)
afterAll(() => rig.close())

const toManager = async (id: string) =>
  (await rig.notices(id))
    .filter(({ recipient }) => recipient === 'manager@vendor.example')
    .map(({ template }) => template)

it('asks where a direct deal stands beside a claim that would be approved by rule', async () => {
  await rig.directDeal({ name: 'Hafen AG', domain: 'hafen.com' })
  const id = await rig.claim(partner)
  await rig.settle(id)
  expect((await rig.row(id)).state).toBe('in-review')
  expect(await toManager(id)).toEqual(['task.opened'])
})

it('approves where a named rule clears it, and tells the manager of that first', async () => {
  await rig.directDeal({ name: 'Werft AG', domain: 'werft.com' })
  const id = await rig.claim(partner, { company: 'Werft AG', domain: 'werft.com' })
  const precedence = [{ name: 'partners-before-sales', against: ['direct-deal'], ruling: 'clear' }]
  await rig.settle(id, rig.with({ ...automatic, precedence }))
  expect((await rig.row(id)).state).toBe('approved')
  expect(await toManager(id)).toEqual(['conflict.decided', 'registration.approved'])
})

it('has nothing to tell first where nothing stands beside the claim', async () => {
  const id = await rig.claim(partner, { company: 'Alone', domain: 'alone.com' })
  await rig.settle(id)
  expect(await toManager(id)).toEqual(['registration.approved'])
})

it('is heard of by whoever answers for the partner also where somebody else is asked, and once where that is they', async () => {
  await rig.directDeal({ name: 'Kran AG', domain: 'kran.com' })
  const id = await rig.claim(partner, { company: 'Kran AG', domain: 'kran.com' })
  const approver = [{ name: 'desk', to: 'desk@vendor.example' }]
  await rig.settle(id, rig.with({ ...automatic, approver }))
  expect((await rig.row(id)).state).toBe('in-review')
  expect(await toManager(id)).toEqual(['conflict.asked'])
  // Who is asked is told that they are, and nobody else.
  const asked = (await rig.notices(id)).filter(({ template }) => template === 'task.opened')
  expect(asked.map(({ recipient }) => recipient)).toEqual(['desk@vendor.example'])
})

/** What `causeway plan` and `causeway apply` say and do where a CRM’s limits leave room for a part of what is wished for. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRig, type Rig } from '../../connectors/hubspot/rig.test-support.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'

let bench: Bench
let full: Rig
let roomy: Rig
let served: Served

beforeAll(async () => {
  bench = await startBench({ full: crm, roomy: crm })
  const blank = { seededProperties: false, seededLabel: false }
  full = await startRig({ ...blank, customProperties: 12 })
  roomy = await startRig(blank)
  const objects = { objects: ['companies', 'deals', 'deal-companies'] }
  served = await serveBench(bench, {
    connectors: new Map([
      ['full', full.connect(objects)],
      ['roomy', roomy.connect(objects)],
    ]),
  })
})
afterAll(async () => {
  await served.close()
  await full.close()
  await roomy.close()
  await bench.close()
})

const causeway = (words: string) => served.causeway(words.split(' '))
const isWrite = ({ route }: { route: string | null }) => /^(POST|PATCH) \/crm\//.test(route ?? '')
const writesTo = async (rig: Rig) => (await rig.sandbox.control.requests.list()).filter(isWrite).length

it('shows a line for each limit that is needed, and ones that are too small', async () => {
  const plan = await causeway('plan full')
  expect(plan.code).toBe(3)
  expect(plan.out).toMatch(/^ {2}custom properties of companies: needs \d+, room for 12 of 12$/m)
  expect(plan.out).toMatch(/^ {2}custom properties of deals: needs \d+, room for 12 of 12: NOT ENOUGH/m)
  expect(plan.out).toMatch(/^ {2}labels between deals and companies: needs 4, room for 50 of 50$/m)
  expect(plan.out).not.toContain('deal pipelines')
  expect(plan.out.split('\n').filter((line) => line.length > 80)).toEqual([])
  expect((await causeway('plan roomy')).out).not.toContain('NOT ENOUGH')
})

it('says that it does not know where the vendor does not tell', async () => {
  await full.sandbox.control.switches.set({ limitsTold: false })
  expect((await causeway('plan full')).out).toMatch(/^ {2}custom properties of deals: needs \d+, room is not known:/m)
  await full.sandbox.control.switches.set({ limitsTold: true })
})

it('makes nothing where it cannot make all, says what to do, and goes on with the others', async () => {
  const applied = await causeway('apply --yes')
  expect(applied.code).toBe(1)
  expect(applied.err).toMatch(
    /^CW_PROVISION_NO_ROOM: full: .*custom properties of deals: needs \d+, room for 12 of 12\n {2}.*Nothing was made/m,
  )
  expect(await writesTo(full)).toBe(0)
  expect(applied.out).toMatch(/^roomy: \d+ made$/m)

  const one = await causeway('apply full --only field:companies.causeway_id --yes')
  // 3: rules are left to a person, here as in every plan of HubSpot.
  expect(one).toMatchObject({ code: 3, err: '' })
  await full.sandbox.control.switches.set({ customProperties: 1000 })
  expect((await causeway('apply full --yes')).out).toMatch(/^full: \d+ made$/m)
})

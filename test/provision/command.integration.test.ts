/** `causeway plan` and `causeway apply` as a person types them, against a real API over a blank org. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { startOrg, type Org } from '../../connectors/salesforce/org.test-support.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'

let bench: Bench
let org: Org
let served: Served

beforeAll(async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  org = await startOrg()
  await org.sandbox.control.switches.set({ setUp: 'blank' })
  served = await serveBench(bench, {
    connectors: new Map([...Object.entries(bench.vendors), ['alpha', org.connector]]),
  })
})
afterAll(async () => {
  await served.close()
  await org.close()
  await bench.close()
})

const causeway = (words: string, role: 'admin' | 'manager' = 'admin') => served.causeway(words.split(' '), { role })

const applied = z.object({
  connections: z.array(z.object({ steps: z.array(z.object({ id: z.string(), outcome: z.string() })) })),
})

it('shows what is lacking, makes one step with what it needs, then all, and nothing again', async () => {
  const lacking = await causeway('plan')
  expect(lacking.code).toBe(3)
  expect(lacking.out).toContain('alpha (acme): 0 there, 55 missing, 0 different, 0 by hand')
  expect(lacking.out).toMatch(
    / takes Customize Application \(granted\)\n(.+\n)*? +missing +field:Opportunity\.Causeway_Id__c\n +.*External ID, Unique/,
  )
  // It is read in terminals of 80 columns; an id is never broken.
  expect(lacking.out.split('\n').filter((line) => line.length > 80)).toEqual([])
  expect(lacking.out).not.toContain('beta')

  const permission = 'permission:Causeway_Integration.Lead.Causeway_Id__c'
  const one = await causeway(`apply alpha --only ${permission} --yes --json`)
  expect(one.code).toBe(0)
  const { connections } = applied.parse(JSON.parse(one.out))
  expect(connections[0]?.steps.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['permission-set:Causeway_Integration', 'made'],
    ['permission:Causeway_Integration.Lead', 'made'],
    ['field:Lead.Causeway_Id__c', 'made'],
    [permission, 'made'],
  ])

  const all = await causeway('apply alpha --yes')
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out).toContain('alpha: 51 made')
  expect(all.out).not.toContain('missing')
  const whole = await causeway('plan alpha')
  expect(whole).toMatchObject({ code: 0, out: 'alpha (acme): 58 there, 0 missing, 0 different, 0 by hand\n' })
  expect(await causeway('apply alpha')).toMatchObject({ code: 0, err: '' })
  const audit = await causeway('audit --connection alpha --limit 200 --json')
  expect(audit.out.match(/"provision\.made"/g)).toHaveLength(55)
})

it('tells which step failed with its code and the way out', async () => {
  await org.sandbox.control.schema({ do: 'remove', object: 'Opportunity', field: 'Home_System__c' })
  await org.sandbox.control.seed({ revoke: { system: ['CustomizeApplication'] } })
  const plan = await causeway('plan alpha')
  expect(plan.code).toBe(3)
  expect(plan.out).toMatch(
    /takes Customize Application \(NOT granted\)\n(.+\n)*? +missing +field:Opportunity\.Home_System__c$/m,
  )
  const failed = await causeway('apply alpha --yes')
  expect(failed.code).toBe(1)
  expect(failed.out).toMatch(/failed +field:Opportunity\.Home_System__c +CW_VENDOR_SCOPE\n +INSUFFICIENT_ACCESS/)
  expect(failed.out).toContain('CW_VENDOR_SCOPE: Grant the named permission')
  await org.sandbox.control.seed({ grant: { system: ['CustomizeApplication'] } })
  expect((await causeway('apply alpha --yes')).code).toBe(0)
})

it('refuses what is not there, who may not, and to make anything unasked', async () => {
  const unknown = await causeway('plan gamma')
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('CW_NOT_FOUND')])
  const manager = await causeway('plan', 'manager')
  expect([manager.code, manager.err]).toEqual([1, expect.stringContaining('CW_FORBIDDEN')])
  expect(await causeway('apply alpha --only field:Nowhere --yes')).toMatchObject({ code: 2 })
  await org.sandbox.control.schema({ do: 'remove', object: 'Opportunity', field: 'Home_System__c' })
  const unasked = await causeway('apply alpha')
  expect(unasked.code).toBe(2)
  expect(unasked.err).toContain('say --yes')
  expect(await causeway('plan beta')).toMatchObject({
    code: 0,
    out: 'beta (acme): nothing is made there by Causeway.\n',
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWorld, type World } from '../setup/world.ts'
import { until } from '../setup/until.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    policy: '{ autoApprove: { upTo: 50000, currency: USD } }',
    log: {
      debug() {},
      info: (m, f) => console.log(m, JSON.stringify(f)),
      warn: (m, f) => console.log('WARN', m, JSON.stringify(f)),
      error: (m, f) => console.log('ERR', m, JSON.stringify(f)),
    },
  })
}, 60_000)
afterAll(() => world.close())

it('approves a clean registration by rule and makes the deal in Salesforce', async () => {
  const seeded = await world.portal.control.seed({
    groups: [{ name: 'Resellers', default: true }],
    partnerships: [{ email: 'ana@nordwind.example', company: 'Nordwind Partners', partner_key: 'nordwind' }],
  })
  console.log(seeded)
  await world.portal.control.seed({
    deals: [
      {
        account_name: 'Hafen AG',
        amount: 1_200_000,
        partner_key: 'nordwind',
        fields: [
          { api_name: 'company_domain', value: 'hafen.com' },
          { api_name: 'contact_email', value: 'kai@hafen.com' },
        ],
      },
    ],
  })
  const state = await until(
    async () => {
      const text = JSON.stringify(await world.salesforce.control.state())
      return text.includes('Hafen AG – Nordwind') ? text : null
    },
    { deadlineMs: 12_000, everyMs: 200 },
  )
  expect(state).toContain('Partner-Sourced')
  await until(async () => JSON.stringify(await world.portal.control.state()).includes('approved'), {
    deadlineMs: 10_000,
  })
  console.log(world.exchanges.map((e) => `${e.connection} ${e.method} ${e.route} ${e.status}`).join('\n'))
}, 60_000)

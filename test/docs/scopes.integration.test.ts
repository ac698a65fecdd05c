import { afterAll, beforeAll, expect, it } from 'vitest'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { createHttp } from '../../connectors/http.ts'
import { silentLog } from '../../connectors/log.ts'
import { openConnector } from '../../connectors/registry.ts'
import { startSandboxes, type RunningSandboxes } from '../../sandbox/main.ts'
import { read } from './fences.ts'

let sandboxes: RunningSandboxes
beforeAll(async () => {
  sandboxes = await startSandboxes({ only: ['hubspot'], ports: { hubspot: 0 } })
})
afterAll(() => sandboxes.close())

it('names every HubSpot scope that is asked for, and none that is not needed', async () => {
  const named = [...read('docs/guides/connect.md').matchAll(/`(crm\.[\w.]+)`/g)].map(([, scope = '']) => scope)
  expect(await isEnough(named)).toBe(true)
  const needless = await Promise.all(
    named.map(async (scope) => ((await isEnough(named.filter((other) => other !== scope))) ? scope : null)),
  )
  expect(needless.filter((scope) => scope !== null)).toEqual([])
})

/** Whether a token with these scopes is found healthy, reads and writes. */
async function isEnough(scopes: string[]): Promise<boolean> {
  const { hubspot } = sandboxes
  if (hubspot === undefined) throw new Error('the sandbox does not run')
  const token = `token ${scopes.join(' ')}`.replaceAll(' ', '-')
  await hubspot.control.seed({ tokens: [{ token, scopes }] })
  const http = createHttp({
    connection: 'c',
    budget: unlimitedBudget,
    log: silentLog,
    limits: { window: null, daily: null },
  })
  const connector = openConnector(
    'hubspot',
    { baseUrl: hubspot.url, accessToken: token, searchesPerSecond: 1000 },
    {
      http,
      tokens: { current: () => Promise.resolve(null), renew: (_, mint) => mint(null) },
      nowMs: Date.now,
    },
  )
  const ctx = { signal: AbortSignal.timeout(20_000), priority: 'user' as const }
  try {
    const faults = await connector.check(ctx)
    const company = { object: 'companies', fields: { name: 'A' } }
    const deal = { object: 'deals', fields: { dealname: 'D', pipeline: 'default', dealstage: 'appointmentscheduled' } }
    const contact = { object: 'contacts', fields: { firstname: 'A' } }
    const common = { ref: 'r', mode: 'upsert' as const, id: null, key: `key-${token}`, parent: null, ifVersion: null }
    const outcomes = [
      ...(await connector.write([{ ...common, ...company }], ctx)),
      ...(await connector.write([{ ...common, ...contact }], ctx)),
      ...(await connector.write([{ ...common, ...deal }], ctx)),
    ]
    return faults.length === 0 && outcomes.every(({ status }) => status === 'done')
  } finally {
    http.close()
  }
}

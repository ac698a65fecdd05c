/** Subscriptions as state, and what they make HubSpot send. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { webhookApp } from '../../sandbox/hubspot/index.ts'
import { until } from '../../test/setup/until.ts'
import type { Connector } from '../contract.ts'
import { ctx, startRig } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
afterEach(async () => {
  await rig.close()
})

const start = async (settings: Record<string, unknown> = {}) => {
  rig = await startRig()
  return rig.connect({ ...webhookApp, clientSecret: 'sandbox-client-secret', ...settings })
}
const hinted = (connector: Connector) => connector.capabilities.flatMap((c) => (c.hinted === true ? [c.object] : []))
const here = 'http://127.0.0.1:1/hooks/growth'
const stateOf = (connector: Connector) => {
  if (connector.subscriptions === undefined) throw new Error('no subscriptions')
  return connector.subscriptions
}

describe('subscriptions', () => {
  it('are made where none are, and then left alone', async () => {
    const state = stateOf(await start())
    const before = await state.compare(here, ctx())
    expect(before.present).toEqual([])
    expect(before.missing).toEqual(
      expect.arrayContaining([
        'target',
        'deal.associationChange',
        'contact.privacyDeletion',
        'deal.propertyChange dealstage',
      ]),
    )
    const { made, removed } = await state.reconcile(here, ctx())
    expect(new Set(made)).toEqual(new Set(before.missing))
    expect(removed).toEqual([])
    const after = await state.compare(here, ctx())
    expect(after).toEqual({ present: before.missing.filter((name) => name !== 'target'), missing: [], stray: [] })
    expect(await state.reconcile(here, ctx())).toEqual({ made: [], removed: [] })
  })

  it('are moved to a new address, woken where they sleep, and taken away where nobody wants them', async () => {
    const wide = await start({ leads: 'object' })
    await stateOf(wide).reconcile('https://old.example/hooks/growth', ctx())
    const narrow = stateOf(rig.connect({ ...webhookApp, objects: ['companies'], webhookConcurrency: 3 }))
    const seen = await narrow.compare(here, ctx())
    expect(seen.present).toEqual([])
    expect(seen.stray).toEqual(
      expect.arrayContaining(['deal.creation', 'object.creation 0-136', 'object.propertyChange 0-136 hs_lead_name']),
    )
    const { made, removed } = await narrow.reconcile(here, ctx())
    expect(made).toEqual(['target'])
    expect(new Set(removed)).toEqual(new Set(seen.stray))
    const list = `${rig.sandbox.url}/webhooks/v3/77/subscriptions?hapikey=${webhookApp.developerApiKey}`
    const { results } = z
      .object({ results: z.array(z.object({ id: z.string() })) })
      .parse(await (await fetch(list)).json())
    const first = results[0]?.id ?? ''
    await fetch(list.replace('subscriptions?', `subscriptions/${first}?`), {
      method: 'PATCH',
      body: '{"active":false}',
    })
    expect((await narrow.compare(here, ctx())).missing).toHaveLength(1)
    expect((await narrow.reconcile(here, ctx())).made).toHaveLength(1)
    expect(await narrow.compare(here, ctx())).toMatchObject({ missing: [], stray: [] })
  })

  it('are refused with a wrong key, as the credentials’ fault, and the key is in no message', async () => {
    const state = stateOf(await start({ developerApiKey: 'wrong-key' }))
    const error: unknown = await state.compare(here, ctx()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ fault: { code: 'CW_VENDOR_AUTH', scope: 'connection' } })
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-key')
  })

  it('make HubSpot tell of what is wanted, signed, and of nothing else', async () => {
    const connector = await start()
    await stateOf(connector).reconcile(here, ctx())
    await rig.sandbox.control.seed({
      create: [
        { type: 'tasks', properties: { hs_timestamp: '2027-01-01T00:00:00Z' } },
        { type: 'companies', properties: { name: 'A', city: 'Not read' } },
      ],
    })
    const [delivery] = await until(async () => {
      const sent = await rig.sandbox.control.webhooks.deliveries()
      return sent.some(({ attempts }) => attempts.length > 0) ? sent : null
    })
    expect(delivery?.events.map(({ type }) => type)).toEqual(['company.creation', 'company.propertyChange'])
    const request = {
      method: 'POST',
      url: here,
      headers: delivery?.headers ?? {},
      body: Buffer.from(delivery?.body ?? ''),
      nowMs: rig.nowMs(),
    }
    expect(connector.webhooks?.verify(request)).toBe('valid')
    expect(connector.webhooks?.hints(request.body)).toMatchObject([{ object: 'companies' }])
  })

  it('are said to be expected only where they are set up', async () => {
    const connector = await start()
    expect(hinted(connector)).toEqual(['companies', 'contacts', 'deals', 'deal-companies'])
    expect(hinted(rig.connect())).toEqual([])
    expect(rig.connect().subscriptions).toBeUndefined()
    expect(hinted(rig.connect({ webhooks: true }))).toHaveLength(4)
  })
})

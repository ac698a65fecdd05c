/** Tokens and health. */
import { afterEach, describe, expect, it } from 'vitest'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { hubspot } from './index.ts'
import { ctx, oauthSettings, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig

const start = async (switches: SwitchSet = {}, settings: Record<string, unknown> = {}) => {
  rig = await startRig(switches, settings)
  return rig
}
afterEach(async () => {
  await rig.close()
})

describe('tokens', () => {
  it('renews an expired token once for all who meet it, and no other refusal', async () => {
    await start({}, oauthSettings)
    const connector = rig.connect()
    const read = () => connector.read([{ object: 'companies', by: 'id', value: '1' }], [], ctx())
    await Promise.all([read(), read(), read()])
    expect(await requests('POST /oauth/v1/token')).toBe(1)
    await rig.sandbox.control.seed({ expireTokens: true })
    await Promise.all([read(), read(), read()])
    expect(await requests('POST /oauth/v1/token')).toBe(2)
    const refusal = { status: 'error', category: 'INVALID_AUTHENTICATION' }
    await rig.sandbox.control.faults.add({ route: 'POST */batch/upsert', kind: 'status', status: 401, body: refusal })
    expect(await connector.write([write('companies', 'a', { name: 'A' })], ctx())).toMatchObject([
      { status: 'retry', fault: { code: 'CW_VENDOR_AUTH' } },
    ])
    expect(await requests('POST /oauth/v1/token')).toBe(2)
  })

  it('renews before the end, by its own note of it', async () => {
    await start({}, oauthSettings)
    const connector = rig.connect()
    await connector.check(ctx())
    await rig.tick(29.5 * 60_000)
    await connector.check(ctx())
    expect(await requests('POST /oauth/v1/token')).toBe(2)
    expect(await statuses('GET /crm/v3/properties/:type')).toEqual(['200'])
  })
})

describe('check', () => {
  it('names every property, label and stage that is missing', async () => {
    await start({ seededProperties: false, seededLabel: false })
    const faults = await rig.connect({ openStage: 'none' }).check(ctx())
    expect(faults.every((f) => f.code === 'CW_CONFIG_INVALID')).toBe(true)
    expect(faults.flatMap((f) => f.fields)).toEqual([
      'partner_tier',
      'causeway_id',
      'partner_role',
      'partner_contact_status',
      'causeway_id',
      'partner_account_manager',
      'partner_source',
      'deal_home',
      'registration_id',
      'registered_by',
      'registered_at',
      'registration_status',
      'protected_until',
      'registered_price',
      'discount_reference',
      'extension_requested',
      'registration_note',
      'deal_under_review',
      'causeway_id',
      'dealstage',
      'role',
    ])
  })

  it('finds a key that is not unique', async () => {
    await start()
    const faults = await rig.connect({ properties: { key: 'description' } }).check(ctx())
    expect(faults.map((f) => f.message)).toContain(
      'HubSpot’s property description on deals is not unique; uniqueness is set when a property is made',
    )
  })

  it('names missing scopes and goes on', async () => {
    await start()
    await rig.sandbox.control.seed({
      tokens: [{ token: 'narrow', scopes: ['crm.objects.companies.read', 'crm.schemas.deals.read'] }],
    })
    const faults = await rig.connect({ accessToken: 'narrow' }).check(ctx())
    expect(new Set(faults.map((f) => f.code))).toEqual(new Set(['CW_VENDOR_SCOPE']))
    expect(faults.flatMap((f) => f.fields)).toEqual([
      'crm.objects.contacts.read',
      'crm.objects.deals.read',
      'crm.schemas.companies.read',
      'crm.schemas.contacts.read',
      // The pipeline is a deal's as well.
      'crm.objects.deals.read',
      'crm.objects.owners.read',
    ])
  })

  it('asks only for what the synced objects need', async () => {
    await start()
    await rig.sandbox.control.seed({
      tokens: [{ token: 'narrow', scopes: ['crm.objects.companies.read', 'crm.schemas.companies.read'] }],
    })
    const connector = rig.connect({ accessToken: 'narrow', objects: ['companies'] })
    expect(await connector.check(ctx())).toEqual([])
    expect(connector.capabilities.map(({ object }) => object)).toEqual(['companies'])
  })

  it('finds that the owner who stands for others has left', async () => {
    await start()
    expect(await rig.connect({ ownerFallback: '7001' }).check(ctx())).toEqual([])
    expect(await rig.connect({ ownerFallback: 7003 }).check(ctx())).toMatchObject([{ fields: ['ownerFallback'] }])
  })

  it('reads the limits that HubSpot tells', () => {
    const headers = {
      'x-hubspot-ratelimit-daily': '625000',
      'x-hubspot-ratelimit-daily-remaining': '600000',
      'x-hubspot-ratelimit-remaining': '12',
    }
    expect(hubspot.usage?.(headers)).toEqual({ dailyUsed: 25_000, dailyLimit: 625_000, windowRemaining: 12 })
    expect(hubspot.usage?.({})).toBeNull()
  })
})

async function requests(route: string): Promise<number> {
  return (await rig.sandbox.control.requests.counts()).byRoute[route]?.total ?? 0
}

async function statuses(route: string): Promise<string[]> {
  return Object.keys((await rig.sandbox.control.requests.counts()).byRoute[route]?.byStatus ?? {})
}

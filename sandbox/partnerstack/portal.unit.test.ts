import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programme, registration, startPortal, teamOf, type Portal } from './testing.ts'

let portal: Portal
beforeEach(async () => {
  portal = await startPortal()
  await portal.control.seed(programme)
})
afterEach(() => portal.close())

const status = async (...args: Parameters<Portal['call']>) => (await portal.call(...args)).status

describe('credentials', () => {
  it.each(['', 'Bearer sk_Rt81yLxPn4', `Basic ${btoa('pk_7Qm2ZkVwsB:wrong')}`])('refuses %j', async (authorization) => {
    const response = await fetch(`${portal.url}/api/v2/deals`, { headers: { authorization } })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ message: 'Unauthorized', status: 401 })
  })

  it('keep test and production apart', async () => {
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    expect(await status('GET', `/deals/${deal.key}`, undefined, 'test')).toBe(404)
    const customer = { email: 'a@b.example', partner_key: 'gstest' }
    expect(await status('POST', '/customers', customer)).toBe(404)
    expect(await portal.record('POST', '/customers', customer, 'test')).toMatchObject({ test: true })
    expect((await portal.page('/customers')).items).toEqual([])
  })

  it('may make so many requests a minute, when the switch says so', async () => {
    await portal.control.clock.set(1_800_000_000_000)
    await portal.control.switches.set({ requestsPerMinute: 2 })
    await portal.call('GET', '/groups')
    await portal.call('GET', '/groups')
    const refused = await portal.call('GET', '/groups')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('60')
    await portal.control.clock.advance(60_000)
    expect(await status('GET', '/groups')).toBe(200)
  })
})

describe('partnerships', () => {
  it('are made, found by any of their names, changed and archived', async () => {
    const made = await portal.record('POST', '/partnerships', {
      email: 'lee@nova.example',
      first_name: 'Lee',
      company: 'Nova',
    })
    expect(made).toMatchObject({ group: { key: 'grup_resellers' }, tier: null, claimed: false, team: { name: 'Nova' } })
    for (const name of [made.key, String(made['partner_key']), 'lee@nova.example']) {
      expect(await portal.record('GET', `/partnerships/${encodeURIComponent(name)}`)).toEqual(made)
    }
    const changed = await portal.record('PATCH', `/partnerships/${made.key}`, {
      tier_key: 'tier_gold',
      email: 'other@nova.example',
    })
    expect(changed).toMatchObject({ tier: { name: 'Gold' }, email: 'lee@nova.example' })
    await portal.control.switches.set({ unknownProperty: 'reject' })
    expect(await portal.call('PATCH', `/partnerships/${made.key}`, { email: 'x' })).toMatchObject({
      status: 400,
      message: "Additional properties are not allowed ('email' was unexpected)",
    })
    expect(await portal.record('PATCH', `/partnerships/${made.key}/tags`, { tags: ['emea'] })).toMatchObject({
      tags: ['emea'],
    })
    await portal.record('DELETE', `/partnerships/${made.key}`)
    expect((await portal.page('/partnerships')).items).toHaveLength(2)
    expect((await portal.page('/partnerships?include_archived=true')).items).toHaveLength(3)
  })

  it('move between groups together, and have members', async () => {
    expect(
      await status('PATCH', '/partnerships', { group_key: 'grup_resellers', partnership_keys: ['part_link'] }),
    ).toBe(200)
    expect(await portal.record('GET', '/partnerships/part_link')).toMatchObject({ group: { slug: 'resellers' } })
    const member = await portal.record('POST', '/partnerships/link/member', { email: 'new@link.example' })
    const team = await teamOf(portal, 'link')
    expect((await portal.page(`/partner-team/${team}`)).items).toContainEqual(member)
  })

  it('are refused without an e-mail or with a taken one', async () => {
    expect(await portal.call('POST', '/partnerships', {})).toMatchObject({
      status: 400,
      message: "'email' is a required property",
    })
    expect(await status('POST', '/partnerships', { email: 'ana@bright.example' })).toBe(400)
  })
})

describe('what the company sets up', () => {
  it('shows groups, stages and forms', async () => {
    expect((await portal.page('/groups')).items).toMatchObject([
      { slug: 'affiliates', features: { deals_enabled: false } },
      { slug: 'resellers', default: true, features: { deals_enabled: true } },
    ])
    const stages = await portal.page('/sales-cycles/deals/stages?group_key=grup_resellers')
    expect(stages.items.map((stage) => stage['name'])).toEqual([
      'New',
      'Qualified',
      'Proposal',
      'Closed Won',
      'Closed Lost',
    ])
    expect(await status('GET', '/sales-cycles/deal/stages')).toBe(404)
    expect(await portal.call('GET', '/form-templates')).toMatchObject({
      status: 400,
      message: "'target_type' is a required property",
    })
    expect((await portal.page('/form-templates?target_type=deal')).items).toMatchObject([{ key: 'mold_deal' }])
    expect((await portal.call('GET', '/deals/form-templates?partner_key=bright')).data).toMatchObject([
      { key: 'mold_deal', type: 'deal' },
    ])
  })

  it('takes a group, a form and renamed fields from a seed', async () => {
    await portal.control.seed({
      groups: [{ key: 'grup_gold', name: 'Gold Partners', dealStages: ['In', 'Out'] }],
      forms: [
        {
          key: 'mold_gold',
          name: 'Gold',
          type: 'deal',
          groups: ['grup_gold'],
          fields: [{ api_name: 'site', internal_name: 'company_domain', required: true }],
        },
      ],
      partnerships: [{ partner_key: 'au', email: 'a@au.example', group_key: 'grup_gold' }],
    })
    const body = { partner_key: 'au', account_name: 'Acme', fields: { site: 'acme.example' } }
    const deal = await portal.record('POST', '/deals', body)
    expect(deal).toMatchObject({ stage: 'In', mold_key: 'mold_gold', field_data: { site: 'acme.example' } })
    await expect(portal.control.seed({ deals: [{ ...body, stage: 'New' }] })).rejects.toMatchObject({
      status: 400,
      code: 'invalid',
    })
    await expect(portal.control.seed({ dael: [] })).rejects.toMatchObject({ status: 400 })
  })

  it('lets an administrator change a form and the stages under the integration', async () => {
    await portal.record('POST', '/deals', registration('Acme', { external_key: 'E1', stage: 'Proposal' }))
    await portal.control.seed({
      groups: [{ key: 'grup_resellers', name: 'Resellers', default: true, dealStages: ['New', 'Won'] }],
      forms: [
        {
          key: 'mold_deal',
          name: 'Deal registration',
          type: 'deal',
          fields: [
            { api_name: 'website', internal_name: 'company_domain' },
            { api_name: 'region', type: 'picklist', options: ['emea', 'apac'], required: true },
          ],
        },
      ],
    })
    expect(await portal.record('GET', '/deals/E1')).toMatchObject({
      stage: 'Proposal',
      field_data: { website: 'acme.example', region: null },
    })
    expect(await status('PATCH', '/deals/E1', { stage: 'Proposal' })).toBe(400)
    expect(await status('PATCH', '/deals/E1', { fields: { region: 'mars' } })).toBe(400)
    expect(await status('PATCH', '/deals/E1', { fields: { region: 'emea' }, stage: 'Won' })).toBe(200)
    expect(await portal.call('POST', '/deals', { partner_key: 'bright', account_name: 'Beta' })).toMatchObject({
      status: 400,
      message: "'region' is a required property",
    })
  })

  it('keeps tiers and their collections', async () => {
    const tier = await portal.record('POST', '/tiers', { name: 'Silver' })
    expect(await portal.record('PATCH', `/tiers/${tier.key}`, { name: 'Bronze' })).toMatchObject({ name: 'Bronze' })
    const collection = await portal.record('POST', '/tiers/collection', { name: 'EMEA', tiers: [tier.key] })
    expect(await portal.record('GET', `/tiers/collection/${collection.key}`)).toMatchObject({ tiers: [tier.key] })
    expect((await portal.page('/tiers')).items).toHaveLength(2)
  })
})

describe('leads, customers and transactions', () => {
  const lead = { partner_key: 'bright', first_name: 'Jo', last_name: 'Ray', external_key: 'jo@acme.example' }

  it('has leads that need names, are unique by external key and convert', async () => {
    expect(await portal.call('POST', '/leads', { partner_key: 'bright' })).toMatchObject({
      status: 400,
      message: "'first_name' is a required property",
    })
    const made = await portal.record('POST', '/leads', lead)
    expect(made).toMatchObject({ status: 'open', approved: null, mold_key: 'mold_lead' })
    expect(await status('POST', '/leads', lead)).toBe(400)
    expect(
      await portal.record('PATCH', '/leads/jo%40acme.example', { status: 'closed', approved: true }),
    ).toMatchObject({ status: 'closed' })
    expect(await status('PATCH', `/leads/${made.key}`, { status: 'great' })).toBe(400)
    await portal.record('POST', `/leads/${made.key}/convert`, { email: 'jo@acme.example' })
    expect(await portal.record('GET', `/leads/${made.key}`)).toMatchObject({ status: 'closed won' })
  })

  it('has customers with one partner for life', async () => {
    const customer = await portal.record('POST', '/customers', {
      customer_key: 'C1',
      email: 'c@acme.example',
      partner_key: 'bright',
      meta: { phone: '1' },
    })
    expect(customer).toMatchObject({ meta: {}, mdata: { phone: '1' } })
    const changed = await portal.record('PATCH', `/customers/${customer.key}`, { name: 'Acme', partner_key: 'link' })
    expect(changed).toMatchObject({ name: 'Acme', partner_key: 'bright' })
    expect(await status('GET', '/customers/C1')).toBe(404)
  })

  it('has transactions for exactly one customer reference', async () => {
    await portal.record('POST', '/customers', { customer_key: 'C1', email: 'c@acme.example', partner_key: 'bright' })
    const sale = { amount: 5000, currency: 'usd', key: 'invoice-1', customer_external_key: 'C1' }
    expect(await portal.record('POST', '/transactions', sale)).toMatchObject({
      key: 'invoice-1',
      currency: 'USD',
      customer: { external_key: 'C1' },
    })
    expect(await status('POST', '/transactions', sale)).toBe(400)
    expect(await status('POST', '/transactions', { ...sale, key: 'invoice-2', customer_email: 'c@acme.example' })).toBe(
      400,
    )
    expect(await status('POST', '/transactions', { amount: 1, currency: 'USD' })).toBe(400)
    expect(await status('POST', '/transactions', { ...sale, key: 'invoice-2', amount: null })).toBe(400)
    await portal.record('DELETE', '/transactions/invoice-1')
    expect((await portal.page('/transactions')).items).toEqual([])
    await portal.call('PATCH', '/transactions/invoice-1', {}).catch(() => null)
    expect(await portal.control.unknown()).toHaveLength(1)
  })
})

describe('applications', () => {
  it('become partnerships when approved, in the body that the switch names', async () => {
    const made = await portal.record('POST', '/applications', {
      email: 'new@p.example',
      first_name: 'Di',
      company: 'P',
    })
    expect(made).toMatchObject({ approved: null, meta: {}, content: { company: 'P' } })
    expect(await status('PATCH', `/applications/${made.key}/decision`, { decision: 'approved' })).toBe(400)
    const approved = await portal.record('PATCH', `/applications/${made.key}/decision`, { approved: true })
    expect(await portal.record('GET', `/partnerships/${String(approved['partnership_key'])}`)).toMatchObject({
      email: 'new@p.example',
    })
    expect(await status('PATCH', `/applications/${made.key}/decision`, { approved: false })).toBe(400)
    await portal.control.switches.set({ decisionField: 'decision' })
    const other = await portal.record('POST', '/applications', { email: 'o@p.example' })
    const bulk = { application_keys: [other.key], decision: 'declined', decline_reason: 'region' }
    expect(await status('PATCH', '/applications/decision', bulk)).toBe(200)
    expect((await portal.page('/applications')).items[0]).toMatchObject({ approved: false, decline_reason: 'region' })
  })
})

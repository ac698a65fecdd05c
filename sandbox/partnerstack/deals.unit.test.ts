import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { programme, registration, startPortal, teamOf, type Portal } from './testing.ts'

let portal: Portal
beforeEach(async () => {
  portal = await startPortal()
  await portal.control.seed(programme)
})
afterEach(() => portal.close())

describe('a deal', () => {
  it('comes from a partner with its form, team and first stage', async () => {
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    expect(deal).toMatchObject({
      source: 'partner',
      account_name: 'Acme',
      amount: 1_250_000,
      close_date: '2026-12-31',
      stage: 'New',
      partner_key: 'bright',
      group_key: 'grup_resellers',
      mold_key: 'mold_deal',
      team: { name: 'Bright Resale' },
      team_member: { email: 'ana@bright.example' },
      external_key: null,
      archived: false,
    })
    expect(deal['fields']).toContainEqual(
      expect.objectContaining({
        api_name: 'company_domain',
        internal_name: 'company_domain',
        value: 'acme.example',
        read_only: true,
      }),
    )
    expect(Number.isInteger(deal['created_at'])).toBe(true)
    expect(await portal.record('GET', `/deals/${deal.key}`)).toEqual(deal)
  })

  it('is sent by the portal user who is named', async () => {
    const deal = await portal.record(
      'POST',
      '/deals',
      registration('Acme', { team_member: { email: 'ben@bright.example' } }),
    )
    expect(deal).toMatchObject({ team_member: { email: 'ben@bright.example', first_name: 'Ben' } })
    const stranger = await portal.call(
      'POST',
      '/deals',
      registration('Beta', { team_member: { email: 'x@y.example' } }),
    )
    expect(stranger.status).toBe(400)
  })

  it('takes values through meta, shows them elsewhere and answers an empty meta', async () => {
    const deal = await portal.record('POST', '/deals', registration('Acme', { meta: { products: 'Core' } }))
    expect(deal).toMatchObject({ meta: {}, mdata: { products: 'Core' }, field_data: { products: 'Core' } })
  })

  it.each([
    ['no partner', { partner_key: undefined }, "'partner_key' is a required property"],
    [
      'a vendor deal without a group',
      { partner_key: undefined, source: 'vendor' },
      "'group_key' is a required property",
    ],
    ['partner and group', { group_key: 'grup_resellers' }, 'exactly one'],
    ['a required field left out', { fields: [] }, "'company_domain' is a required property"],
    ['a stage of no list', { stage: 'Nowhere' }, "'Nowhere' is not one of"],
    ['cents with a fraction', { amount: 10.5 }, 'amount'],
    ['a date with a time', { close_date: '2026-12-31T00:00:00Z' }, 'close_date'],
    ['a wrong e-mail', { meta: { contact_email: 'nobody' }, fields: [] }, 'contact_email'],
    ['a field of no form', { meta: { colour: 'red' } }, "'colour' is not a field"],
    ['a source of no list', { source: 'friend' }, 'source'],
  ])('is refused with %s', async (_, more, message) => {
    const answer = await portal.call('POST', '/deals', registration('Acme', more))
    expect(answer.status).toBe(400)
    expect(answer.message).toContain(message)
    expect((await portal.page('/deals')).items).toEqual([])
  })

  it('goes the other way with source vendor, without the partner’s required fields', async () => {
    const deal = await portal.record('POST', '/deals', {
      source: 'vendor',
      group_key: 'grup_resellers',
      account_name: 'Acme',
    })
    expect(deal).toMatchObject({ source: 'vendor', partner_key: null, team: null })
  })

  it('is refused by a group that has deals off, with the status of the switch', async () => {
    expect(await portal.call('POST', '/deals', registration('Acme', { partner_key: 'link' }))).toMatchObject({
      status: 400,
    })
    await portal.control.switches.set({ dealsOffStatus: 403 })
    expect(await portal.call('POST', '/deals', registration('Acme', { partner_key: 'link' }))).toMatchObject({
      status: 403,
    })
  })

  it('is changed in what is given, and found by its external key', async () => {
    await portal.control.clock.set('2026-11-23T10:00:00.000Z')
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    await portal.control.clock.advance(1000)
    const fields = [{ api_name: 'registration_status', value: 'approved' }]
    const changed = await portal.record('PATCH', `/deals/${deal.key}`, {
      external_key: '006A',
      stage: 'Qualified',
      fields,
    })
    expect(changed).toMatchObject({
      external_key: '006A',
      stage: 'Qualified',
      account_name: 'Acme',
      created_at: Date.parse('2026-11-23T10:00:00.000Z'),
      updated_at: Date.parse('2026-11-23T10:00:01.000Z'),
      field_data: { registration_status: 'approved', company_domain: 'acme.example' },
    })
    expect(await portal.record('GET', '/deals/006A')).toEqual(changed)
    expect(await portal.record('PATCH', '/deals/006A', { lost_reason: 'price' })).toMatchObject({
      key: deal.key,
      lost_reason: 'price',
    })
  })

  it('stays as it was when a change is refused', async () => {
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    expect((await portal.call('PATCH', `/deals/${deal.key}`, { account_name: 'Other', stage: 'Nowhere' })).status).toBe(
      400,
    )
    expect(await portal.record('GET', `/deals/${deal.key}`)).toEqual(deal)
  })

  it.each([400, 409])('refuses a taken external key with %i', async (status) => {
    await portal.control.switches.set({ duplicateKeyStatus: status })
    await portal.record('POST', '/deals', registration('Acme', { external_key: 'E1' }))
    expect((await portal.call('POST', '/deals', registration('Beta', { external_key: 'E1' }))).status).toBe(status)
    const other = await portal.record('POST', '/deals', registration('Beta'))
    expect((await portal.call('PATCH', `/deals/${other.key}`, { external_key: 'E1' })).status).toBe(status)
  })

  it('leaves the lists when it is archived, and is still found by key unless the switch says gone', async () => {
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    await portal.record('DELETE', `/deals/${deal.key}`)
    expect((await portal.page('/deals')).items).toEqual([])
    expect(await portal.record('GET', `/deals/${deal.key}`)).toMatchObject({ archived: true })
    await portal.control.switches.set({ archivedRead: 'gone' })
    expect((await portal.call('GET', `/deals/${deal.key}`)).status).toBe(404)
  })

  it('becomes a customer once', async () => {
    const deal = await portal.record('POST', '/deals', registration('Acme'))
    const customer = await portal.record('POST', `/deals/${deal.key}/convert`, {
      email: 'buyer@acme.example',
      customer_key: 'C-1',
    })
    expect(customer).toMatchObject({ customer_key: 'C-1', partner_key: 'bright', name: 'Acme', test: false })
    expect(await portal.record('GET', `/deals/${deal.key}`)).toMatchObject({ customer_key: 'C-1' })
    expect((await portal.page('/deals?customer_key=C-1')).items).toHaveLength(1)
    expect((await portal.call('POST', `/deals/${deal.key}/convert`, { email: 'buyer@acme.example' })).status).toBe(400)
  })

  it('can be seeded with a past, so that the later arrival was the earlier submission', async () => {
    await portal.control.clock.set('2026-11-23T10:00:00.000Z')
    await portal.record('POST', '/deals', registration('First'))
    await portal.control.clock.advance(60_000)
    await portal.control.seed({
      deals: [registration('Second', { key: 'deal_late', created_at: '2026-11-23T09:00:00.000Z' })],
    })
    const { items } = await portal.page(`/deals?min_updated=${Date.parse('2026-11-23T10:00:30.000Z')}`)
    expect(items).toMatchObject([{ key: 'deal_late', created_at: Date.parse('2026-11-23T09:00:00.000Z') }])
    expect((await portal.page('/deals')).items.map((deal) => deal['account_name'])).toEqual(['First', 'Second'])
  })

  it('shows its files, and each where the switch says', async () => {
    await portal.control.seed({ deals: [registration('Acme', { key: 'deal_f', files: [{ name: 'plan.pdf' }] })] })
    const answer = await portal.call('GET', '/deals/deal_f/files')
    expect(answer.data).toMatchObject({ deal_files: [{ name: 'plan.pdf' }] })
    const { deal_files } = z.object({ deal_files: z.array(z.object({ key: z.string() })) }).parse(answer.data)
    const file = deal_files[0]?.key ?? ''
    expect((await portal.call('GET', `/deals/deal_f/file/${file}`)).status).toBe(404)
    expect((await portal.call('GET', `/api/deals/deal_f/file/${file}`)).data).toHaveProperty('url')
  })

  it('is assigned to another partner', async () => {
    const deal = await portal.record('POST', '/deals', {
      source: 'vendor',
      group_key: 'grup_resellers',
      account_name: 'Acme',
    })
    const team = await teamOf(portal, 'part_bright')
    const path = `/deals/${deal.key}/assignment/part_bright/${team}`
    expect((await portal.call('POST', path)).status).toBe(404)
    expect((await portal.call('POST', `/api${path}`)).status).toBe(200)
    expect(await portal.record('GET', `/deals/${deal.key}`)).toMatchObject({ partner_key: 'bright' })
  })
})

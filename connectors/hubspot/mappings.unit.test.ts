import { describe, expect, it } from 'vitest'
import { kindOf, type System } from '../../src/mapping/systems.ts'
import { difference, toCanonical } from '../../src/mapping/translate.ts'
import type { RecordKind } from '../../src/domain/records.ts'
import { mappings } from './mappings.ts'
import { capabilitiesOf } from './objects.ts'
import { settingsSchema } from './settings.ts'

const settings = settingsSchema.parse({ accessToken: 'x' })
const all = mappings(settings)
const system: System = {
  name: 'hubspot',
  role: 'crm',
  capabilities: capabilitiesOf(settings),
  mappings: all,
  pollMs: 60_000,
  reconcileMs: null,
  deletions: {},
  mirrors: false,
}
const lookups = { toOurs: (_: string, id: string) => `ours-${id}`, toTheirs: (_: string, id: string) => `theirs-${id}` }

function of(object: string, kind: RecordKind) {
  const found = all.find((m) => m.object === object && m.kind === kind)
  if (found === undefined) throw new Error(`no mapping of ${object} to ${kind}`)
  return found
}

const regions = (given: object) =>
  mappings(settingsSchema.parse({ accessToken: 'x', ...given })).flatMap(({ kind, fields }) =>
    fields.flatMap(({ field, path, create, update }) => (field === 'region' ? [[kind, path, create, update]] : [])),
  )

const owned = (given: object) =>
  mappings(settingsSchema.parse({ accessToken: 'x', ...given }))
    .find((m) => m.kind === 'deal')
    ?.fields.filter(({ field }) => field === 'ownerId' || field === 'managerId')

describe('the default mapping', () => {
  it('tells partners from accounts by the company’s type', () => {
    expect(kindOf(system, 'companies', { type: 'PARTNER' })).toBe('partner')
    expect(kindOf(system, 'companies', { type: 'PROSPECT' })).toBe('account')
    expect(kindOf(system, 'companies', { type: null })).toBe('account')
  })

  it('reads the region of a partner where the settings name its property, and nowhere else', () => {
    expect(regions({})).toEqual([])
    expect(regions({ properties: { partnerRegion: 'sales_region' } })).toEqual([
      ['partner', 'sales_region', 'in', 'in'],
    ])
  })

  it('marks a company that we make for a partner', () => {
    const { fields } = difference(
      of('companies', 'partner'),
      { name: 'P', domain: 'p.example', tier: 'gold' },
      null,
      lookups,
    )
    expect(fields).toEqual({ name: 'P', domain: 'p.example', partner_tier: 'gold', type: 'PARTNER' })
  })

  it('begins a deal in the open stage and leaves the stage to the CRM from then on', () => {
    const deal = of('deals', 'deal')
    const ours = { name: 'D', amount: '5.00', closeDate: '2026-12-31', source: 'partner-sourced', stage: null }
    expect(difference(deal, ours, null, lookups).fields).toMatchObject({
      dealname: 'D',
      amount: '5.00',
      closedate: '2026-12-31',
      partner_source: 'Partner-Sourced',
      dealstage: 'appointmentscheduled',
    })
    const shadow = {
      dealname: 'D',
      amount: '5',
      closedate: '2026-12-31',
      partner_source: 'Partner-Sourced',
      dealstage: 'contractsent',
    }
    expect(difference(deal, { ...ours, stage: 'appointmentscheduled' }, shadow, lookups).fields).toEqual({})
  })

  it('takes a manager’s edits, the meaning of the stage and the parties in', () => {
    const fields = {
      dealname: 'D2',
      amount: '7',
      closedate: '2027-01-31',
      dealstage: 'closedwon',
      dealStatus: 'won',
      hs_createdate: '2026-03-04T05:06:07.089Z',
      // Whoever edits or imports a deal can set it.
      createdate: '2020-01-01T00:00:00Z',
      hubspot_owner_id: '7001',
      companyId: '1',
      partnerCompanyId: '2',
      registered_by: 'not ours to read',
      protected_until: '2027-01-01T00:00:00Z',
    }
    expect(toCanonical(of('deals', 'deal'), fields, 'update', lookups)).toEqual({
      troubles: [],
      values: {
        name: 'D2',
        amount: '7',
        closeDate: '2027-01-31',
        stage: 'closedwon',
        status: 'won',
        openedAt: '2026-03-04T05:06:07.089Z',
        ownerId: 'ours-7001',
        accountId: 'ours-1',
        partnerId: 'ours-2',
      },
    })
  })

  it('writes a party with the one company that it has', () => {
    const party = of('deal-companies', 'party')
    const customer = difference(
      party,
      { dealId: 'd', accountId: 'a', partnerId: null, role: 'customer' },
      null,
      lookups,
    )
    expect(customer.fields).toEqual({ dealId: 'theirs-d', accountCompanyId: 'theirs-a', role: 'customer' })
    const partner = difference(party, { dealId: 'd', accountId: null, partnerId: 'p', role: 'sourcing' }, null, lookups)
    expect(partner.fields).toEqual({ dealId: 'theirs-d', partnerCompanyId: 'theirs-p', role: 'sourcing' })
  })

  it('sets an owner only where the settings name one who stands for those who are not there', () => {
    expect(owned({})?.map(({ path, create, update }) => [path, create, update])).toEqual([
      ['hubspot_owner_id', 'in', 'in'],
      ['partner_account_manager', 'in', 'in'],
    ])
    const fallback = { as: 'lookup', of: 'user', object: 'owners', fallback: '7001' }
    expect(owned({ ownerFallback: '7001' })).toMatchObject([
      { create: 'both', update: 'in', conversion: fallback },
      { create: 'both', update: 'in', conversion: fallback },
    ])
  })

  it('maps only what is synced, and refers to nothing else', () => {
    const narrow = mappings(settingsSchema.parse({ accessToken: 'x', objects: ['companies', 'deals'] }))
    expect(new Set(narrow.map(({ object }) => object))).toEqual(new Set(['companies', 'deals']))
    expect(
      narrow
        .flatMap((m) => m.fields)
        .filter(({ conversion }) => conversion.as === 'lookup' && conversion.of === 'user'),
    ).toEqual([])
    expect(mappings(settingsSchema.parse({ accessToken: 'x', leads: 'object' })).map(({ kind }) => kind)).toContain(
      'lead',
    )
  })

  it('needs what it refers to', () => {
    for (const objects of [['deals'], ['contacts'], ['companies', 'deal-companies']])
      expect(settingsSchema.safeParse({ accessToken: 'x', objects }).success).toBe(false)
    expect(settingsSchema.safeParse({ accessToken: 'x', appId: 7 }).success).toBe(false)
  })

  it('tells the people of partners from leads that are contacts', () => {
    const given = settingsSchema.parse({ accessToken: 'x', leads: 'contacts' })
    const wide: System = { ...system, capabilities: capabilitiesOf(given), mappings: mappings(given) }
    expect(kindOf(wide, 'contacts', { contactKind: 'partner' })).toBe('contact')
    expect(kindOf(wide, 'contacts', { contactKind: 'lead' })).toBe('lead')
  })
})

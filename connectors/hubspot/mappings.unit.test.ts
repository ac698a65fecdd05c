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

describe('the default mapping', () => {
  it('tells partners from accounts by the company’s type', () => {
    expect(kindOf(system, 'companies', { type: 'PARTNER' })).toBe('partner')
    expect(kindOf(system, 'companies', { type: 'PROSPECT' })).toBe('account')
    expect(kindOf(system, 'companies', { type: null })).toBe('account')
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
})

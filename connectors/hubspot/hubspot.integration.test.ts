import { afterEach, describe, expect, it } from 'vitest'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { ctx, idOf, readAll, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
const start = async (switches: SwitchSet = {}) => {
  rig = await startRig(switches)
  return rig
}
afterEach(async () => {
  await rig.close()
})

const dealFields = [
  'dealname',
  'amount',
  'closedate',
  'dealstage',
  'dealStatus',
  'companyId',
  'partnerCompanyId',
  'partner_source',
]

describe('the way of a deal', () => {
  it('makes companies and a deal, links them, and reads the deal with its customer and its partner', async () => {
    const connector = (await start()).connect()
    const companies = await connector.write(
      [
        write('companies', 'acc-1', { name: 'Acme', domain: 'acme.example', type: 'PROSPECT' }),
        write('companies', 'par-1', { name: 'Reseller', type: 'PARTNER' }),
      ],
      ctx(),
    )
    const [accountId, partnerId] = companies.map(idOf)
    const [deal] = await connector.write(
      [
        write('deals', 'deal-1', {
          dealname: 'Acme 500',
          amount: '500.00',
          closedate: '2026-12-31',
          dealstage: 'qualifiedtobuy',
          partner_source: 'Partner-Sourced',
        }),
      ],
      ctx(),
    )
    const dealId = idOf(deal)
    expect(deal?.status === 'done' && deal.stored?.fields).toMatchObject({ closedate: '2026-12-31', amount: '500.00' })
    const parties = await connector.write(
      [
        write('deal-companies', null, { dealId, accountCompanyId: accountId ?? '', role: 'customer' }),
        write('deal-companies', null, { dealId, partnerCompanyId: partnerId ?? '', role: 'sourcing' }),
      ],
      ctx(),
    )
    expect(parties.map(idOf)).toEqual([`${dealId}:${accountId}:customer`, `${dealId}:${partnerId}:sourcing`])
    const { records } = await readAll(connector, 'deals', dealFields)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      id: dealId,
      key: 'deal-1',
      deleted: false,
      mergedInto: null,
      fields: {
        dealname: 'Acme 500',
        closedate: '2026-12-31',
        dealStatus: 'open',
        companyId: accountId,
        partnerCompanyId: partnerId,
        partner_source: 'Partner-Sourced',
      },
    })
    expect(await connector.check(ctx())).toEqual([])
    expect(await rig.sandbox.control.unknown()).toEqual([])
  })
})

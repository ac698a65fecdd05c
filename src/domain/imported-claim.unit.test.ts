import { describe, expect, it } from 'vitest'
import { readImported, type Cells } from './imported-claim.ts'

const now = '2026-11-26T00:00:00.000Z'
const good: Cells = {
  reference: 'OLD-1',
  partner_domain: 'https://www.nordwind.com/',
  company: ' Hafen AG ',
  submitted_at: '2026-10-01',
}
const flawsOf = (cells: Cells) => {
  const read = readImported({ ...good, ...cells }, now)
  return 'flaws' in read ? read.flaws.map(({ column, code }) => `${column} ${code}`) : []
}

describe('a row of an import', () => {
  it('is a claim with its true dates', () => {
    expect(
      readImported(
        {
          ...good,
          domain: 'hafen.com',
          approved_at: '2026-10-02T12:00:00+02:00',
          amount: '1000.50',
          currency: 'EUR',
          crm: 'sales',
          crm_deal_id: '006',
        },
        now,
      ),
    ).toMatchObject({
      claim: {
        reference: 'OLD-1',
        partner: { id: null, domain: 'nordwind.com', name: null, email: null },
        company: 'Hafen AG',
        domain: 'hafen.com',
        amount: '1000.5',
        submittedAt: '2026-10-01T00:00:00.000Z',
        approvedAt: '2026-10-02T10:00:00.000Z',
        protectedUntil: null,
        deal: { crm: 'sales', id: '006' },
      },
    })
  })

  it.each([
    [{ reference: '' }, 'reference CW_FIELD_MISSING'],
    [{ company: ' ' }, 'company CW_FIELD_MISSING'],
    [{ partner_domain: '' }, 'partner_id CW_FIELD_MISSING'],
    [{ partner_domain: 'gmail.com' }, 'partner_domain CW_FIELD_INVALID'],
    [{ partner_id: 'x' }, 'partner_id CW_FIELD_INVALID'],
    [{ partner_email: 'nobody' }, 'partner_email CW_FIELD_INVALID'],
    [{ submitted_at: '' }, 'submitted_at CW_FIELD_MISSING'],
    [{ submitted_at: '2026-02-30' }, 'submitted_at CW_FIELD_INVALID'],
    [{ submitted_at: '2026-02-30T10:00:00Z' }, 'submitted_at CW_FIELD_INVALID'],
    [{ submitted_at: '01.02.2026' }, 'submitted_at CW_FIELD_INVALID'],
    [{ submitted_at: '2026-10-01T10:00:00' }, 'submitted_at CW_FIELD_INVALID'],
    [{ submitted_at: '2027-01-01' }, 'submitted_at CW_FIELD_INVALID'],
    [{ approved_at: '2026-09-01' }, 'approved_at CW_FIELD_INVALID'],
    [{ protected_until: '2026-10-01' }, 'protected_until CW_FIELD_INVALID'],
    [{ domain: 'not a domain' }, 'domain CW_FIELD_INVALID'],
    [{ amount: '-1', currency: 'EUR' }, 'amount CW_FIELD_INVALID'],
    [{ amount: '10' }, 'currency CW_FIELD_MISSING'],
    [{ currency: 'euro' }, 'currency CW_FIELD_INVALID'],
    [{ close_date: '2026-13-01' }, 'close_date CW_FIELD_INVALID'],
    [{ crm_deal_id: '006' }, 'crm CW_FIELD_MISSING'],
    [{ company: 'x'.repeat(501) }, 'company CW_FIELD_INVALID'],
  ] as const)('%j is refused: %s', (cells, flaw) => {
    expect(flawsOf(cells)).toEqual([flaw])
  })

  it('tells everything that is wrong at once', () => {
    expect(flawsOf({ reference: '', amount: 'much', submitted_at: 'soon' })).toHaveLength(3)
  })

  it('may have a free-mail domain, which says nothing', () => {
    expect(readImported({ ...good, domain: 'gmail.com' }, now)).toMatchObject({ claim: { domain: null } })
  })
})

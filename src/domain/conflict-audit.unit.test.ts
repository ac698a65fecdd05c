import { describe, expect, it } from 'vitest'
import { auditPeriod, groupsOf, territoryOf, type ConflictPair } from './conflict-audit.ts'

describe('the period of an audit', () => {
  it.each([
    ['quarter', '2026-10-01T05:59:59.999Z', '2026-Q3'],
    ['quarter', '2026-10-01T06:00:00.000Z', '2026-Q4'],
    ['quarter', '2027-01-01T05:00:00.000Z', '2026-Q4'],
    ['month', '2026-03-01T05:00:00.000Z', '2026-02'],
    ['month', '2026-03-01T06:00:00.000Z', '2026-03'],
    ['week', '2026-11-29T12:00:00.000Z', 'week of 2026-11-23'],
    ['week', '2026-11-30T05:59:00.000Z', 'week of 2026-11-23'],
    ['week', '2026-11-30T06:00:00.000Z', 'week of 2026-11-30'],
    ['week', '2027-01-01T12:00:00.000Z', 'week of 2026-12-28'],
  ] as const)('%s at %s is %s', (every, now, period) => {
    expect(auditPeriod(every, now)).toBe(period)
  })
})

describe('the territory of an account', () => {
  const territories = { dach: { countries: ['DE', 'Austria'] }, rest: { countries: ['DE', 'FR'] } }
  it.each([
    ['country', { country: ' de', owner: 'a@example.com' }, 'dach'],
    ['country', { country: 'austria', owner: null }, 'dach'],
    ['country', { country: 'FR', owner: null }, 'rest'],
    ['country', { country: 'IT', owner: null }, 'other'],
    ['country', { country: null, owner: 'a@example.com' }, 'other'],
    ['owner', { country: 'DE', owner: 'a@example.com' }, 'a@example.com'],
    ['owner', { country: 'DE', owner: null }, 'other'],
  ] as const)('by %s of %j is %s', (by, facts, territory) => {
    expect(territoryOf(territories, by, facts)).toBe(territory)
  })
})

const pair = (more: Partial<ConflictPair>): ConflictPair => ({
  account: 'x.com',
  registrationId: 'r1',
  otherId: 'd1',
  kind: 'direct-deal',
  byName: false,
  ruled: true,
  country: null,
  owner: null,
  ...more,
})

describe('what pursues one account', () => {
  it('is one row, ruled when every pair of it is', () => {
    expect(
      groupsOf([
        pair({}),
        pair({ otherId: 'd2', byName: true, ruled: false, country: 'DE', owner: 'o' }),
        pair({ kind: 'registration', otherId: 'r2' }),
        pair({ account: 'y.com', otherId: 'd3', byName: true }),
        pair({ account: 'z.com', kind: 'registration', otherId: 'r3' }),
      ]),
    ).toEqual([
      {
        account: 'x.com',
        sides: 'both',
        registrations: ['r1', 'r2'],
        deals: ['d1', 'd2'],
        byName: false,
        ruled: false,
        country: 'DE',
        owner: 'o',
      },
      expect.objectContaining({ account: 'y.com', sides: 'direct', byName: true, ruled: true }),
      expect.objectContaining({ account: 'z.com', sides: 'partners', registrations: ['r1', 'r3'], deals: [] }),
    ])
  })
})

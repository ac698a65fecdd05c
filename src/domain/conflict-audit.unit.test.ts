import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auditPeriod, groupsOf, territoryOf, type ConflictPair, type Pursuer } from './conflict-audit.ts'

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

const pursuer = (id: string, label: string, since = '2026-01-01T00:00:00.000Z'): Pursuer => ({
  id,
  domain: label.includes('.') ? label : null,
  nameKey: label.split('.')[0] ?? null,
  since,
})

/** Ids of direct deals begin with `d`. */
const pair = (claim: Pursuer, other: Pursuer, more: Partial<ConflictPair> = {}): ConflictPair => ({
  registrationId: claim.id,
  otherId: other.id,
  kind: other.id.startsWith('d') ? 'direct-deal' : 'registration',
  matchedOn: claim.domain !== null && claim.domain === other.domain ? ['domain'] : ['name'],
  against: [],
  score: 100,
  claim,
  other,
  ruled: true,
  country: null,
  owner: null,
  ...more,
})

describe('what pursues one account', () => {
  it('is one row, ruled when every pair of it is', () => {
    const [r1, r2] = [pursuer('r1', 'x.com'), pursuer('r2', 'x.com', '2026-01-02T00:00:00.000Z')]
    const three: unknown = expect.toSatisfy((pairs: unknown[]) => pairs.length === 3)
    expect(
      groupsOf([
        pair(r1, pursuer('d1', 'x.com')),
        pair(r1, pursuer('d2', 'x'), { ruled: false, country: 'DE', owner: 'o' }),
        pair(r1, r2),
        pair(pursuer('r4', 'y.com'), pursuer('d3', 'y')),
        pair(pursuer('r5', 'z.com'), pursuer('r6', 'z.com')),
      ]),
    ).toEqual([
      {
        account: 'x.com',
        sides: 'both',
        registrations: ['r1', 'r2'],
        deals: ['d1', 'd2'],
        pairs: three,
        byName: false,
        ruled: false,
        country: 'DE',
        owner: 'o',
      },
      expect.objectContaining({ account: 'y.com', sides: 'direct', byName: true, ruled: true }),
      expect.objectContaining({ account: 'z.com', sides: 'partners', registrations: ['r5', 'r6'], deals: [] }),
    ])
  })

  it('is one account where an alias or an account of the CRM makes two domains one company', () => {
    const first = pursuer('r1', 'hafen.de')
    const alias = pursuer('r2', 'hafen-ag.com', '2026-01-02T00:00:00.000Z')
    const deal = pursuer('d1', 'port.example', '2026-01-03T00:00:00.000Z')
    expect(
      groupsOf([pair(first, alias, { matchedOn: ['alias'], score: 99 }), pair(alias, deal, { matchedOn: ['id'] })]),
    ).toMatchObject([{ account: 'hafen.de', registrations: ['r1', 'r2'], deals: ['d1'] }])
  })

  it('adds what only may be it to the account that was first, and makes no chain of likenesses', () => {
    const days = ['01', '02', '03', '04'].map((day) => `2026-01-${day}T00:00:00.000Z`)
    const [a, b, c, d] = ['aa', 'ab', 'ac', 'ad'].map((name, at) => pursuer(`r${String(at)}`, name, days[at]))
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four pursuers')
    const groups = groupsOf([pair(c, d), pair(b, c), pair(a, b), pair(a, c)])
    expect(groups.map(({ account, registrations }) => [account, registrations])).toEqual([
      ['aa', ['r0', 'r1', 'r2']],
      ['ac', ['r2', 'r3']],
    ])
  })

  it('keeps every pair in one row, under a name of its own, whatever the order it comes in', () => {
    const label = fc.constantFrom('a', 'b', 'c', 'd', 'a.com', 'b.com', 'c.com', 'd.com')
    const side = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 }), label)
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side, fc.boolean()), { maxLength: 25 }), (drawn) => {
        const known = new Map<string, Pursuer>()
        const of = (kind: string, [n, day, text]: [number, number, string]) => {
          const id = `${kind}${String(n)}`
          const one = known.get(id) ?? pursuer(id, text, `2026-01-0${String(day)}T00:00:00.000Z`)
          known.set(id, one)
          return one
        }
        const pairs = drawn.flatMap(([x, y, isDeal]) => {
          const [claim, other] = [of('r', x), of(isDeal ? 'd' : 'r', y)]
          return claim.id === other.id ? [] : [pair(claim, other)]
        })
        const unique = [...new Map(pairs.map((one) => [`${one.registrationId} ${one.otherId}`, one])).values()]
        const groups = groupsOf(unique)
        const keys = groups.flatMap((group) => group.pairs.map((one) => `${one.registrationId} ${one.otherId}`))
        expect(keys.toSorted()).toEqual(unique.map((one) => `${one.registrationId} ${one.otherId}`).toSorted())
        expect(new Set(groups.map(({ account }) => account)).size).toBe(groups.length)
        const said = (list: typeof groups) => list.map((group) => JSON.stringify({ ...group, pairs: [] })).toSorted()
        expect(said(groupsOf(unique.toReversed()))).toEqual(said(groups))
      }),
    )
  })
})

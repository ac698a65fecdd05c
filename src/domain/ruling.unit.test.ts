import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policySchema } from './policy/policy.ts'
import type { RegistrationState } from './records.ts'
import { blocks, isFirst, rule, type Claim, type Finding, type Matched } from './ruling.ts'

const nobody = policySchema.parse({})
const upTo50k = policySchema.parse({ autoApprove: { upTo: 50_000, currency: 'USD', tiers: ['gold'] } })
const claim = (more: Partial<Claim> = {}): Claim => ({
  id: 'b',
  partnerId: 'p1',
  submittedAt: '2026-11-23T12:00:00.000Z',
  amount: '100',
  currency: 'USD',
  tier: 'gold',
  region: null,
  group: null,
  partnerType: null,
  country: null,
  products: [],
  dealType: null,
  ...more,
})
const registration = (
  more: {
    otherId?: string
    partnerId?: string
    submittedAt?: string
    state?: RegistrationState
    matchedOn?: Matched[]
  } = {},
): Finding => ({
  kind: 'registration',
  otherId: more.otherId ?? 'a',
  matchedOn: more.matchedOn ?? ['domain'],
  score: 100,
  other: {
    partnerId: more.partnerId ?? 'p2',
    submittedAt: more.submittedAt ?? '2026-11-23T11:00:00.000Z',
    state: more.state ?? 'in-review',
  },
})
const directDeal = (matchedOn: Matched[]): Finding => ({ kind: 'direct-deal', otherId: 'd', matchedOn, score: 100 })
const later = '2026-11-23T13:00:00.000Z'

const key = fc.record({
  // Few instants, so that ties are common.
  submittedAt: fc.constantFrom('2026-11-23T12:00:00.000Z', '2026-11-23T12:00:00.001Z', '2026-11-24T00:00:00.000Z'),
  id: fc.uuid(),
})

describe('first in time', () => {
  it('is a strict total order', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(isFirst(a, a)).toBe(false)
        fc.pre(a.id !== b.id)
        expect(isFirst(a, b)).toBe(!isFirst(b, a))
        fc.pre(isFirst(a, b) && isFirst(b, c))
        expect(isFirst(a, c)).toBe(true)
      }),
    )
  })

  it('leaves exactly one of any claims on one prospect standing, in whatever order they are looked at', () => {
    const claims = fc.uniqueArray(fc.record({ key, partnerId: fc.constantFrom('p1', 'p2', 'p3') }), {
      selector: (one) => one.key.id,
      minLength: 1,
      maxLength: 8,
    })
    const shuffled = claims.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([all, order]) => {
        const standing = new Set(all)
        for (const one of order) {
          const findings = [...standing]
            .filter((other) => other !== one)
            .map((other) =>
              registration({ otherId: other.key.id, partnerId: other.partnerId, submittedAt: other.key.submittedAt }),
            )
          const { ruling } = rule(claim({ ...one.key, partnerId: one.partnerId }), findings, true, nobody)
          if (ruling === 'decline') standing.delete(one)
        }
        const first = all.reduce((a, b) => (isFirst(a.key, b.key) ? a : b))
        expect([...standing]).toEqual([first])
      }),
    )
  })
})

describe('a finding', () => {
  it.each<[string, Finding, 'yes' | 'no' | 'ask']>([
    ['an earlier claim of another partner stands before it', registration(), 'yes'],
    ['a later claim of another partner does not', registration({ submittedAt: later }), 'no'],
    [
      'a later claim that is protected already is for a person',
      registration({ submittedAt: later, state: 'approved' }),
      'ask',
    ],
    ['a contact e-mail is as certain as a domain', registration({ matchedOn: ['contact-email'] }), 'yes'],
    ['a name alone is never certain', registration({ matchedOn: ['name'] }), 'ask'],
    ['the partner’s own earlier claim makes it a duplicate', registration({ partnerId: 'p1' }), 'yes'],
    ['the partner’s own later claim is the duplicate', registration({ partnerId: 'p1', submittedAt: later }), 'no'],
    [
      'the partner’s own earlier claim on a like name is for a person',
      registration({ partnerId: 'p1', matchedOn: ['name'] }),
      'ask',
    ],
    ['a direct deal is for a person', directDeal(['domain']), 'ask'],
  ])('%s', (_, finding, expected) => {
    expect(blocks(claim(), finding)).toBe(expected)
  })
})

describe('a ruling', () => {
  it('declines and says which rule and which claim', () => {
    expect(rule(claim(), [directDeal(['domain']), registration()], true, upTo50k)).toEqual({
      ruling: 'decline',
      rule: 'first-in-time',
      because: 'a',
    })
    expect(rule(claim(), [registration({ partnerId: 'p1' })], true, upTo50k)).toMatchObject({
      rule: 'duplicate-submission',
    })
  })

  it('asks with every reason once', () => {
    const findings = [
      directDeal(['domain']),
      directDeal(['domain', 'name']),
      directDeal(['name']),
      registration({ matchedOn: ['name'] }),
      registration({ submittedAt: later, state: 'approved' }),
    ]
    expect(rule(claim(), findings, false, upTo50k)).toEqual({
      ruling: 'ask',
      rule: 'conflict-check',
      why: ['direct-deal', 'direct-deal-by-name', 'registration-by-name', 'protected-for-another', 'not-fully-read'],
    })
  })

  it('approves by rule only what is clean, read, in the currency, up to the limit, and of the tier', () => {
    expect(rule(claim({ amount: '50000' }), [], true, upTo50k)).toEqual({ ruling: 'approve', rule: 'auto-approve' })
    const why = (more: Partial<Claim>) => rule(claim(more), [], true, upTo50k)
    expect(why({ amount: '50000.01' })).toMatchObject({ why: ['amount-above-limit'] })
    expect(why({ amount: null, tier: null })).toMatchObject({ why: ['amount-missing', 'tier-missing'] })
    expect(why({ tier: 'silver' })).toMatchObject({ why: ['tier'] })
    expect(why({ currency: 'EUR' })).toMatchObject({ why: ['other-currency'] })
    expect(rule(claim(), [], true, nobody)).toMatchObject({ ruling: 'ask', why: ['no-automatic-approval'] })
    expect(rule(claim(), [], false, upTo50k)).toMatchObject({ ruling: 'ask', why: ['not-fully-read'] })
  })

  it('never approves by rule while anything stands open', () => {
    const finding = fc.oneof(
      fc.constantFrom(directDeal(['domain']), directDeal(['name'])),
      fc
        .record({
          partnerId: fc.constantFrom('p1', 'p2'),
          submittedAt: fc.constantFrom(later, '2026-11-23T11:00:00.000Z'),
          state: fc.constantFrom<RegistrationState>('screening', 'approved'),
          matchedOn: fc.constantFrom<Matched[]>(['domain'], ['name']),
        })
        .map(registration),
    )
    fc.assert(
      fc.property(fc.array(finding), fc.boolean(), (findings, covered) => {
        fc.pre(rule(claim(), findings, covered, upTo50k).ruling === 'approve')
        expect(covered).toBe(true)
        expect(findings.every((one) => blocks(claim(), one) === 'no')).toBe(true)
      }),
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policySchema } from './policy/policy.ts'
import { verdicts, type Verdict } from './policy/precedence.ts'
import { standingRules } from './policy/standing.ts'
import type { RegistrationState } from './records.ts'
import { isFirst, rule, weigh, type Claim, type Finding, type Matched, type Ruling, type Weighed } from './ruling.ts'

const clean = { covered: true, today: '2026-11-23' }
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
  closeDate: null,
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
const directDeal = (matchedOn: Matched[], openedAt: string | null = null, since?: string): Finding => ({
  kind: 'direct-deal',
  otherId: 'd',
  matchedOn,
  score: 100,
  other: { openedAt },
  ...(since === undefined ? {} : { since }),
})
/** As rulings were recorded before deals had an instant. */
const oldDeal: Finding = { kind: 'direct-deal', otherId: 'd', matchedOn: ['domain'], score: 100 }
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
          const { ruling } = rule(claim({ ...one.key, partnerId: one.partnerId }), findings, clean, nobody)
          if (ruling === 'decline' || ruling === 'merge') standing.delete(one)
        }
        const first = all.reduce((a, b) => (isFirst(a.key, b.key) ? a : b))
        expect([...standing]).toEqual([first])
      }),
    )
  })
})

describe('a finding', () => {
  it.each<[string, Finding, Weighed['says']]>([
    ['an earlier claim of another partner stands before it', registration(), 'decline'],
    ['a later claim of another partner does not', registration({ submittedAt: later }), 'clear'],
    [
      'a later claim that is protected already is for a person',
      registration({ submittedAt: later, state: 'approved' }),
      'ask',
    ],
    ['a contact e-mail is as certain as a domain', registration({ matchedOn: ['contact-email'] }), 'decline'],
    ['a name alone is never certain', registration({ matchedOn: ['name'] }), 'ask'],
    ['the partner’s own earlier claim makes it a duplicate', registration({ partnerId: 'p1' }), 'merge'],
    ['the partner’s own later claim is the duplicate', registration({ partnerId: 'p1', submittedAt: later }), 'clear'],
    [
      'the partner’s own later claim that is approved already takes it in',
      registration({ partnerId: 'p1', submittedAt: later, state: 'approved' }),
      'merge',
    ],
    [
      'the partner’s own earlier claim on a like name is for a person',
      registration({ partnerId: 'p1', matchedOn: ['name'] }),
      'ask',
    ],
    ['a direct deal is for a person', directDeal(['domain']), 'ask'],
  ])('%s', (_, finding, expected) => {
    expect(weigh(claim(), [finding], nobody)).toMatchObject([{ says: expected }])
  })
})

describe('a ruling', () => {
  it('declines and says which rule and which claim', () => {
    expect(rule(claim(), [directDeal(['domain']), registration()], clean, upTo50k)).toEqual({
      ruling: 'decline',
      rule: 'first-in-time',
      because: { kind: 'registration', otherId: 'a' },
    })
    expect(rule(claim(), [registration({ partnerId: 'p1' })], clean, upTo50k)).toEqual({
      ruling: 'merge',
      rule: 'same-deal-twice',
      into: 'a',
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
    expect(rule(claim(), findings, { ...clean, covered: false }, upTo50k)).toEqual({
      ruling: 'ask',
      rule: 'conflict-check',
      why: ['direct-deal', 'direct-deal-by-name', 'protected-for-another', 'registration-by-name', 'not-fully-read'],
    })
  })

  it('approves by rule only what is clean, read, in the currency, up to the limit, and of the tier', () => {
    expect(rule(claim({ amount: '50000' }), [], clean, upTo50k)).toEqual({
      ruling: 'approve',
      rule: 'auto-approve',
      split: null,
    })
    const why = (more: Partial<Claim>) => rule(claim(more), [], clean, upTo50k)
    expect(why({ amount: '50000.01' })).toMatchObject({ why: ['amount-above-limit'] })
    expect(why({ amount: null, tier: null })).toMatchObject({ why: ['amount-missing', 'tier-missing'] })
    expect(why({ tier: 'silver' })).toMatchObject({ why: ['tier'] })
    expect(why({ currency: 'EUR' })).toMatchObject({ why: ['other-currency'] })
    expect(rule(claim(), [], clean, nobody)).toMatchObject({ ruling: 'ask', why: ['no-automatic-approval'] })
    expect(rule(claim(), [], { ...clean, covered: false }, upTo50k)).toMatchObject({
      ruling: 'ask',
      why: ['not-fully-read'],
    })
  })

  it.each<[string, Partial<Claim>, string]>([
    ['a close date in the past', { closeDate: '2026-11-22' }, 'close-date-past'],
    ['a company that nothing could be looked up by', { isKnowable: false }, 'company-unclear'],
    ['a tier that the policy does not know', { tier: 'Platinum' }, 'tier-unknown'],
    ['a currency that the policy does not know', { currency: 'CHF' }, 'currency-unknown'],
  ])('leaves %s to a person, whatever rule would approve', (_, more, why) => {
    const policy = policySchema.parse({
      currency: 'USD',
      rates: { EUR: '1.1' },
      tiers: ['gold'],
      approval: [{ name: 'everything', ruling: 'approve' }],
    })
    expect(rule(claim(more), [], clean, policy)).toEqual({ ruling: 'ask', rule: 'doubtful-facts', why: [why] })
    expect(rule(claim({ closeDate: '2026-11-23', currency: 'EUR' }), [], clean, policy).ruling).toBe('approve')
  })
})

const lead = (more: { partnerId?: string; since?: string; tier?: string } = {}): Finding => ({
  kind: 'lead',
  otherId: 'l',
  matchedOn: ['domain'],
  score: 100,
  other: { partnerId: 'p2', since: '2026-11-23T11:00:00.000Z', state: 'accepted', ...more },
})
const customer = (partnerId: string | null): Finding => ({
  kind: 'customer',
  otherId: 'c',
  matchedOn: ['domain'],
  score: 100,
  other: { partnerId, wonAt: null },
})
const named: Finding = {
  kind: 'named-account',
  otherId: 'n',
  matchedOn: ['domain'],
  score: 100,
  other: { source: 'list', territory: null },
}
const overlap = (partnerId: string): Finding => ({
  kind: 'overlap',
  otherId: 'o',
  matchedOn: ['name'],
  score: 80,
  other: { partnerId, relation: 'prospect', asOf: later },
})

describe('precedence', () => {
  const tiers = ['gold', 'silver']
  const ruledBy = (precedence: object[], finding: Finding | Finding[], more: Partial<Claim> = {}) => {
    const policy = policySchema.parse({
      tiers,
      precedence,
      approval: [{ name: 'everything', ruling: 'approve' }],
    })
    const { ruling, rule: by } = rule(claim(more), [finding].flat(), clean, policy)
    return `${ruling} by ${by}`
  }
  const tierFirst = { name: 'tier', against: ['registration', 'lead'], samePartner: false, ruling: 'higher-tier' }
  const timeFirst = { name: 'time', against: ['registration', 'lead'], samePartner: false, ruling: 'first-in-time' }
  const dealFirst = { name: 'time', against: ['direct-deal'], ruling: 'first-in-time' }
  const silverBefore = rivalOf('Silver')
  const goldBefore = rivalOf('Gold')
  const ours = { name: 'ours', against: ['named-account'], match: 'any', ruling: 'decline' }
  const renewals = { dealTypes: ['renewal', 'expansion'] }
  const incumbent = { name: 'incumbent', against: ['customer'], when: renewals, incumbent: true, ruling: 'clear' }
  const others = { name: 'others', against: ['customer'], when: renewals, incumbent: false, ruling: 'decline' }

  it.each<[string, () => string, string]>([
    ['a named account is for direct sales', () => ruledBy([ours], named), 'decline by ours'],
    [
      'a higher tier goes before an earlier claim',
      () => ruledBy([tierFirst, timeFirst], silverBefore),
      'approve by everything',
    ],
    ['of equal tiers the next rule decides', () => ruledBy([tierFirst, timeFirst], goldBefore), 'decline by time'],
    [
      'a tier that nobody ranks is no lower one',
      () => ruledBy([tierFirst], goldBefore, { tier: 'x' }),
      'ask by conflict-check',
    ],
    ['a lead held before stands before a claim', () => ruledBy([timeFirst], lead()), 'decline by time'],
    ['a lead held later does not', () => ruledBy([timeFirst], lead({ since: later })), 'approve by everything'],
    [
      'a direct deal that was opened before stands before a claim',
      () => ruledBy([dealFirst], directDeal(['domain'], '2026-11-23T11:59:59.000Z')),
      'decline by time',
    ],
    [
      'a direct deal that was opened later does not',
      () => ruledBy([dealFirst], directDeal(['domain'], later)),
      'approve by everything',
    ],
    [
      'it stands before what an edit brought in after it was opened',
      () => ruledBy([dealFirst], directDeal(['domain'], later, '2026-11-23T14:00:00.000Z')),
      'decline by time',
    ],
    [
      'a direct deal of which nothing says when it was opened is for a person',
      () => ruledBy([dealFirst], directDeal(['domain'])),
      'ask by conflict-check',
    ],
    ['as is one of a ruling that was recorded before', () => ruledBy([dealFirst], oldDeal), 'ask by conflict-check'],
    [
      'or the next rule’s',
      () => ruledBy([dealFirst, { name: 'ours', against: ['direct-deal'], ruling: 'decline' }], directDeal(['domain'])),
      'decline by ours',
    ],
    [
      'a direct deal at a company of like name is for a person, whoever was first',
      () => ruledBy([dealFirst], directDeal(['name'], later)),
      'ask by conflict-check',
    ],
    [
      'a renewal is the incumbent’s',
      () => ruledBy([incumbent, others], customer('p1'), { dealType: 'renewal' }),
      'approve by everything',
    ],
    [
      'and nobody else’s',
      () => ruledBy([incumbent, others], customer('p2'), { dealType: 'renewal' }),
      'decline by others',
    ],
    [
      'new business at a customer is judged by its own rule',
      () => ruledBy([incumbent, others], customer('p2'), { dealType: 'new' }),
      'ask by conflict-check',
    ],
    [
      'of a claim that does not say what it is neither rule holds',
      () => ruledBy([incumbent, others], customer('p1')),
      'ask by conflict-check',
    ],
    [
      'the incumbent goes before an earlier claim of another',
      () =>
        ruledBy(
          [{ name: 'incumbent-first', against: ['registration'], ruling: 'incumbent' }, incumbent],
          [registration(), customer('p1')],
          { dealType: 'renewal' },
        ),
      'approve by everything',
    ],
    [
      'what the policy says nothing of is for a person',
      () => ruledBy([], [overlap('p2'), lead()]),
      'ask by conflict-check',
    ],
    [
      'a rule may have a person asked, and is cited',
      () => ruledBy([{ name: 'ask-us', against: ['direct-deal'], ruling: 'ask' }], directDeal(['domain'])),
      'ask by ask-us',
    ],
    [
      'a rule of certain matches leaves a like name to a person',
      () => ruledBy([{ ...ours, match: 'certain' }], { ...named, matchedOn: ['name'] }),
      'ask by conflict-check',
    ],
  ])('%s', (_, ruled, expected) => {
    expect(ruled()).toBe(expected)
  })

  it('splits a deal: the first has its share, the second the rest', () => {
    const policy = policySchema.parse({
      precedence: [{ name: 'both', against: ['registration', 'direct-deal'], ruling: 'split', share: 70 }],
      approval: [{ name: 'everything', ruling: 'approve' }],
    })
    const split = (finding: Finding) => rule(claim(), [finding], clean, policy)
    expect(split(registration())).toMatchObject({ split: { withId: 'a', share: '30' } })
    expect(split(registration({ submittedAt: later }))).toMatchObject({ split: { share: '70' } })
    const before = directDeal(['domain'], '2026-11-23T11:00:00.000Z')
    expect(split(before)).toMatchObject({ split: { withId: 'd', kind: 'direct-deal', share: '30' } })
    expect(split(directDeal(['domain'], later))).toMatchObject({ split: { share: '70' } })
    // Where nothing says who was first nobody gets the greater part.
    expect(split(directDeal(['domain']))).toMatchObject({ ruling: 'ask', rule: 'conflict-check' })
    const even = policySchema.parse({
      precedence: [{ name: 'both', against: ['direct-deal'], ruling: 'split', share: 50 }],
      approval: [{ name: 'everything', ruling: 'approve' }],
    })
    expect(rule(claim(), [directDeal(['domain'])], clean, even)).toMatchObject({ split: { share: '50' } })
  })

  it('holds between a claim and a direct deal both ways: exactly one of two instants is first', () => {
    const policy = policySchema.parse({
      precedence: [{ ...dealFirst, name: 'time' }],
      approval: [{ name: 'everything', ruling: 'approve' }],
    })
    const instant = fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(instant, instant, (submitted, opened) => {
        fc.pre(submitted.getTime() !== opened.getTime())
        const { ruling } = rule(
          claim({ submittedAt: submitted.toISOString() }),
          [directDeal(['domain'], opened.toISOString())],
          clean,
          policy,
        )
        expect(ruling).toBe(submitted < opened ? 'approve' : 'decline')
      }),
    )
  })

  it('merges into the claim that is approved, else into the first', () => {
    const first = own('x', { submittedAt: '2026-11-20T11:00:00.000Z' })
    expect(ruledOf(own('a'), first)).toMatchObject({ ruling: 'merge', into: 'x' })
    expect(ruledOf(first, own('z', { submittedAt: later, state: 'approved' }))).toMatchObject({ into: 'z' })
  })
})

function rivalOf(tier: string): Finding {
  const other = { partnerId: 'p2', submittedAt: '2026-11-23T11:00:00.000Z', state: 'in-review' as const, tier }
  return { kind: 'registration', otherId: 'a', matchedOn: ['domain'], score: 100, other }
}

const own = (otherId: string, more: object = {}) => registration({ otherId, partnerId: 'p1', ...more })
const ruledOf = (...findings: Finding[]) => rule(claim(), findings, clean, nobody)

describe('of any claim, any findings and any policy', () => {
  const finding = fc.oneof(
    fc.constantFrom(
      directDeal(['domain']),
      directDeal(['domain'], later),
      directDeal(['domain'], '2026-11-23T11:00:00.000Z'),
      directDeal(['name']),
      oldDeal,
      named,
      customer('p1'),
      customer('p2'),
      customer(null),
    ),
    fc.constantFrom(overlap('p1'), overlap('p2'), lead(), lead({ partnerId: 'p1', since: later, tier: 'gold' })),
    fc
      .record({
        otherId: fc.constantFrom('a', 'c', 'e'),
        partnerId: fc.constantFrom('p1', 'p2', 'p3'),
        submittedAt: fc.constantFrom(later, '2026-11-23T11:00:00.000Z'),
        state: fc.constantFrom<RegistrationState>('screening', 'in-review', 'approved'),
        matchedOn: fc.constantFrom<Matched[]>(['domain'], ['name']),
      })
      .map(registration),
  )
  const findings = fc.uniqueArray(finding, { selector: ({ kind, otherId }) => `${kind} ${otherId}`, maxLength: 6 })
  const possible: Record<Verdict, string[]> = {
    clear: ['direct-deal', 'customer', 'named-account', 'registration', 'lead', 'overlap'],
    decline: ['direct-deal', 'customer', 'named-account', 'registration', 'lead', 'overlap'],
    ask: ['direct-deal', 'customer', 'named-account', 'registration', 'lead', 'overlap'],
    merge: ['registration'],
    split: ['registration', 'direct-deal'],
    'first-in-time': ['registration', 'lead', 'direct-deal'],
    'higher-tier': ['registration', 'lead'],
    incumbent: ['registration', 'lead'],
  }
  const precedence = fc.array(
    fc.constantFrom(...verdicts).chain((ruling) =>
      fc.record({
        ruling: fc.constant(ruling),
        against: fc.subarray(possible[ruling], { minLength: 1 }),
        samePartner: ruling === 'merge' ? fc.constant(true) : fc.constantFrom(true, false, null),
        incumbent: fc.constantFrom(true, false, null),
        match: fc.constantFrom('certain', 'any'),
        share: fc.constant(ruling === 'split' ? '60' : null),
        when: fc.constantFrom({}, { dealTypes: ['renewal'] }, { tiers: ['gold'] }),
      }),
    ),
    { maxLength: 5 },
  )
  const approval = fc.subarray([
    { name: 'small', when: { amount: { upTo: 50 } }, ruling: 'approve' },
    { name: 'never-bronze', when: { groups: ['bronze'] }, ruling: 'decline', missing: 'next' },
    { name: 'rest', ruling: 'approve' },
  ])
  const policies = fc
    .record({ precedence, approval })
    .map(({ precedence: rules, approval: approvals }) =>
      policySchema.safeParse({
        currency: 'USD',
        tiers: ['gold', 'silver'],
        precedence: rules.map((one, index) => ({ ...one, name: `rule-${index}` })),
        approval: approvals,
      }),
    )
    // Many of these contradict themselves, and are refused as they should be.
    .filter(({ success }) => success)
    .map(({ data }) => data ?? nobody)
  const claims = fc
    .record({
      amount: fc.constantFrom('40', '60', null),
      tier: fc.constantFrom('gold', 'silver', 'bronze', null),
      group: fc.constantFrom('bronze', null),
      dealType: fc.constantFrom('new' as const, 'renewal' as const, null),
      closeDate: fc.constantFrom('2026-11-01', '2027-01-01', null),
    })
    .map(claim)

  it('there is one ruling, which cites a rule of the policy, whatever the order of the findings', () => {
    const shuffled = findings.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    const seen = new Set<Ruling['ruling']>()
    fc.assert(
      fc.property(claims, shuffled, fc.boolean(), policies, (one, [all, other], covered, policy) => {
        const about = { ...clean, covered }
        const ruling = rule(one, all, about, policy)
        seen.add(ruling.ruling)
        const names = [...policy.precedence, ...policy.approval].map(({ name }) => name)
        expect([...names, ...Object.keys(standingRules)]).toContain(ruling.rule)
        expect(ruling.ruling !== 'ask' || ruling.why.length > 0).toBe(true)
        expect(rule(one, other, about, policy)).toEqual(ruling)
      }),
      { numRuns: 1_000 },
    )
    expect([...seen].toSorted()).toEqual(['approve', 'ask', 'decline', 'merge'])
  })

  it('none is approved by rule while anything is open, unread or in doubt', () => {
    let approved = 0
    fc.assert(
      fc.property(claims, findings, fc.boolean(), policies, (one, all, covered, policy) => {
        if (rule(one, all, { ...clean, covered }, policy).ruling !== 'approve') return
        approved += 1
        expect(covered).toBe(true)
        expect(one.tier).not.toBe('bronze')
        expect(one.closeDate).not.toBe('2026-11-01')
        const given = policy.precedence.map(({ name }) => name)
        for (const { says, rule: by } of weigh(one, all, policy)) {
          expect(['clear', 'split']).toContain(says)
          expect(given).toContain(by)
        }
      }),
      { numRuns: 3_000 },
    )
    // Otherwise nothing was tried.
    expect(approved).toBeGreaterThan(0)
  })
})

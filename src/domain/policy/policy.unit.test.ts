import { describe, expect, it } from 'vitest'
import { policySchema } from './policy.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What is refused, as `path: message`. */
function refused(document: unknown): string[] {
  const parsed = policySchema.safeParse(document)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a policy', () => {
  it('says everything where a document says nothing', () => {
    const policy = policySchema.parse({})
    expect(policy.decision).toMatchObject({ within: 48 * HOUR, remindAfter: 24 * HOUR, ladder: [], atEnd: 'wait' })
    expect(policy.exclusivity).toMatchObject({ for: 90 * DAY, reminders: [14 * DAY], wonAfterLapse: 'ask' })
    expect(policy.precedence.map(({ name }) => name)).toContain('first-in-time')
    expect(policy.approval).toEqual([])
  })

  it('reads short forms as the rules that they are short for', () => {
    const policy = policySchema.parse({
      autoApprove: { upTo: 50000, currency: 'USD', tiers: ['Gold'] },
      decision: { within: '12h', approver: 'channel@example.com', escalateTo: 'head@example.com' },
      exclusivity: { for: '60d', byTier: { 'Gold Plus': '120d' }, remindBefore: '10d' },
    })
    expect(policy.approval).toMatchObject([{ name: 'auto-approve', ruling: 'approve', when: { tiers: ['Gold'] } }])
    expect(policy.approver.map(({ to }) => to)).toEqual(['account-manager', 'channel@example.com'])
    expect(policy.decision).toMatchObject({
      remindAfter: 6 * HOUR,
      ladder: [{ after: 12 * HOUR, to: 'head@example.com' }],
    })
    expect(policy.exclusivity.terms).toMatchObject([{ name: 'tier-gold-plus', for: 120 * DAY }])
    expect(policy.exclusivity.reminders).toEqual([10 * DAY])
  })

  it('drops the usual reminder where the period is shorter', () => {
    expect(policySchema.parse({ exclusivity: { for: '10d' } }).exclusivity.reminders).toEqual([])
  })

  it('reads hours of days in a row, of a week that goes round, and of several stretches', () => {
    const { calendars } = policySchema.parse({
      calendars: {
        a: { timeZone: 'Asia/Dubai', hours: { 'sun-thu': '09:00-17:00', sat: ['14:00-24:00', '08:00-12:00'] } },
      },
    })
    expect(calendars['a']?.hours.fri).toEqual([])
    expect(calendars['a']?.hours.sun).toEqual([{ opensAt: 540, closesAt: 1020 }])
    expect(calendars['a']?.hours.sat).toEqual([
      { opensAt: 480, closesAt: 720 },
      { opensAt: 840, closesAt: 1440 },
    ])
  })
})

const approve = (name: string, when: object = {}) => ({ name, when, ruling: 'approve' })
const decline = (name: string, when: object = {}) => ({ name, when, ruling: 'decline' })

describe('a contradiction is refused with both rules named', () => {
  it.each<[string, object, string]>([
    [
      'a rule behind one that says otherwise of all its claims',
      {
        currency: 'USD',
        approval: [
          approve('gold', { tiers: ['Gold'] }),
          decline('large-gold', { tiers: ['gold'], amount: { from: 9 } }),
        ],
      },
      'approval.1: rule "large-gold" is never reached: "gold" before it holds for all of its claims and says otherwise',
    ],
    [
      'a rule that only repeats',
      { currency: 'USD', approval: [approve('all'), approve('gold', { tiers: ['gold'] })] },
      'approval.1: rule "gold" is never reached: "all" before it holds for all of its claims',
    ],
    [
      'the short form behind a rule',
      { currency: 'USD', approval: [decline('all')], autoApprove: { upTo: 5, currency: 'USD' } },
      'autoApprove: rule "auto-approve" is never reached: "all" before it holds for all of its claims and says otherwise',
    ],
    [
      'ranges that overlap',
      {
        currency: 'USD',
        approval: [approve('small', { amount: { upTo: 100 } }), decline('large', { amount: { from: 100 } })],
      },
      'approval.1: rules "small" and "large" contradict each other where their amounts overlap; let one end where the other begins (`above`, `below`)',
    ],
    [
      'ranges that overlap in two currencies',
      {
        currency: 'USD',
        rates: { EUR: '1.1' },
        exclusivity: {
          terms: [
            { name: 'small', when: { amount: { upTo: 100 } }, for: '30d' },
            { name: 'large', when: { amount: { from: 90, currency: 'EUR' } }, for: '60d' },
          ],
        },
      },
      'exclusivity.terms.1: rules "small" and "large" contradict each other where their amounts overlap; let one end where the other begins (`above`, `below`)',
    ],
    [
      'a name that is given twice',
      { approval: [approve('one', { tiers: ['a'] })], price: [{ name: 'one', reference: 'X' }] },
      'price.0: the name "one" is given twice: rulings could not tell which one they cite',
    ],
    [
      'a name that every policy has',
      { approval: [approve('conflict-check', { tiers: ['a'] })] },
      'approval.0: "conflict-check" is the name of a rule that every policy has',
    ],
    [
      'a tier that is named nowhere',
      { tiers: ['Gold', 'Silver'], approval: [approve('bronze', { tiers: ['silver', 'bronze'] })] },
      'approval.0.when.tiers.1: rule "bronze" asks for the tier "bronze", which `tiers` does not name: Gold, Silver',
    ],
    [
      'a tier with a length and no name',
      { tiers: ['Gold'], exclusivity: { byTier: { bronze: '30d' } } },
      'exclusivity.byTier.bronze.when.tiers.0: rule "tier-bronze" asks for the tier "bronze", which `tiers` does not name: Gold',
    ],
    [
      'an amount without a currency',
      { approval: [approve('small', { amount: { upTo: 5 } })] },
      'approval.0.when.amount: rule "small" compares amounts without a currency: give it here, or as `currency` of the policy',
    ],
    [
      'a currency without a rate',
      { currency: 'USD', approval: [approve('small', { amount: { upTo: 5, currency: 'EUR' } })] },
      'approval.0.when.amount.currency: rule "small" counts in EUR, for which `rates` has no rate to USD',
    ],
    [
      'bounds that let nothing in',
      { currency: 'USD', approval: [approve('none', { amount: { above: 5, upTo: 5 } })] },
      'approval.0.when.amount: rule "none" can never hold: no amount is within its bounds',
    ],
    [
      'a rule of precedence behind one that decides all',
      {
        precedence: [
          { name: 'ours', against: ['named-account', 'customer'], match: 'any', ruling: 'decline' },
          { name: 'theirs', against: ['customer'], incumbent: true, ruling: 'clear' },
        ],
      },
      'precedence.1: rule "theirs" is never reached: "ours" before it decides all of its findings and says otherwise',
    ],
    [
      'a comparison of tiers that nobody ranks',
      { precedence: [{ name: 'tier', against: ['registration'], ruling: 'higher-tier' }] },
      'precedence.0.ruling: rule "tier" compares tiers; name them in `tiers`, the highest first',
    ],
    [
      'a merge of two partners’ deals',
      { precedence: [{ name: 'one', against: ['registration'], ruling: 'merge' }] },
      'precedence.0.ruling: rule "one" would merge the deals of two partners; give it `samePartner: true`',
    ],
    [
      'a verdict that a kind cannot have',
      { precedence: [{ name: 'one', against: ['customer'], ruling: 'first-in-time' }] },
      'precedence.0.ruling: rule "one" cannot say first-in-time of customer; only of registration, lead, direct-deal',
    ],
    [
      'a reminder after its deadline',
      { decision: { within: '24h', remindAfter: '24h' } },
      'decision.remindAfter: the reminder after 24h comes when the 24h for a decision are over',
    ],
    [
      'a reminder of a direct deal after its deadline',
      { directDeals: { within: '24h', remindAfter: '24h' } },
      'directDeals.remindAfter: the reminder after 24h comes when the 24h for a decision are over',
    ],
    [
      'an end of a review that nothing follows on',
      { directDeals: { endAfter: '96h' } },
      'directDeals.endAfter: nothing happens then, for `atEnd` says wait',
    ],
    [
      'an end of a review before its deadline',
      { directDeals: { within: '48h', atEnd: 'release', endAfter: '24h' } },
      'directDeals.endAfter: the end after 24h comes before the 48h for a decision are over',
    ],
    [
      'a ladder out of order',
      {
        decision: {
          ladder: [
            { after: '72h', to: 'a@example.com' },
            { after: '60h', to: 'b@example.com' },
          ],
        },
      },
      'decision.ladder.1: this step of the ladder after 60h does not come after the one before it, after 72h',
    ],
    [
      'an end before the ladder’s',
      { decision: { ladder: [{ after: '5d', to: 'a@example.com' }], atEnd: 'decline', endAfter: '4d' } },
      'decision.endAfter: the end after 4d does not come after the last step of the ladder, after 5d',
    ],
    [
      'an end without an instant',
      { decision: { atEnd: 'approve' } },
      'decision.atEnd: "atEnd: approve" needs `endAfter`: how long after the question it happens',
    ],
    [
      'a calendar that is not there',
      { calendars: { berlin: { timeZone: 'Europe/Berlin' } }, decision: { hours: 'business', calendar: 'munich' } },
      'decision.calendar: there is no calendar "munich" in `calendars`: berlin',
    ],
    [
      'business hours of no calendar',
      { decision: { hours: 'business' } },
      'decision.hours: business hours need a `calendar`',
    ],
    [
      'an exclusivity that is shorter than its reminder',
      { exclusivity: { byTier: { Trial: '7d' }, remindBefore: '14d' } },
      'exclusivity.byTier.Trial: rule "tier-trial" of 7d is not longer than its reminder, 14d before the end',
    ],
    [
      'an extension that is asked for too late',
      { exclusivity: { extension: { askFrom: '1d' } } },
      'exclusivity.extension.askFrom: an extension could be asked for only 24h before the end and takes up to 48h to decide',
    ],
  ])('%s', (_, document, expected) => {
    expect(refused(document)).toEqual([expected])
  })

  it('all of them at once', () => {
    const found = refused({
      tiers: ['Gold'],
      decision: { hours: 'business', remindAfter: '50h' },
      approval: [approve('bronze', { tiers: ['bronze'] })],
    })
    expect(found).toHaveLength(3)
  })

  it('and what an order decides is not one', () => {
    const document = {
      currency: 'USD',
      tiers: ['Gold', 'Silver'],
      approval: [
        decline('trial', { groups: ['trial'] }),
        approve('gold', { tiers: ['Gold'], amount: { upTo: 100000 } }),
        approve('small', { amount: { upTo: 1000 } }),
        decline('huge', { amount: { from: 1000000 } }),
      ],
      exclusivity: {
        terms: [
          { name: 'huge-term', when: { amount: { from: 500000 } }, for: '180d' },
          { name: 'large-term', when: { amount: { from: 100000 } }, for: '120d' },
        ],
      },
      precedence: [
        { name: 'tier-first', against: ['registration'], samePartner: false, ruling: 'higher-tier' },
        { name: 'time-first', against: ['registration'], samePartner: false, ruling: 'first-in-time' },
      ],
    }
    expect(refused(document)).toEqual([])
  })
})

describe('what cannot be read is refused', () => {
  it.each<[string, object]>([
    ['a day that is none', { calendars: { a: { timeZone: 'UTC', holidays: ['2026-02-30'] } } }],
    ['hours that end before they begin', { calendars: { a: { timeZone: 'UTC', hours: { mon: '17:00-09:00' } } } }],
    [
      'a weekday said twice',
      { calendars: { a: { timeZone: 'UTC', hours: { 'mon-fri': '9:00-10:00', tue: '09:00-10:00' } } } },
    ],
    ['hours that overlap', { calendars: { a: { timeZone: 'UTC', hours: { mon: ['09:00-12:00', '11:00-13:00'] } } } }],
    ['a calendar that is never open', { calendars: { a: { timeZone: 'UTC', hours: { mon: [] } } } }],
    ['a time zone that does not exist', { exclusivity: { timeZone: 'Europe/Atlantis' } }],
    ['a negative amount', { autoApprove: { upTo: -5, currency: 'USD' } }],
    ['a rebate of more than everything', { price: [{ name: 'a', reference: 'A', discount: 101 }] }],
    ['a split without a share', { precedence: [{ name: 'a', against: ['registration'], ruling: 'split' }] }],
    ['a lower-case currency', { currency: 'usd' }],
  ])('%s', (_, document) => {
    expect(refused(document).length).toBeGreaterThan(0)
  })
})

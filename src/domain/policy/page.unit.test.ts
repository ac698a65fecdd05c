import { describe, expect, it } from 'vitest'
import { citationOf, sectionsOf } from './paragraphs.ts'
import { policyMarkdown } from './page.ts'
import { policySchema } from './policy.ts'
import { standingRules } from './standing.ts'

const policy = policySchema.parse({
  version: '7',
  currency: 'USD',
  tiers: ['Gold', 'Silver'],
  calendars: {
    munich: {
      timeZone: 'Europe/Berlin',
      hours: { 'mon-thu': '09:00-17:30', fri: '09:00-15:00' },
      holidays: ['2026-12-25'],
    },
  },
  precedence: [
    { name: 'ours', against: ['named-account'], match: 'any', ruling: 'decline' },
    { name: 'one-deal', against: ['registration'], samePartner: true, ruling: 'merge' },
    { name: 'time', against: ['registration'], samePartner: false, ruling: 'first-in-time' },
    { name: 'both', against: ['direct-deal'], when: { tiers: ['Gold'] }, ruling: 'split', share: 40 },
    { name: 'own-words', against: ['lead'], ruling: 'ask', says: 'Leads: <ask> your manager & wait.' },
  ],
  approval: [
    { name: 'gold', when: { tiers: ['Gold'], amount: { above: 1000, upTo: '50000.50' } }, ruling: 'approve' },
    {
      name: 'renewals',
      when: { dealTypes: ['renewal', 'expansion'], countries: ['Germany'] },
      ruling: 'decline',
      missing: 'decline',
      reason: 'Ask us.',
    },
  ],
  approver: [
    { name: 'large', when: { amount: { from: 250000 } }, to: 'director@example.com' },
    { name: 'account-manager', to: 'account-manager' },
    { name: 'rest', to: 'channel@example.com' },
  ],
  decision: {
    within: '48h',
    hours: 'business',
    calendar: 'munich',
    ladder: [{ after: '72h', to: 'head@example.com' }],
    atEnd: 'decline',
    endAfter: '10d',
  },
  exclusivity: { byTier: { Gold: '120d' }, reminders: ['14d', '3d'] },
  price: [{ name: 'price-gold', when: { tiers: ['Gold'] }, reference: 'REG-15', discount: 15 }],
})
const read = (id: string) => citationOf(policy, id)?.text

describe('the page of a policy', () => {
  it.each([
    [
      'ours',
      'Where a claim meets an account that our own sales keeps for itself, even if only the names are alike, the claim is declined.',
    ],
    [
      'time',
      'Where a claim meets a live registration of another partner, the one that was submitted first goes first and the other is declined; one that is protected already is never displaced by this rule.',
    ],
    [
      'both',
      'Where a claim by a partner of tier Gold meets an open deal of our own sales, both have their part: 40 % for the one that was first, the rest for the other.',
    ],
    [
      'gold',
      'A claim of more than USD 1,000 and at most USD 50,000.50 by a partner of tier Gold is approved at once. Where it is not said, a person decides.',
    ],
    [
      'renewals',
      'A claim for a renewal or an expansion on a company in Germany is declined at once. A claim that does not say so is declined. The reason given is: “Ask us.”',
    ],
    ['large', 'A claim of at least USD 250,000 is decided by director@example.com.'],
    ['rest', 'Every other claim is decided by channel@example.com.'],
    ['decision-time', 'A person decides within 48 hours of business hours. Who was asked is reminded after 24 hours.'],
    [
      'ladder-end',
      'What is overdue goes up: after 72 hours to head@example.com. Without a decision after 10 days the claim is declined.',
    ],
    ['tier-gold', 'With a claim by a partner of tier Gold the company is protected for 120 days.'],
    ['price-gold', 'For a claim by a partner of tier Gold the discount REG-15 holds: 15 % off the amount.'],
    [
      'calendar-munich',
      'The calendar munich: Monday to Thursday 09:00–17:30 and Friday 09:00–15:00, in the time zone Europe/Berlin. Free days: 2026-12-25.',
    ],
  ])('says %s in plain English', (id, text) => {
    expect(read(id)).toBe(text)
  })

  it('has a paragraph for whatever a ruling can cite, each once', () => {
    const ids = sectionsOf(policy, 'staff').flatMap(({ paragraphs }) => paragraphs.map(({ id }) => id))
    const named = [policy.precedence, policy.approval, policy.approver, policy.price, policy.exclusivity.terms].flat()
    for (const { name } of named) expect(ids).toContain(name)
    for (const name of Object.keys(standingRules)) expect(ids).toContain(name)
    expect(new Set(ids).size).toBe(ids.length)
    expect(citationOf(policy, 'nothing')).toBeNull()
  })

  it('tells partners nobody’s address, under the same numbers', () => {
    const partner = sectionsOf(policy, 'partner')
    expect(JSON.stringify(partner)).not.toContain('@')
    const numbers = new Map(
      sectionsOf(policy, 'staff').flatMap(({ paragraphs }) => paragraphs.map(({ id, number }) => [id, number])),
    )
    for (const { id, number } of partner.flatMap(({ paragraphs }) => paragraphs)) expect(numbers.get(id)).toBe(number)
  })

  it('is Markdown too', () => {
    const text = policyMarkdown(policy, { audience: 'partner', since: '2026-11-01' })
    expect(text).toContain('# Rules of engagement\n\nVersion 7, in force since 2026-11-01. For partners.')
    expect(text).toContain('**2.5** Leads: \\<ask\\> your manager & wait. (`own-words`)')
  })

  it('leaves out a section of which nothing is said', () => {
    const titles = sectionsOf(policySchema.parse({}), 'staff').map(({ number, title }) => `${number} ${title}`)
    expect(titles).not.toContain('7 The registered price')
    expect(titles).toContain('8 Changes')
  })
})

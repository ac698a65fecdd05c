import { describe, expect, it } from 'vitest'
import { endOf, nextReviewStep, rulingOf, type DirectReviewFacts } from './direct-deal.ts'

const at = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours)).toISOString()
const now = at(10)
const found: DirectReviewFacts = {
  state: 'found',
  observed: false,
  on: true,
  registered: true,
  screened: true,
  judged: false,
  protectedUntil: at(100),
  deal: { status: 'open', gone: false, atAccount: true, registered: false },
  hold: { isThere: false, isMoved: false, mayForce: true },
  rep: null,
  task: null,
  remindAt: null,
  escalateAt: null,
  concludeAt: null,
}
const asked: DirectReviewFacts = {
  ...found,
  state: 'in-review',
  task: { state: 'open', decision: null },
  remindAt: at(20),
  escalateAt: at(30),
}
const held = { isThere: true, isMoved: false, mayForce: true }
const next = (facts: Partial<DirectReviewFacts>) => nextReviewStep({ ...asked, ...facts }, now)
const deal = (more: Partial<DirectReviewFacts['deal']>) => ({ deal: { ...found.deal, ...more } })

describe('the review of a direct deal', () => {
  it('tells the rep, then asks the manager, then waits for the nearest clock', () => {
    expect(nextReviewStep(found, now)).toEqual({ do: 'alert' })
    expect(nextReviewStep({ ...found, state: 'in-review' }, now)).toEqual({ do: 'ask' })
    expect(next({})).toEqual({ do: 'wait', until: at(20) })
    expect(next({ remindAt: null, escalateAt: null })).toEqual({ do: 'wait', until: at(100) })
  })

  it('tells a rep who was not read yet as soon as they are, and asks their manager no earlier, but not never', () => {
    const alerted = { ...found, state: 'in-review' as const }
    const unread = { isKnown: false, awaitedUntil: at(11) }
    expect(nextReviewStep({ ...alerted, rep: unread }, now)).toEqual({ do: 'wait', until: at(11) })
    expect(nextReviewStep({ ...alerted, rep: unread }, at(11))).toEqual({ do: 'ask' })
    expect(nextReviewStep({ ...alerted, rep: { ...unread, isKnown: true } }, now)).toEqual({ do: 'tellRep' })
    expect(next({ rep: { ...unread, isKnown: true } })).toEqual({ do: 'tellRep' })
    expect(next({ rep: unread })).toEqual({ do: 'wait', until: at(20) })
  })

  it('waits for the check of the claim, which may judge the deal with it', () => {
    expect(nextReviewStep({ ...found, screened: false }, now)).toEqual({ do: 'wait', until: null })
    expect(nextReviewStep({ ...found, judged: true }, now)).toEqual({ do: 'close' })
    expect(endOf({ ...found, judged: true }, now)).toBe('judged-with-claim')
    expect(endOf({ ...asked, judged: true }, now)).toBeNull()
  })

  it.each([
    [{ remindAt: at(9) }, 'remind'],
    [{ remindAt: at(9), escalateAt: at(10) }, 'escalate'],
    [{ escalateAt: at(9), concludeAt: at(10) }, 'conclude'],
  ])('keeps its clocks: %j', (facts, step) => {
    expect(next(facts)).toEqual({ do: step })
  })

  it.each(['release', 'reassign', 'co-sell'])('follows the ruling %s whatever else has happened', (decision) => {
    const decided = { task: { state: 'decided' as const, decision }, concludeAt: at(1), ...deal({ status: 'won' }) }
    expect(next({ ...decided, registered: false })).toEqual({ do: 'rule' })
    expect(rulingOf(decision)).toBe(decision)
  })

  it.each([
    ['review-off', { on: false }],
    ['registration-ended', { registered: false }],
    ['registration-ended', { protectedUntil: now }],
    ['deal-gone', deal({ gone: true })],
    ['deal-moved', deal({ atAccount: false })],
    ['deal-registered', deal({ registered: true })],
    ['deal-closed', deal({ status: 'lost' })],
    ['deal-closed', deal({ status: 'won' })],
    ['deal-closed', { ...deal({ status: 'lost' }), hold: { ...held, isMoved: true } }],
    ['deal-closed', { ...deal({ status: 'won' }), hold: { ...held, isMoved: true, mayForce: false } }],
  ] as const)('is over when nothing is left to decide: %s %j', (why, facts) => {
    expect(endOf({ ...asked, ...facts }, now)).toBe(why)
    expect(next(facts)).toEqual({ do: 'close' })
    expect(nextReviewStep({ ...found, ...facts }, now)).toEqual({ do: 'close' })
  })

  it('sets a held deal back as often as it may, also one that is won meanwhile', () => {
    expect(next({ hold: { ...held, isMoved: true } })).toEqual({ do: 'setBack' })
    expect(next({ hold: { ...held, isMoved: true }, ...deal({ status: 'won' }) })).toEqual({ do: 'setBack' })
    expect(next({ hold: { ...held, isMoved: true, mayForce: false } })).toEqual({ do: 'letGo' })
  })

  it('takes a stage from before the hold for the one that it has', () => {
    expect(next({ hold: { isThere: false, isMoved: true, mayForce: true } })).toEqual({ do: 'follow' })
  })

  it('waits for the go-live of its CRM', () => {
    expect(nextReviewStep({ ...found, observed: true }, now)).toEqual({ do: 'wait', until: null })
  })

  it.each(['released', 'reassigned', 'co-sell', 'ended'] as const)('has ended when it is %s', (state) => {
    expect(next({ state, registered: false })).toEqual({ do: 'end' })
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { registrationStates } from './records.ts'
import { nextStep, type RegistrationFacts } from './registration.ts'
import { isLegal, isOpen, openStates } from './registration-states.ts'
import { plus } from './time.ts'

const noon = '2026-11-23T12:00:00.000Z'
const before = plus(noon, -1)
const closedStates = registrationStates.filter((state) => !isOpen(state))

const facts = (more: Partial<RegistrationFacts>): RegistrationFacts => ({
  state: 'submitted',
  observed: false,
  withdrawn: false,
  revoked: false,
  covered: false,
  screenBy: null,
  task: null,
  edited: false,
  proposal: null,
  remindAt: null,
  escalateAt: null,
  concludeAt: null,
  rejudge: false,
  info: { answered: false, remindAt: null, until: null },
  expiryRemindAt: null,
  protectedUntil: null,
  extension: null,
  dealStatus: null,
  dealClosedAt: null,
  dealMoved: false,
  confirm: null,
  lateWin: null,
  offboarded: null,
  mergeInto: null,
  ...more,
})

const instant = fc.integer({ min: -3 * 86_400_000, max: 3 * 86_400_000 }).map((ms) => plus(noon, ms))
const maybe = fc.option(instant, { nil: null })
/** Most claims just wait: what is seldom is drawn seldom, so that waiting is tried often enough. */
const rarely = fc.integer({ min: 0, max: 5 }).map((n) => n === 0)
const orNothing = <T>(value: fc.Arbitrary<T>) => fc.tuple(rarely, value).map(([is, some]) => (is ? some : null))
const anyFacts = fc.record<RegistrationFacts>({
  state: fc.constantFrom(...registrationStates),
  observed: fc.constant(false),
  withdrawn: rarely,
  revoked: rarely,
  covered: rarely,
  screenBy: maybe,
  task: fc.option(
    fc.record({
      state: fc.constantFrom('open', 'decided', 'expired', 'cancelled'),
      decision: fc.constantFrom('approve', 'decline', 'ask-info', null),
    }),
    { nil: null },
  ),
  // Rarely: a row that waits is the interesting one.
  edited: fc.nat({ max: 9 }).map((n) => n === 0),
  proposal: fc.constantFrom(null, null, null, 'asked', 'asked', 'new', 'decided'),
  remindAt: maybe,
  escalateAt: maybe,
  concludeAt: maybe,
  rejudge: rarely,
  info: fc.record({ answered: rarely, remindAt: maybe, until: maybe }),
  expiryRemindAt: maybe,
  protectedUntil: maybe,
  extension: orNothing(
    fc.record({ next: fc.constantFrom('askExtension', 'extend', 'refuseExtension'), since: instant }),
  ),
  dealStatus: fc.constantFrom('open', 'open', 'won', 'lost', null, null),
  dealClosedAt: maybe,
  dealMoved: rarely,
  confirm: orNothing(fc.constantFrom('keep', 'revoke')),
  lateWin: fc.constantFrom(null, 'credited', 'refused', 'asked'),
  offboarded: orNothing(fc.constantFrom('end', 'ask')),
  mergeInto: orNothing(fc.constant({ into: 'other', rule: 'same-deal-twice' })),
})

describe('what a registration needs next', () => {
  it('is the same for the same row at the same instant, changes nothing, and is known for every row', () => {
    fc.assert(
      fc.property(anyFacts, instant, (row, now) => {
        const frozen = Object.freeze({ ...row, task: row.task === null ? null : Object.freeze({ ...row.task }) })
        const first = nextStep(frozen, now)
        expect(nextStep(structuredClone(frozen), now)).toEqual(first)
        expect(first.do).toEqual(expect.any(String))
      }),
    )
  })

  it('never waits for an instant that has passed, so that no process spins', () => {
    fc.assert(
      fc.property(anyFacts, instant, (row, now) => {
        const step = nextStep(row, now)
        fc.pre(step.do === 'wait')
        expect(step.until === null || step.until > now).toBe(true)
      }),
    )
  })

  it('looks again no later than the answer would change', () => {
    fc.assert(
      fc.property(anyFacts, instant, fc.nat({ max: 6 * 86_400_000 }), (row, now, ms) => {
        const step = nextStep(row, now)
        const later = plus(now, ms)
        fc.pre(step.do === 'wait' && (step.until === null || later < step.until))
        expect(nextStep(row, later)).toEqual(step)
      }),
    )
  })

  it('is a row of the table in the state that the claim is in', () => {
    fc.assert(
      fc.property(anyFacts, instant, (row, now) => {
        const step = nextStep(row, now)
        fc.pre(step.do !== 'wait' && step.do !== 'end')
        expect([row.state, step.do, isLegal(row.state, step.do)]).toEqual([row.state, step.do, true])
      }),
    )
  })

  it('ends exactly where the state is closed', () => {
    fc.assert(
      fc.property(anyFacts, instant, (row, now) => {
        const { state, dealStatus } = row
        // What ended may go on: the CRM opens its deal again, closes it otherwise, or wins it late.
        const mayGoOn = ['won', 'lost', 'lapsed'].includes(state) && dealStatus !== null
        const does = nextStep(row, now).do
        expect(does === 'end' || isOpen(state) || mayGoOn).toBe(true)
        expect(does === 'end' && isOpen(state)).toBe(false)
      }),
    )
  })

  it.each(openStates)('withdraws from %s whatever else is due', (state) => {
    fc.assert(
      fc.property(anyFacts, instant, (row, now) => {
        expect(nextStep({ ...row, state, withdrawn: true }, now)).toEqual({ do: 'withdraw' })
      }),
    )
  })

  it.each(closedStates)('stays %s when it is withdrawn afterwards', (state) => {
    expect(nextStep(facts({ state, withdrawn: true }), noon)).toEqual({ do: 'end' })
  })

  it('screens as soon as everything is read, or when the wait is over', () => {
    const state = 'screening'
    expect(nextStep(facts({ state, screenBy: noon }), before)).toEqual({ do: 'wait', until: noon })
    expect(nextStep(facts({ state, screenBy: noon, covered: true }), before)).toEqual({ do: 'screen' })
    expect(nextStep(facts({ state, screenBy: noon }), noon)).toEqual({ do: 'screen' })
  })

  it('reminds, then escalates once, then waits for the decision alone', () => {
    const review = facts({
      state: 'in-review',
      task: { state: 'open', decision: null },
      remindAt: noon,
      escalateAt: plus(noon, 10),
    })
    expect(nextStep(review, before)).toEqual({ do: 'wait', until: noon })
    expect(nextStep(review, noon)).toEqual({ do: 'remind' })
    expect(nextStep({ ...review, remindAt: null }, noon)).toEqual({ do: 'wait', until: plus(noon, 10) })
    expect(nextStep({ ...review, remindAt: null }, plus(noon, 10))).toEqual({ do: 'escalate' })
    expect(nextStep({ ...review, remindAt: null, escalateAt: null }, plus(noon, 10))).toEqual({
      do: 'wait',
      until: null,
    })
  })

  it.each(['approve', 'decline'] as const)(
    'takes the decision to %s before an escalation due at the same instant',
    (decision) => {
      const row = facts({
        state: 'in-review',
        task: { state: 'decided', decision },
        remindAt: before,
        escalateAt: noon,
      })
      expect(nextStep(row, noon)).toEqual({ do: decision })
    },
  )

  it('protects up to its instant and not at it', () => {
    const row = facts({ state: 'approved', protectedUntil: noon, dealStatus: 'open' })
    expect(nextStep(row, before)).toEqual({ do: 'wait', until: noon })
    expect(nextStep(row, noon)).toEqual({ do: 'lapse' })
  })

  it('reminds of the end before it, and lapses without a reminder that comes too late', () => {
    const row = facts({ state: 'approved', expiryRemindAt: before, protectedUntil: noon })
    expect(nextStep(row, before)).toEqual({ do: 'remindExpiry' })
    expect(nextStep(row, noon)).toEqual({ do: 'lapse' })
  })

  it.each([
    ['won', 'win'],
    ['lost', 'lose'],
  ] as const)('closes as %s before the end, and when the end is heard of in the same moment', (dealStatus, step) => {
    const row = facts({ state: 'approved', protectedUntil: noon, dealStatus })
    expect(nextStep(row, before)).toEqual({ do: step })
    expect(nextStep(row, noon)).toEqual({ do: step })
  })

  it.each(['won', 'lost'] as const)(
    'lapses first where the deal was %s at the end or after it, however late that is heard of',
    (dealStatus) => {
      const row = facts({ state: 'approved', protectedUntil: noon, dealStatus })
      const later = plus(noon, 86_400_000)
      expect(nextStep({ ...row, dealClosedAt: noon }, later)).toEqual({ do: 'lapse' })
      expect(nextStep({ ...row, dealClosedAt: before }, later)).toEqual({ do: dealStatus === 'won' ? 'win' : 'lose' })
      // A vendor's clock that is ahead takes no protection away.
      expect(nextStep({ ...row, dealClosedAt: plus(noon, 1) }, before).do).not.toBe('lapse')
      const extended = { ...row, dealClosedAt: noon, extension: { next: 'extend' as const, since: before } }
      expect(nextStep(extended, later)).toEqual({ do: 'extend' })
    },
  )

  it.each([
    ['lapsed', 'won', 'winLate'],
    ['won', 'open', 'reopen'],
    ['won', 'lost', 'lose'],
    ['lost', 'won', 'win'],
    ['lost', 'open', 'reopen'],
  ] as const)('that is %s goes on when its deal is %s: %s', (state, dealStatus, step) => {
    expect(nextStep(facts({ state, dealStatus, protectedUntil: noon }), plus(noon, 1))).toEqual({ do: step })
  })

  it.each([
    ['keep', 'creditLate'],
    ['revoke', 'refuseLate'],
  ] as const)('won late does what the person says who was asked: %s', (confirm, step) => {
    const late = facts({ state: 'lapsed', dealStatus: 'won', lateWin: 'asked' })
    expect(nextStep(late, noon)).toEqual({ do: 'end' })
    expect(nextStep({ ...late, confirm }, noon)).toEqual({ do: step })
    expect(nextStep({ ...late, confirm, lateWin: 'refused' }, noon)).toEqual({ do: 'end' })
  })
})

it('waits for the go-live of its portal, whatever is due, and ends nothing that has not ended', () => {
  fc.assert(
    fc.property(anyFacts, instant, (some, now) => {
      const next = nextStep({ ...some, observed: true }, now)
      expect(next).toEqual(isOpen(some.state) ? { do: 'wait', until: null } : nextStep(some, now))
    }),
  )
})

/** The registration's workflow through whole lives in virtual time; the rule over a row in memory is the activities' truth. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextStep, type RegistrationFacts, type RegistrationStep } from '../../src/domain/registration.ts'
import type { RegistrationState } from '../../src/domain/records.ts'
import { msBetween, plus } from '../../src/domain/time.ts'
import { takeTurn, type Told } from '../../src/process/turn.ts'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'
import { createSimulator, type SimulatedActivities, type Simulator } from '../setup/workflow-simulator.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const began = Date.UTC(2026, 0, 1)

/** A row in memory with the steps' effects on it, as far as the rule sees them. */
function rowInMemory(clock: () => number) {
  const row: RegistrationFacts = {
    state: 'submitted',
    withdrawn: false,
    revoked: false,
    observed: false,
    covered: true,
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
  }
  const taken: string[] = []
  const now = () => new Date(clock()).toISOString()
  const wish = { automatic: false, exclusivityMs: 90 * DAY, beforeNext: () => Promise.resolve() }
  const become = (state: RegistrationState) => Object.assign(row, { state })
  const approve = () => {
    const protectedUntil = plus(now(), wish.exclusivityMs)
    Object.assign(row, { protectedUntil, expiryRemindAt: plus(protectedUntil, -14 * DAY), dealStatus: 'open' })
    become('approved')
  }
  const review = () => {
    Object.assign(row, { remindAt: plus(now(), 24 * HOUR), escalateAt: plus(now(), 48 * HOUR) })
    row.task = { state: 'open', decision: null }
    become('in-review')
  }
  const effects: Record<RegistrationStep, () => void> = {
    receive: () => Object.assign(row, { state: 'screening', screenBy: plus(now(), 5 * 60_000) }),
    screen() {
      if (wish.automatic) return approve()
      review()
    },
    rescreen() {
      Object.assign(row, { edited: false, task: null, screenBy: plus(now(), 5 * 60_000) })
      become('screening')
    },
    proposeChange: () => (row.proposal = 'asked'),
    settleChange: () => (row.proposal = null),
    remind: () => (row.remindAt = null),
    escalate: () => Object.assign(row, { remindAt: null, escalateAt: null }),
    approve,
    conclude: approve,
    rejudge: () => (row.rejudge = false),
    decline: () => become('declined'),
    askInfo() {
      row.info = { answered: false, remindAt: plus(now(), 11 * DAY), until: plus(now(), 14 * DAY) }
      Object.assign(row, { remindAt: null, escalateAt: null })
      become('info-requested')
    },
    remindInfo: () => (row.info.remindAt = null),
    resume: review,
    closeInfo: review,
    remindExpiry: () => (row.expiryRemindAt = null),
    win: () => become('won'),
    lose: () => become('lost'),
    lapse: () => become('lapsed'),
    reopen: () => become('approved'),
    winLate: () => (row.lateWin = 'refused'),
    creditLate: () => become('won'),
    refuseLate: () => (row.lateWin = 'refused'),
    follow: () => (row.dealMoved = false),
    confirm: () => (row.confirm = null),
    offboard: () => become('revoked'),
    askOffboard: () => (row.offboarded = null),
    merge: () => become('merged'),
    revoke: () => become('revoked'),
    askExtension: () => (row.extension = null),
    refuseExtension: () => (row.extension = null),
    extend() {
      row.extension = null
      row.protectedUntil = plus(row.protectedUntil ?? now(), 30 * DAY)
    },
    withdraw: () => become('withdrawn'),
  }
  function instruct(): Told<RegistrationStep> {
    const step = nextStep(row, now())
    if (step.do !== 'wait') return step
    const { until } = step
    return { do: 'wait', until, forMs: until === null ? null : Math.max(0, msBetween(now(), until)) }
  }
  async function next(): Promise<Told<RegistrationStep>> {
    const answer = instruct()
    await wish.beforeNext()
    return answer
  }
  function take(step: string, effect: () => void): Promise<Told<RegistrationStep>> {
    if (nextStep(row, now()).do === step) {
      effect()
      taken.push(step)
    }
    return Promise.resolve(instruct())
  }
  const activities: SimulatedActivities = {
    turn: () => takeTurn({ next, take: (step) => take(step, effects[step]) }),
    next,
    ...Object.fromEntries(Object.entries(effects).map(([name, effect]) => [name, () => take(name, effect)])),
  }
  return {
    row,
    taken,
    wish,
    activities,
    decide: (decision: 'approve' | 'decline' | 'ask-info') => (row.task = { state: 'decided', decision }),
  }
}

let simulator: Simulator
beforeAll(async () => {
  const { code } = await bundleWorkflows()
  simulator = await createSimulator(code, Object.keys(rowInMemory(() => began).activities))
}, 60_000)
afterAll(() => simulator.close())

type Prepare = (ledger: ReturnType<typeof rowInMemory>) => void

/** A registration that has just been started with these arguments and waits. */
async function begun(more: Record<string, string>, prepare: Prepare) {
  const ledger = rowInMemory(() => simulator.latest?.now ?? began)
  prepare(ledger)
  const run = await simulator.start('registration', [{ registrationId: 'r1', ...more }], ledger.activities, began)
  const alive = {
    ...ledger,
    run,
    async follow() {
      alive.run = await simulator.follow(alive.run)
    },
  }
  return alive
}

// The loop of today, and the one of executions that began before there were turns.
describe.each([
  ['in turns', { by: 'turns' }, 'turn'],
  ['step by step', {}, 'next'],
])('a registration that goes %s', (_, more, look) => {
  const life = (prepare: Prepare = () => undefined) => begun(more, prepare)

  it('is approved by rule, reminded of, and lapses on its ninetieth day', async () => {
    const { run, taken, row } = await life(({ wish }) => (wish.automatic = true))
    expect(taken).toEqual(['receive', 'screen'])
    expect(row.state).toBe('approved')
    await run.advance(76 * DAY)
    expect(taken.at(-1)).toBe('remindExpiry')
    await run.advance(14 * DAY - 1)
    expect(row.state).toBe('approved')
    await run.advance(1)
    expect(row.state).toBe('lapsed')
    expect(run.closed).toBe('completed')
  })

  it('is reminded of once, escalated once, and takes a decision that comes late', async () => {
    const { run, taken, decide, row } = await life()
    await run.advance(24 * HOUR)
    await run.advance(24 * HOUR)
    expect(taken).toEqual(['receive', 'screen', 'remind', 'escalate'])
    expect(run.waitsUntil).toEqual([])
    await run.advance(300 * DAY)
    decide('approve')
    await run.signal('wake')
    expect(row.state).toBe('approved')
    expect(taken.filter((step) => step === 'remind' || step === 'escalate')).toHaveLength(2)
  })

  it('takes a decision at the instant of the escalation and does not escalate', async () => {
    const { run, taken, decide } = await life()
    await run.advance(48 * HOUR - 1)
    decide('decline')
    await run.advance(1)
    expect(taken).toEqual(['receive', 'screen', 'remind', 'decline'])
    expect(run.closed).toBe('completed')
  })

  it.each([
    ['won', 'win'],
    ['lost', 'lose'],
  ] as const)('ends as %s when its deal does', async (status, step) => {
    const { run, taken, row } = await life(({ wish }) => (wish.automatic = true))
    row.dealStatus = status
    await run.signal('wake')
    expect(taken.at(-1)).toBe(step)
    expect(run.closed).toBe('completed')
  })

  it('lasts as long as its clock says, however long that is', async () => {
    const { run, row } = await life(({ wish }) => Object.assign(wish, { automatic: true, exclusivityMs: 1000 * DAY }))
    await run.advance(1000 * DAY - 1)
    expect(row.state).toBe('approved')
    await run.advance(1)
    expect(row.state).toBe('lapsed')
  })

  it('looks once for any number of wakes that come together', async () => {
    const { run } = await life()
    const looks = () => run.ran.filter((name) => name === look).length
    const before = looks()
    await Promise.all([run.signal('wake'), run.signal('wake'), run.signal('wake')])
    expect(looks()).toBeLessThanOrEqual(before + 2)
    expect(run.closed).toBeNull()
  })

  it('continues as new with its id alone, keeps its clock, and hands on what came too late', async () => {
    const alive = await life(({ wish }) => (wish.automatic = true))
    await alive.run.advance(30 * DAY)
    alive.run.isLong = true
    await alive.run.signal('wake')
    expect(alive.run.closed).toBe('continued-as-new')
    expect(alive.run.continuedWith).toEqual([{ registrationId: 'r1', by: 'turns' }])
    alive.row.dealStatus = 'won'
    await alive.run.signal('wake')
    expect(alive.run.undelivered).toEqual(['wake'])
    await alive.follow()
    expect(alive.run.closed).toBe('completed')
    expect(alive.row.state).toBe('won')
  })

  it('outlasts a database that is away for hours, with a handful of attempts an hour', async () => {
    let isAway = false
    const { run, row, taken } = await life(({ wish, activities }) => {
      wish.automatic = true
      for (const [name, activity] of Object.entries(activities)) {
        activities[name] = (...args) => {
          if (isAway) throw new Error('the database is away')
          return activity(...args)
        }
      }
    })
    isAway = true
    await run.signal('wake')
    const before = { timers: run.commands.filter((name) => name === 'startTimer').length, attempts: run.ran.length }
    await run.advance(6 * HOUR)
    // Each timer of the workflow is some five events of its history.
    const timers = run.commands.filter((name) => name === 'startTimer').length - before.timers
    expect(timers).toBeLessThan(6 * 70)
    expect(run.ran.length - before.attempts).toBeLessThan(6 * 70)
    expect(run.closed).toBeNull()
    isAway = false
    row.dealStatus = 'won'
    await run.advance(60_000)
    expect(taken.at(-1)).toBe('win')
  })

  it('never loses a wake, whenever it comes', async () => {
    // What happens while the workflow looks at its row: the row changes after it was read, and the wake comes with the answer.
    const moments = fc.array(
      fc.record({
        during: fc.boolean(),
        change: fc.constantFrom('none', 'decide', 'won', 'withdraw'),
        afterMs: fc.nat({ max: 3 * DAY }),
      }),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(moments, fc.boolean(), async (plan, isLong) => {
        const alive = await life()
        const changes = {
          none: () => undefined,
          decide: () => alive.decide('approve'),
          won: () => (alive.row.dealStatus = 'won'),
          withdraw: () => (alive.row.withdrawn = true),
        }
        for (const { during, change, afterMs } of plan) {
          await alive.run.advance(afterMs)
          alive.run.isLong = isLong
          if (during) {
            alive.wish.beforeNext = async () => {
              alive.wish.beforeNext = () => Promise.resolve()
              changes[change]()
              await simulator.latest?.signal('wake')
            }
          } else {
            changes[change]()
          }
          await alive.run.signal('wake')
          while (alive.run.closed === 'continued-as-new') await alive.follow()
          if (alive.run.closed !== null) break
        }
        // Whatever came, what the rule says of the row now is what the workflow waits for.
        const next = nextStep(alive.row, new Date(alive.run.now).toISOString())
        expect(next.do).toBe(alive.run.closed === null ? 'wait' : 'end')
      }),
      { numRuns: 100 },
    )
  })
})

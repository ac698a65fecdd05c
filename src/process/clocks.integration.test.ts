/** The clocks of a decision on the real process: the ladder, its end, business hours, and edits of the policy. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { events } from '../db/schema/index.ts'
import { afterOpenTime } from '../domain/calendar.ts'
import { msBetween } from '../domain/time.ts'
import { CausewayError } from '../errors.ts'
import { until } from '../../test/setup/until.ts'
import { decide } from './decide.ts'
import { steps } from './registration-steps.ts'
import { automatic, one, staff, startRig, type Rig } from './rig.test-support.ts'
import { take } from './step.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ladder = [
  { after: '48h', to: 'head@vendor.example' },
  { after: '72h', to: 'chief@vendor.example' },
]

let rig: Rig
let partnerId: string
let count = 0
beforeAll(async () => {
  rig = await startRig()
  partnerId = await rig.partner('Fallwind')
}, 60_000)
afterAll(() => rig.close())

const company = () => {
  count += 1
  return { company: `Uhr ${count} GmbH`, domain: `uhr${count}.com` }
}
async function inReview(policy: unknown, prospect = company()) {
  const programme = rig.with(policy)
  const id = await rig.claim(partnerId, prospect)
  await rig.settle(id, programme)
  const after = async (ms: number) => {
    await rig.pass(id, ms)
    return rig.settle(id, programme)
  }
  return { id, after }
}
const told = async (id: string, template: string) =>
  (await rig.notices(id)).filter((notice) => notice.template === template).map(({ recipient }) => recipient)

describe('the ladder', () => {
  it('tells one rung after another, each once, and waits at its end where the policy says wait', async () => {
    const { id, after } = await inReview({ decision: { ladder } })
    await after(47 * HOUR)
    expect(await told(id, 'task.escalated')).toEqual([])
    await after(2 * HOUR)
    expect(await told(id, 'task.escalated')).toEqual(['head@vendor.example', 'manager@vendor.example'])
    await after(24 * HOUR)
    expect((await told(id, 'task.escalated')).slice(2)).toEqual(['chief@vendor.example', 'manager@vendor.example'])
    expect(await after(300 * DAY)).toMatchObject({ do: 'wait', forMs: null })
    expect(await rig.row(id)).toMatchObject({ state: 'in-review' })
  })

  it.each([
    ['approve', 'approved'],
    ['decline', 'declined'],
  ] as const)('ends by the policy’s word to %s, and the task with it', async (atEnd, state) => {
    const { id, after } = await inReview({ decision: { ladder, atEnd, endAfter: '96h' } })
    await after(95 * HOUR)
    expect(await rig.row(id)).toMatchObject({ state: 'in-review' })
    await after(HOUR)
    expect(await rig.row(id)).toMatchObject({ state })
    expect(one(await rig.tasks(id))).toMatchObject({ state: 'expired', decision: null })
    const [ended] = (await rig.db.select().from(events).where(eq(events.subjectId, id))).filter(
      ({ what }) => what === `registration.${state}`,
    )
    expect(ended).toMatchObject({ rule: 'ladder-end', actor: 'system' })
  })

  it('does not overrule who decides in its last moment: of the two one comes first, and the other is told', async () => {
    const policy = { decision: { ladder, atEnd: 'approve', endAfter: '96h' } }
    const { id } = await inReview(policy)
    await rig.pass(id, 96 * HOUR)
    const taskId = one(await rig.tasks(id)).id
    let said: string | null = null
    let deciding: Promise<void> | undefined
    await take(rig.db, rig.with(policy), id, 'conclude', async (tx, by, situation) => {
      deciding = decide(rig.db, { taskId, decision: 'decline', reason: 'Ours', by: staff() }).then(
        () => void (said = 'decided'),
        (error: unknown) => void (said = error instanceof CausewayError ? error.code : String(error)),
      )
      // Either the decision is kept by now, or it waits for this step.
      await until(async () => said !== null || (await rig.waiting()) > 0)
      await steps.conclude(tx, by, situation)
    })
    await deciding
    expect(said).toBe('CW_TASK_DECIDED')
    expect(await rig.row(id)).toMatchObject({ state: 'approved' })
    expect(one(await rig.tasks(id))).toMatchObject({ state: 'expired', decision: null })
  })

  it('never approves by silence over an open conflict', async () => {
    const prospect = company()
    await rig.directDeal({ name: prospect.company, domain: prospect.domain })
    const { id, after } = await inReview({ decision: { atEnd: 'approve', endAfter: '96h' } }, prospect)
    expect(await after(97 * HOUR)).toMatchObject({ do: 'wait', forMs: null })
    expect(await rig.row(id)).toMatchObject({ state: 'in-review' })
    expect(await rig.events(id)).toContain('task.not-concluded')
    // Another policy that judges the clock anew comes to the same end, and the claim goes on waiting.
    const again = { version: '2', edits: { runningClocks: 'rejudge' }, decision: { atEnd: 'approve', endAfter: '96h' } }
    expect(await rig.settle(id, rig.with(again))).toMatchObject({ do: 'wait', forMs: null })
    expect(await rig.row(id)).toMatchObject({ state: 'in-review', policyVersion: '2' })
  })
})

describe('business hours', () => {
  it('count where the policy says so, in the calendar’s own zone', async () => {
    const calendar = { timeZone: 'Europe/Berlin', hours: { 'mon-fri': '09:00-17:00' } }
    const policy = {
      calendars: { desk: calendar },
      decision: { within: '16h', hours: 'business', calendar: 'desk' },
    }
    const { id } = await inReview(policy)
    const row = await rig.row(id)
    const { desk } = rig.with(policy).policy.calendars
    if (desk === undefined || row.clock?.since == null) throw new Error('no clock runs')
    expect(row.decideBy).toBe(afterOpenTime(desk, row.clock.since, 16 * HOUR))
    expect(row.remindAt).toBe(afterOpenTime(desk, row.clock.since, 8 * HOUR))
    expect(one(await rig.tasks(id)).dueAt).toBe(row.decideBy)
  })
})

describe('an edit of the policy', () => {
  const longer = { version: '2', decision: { within: '96h' }, exclusivity: { for: '120d' } }

  it('leaves running clocks alone where it does not say otherwise', async () => {
    const { id } = await inReview({})
    const before = await rig.row(id)
    await rig.settle(id, rig.with(longer))
    expect(await rig.row(id)).toMatchObject({ decideBy: before.decideBy, policyVersion: '1' })
  })

  it('has them judged anew from where they began where it says so, once', async () => {
    const rejudge = rig.with({ ...longer, edits: { runningClocks: 'rejudge' } })
    const { id, after } = await inReview({})
    await after(10 * HOUR)
    await rig.settle(id, rejudge)
    await rig.settle(id, rejudge)
    const row = await rig.row(id)
    expect(msBetween(row.clock?.since ?? '', row.decideBy ?? '')).toBe(96 * HOUR)
    expect(one(await rig.tasks(id)).dueAt).toBe(row.decideBy)
    expect((await rig.events(id)).filter((what) => what === 'clock.rejudged')).toHaveLength(1)
    const protectedId = await rig.claim(partnerId, company())
    await rig.settle(protectedId, rig.with(automatic))
    await rig.settle(protectedId, rejudge)
    const { protectedFrom, protectedUntil } = await rig.row(protectedId)
    expect(msBetween(protectedFrom ?? '', protectedUntil ?? '')).toBe(120 * DAY)
    expect(await told(protectedId, 'exclusivity.rejudged')).toEqual(['desk@fallwind.example', 'manager@vendor.example'])
  })
})

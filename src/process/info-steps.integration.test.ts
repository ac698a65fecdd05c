/** A question to the partner, on the real process: what stops, what goes on, and who is asked again. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchanges } from '../db/schema/index.ts'
import { msBetween } from '../domain/time.ts'
import { decide } from './decide.ts'
import { one, staff, startRig, type Rig } from './rig.test-support.ts'
import { answerInfo } from './wishes/answer-info.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let rig: Rig
let partnerId: string
let count = 0
beforeAll(async () => {
  rig = await startRig({ decision: { escalateTo: 'head@vendor.example' } })
  partnerId = await rig.partner('Ostwind')
}, 60_000)
afterAll(() => rig.close())

const partner = { label: 'desk', email: null, door: 'portal' } as const
async function asked(hoursUsed: number): Promise<string> {
  count += 1
  const id = await rig.claim(partnerId, { company: `Frage ${count} GmbH`, domain: `frage${count}.com` })
  await rig.settle(id)
  await rig.pass(id, hoursUsed * HOUR)
  await rig.settle(id)
  const task = one(await rig.tasks(id))
  await decide(rig.db, { taskId: task.id, decision: 'ask-info', reason: 'Who is your contact?', by: staff() })
  await rig.settle(id)
  return id
}
const answer = (registrationId: string) => answerInfo(rig.db, { registrationId, answer: 'The head of IT', by: partner })

describe('a question to the partner', () => {
  it('stops the clock: nothing is reminded of or escalated however long it takes', async () => {
    const id = await asked(30)
    expect(await rig.row(id)).toMatchObject({
      state: 'info-requested',
      decideBy: null,
      remindAt: null,
      escalateAt: null,
    })
    await rig.pass(id, 10 * DAY)
    expect(await rig.settle(id)).toMatchObject({ do: 'wait' })
    expect(await rig.events(id)).not.toContain('task.escalated')
    expect((await rig.notices(id)).map(({ template }) => template)).toContain('info.requested')
  })

  it('goes on with what was left when it is answered, and the approver is asked again', async () => {
    const id = await asked(30)
    await rig.pass(id, 5 * DAY)
    await answer(id)
    await rig.settle(id)
    const row = await rig.row(id)
    const [first, again] = await rig.tasks(id)
    expect(first).toMatchObject({ state: 'decided', decision: 'ask-info' })
    expect(again).toMatchObject({ state: 'open', round: 2, why: ['info-answered'] })
    const { answeredAt } = one(await rig.db.select().from(exchanges).where(eq(exchanges.registrationId, id)))
    // 30 of the 48 hours were used, and some moments of this test.
    const left = msBetween(answeredAt ?? '', row.decideBy ?? '')
    expect(left).toBeLessThanOrEqual(18 * HOUR)
    expect(left).toBeGreaterThan(17.9 * HOUR)
    // The reminder after 24 hours was given before.
    expect(row.remindAt).toBeNull()
    await rig.pass(id, 18 * HOUR)
    await rig.settle(id)
    expect((await rig.events(id)).filter((what) => what === 'task.escalated')).toHaveLength(1)
  })

  it('reminds the partner once, and asks the approver again when no answer comes', async () => {
    const id = await asked(1)
    await rig.pass(id, 11 * DAY)
    await rig.settle(id)
    expect(await rig.events(id)).toContain('info.reminded')
    await rig.pass(id, 3 * DAY)
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'in-review', round: 2 })
    expect((await rig.tasks(id)).at(-1)).toMatchObject({ why: ['info-unanswered'] })
    expect((await rig.events(id)).filter((what) => what === 'info.reminded')).toHaveLength(1)
  })

  it('declines for the silence where the policy says so, and waits for ever where it says that', async () => {
    const [strict, patient] = [await asked(1), await asked(1)]
    await rig.pass(strict, 14 * DAY)
    await rig.settle(strict, rig.with({ info: { atEnd: 'decline' } }))
    expect(await rig.row(strict)).toMatchObject({ state: 'declined' })
    expect(await rig.row(patient)).toMatchObject({ state: 'info-requested' })
  })

  it('is answered once, and by name refused where none stands', async () => {
    const id = await asked(1)
    await answer(id)
    await expect(answer(id)).rejects.toMatchObject({ code: 'CW_TRANSITION_ILLEGAL' })
    await rig.settle(id)
    await expect(answer(id)).rejects.toMatchObject({
      code: 'CW_TRANSITION_ILLEGAL',
      detail: { state: 'in-review', step: 'resume' },
    })
  })
})

describe('a decision', () => {
  it('is one that the kind of task has', async () => {
    const id = await asked(1)
    await answer(id)
    await rig.settle(id)
    const task = (await rig.tasks(id)).at(-1)
    const taskId = task?.id ?? ''
    await expect(decide(rig.db, { taskId, decision: 'grant', reason: null, by: staff() })).rejects.toMatchObject({
      code: 'CW_REQUEST_INVALID',
      detail: { possible: 'approve decline ask-info' },
    })
    await expect(decide(rig.db, { taskId, decision: 'ask-info', reason: ' ', by: staff() })).rejects.toMatchObject({
      code: 'CW_REQUEST_INVALID',
      detail: { field: 'reason' },
    })
    const done = await decide(rig.db, {
      taskId,
      decision: 'approve',
      reason: null,
      by: { ...staff('ada'), door: 'cli' },
    })
    expect(done).toMatchObject({ decidedBy: 'ada', decidedDoor: 'cli' })
  })
})

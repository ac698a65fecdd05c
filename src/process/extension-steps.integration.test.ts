/** Longer protections and revoked approvals, on the real process. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deals, extensions } from '../db/schema/index.ts'
import { plus } from '../domain/time.ts'
import { decide } from './decide.ts'
import { automatic, one, staff, startRig, type Rig } from './rig.test-support.ts'
import { extend, requestExtension } from './wishes/extension.ts'
import { revoke } from './wishes/revoke.ts'
import { withdraw } from './wishes/withdraw.ts'

const DAY = 24 * 3_600_000

let rig: Rig
let partnerId: string
let count = 0
beforeAll(async () => {
  rig = await startRig(automatic)
  partnerId = await rig.partner('Westwind')
}, 60_000)
afterAll(() => rig.close())

const by = { label: 'desk', email: null, door: 'portal' } as const
async function approved() {
  count += 1
  const id = await rig.claim(partnerId, { company: `Lang ${count} GmbH`, domain: `lang${count}.com` })
  await rig.settle(id)
  return { id, until: (await rig.row(id)).protectedUntil ?? '' }
}
const wish = (registrationId: string, until: string | null = null) =>
  requestExtension(rig.db, rig.programme.policy, { registrationId, until, reason: 'Budget in March', by })
const extensionTask = async (id: string) =>
  one((await rig.tasks(id)).filter(({ kind }) => kind === 'extend-protection'))
const told = async (id: string) =>
  (await rig.notices(id)).map(({ template, recipient }) => `${template} → ${recipient}`)

describe('a longer protection', () => {
  it('is asked for by the partner, granted by a person, and stands in the claim and its deal', async () => {
    const { id, until } = await approved()
    expect(await wish(id)).toBe(plus(until, 30 * DAY))
    await rig.settle(id)
    const task = await extensionTask(id)
    expect(task).toMatchObject({ state: 'open', assignee: 'manager@vendor.example' })
    await decide(rig.db, { taskId: task.id, decision: 'grant', reason: null, by: staff() })
    await rig.settle(id)
    const row = await rig.row(id)
    expect(row).toMatchObject({ state: 'approved', protectedUntil: plus(until, 30 * DAY) })
    expect(row.expiryRemindAt).toBe(plus(until, 16 * DAY))
    const deal = one(await rig.db.select().from(deals).where(eq(deals.registrationId, id)))
    expect(deal.protectedUntil).toBe(row.protectedUntil)
    expect(await told(id)).toEqual(
      expect.arrayContaining([
        'extension.asked → manager@vendor.example',
        'exclusivity.extended → desk@westwind.example',
      ]),
    )
  })

  it('is refused with a reason, and the end stays', async () => {
    const { id, until } = await approved()
    await wish(id, plus(until, DAY))
    await rig.settle(id)
    const taskId = (await extensionTask(id)).id
    await decide(rig.db, { taskId, decision: 'refuse', reason: 'Nothing moved', by: staff() })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'approved', protectedUntil: until })
    expect(await told(id)).toContain('extension.refused → desk@westwind.example')
  })

  it('is granted by rule where the policy says so, and given at once by a manager’s word', async () => {
    const { id, until } = await approved()
    await wish(id)
    await rig.settle(id, rig.with({ ...automatic, exclusivity: { extension: { automaticWhen: {} } } }))
    expect(await rig.row(id)).toMatchObject({ protectedUntil: plus(until, 30 * DAY) })
    await extend(rig.db, { registrationId: id, until: plus(until, 300 * DAY), reason: null, by: staff() })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ protectedUntil: plus(until, 300 * DAY) })
    expect(await rig.tasks(id)).toEqual([])
  })

  it('is refused by name where the policy or another wish stands against it', async () => {
    const { id, until } = await approved()
    const refused = { code: 'CW_TRANSITION_ILLEGAL', detail: { state: 'approved', step: 'askExtension' } }
    await expect(wish(id, plus(until, 31 * DAY))).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
    await expect(wish(id, plus(until, -DAY))).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
    const late = rig.with({ ...automatic, exclusivity: { extension: { askFrom: '10d' } } }).policy
    await expect(
      requestExtension(rig.db, late, { registrationId: id, until: null, reason: null, by }),
    ).rejects.toMatchObject(refused)
    await wish(id)
    await expect(wish(id)).rejects.toMatchObject(refused)
    await rig.settle(id)
    await decide(rig.db, { taskId: (await extensionTask(id)).id, decision: 'grant', reason: null, by: staff() })
    await rig.settle(id)
    // Once is all that this policy allows.
    await expect(wish(id)).rejects.toMatchObject(refused)
  })

  it('that was granted before the end counts although its step is late; one that was not decided ends with the claim', async () => {
    const [granted, open] = [await approved(), await approved()]
    await rig.pass(granted.id, 90 * DAY - 1000)
    await extend(rig.db, { registrationId: granted.id, until: plus(granted.until, DAY), reason: null, by: staff() })
    await rig.pass(granted.id, 2000)
    await rig.settle(granted.id)
    expect(await rig.row(granted.id)).toMatchObject({ state: 'approved' })
    await wish(open.id)
    await rig.settle(open.id)
    await rig.pass(open.id, 91 * DAY)
    await rig.settle(open.id)
    expect(await rig.row(open.id)).toMatchObject({ state: 'lapsed' })
    expect(await extensionTask(open.id)).toMatchObject({ state: 'cancelled' })
    const [wished] = await rig.db.select().from(extensions).where(eq(extensions.registrationId, open.id))
    expect(wished).toMatchObject({ state: 'moot' })
    await expect(wish(open.id)).rejects.toMatchObject({
      code: 'CW_TRANSITION_ILLEGAL',
      detail: { state: 'lapsed', step: 'askExtension' },
    })
  })

  it('is reminded of as often as the policy says, and once where reminders were missed together', async () => {
    count += 1
    const id = await rig.claim(partnerId, { company: `Lang ${count} GmbH`, domain: `lang${count}.com` })
    const often = rig.with({ ...automatic, exclusivity: { reminders: ['30d', '14d', '1d'] } })
    await rig.settle(id, often)
    const reminded = async () => (await rig.events(id)).filter((what) => what === 'exclusivity.reminded').length
    await rig.pass(id, 60 * DAY)
    await rig.settle(id, often)
    expect(await reminded()).toBe(1)
    await rig.pass(id, 29.5 * DAY)
    await rig.settle(id, often)
    expect(await reminded()).toBe(2)
    expect(await rig.row(id)).toMatchObject({ expiryRemindAt: null, state: 'approved' })
  })
})

describe('an approval', () => {
  it('is taken back with a reason, and nothing is asked or due of it any more', async () => {
    const { id } = await approved()
    await wish(id)
    await rig.settle(id)
    await expect(revoke(rig.db, { registrationId: id, reason: ' ', by: staff() })).rejects.toMatchObject({
      code: 'CW_REQUEST_INVALID',
    })
    await revoke(rig.db, { registrationId: id, reason: 'The customer asked for another', by: staff() })
    expect(await rig.settle(id)).toMatchObject({ do: 'end' })
    expect(await rig.row(id)).toMatchObject({ state: 'revoked', reason: 'The customer asked for another' })
    expect(await extensionTask(id)).toMatchObject({ state: 'cancelled' })
    const deal = one(await rig.db.select().from(deals).where(eq(deals.registrationId, id)))
    expect(deal.registrationStatus).toBe('revoked')
    expect(await told(id)).toContain('registration.revoked → desk@westwind.example')
    const refused = { code: 'CW_TRANSITION_ILLEGAL', detail: { state: 'revoked', legal: '' } }
    await expect(revoke(rig.db, { registrationId: id, reason: 'again', by: staff() })).rejects.toMatchObject(refused)
    await expect(withdraw(rig.db, { registrationId: id, by })).rejects.toMatchObject(refused)
  })
})

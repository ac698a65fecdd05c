import { and, eq, ne, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  changes,
  conflicts,
  connections,
  deals,
  events,
  identities,
  judgements,
  links,
  nudges,
  parties,
  registrations,
  writes,
} from '../db/schema/index.ts'
import { citationOf } from '../domain/policy/paragraphs.ts'
import { rule } from '../domain/ruling.ts'
import { msBetween, plus } from '../domain/time.ts'
import { wakeCovered } from './coverage.ts'
import { registrationTurn } from './registration-turn.ts'
import { decide } from './decide.ts'
import { factsOf } from './notices/facts.ts'
import { automatic, farFuture, one, staff, startRig, type Rig } from './rig.test-support.ts'
import { revoke } from './wishes/revoke.ts'
import { withdraw } from './wishes/withdraw.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let rig: Rig
let nord: string
let sued: string
let count = 0
beforeAll(async () => {
  rig = await startRig({ decision: { escalateTo: 'head@vendor.example' } })
  nord = await rig.partner('Nordwind')
  sued = await rig.partner('Suedwind')
}, 60_000)
afterAll(() => rig.close())

/** A company that no other test claims. */
const company = () => {
  count += 1
  return { company: `Werk ${String(count)} GmbH`, domain: `werk${String(count)}.com` }
}
const inReview = async (partner = nord, prospect = company()) => {
  const id = await rig.claim(partner, prospect)
  await rig.settle(id)
  return { id, task: one(await rig.tasks(id)) }
}
const approved = async () => {
  const id = await rig.claim(nord, company())
  await rig.settle(id, rig.with(automatic))
  return id
}
const told = async (id: string) =>
  (await rig.notices(id)).map(({ template, recipient }) => `${template} → ${recipient}`)
const approve = (taskId: string, by = 'key:mara') =>
  decide(rig.db, { taskId, decision: 'approve', reason: null, by: staff(by) })
const manager = 'manager@vendor.example'
const desk = 'desk@nordwind.example'

describe('screening', () => {
  it('approves a clean claim by rule, with its deal planned in the CRM and its clocks from policy', async () => {
    const id = await rig.claim(nord, company())
    const programme = rig.with({ ...automatic, version: '7', exclusivity: { for: '60d', remindBefore: '10d' } })
    const instruction = await rig.settle(id, programme)
    const row = await rig.row(id)
    expect(row).toMatchObject({ state: 'approved', home: 'crm', policyVersion: '7', pipelineStage: 'approved' })
    expect(msBetween(row.protectedFrom ?? '', row.protectedUntil ?? '')).toBe(60 * DAY)
    expect(row.expiryRemindAt).toBe(plus(row.protectedUntil ?? '', -10 * DAY))
    expect(row.wakeAt).toBe(row.expiryRemindAt)
    expect(instruction).toMatchObject({ do: 'wait' })
    const deal = one(await rig.db.select().from(deals).where(eq(deals.registrationId, id)))
    expect(deal).toMatchObject({ source: 'partner-sourced', status: 'open', protectedUntil: row.protectedUntil })
    const linked = await rig.db
      .select({ status: writes.status })
      .from(links)
      .innerJoin(writes, eq(writes.linkId, links.id))
      .where(eq(links.recordId, deal.id))
    expect(linked).toEqual([{ status: 'planned' }])
    expect(await told(id)).toEqual([`registration.approved → ${desk}`, `registration.approved → ${manager}`])
  })

  it('asks, with deadline, reminder and the manager told, where no rule approves', async () => {
    const { id, task } = await inReview()
    const row = await rig.row(id)
    expect(task).toMatchObject({ state: 'open', assignee: manager, why: ['no-automatic-approval'], round: 1 })
    expect(row).toMatchObject({ state: 'in-review', decideBy: task.dueAt, escalateAt: task.dueAt })
    expect(msBetween(row.remindAt ?? '', row.escalateAt ?? '')).toBe(24 * HOUR)
    expect(await told(id)).toEqual([`task.opened → ${manager}`])
    // By which rules, and where they stand: of the question, and of whom it goes to.
    const asked = one(
      await rig.db
        .select()
        .from(events)
        .where(and(eq(events.subjectId, id), eq(events.what, 'task.opened'))),
    )
    const { policy } = rig.programme
    const paragraph = citationOf(policy, 'no-automatic-approval')?.number
    expect(asked).toMatchObject({ rule: 'no-automatic-approval', detail: { approver: 'account-manager', paragraph } })
    expect(await factsOf(rig.db, { subjectId: id, eventId: asked.id })).toMatchObject({
      cited: `${paragraph ?? ''} no-automatic-approval`,
    })
  })

  it('asks, with the evidence, about a direct deal at the same domain', async () => {
    const prospect = company()
    const dealId = await rig.directDeal({ name: 'Another Name', domain: prospect.domain })
    const id = await rig.claim(nord, prospect)
    await rig.settle(id, rig.with(automatic))
    expect(one(await rig.tasks(id)).why).toEqual(['direct-deal'])
    expect(one(await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, id)))).toMatchObject({
      kind: 'direct-deal',
      otherId: dealId,
      evidence: { matchedOn: ['domain'], against: ['other-name'], score: 100 },
      blocks: 'ask',
    })
  })

  it('asks about a direct deal at a company of the same name', async () => {
    const prospect = company()
    await rig.directDeal({ name: prospect.company.toUpperCase(), domain: null })
    const id = await rig.claim(nord, { ...prospect, domain: null })
    await rig.settle(id, rig.with(automatic))
    expect(one(await rig.tasks(id)).why).toEqual(['direct-deal-by-name'])
  })

  it('rules a claim and a direct deal by who was first, as the CRM says when the deal was opened', async () => {
    const programme = rig.with({
      ...automatic,
      precedence: [{ name: 'who-was-first', against: ['direct-deal'], ruling: 'first-in-time' }],
    })
    const ruledBeside = async (openedAt: string | null) => {
      const prospect = company()
      const dealId = await rig.directDeal({ name: prospect.company, domain: prospect.domain }, openedAt)
      // When we heard of the deal says nothing of when it was opened.
      await rig.db.update(deals).set({ createdAt: '2026-06-01T00:00:00.000Z' }).where(eq(deals.id, dealId))
      const id = await rig.claim(nord, { ...prospect, submittedAt: '2026-05-01T12:00:00.000Z' })
      await rig.settle(id, programme)
      const { state, reason } = await rig.row(id)
      const { blocks, rule: by } = one(await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, id)))
      return { state, reason, blocks, by }
    }
    expect(await ruledBeside('2026-05-01T11:59:59.000Z')).toEqual({
      state: 'declined',
      reason: 'Our own sales works with this company already. (Rules of engagement, 2.1 who-was-first)',
      blocks: 'yes',
      by: 'who-was-first',
    })
    expect(await ruledBeside('2026-05-01T12:00:01.000Z')).toMatchObject({ state: 'approved', blocks: 'no' })
    expect(await ruledBeside(null)).toMatchObject({ state: 'in-review', blocks: 'ask', by: 'conflict-check' })
  })

  it('does not see a direct deal that is closed, nor the deal of a registration', async () => {
    const prospect = company()
    const dealId = await rig.directDeal({ name: prospect.company, domain: prospect.domain })
    await rig.db.update(deals).set({ status: 'lost' }).where(eq(deals.id, dealId))
    const id = await rig.claim(nord, prospect)
    await rig.settle(id, rig.with(automatic))
    expect((await rig.row(id)).state).toBe('approved')
  })

  it('merges the same partner’s second submission into the first', async () => {
    const prospect = company()
    const first = await inReview(nord, prospect)
    const id = await rig.claim(nord, prospect)
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'merged', mergedInto: first.id })
    expect((await rig.row(first.id)).state).toBe('in-review')
    expect(await told(first.id)).not.toContain(`conflict.detected → ${desk}`)
  })

  it('declines what comes second, tells both, and names neither to the other', async () => {
    const prospect = company()
    const first = await inReview(nord, prospect)
    const id = await rig.claim(sued, prospect)
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({
      state: 'declined',
      reason: 'Another partner registered this company before. (Rules of engagement, 2.2 first-in-time)',
    })
    expect(await told(id)).toContain('registration.declined → desk@suedwind.example')
    expect(await told(first.id)).toContain(`conflict.detected → ${desk}`)
  })

  it('tells both partners of an undecided conflict at once, within the day that is kept beside it', async () => {
    const prospect = company()
    const first = await inReview(nord, prospect)
    const id = await rig.claim(sued, { ...prospect, domain: null })
    await rig.settle(id)
    expect((await rig.row(id)).state).toBe('in-review')
    expect(await told(id)).toContain('conflict.found → desk@suedwind.example')
    expect(await told(first.id)).toContain(`conflict.detected → ${desk}`)
    const found = one(await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, id)))
    expect(msBetween(found.detectedAt, found.tellBy ?? '')).toBe(24 * HOUR)
    for (const at of [found.toldAt, found.otherToldAt]) expect((at ?? '9') < (found.tellBy ?? '')).toBe(true)
  })

  it('has the manager tell a partner without an address', async () => {
    const prospect = company()
    const silent = await rig.partner('Windstille', { email: null })
    await inReview(nord, prospect)
    const id = await rig.claim(silent, { ...prospect, domain: null })
    await rig.settle(id)
    expect(await told(id)).toContain(`conflict.found → ${manager}`)
  })

  it('has one manager tell both partners where neither has an address', async () => {
    const prospect = company()
    const [silent, mute] = [await rig.partner('Stille', { email: null }), await rig.partner('Ruhe', { email: null })]
    const { id: first } = await inReview(silent, prospect)
    const id = await rig.claim(mute, { ...prospect, domain: null })
    await rig.settle(id)
    expect(await told(first)).toContain(`conflict.detected → ${manager}`)
    expect(await told(id)).toContain(`conflict.found → ${manager}`)
    const alone = await rig.partner('Stumm', { email: null, managerEmail: null })
    const last = await rig.claim(alone, { ...prospect, domain: null })
    await rig.settle(last)
    // Nobody can tell them: the record does not say that somebody did.
    const found = await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, last))
    expect(found.map(({ toldAt, otherToldAt }) => [toldAt === null, otherToldAt === null])).toEqual([
      [true, false],
      [true, false],
    ])
  })

  it('tells nobody of a portal that is only observed', async () => {
    const prospect = company()
    const seen = await rig.claim(nord, { ...prospect, portal: 'trial' })
    await rig.db.insert(connections).values({ name: 'trial', mode: 'observe' })
    const id = await rig.claim(sued, { ...prospect, domain: null })
    await rig.settle(id)
    expect(await told(seen)).toEqual([])
    expect(await told(id)).toContain('conflict.found → desk@suedwind.example')
    const found = one(await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, id)))
    expect([found.otherId, found.otherToldAt]).toEqual([seen, null])
    await rig.db.delete(connections)
  })

  it('rules the earlier submission first even when it arrives last', async () => {
    const prospect = company()
    const late = await inReview(nord, prospect)
    const early = await rig.claim(sued, {
      ...prospect,
      submittedAt: plus((await rig.row(late.id)).submittedAt ?? '', -1),
    })
    await rig.settle(early)
    expect((await rig.row(early)).state).toBe('in-review')
    expect(one(await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, early)))).toMatchObject({
      blocks: 'no',
    })
  })

  it('counts a contact’s address whatever its case, and asks where one contact stands for two companies', async () => {
    const first = await rig.claim(nord, { ...company(), contactEmail: 'Kai@Hafen.example' })
    await rig.settle(first)
    const second = await rig.claim(sued, { ...company(), domain: null, contactEmail: 'kai@hafen.EXAMPLE' })
    await rig.settle(second)
    expect((await rig.row(second)).state).toBe('declined')
    const third = await rig.claim(sued, { ...company(), contactEmail: 'kai@hafen.example' })
    await rig.settle(third)
    expect((await rig.row(third)).state).toBe('in-review')
    expect(one(await rig.tasks(third)).why).toEqual(['registration-by-name'])
  })

  it('is not hindered by a protection that ended, although nobody has told it so yet', async () => {
    const prospect = company()
    const old = await rig.claim(nord, prospect)
    await rig.settle(old, rig.with(automatic))
    await rig.pass(old, 90 * DAY)
    const id = await rig.claim(sued, prospect)
    await rig.settle(id, rig.with(automatic))
    expect((await rig.row(old)).state).toBe('approved')
    expect((await rig.row(id)).state).toBe('approved')
  })
})

describe('coverage', () => {
  it('waits until the portal is read past the submission, and asks the portal to be read', async () => {
    const id = await rig.claim(nord, company())
    await rig.covered('portal', plus((await rig.row(id)).submittedAt ?? '', -1))
    try {
      const waiting = await rig.settle(id, rig.with(automatic))
      expect(waiting).toMatchObject({ do: 'wait' })
      expect((await rig.row(id)).state).toBe('screening')
      const nudged = await rig.db.select().from(nudges).where(eq(nudges.workflowId, 'stream/portal/registrations'))
      expect(nudged).toHaveLength(1)
      await rig.covered('portal', (await rig.row(id)).submittedAt)
      await rig.settle(id, rig.with(automatic))
      expect((await rig.row(id)).state).toBe('approved')
    } finally {
      await rig.covered('portal', farFuture)
    }
  })

  it.each(['portal', 'crm'])('waits for the %s no longer than policy says, then asks a person', async (connection) => {
    const id = await rig.claim(nord, company())
    await rig.covered(connection, null)
    try {
      await rig.settle(id, rig.with(automatic))
      await rig.pass(id, 5 * 60_000)
      await rig.settle(id, rig.with(automatic))
      expect((await rig.row(id)).state).toBe('in-review')
      expect(one(await rig.tasks(id)).why).toEqual(['not-fully-read'])
    } finally {
      await rig.covered(connection, farFuture)
    }
  })

  it('is waited for on the spot where that is soon, and nobody wakes the claim meanwhile', async () => {
    const id = await rig.claim(nord, company())
    await rig.covered('portal', null)
    try {
      const looks: boolean[] = []
      const patience = async (isThere: () => Promise<boolean>) => {
        looks.push(await isThere())
        await rig.covered('portal', farFuture)
        expect(await wakeCovered(rig.db, rig.programme)).toBe(0)
        looks.push(await isThere())
      }
      const turn = await registrationTurn(rig.db, rig.programme, id, { kick: () => undefined, patience })
      expect(looks).toEqual([false, true])
      expect(turn.took).toEqual(['submitted receive screening', 'screening screen in-review'])
    } finally {
      await rig.covered('portal', farFuture)
    }
  })

  it('is slept for where it takes longer: the claim is woken then', async () => {
    const id = await rig.claim(nord, company())
    await rig.covered('portal', null)
    try {
      const turn = await registrationTurn(rig.db, rig.programme, id, {
        kick: () => undefined,
        patience: async (isThere) => void (await isThere()),
      })
      expect(turn).toMatchObject({ do: 'wait', until: (await rig.row(id)).screenBy })
      await rig.covered('portal', farFuture)
      expect(await wakeCovered(rig.db, rig.programme)).toBe(1)
    } finally {
      await rig.covered('portal', farFuture)
    }
    await rig.settle(id)
  })

  it('that is complete wakes each waiting claim once, and again when it had to go on waiting', async () => {
    const [early, late] = [await rig.claim(nord, company()), await rig.claim(sued, company())]
    await rig.covered('portal', null)
    try {
      await rig.settle(early)
      await rig.settle(late)
      expect(await wakeCovered(rig.db, rig.programme)).toBe(0)
      await rig.covered('portal', (await rig.row(early)).submittedAt)
      expect(await wakeCovered(rig.db, rig.programme)).toBe(1)
      expect(await wakeCovered(rig.db, rig.programme)).toBe(0)
      await rig.covered('portal', null)
      await rig.settle(early)
      await rig.covered('portal', farFuture)
      expect(await wakeCovered(rig.db, rig.programme)).toBe(2)
      await rig.settle(early)
      await rig.settle(late)
      expect(await wakeCovered(rig.db, rig.programme)).toBe(0)
    } finally {
      await rig.covered('portal', farFuture)
    }
  })

  it('that was stored counts once it is applied: the claim that was first may be among it', async () => {
    const id = await rig.claim(nord, company())
    const change = { connection: 'portal', object: 'registrations', version: '1', bodyHash: 'x' }
    const body = { key: null, deleted: false, mergedInto: null, modifiedAt: null, fields: {} }
    await rig.db.insert(changes).values([
      // An edit of what is known already hides no claim.
      { ...change, externalId: 'R-known', body },
      { ...change, externalId: 'R-new', body },
    ])
    const link = { connection: 'portal', object: 'registrations', kind: 'registration' as const }
    const other = await approved()
    await rig.db.insert(links).values({ ...link, externalId: 'R-known', recordId: other })
    try {
      expect(await rig.settle(id, rig.with(automatic))).toMatchObject({ do: 'wait' })
      expect((await rig.row(id)).state).toBe('screening')
      await wakeCovered(rig.db, rig.programme)
      const asleep = await rig.row(id)
      expect(asleep.wakeAt).toBe(asleep.screenBy)
      await rig.db.update(changes).set({ status: 'applied' }).where(eq(changes.externalId, 'R-new'))
      await wakeCovered(rig.db, rig.programme)
      expect((await rig.row(id)).wakeAt).not.toBe(asleep.screenBy)
      await rig.settle(id, rig.with(automatic))
      expect((await rig.row(id)).state).toBe('approved')
    } finally {
      await rig.db.delete(changes)
    }
  })

  it('does not wait for an instant that a portal’s fast clock puts in the future', async () => {
    const id = await rig.claim(nord, { ...company(), submittedAt: plus(new Date().toISOString(), HOUR) })
    await rig.covered('portal', plus((await rig.row(id)).createdAt, 1))
    try {
      await rig.settle(id)
      expect((await rig.row(id)).state).toBe('in-review')
    } finally {
      await rig.covered('portal', farFuture)
    }
  })
})

describe('a step', () => {
  it.each(['receive', 'screen', 'remind', 'escalate', 'approve', 'lapse', 'withdraw'] as const)(
    'that was taken is not taken again: %s',
    async (name) => {
      const id = await rig.claim(nord, company())
      const ready: Record<typeof name, () => Promise<unknown>> = {
        receive: () => Promise.resolve(),
        screen: () => rig.step(id, 'receive'),
        remind: async () => (await rig.settle(id), rig.pass(id, 24 * HOUR)),
        escalate: async () => (await rig.settle(id), rig.pass(id, 48 * HOUR)),
        approve: async () => (await rig.settle(id), approve(one(await rig.tasks(id)).id)),
        lapse: async () => (await rig.settle(id, rig.with(automatic)), rig.pass(id, 90 * DAY)),
        withdraw: async () => (await rig.settle(id), withdraw(rig.db, { registrationId: id, by: staff() })),
      }
      await ready[name]()
      const before = await rig.events(id)
      await Promise.all([rig.step(id, name), rig.step(id, name), rig.step(id, name)])
      const after = { row: await rig.row(id), events: await rig.events(id), notices: await rig.notices(id) }
      expect(after.events.length - before.length).toBe(name === 'screen' ? 2 : 1)
      await rig.step(id, name)
      expect({ row: await rig.row(id), events: await rig.events(id), notices: await rig.notices(id) }).toEqual(after)
    },
  )

  it('that is not the next one is not taken', async () => {
    const { id } = await inReview()
    const before = await rig.row(id)
    const instruction = await rig.step(id, 'lapse')
    expect(instruction).toMatchObject({ do: 'wait' })
    expect(await rig.row(id)).toEqual(before)
  })
})

describe('a decision', () => {
  it('is taken once; the second person is told who was first, and when', async () => {
    const { task } = await inReview()
    const outcomes = await Promise.allSettled([approve(task.id, 'key:mara'), approve(task.id, 'key:otto')])
    const lost = outcomes.find((outcome) => outcome.status === 'rejected')
    const won = outcomes.find((outcome) => outcome.status === 'fulfilled')
    expect(lost?.reason).toMatchObject({
      code: 'CW_TASK_DECIDED',
      detail: { decidedBy: won?.value.decidedBy, decidedAt: won?.value.decidedAt, decision: 'approve' },
    })
    expect(won?.value.decidedAt).toMatch(/^\d{4}-/)
  })

  it('needs no process that runs: the nudge is kept with it', async () => {
    const { id, task } = await inReview()
    await rig.db.delete(nudges)
    await approve(task.id)
    expect(await rig.db.select({ id: nudges.workflowId }).from(nudges)).toEqual([{ id: `registration/${id}` }])
    await rig.settle(id)
    expect((await rig.row(id)).state).toBe('approved')
  })

  it('to decline needs a reason, and the partner is given it', async () => {
    const { id, task } = await inReview()
    const decline = (reason: string | null) =>
      decide(rig.db, { taskId: task.id, decision: 'decline', reason, by: staff() })
    await expect(decline(null)).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
    await expect(decline('  ')).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
    await decline('No budget there')
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'declined', reason: 'No budget there' })
    expect(await told(id)).toContain(`registration.declined → ${desk}`)
  })

  it('for a second claim on a prospect is asked again, once, with the first beside it', async () => {
    const prospect = company()
    const late = await inReview(nord, prospect)
    const early = await rig.claim(sued, {
      ...prospect,
      submittedAt: plus((await rig.row(late.id)).submittedAt ?? '', -1),
    })
    await rig.settle(early)
    const [task] = await rig.tasks(early)
    await Promise.all([approve(late.task.id), approve(task?.id ?? '')])
    await Promise.all([rig.settle(late.id), rig.settle(early)])
    const rows = [await rig.row(late.id), await rig.row(early)]
    expect(rows.map(({ state }) => state).toSorted()).toEqual(['approved', 'in-review'])
    const second = rows.find(({ state }) => state === 'in-review')?.id ?? ''
    const again = (await rig.tasks(second)).at(-1)
    expect(again).toMatchObject({ round: 2, state: 'open', why: ['protected-for-another'] })
    // Who approves all the same has seen it, and is not asked a third time.
    await approve(again?.id ?? '')
    await rig.settle(second)
    expect((await rig.row(second)).state).toBe('approved')
    expect(await rig.tasks(second)).toHaveLength(2)
  })
})

describe('clocks', () => {
  it('remind once, escalate once, and leave the task open for a late decision', async () => {
    const { id, task } = await inReview()
    await rig.pass(id, 24 * HOUR)
    await rig.settle(id)
    await rig.settle(id)
    await rig.pass(id, 24 * HOUR)
    await rig.settle(id)
    const instruction = await rig.settle(id)
    expect(instruction).toMatchObject({ do: 'wait', forMs: null })
    expect(await rig.events(id)).toEqual([
      'registration.received',
      'registration.screened',
      'task.opened',
      'task.reminded',
      'task.escalated',
    ])
    expect(await told(id)).toEqual([
      `task.opened → ${manager}`,
      `task.reminder → ${manager}`,
      'task.escalated → head@vendor.example',
      `task.escalated → ${manager}`,
    ])
    expect(one(await rig.tasks(id))).toMatchObject({ state: 'open', escalatedTo: 'head@vendor.example' })
    await approve(task.id)
    await rig.settle(id)
    expect((await rig.row(id)).state).toBe('approved')
  })

  it('remind of the end, end the protection once, and tell both sides', async () => {
    const id = await approved()
    await rig.pass(id, 76 * DAY)
    await rig.settle(id)
    await rig.pass(id, 14 * DAY)
    await Promise.all([rig.settle(id), rig.settle(id)])
    expect(await rig.row(id)).toMatchObject({ state: 'lapsed', wakeAt: null })
    expect((await told(id)).slice(2)).toEqual([
      `exclusivity.ending → ${desk}`,
      `exclusivity.ending → ${manager}`,
      `registration.lapsed → ${desk}`,
      `registration.lapsed → ${manager}`,
    ])
    const deal = one(await rig.db.select().from(deals).where(eq(deals.registrationId, id)))
    expect(deal.registrationStatus).toBe('lapsed')
    const { protectedUntil } = await rig.row(id)
    expect(deal.registrationNote).toMatch(
      new RegExp(
        `^The protection of the registration by .+ \\(${id}\\) ended on ${(protectedUntil ?? '').slice(0, 10)} \\(UTC\\)\\.$`,
      ),
    )
  })

  it('leave no note on the deal where the policy wants none', async () => {
    const id = await approved()
    await rig.pass(id, 91 * DAY)
    await rig.settle(id, rig.with({ ...automatic, exclusivity: { onLapse: { note: false } } }))
    expect(await rig.row(id)).toMatchObject({ state: 'lapsed' })
    expect(await dealOf(id)).toMatchObject({ registrationStatus: 'lapsed', registrationNote: null })
  })
})

async function dealOf(id: string) {
  return one(await rig.db.select().from(deals).where(eq(deals.registrationId, id)))
}

describe('a registered price', () => {
  const priced = {
    ...automatic,
    version: 'priced',
    price: [{ name: 'price-usual', reference: 'REG-15', discount: '12.5' }],
  }
  async function claimed(domain: string): Promise<string> {
    const id = await rig.claim(await rig.partner(`Preis ${domain}`), { company: domain, domain, amount: '1000.01' })
    await rig.settle(id, rig.with(priced))
    return id
  }

  it('is written to the deal by rule, and kept with what the ruling depended on', async () => {
    const id = await claimed('preis-eins.com')
    expect(await dealOf(id)).toMatchObject({ registeredPrice: '875.01', discountReference: 'REG-15' })
    const judgement = one(await rig.db.select().from(judgements).where(eq(judgements.registrationId, id)))
    expect(judgement).toMatchObject({ policyVersion: 'priced', ruling: 'approve', rule: 'auto-approve', covered: true })
    const { claim, findings, covered, today } = judgement
    expect(rule(claim, findings, { covered, today }, rig.with(priced).policy).ruling).toBe('approve')
    const timeline = await rig.db.select().from(events).where(eq(events.subjectId, id))
    expect(timeline.find(({ what }) => what === 'registration.approved')?.detail).toMatchObject({
      price: 'price-usual',
    })
    expect(JSON.stringify(timeline)).not.toMatch(/875|1000\.01/)
  })

  it.each([
    ['a lapse', (id: string) => rig.pass(id, 90 * DAY)],
    ['a withdrawal', (id: string) => withdraw(rig.db, { registrationId: id, by: staff() })],
    ['a revocation', (id: string) => revoke(rig.db, { registrationId: id, reason: 'A mistake', by: staff() })],
  ])('is taken away with %s, once, and that is told', async (name, end) => {
    const id = await claimed(`${name.replaceAll(' ', '-')}.com`)
    await end(id)
    await rig.settle(id, rig.with(priced))
    expect(await dealOf(id)).toMatchObject({ registeredPrice: null, discountReference: null })
    expect((await rig.events(id)).filter((what) => what === 'price.removed')).toHaveLength(1)
  })

  it('stays with a deal that is won', async () => {
    const id = await claimed('preis-gewonnen.com')
    await rig.dealIs(id, 'won')
    await rig.settle(id, rig.with(priced))
    expect(await dealOf(id)).toMatchObject({ registeredPrice: '875.01', registrationStatus: 'won' })
  })
})

const partsOf = async (id: string) => {
  const { dealId } = await rig.row(id)
  const rows = await rig.db
    .select()
    .from(parties)
    .where(and(eq(parties.dealId, dealId ?? ''), ne(parties.role, 'customer')))
    .orderBy(parties.share)
  return rows.map(({ role, partnerId, share }) => [role, partnerId, share])
}
const said = async (id: string) =>
  (await rig.db.select().from(events).where(eq(events.subjectId, id)))
    .filter(({ what }) => what === 'credit.split')
    .map(({ rule: by, partnerId, detail }) => ({ by, partnerId, ...detail }))

describe('a shared credit', () => {
  const shared = {
    precedence: [{ name: 'both', against: ['registration', 'direct-deal'], ruling: 'split', share: 70 }],
  }

  it('makes both partners parties of the deal, and of the one that the first has already', async () => {
    const prospect = company()
    const first = await rig.claim(nord, prospect)
    await rig.settle(first, rig.with(automatic))
    const second = await rig.claim(sued, prospect)
    await rig.settle(second, rig.with({ ...automatic, ...shared }))
    expect(await partsOf(second)).toEqual([
      ['sourcing', sued, '30'],
      ['co-sell', nord, '70'],
    ])
    expect(await partsOf(first)).toEqual([
      ['co-sell', sued, '30'],
      ['sourcing', nord, '70'],
    ])
    // Neither learns of the other: it is staff's alone.
    expect(await said(second)).toMatchObject([
      { by: 'both', partnerId: null, with: 'registration', otherId: first, share: '30', rest: '70' },
    ])
    expect(await said(first)).toMatchObject([{ by: 'both', otherId: second, share: '70', rest: '30' }])
    const linked = await rig.db.select().from(links).innerJoin(parties, eq(parties.id, links.recordId))
    expect(linked.filter((row) => row.parties.share !== null)).toHaveLength(4)
  })

  it('gives our own sales their part in the ledger, of which no CRM has a record', async () => {
    const prospect = company()
    await rig.directDeal({ name: prospect.company, domain: prospect.domain }, '2026-01-01T00:00:00.000Z')
    const id = await rig.claim(nord, prospect)
    await rig.settle(id, rig.with({ ...automatic, ...shared }))
    expect(await partsOf(id)).toEqual([
      ['sourcing', nord, '30'],
      ['co-sell', null, '70'],
    ])
    const own = one((await rig.db.select().from(parties)).filter((part) => part.role === 'co-sell' && !part.partnerId))
    expect(await rig.db.select().from(links).where(eq(links.recordId, own.id))).toEqual([])
    const approval = (await rig.db.select().from(events).where(eq(events.subjectId, id))).find(
      ({ what }) => what === 'registration.approved',
    )
    expect(approval?.detail).toMatchObject({ share: '30' })
  })

  it('holds also where a person approves, whichever claim is approved last, and not beside one that is over', async () => {
    const prospect = company()
    const programme = rig.with(shared)
    const first = await rig.claim(nord, prospect)
    await rig.settle(first, programme)
    const second = await rig.claim(sued, prospect)
    await rig.settle(second, programme)
    const decidedAll = async (id: string) => {
      for (const { id: taskId, state } of await rig.tasks(id)) if (state === 'open') await approve(taskId)
      await rig.settle(id, programme)
    }
    await decidedAll(second)
    expect(await partsOf(second)).toEqual([
      ['sourcing', sued, '30'],
      ['co-sell', nord, '70'],
    ])
    // The first is asked about anew, now with the second beside it.
    await decidedAll(first)
    await decidedAll(first)
    expect(await partsOf(first)).toEqual([
      ['co-sell', sued, '30'],
      ['sourcing', nord, '70'],
    ])
    expect(await said(first)).toHaveLength(2)
    const other = company()
    const gone = await rig.claim(nord, other)
    const alone = await rig.claim(sued, other)
    await rig.settle(gone, programme)
    await rig.settle(alone, programme)
    await withdraw(rig.db, { registrationId: gone, by: staff() })
    await rig.settle(gone, programme)
    await decidedAll(alone)
    expect(await partsOf(alone)).toEqual([['sourcing', sued, null]])
    expect(await said(alone)).toEqual([])
  })
})

describe('the end', () => {
  it.each(['won', 'lost'] as const)('comes with the deal: %s', async (status) => {
    const id = await approved()
    await rig.dealIs(id, status)
    expect(await rig.settle(id)).toMatchObject({ do: 'end' })
    expect((await rig.row(id)).state).toBe(status)
    expect(await told(id)).toContain(`registration.${status} → ${desk}`)
  })

  it('is not undone by a deal that is won after the lapse', async () => {
    const id = await approved()
    await rig.pass(id, 90 * DAY)
    await rig.settle(id)
    await rig.dealIs(id, 'won')
    expect(await rig.settle(id)).toMatchObject({ do: 'end' })
    expect((await rig.row(id)).state).toBe('lapsed')
  })

  it('by withdrawal cancels the task, and a decision afterwards is told so', async () => {
    const { id, task } = await inReview()
    await withdraw(rig.db, { registrationId: id, by: staff() })
    await rig.settle(id)
    expect((await rig.row(id)).state).toBe('withdrawn')
    expect(one(await rig.tasks(id)).state).toBe('cancelled')
    await expect(approve(task.id)).rejects.toMatchObject({ code: 'CW_TASK_DECIDED', detail: { state: 'cancelled' } })
  })

  it('by withdrawal frees the prospect at once', async () => {
    const prospect = company()
    const { id } = await inReview(nord, prospect)
    await withdraw(rig.db, { registrationId: id, by: staff() })
    const other = await rig.claim(sued, prospect)
    await rig.settle(other)
    expect((await rig.row(other)).state).toBe('in-review')
  })
})

it('shows the partner the deal’s id in the CRM as soon as the CRM has told it', async () => {
  const id = await approved()
  expect((await rig.row(id)).crmReference).toBeNull()
  const { dealId } = await rig.row(id)
  await rig.db
    .update(links)
    .set({ externalId: '006ABC' })
    .where(eq(links.recordId, dealId ?? ''))
  await rig.settle(id)
  const { crmReference, version } = await rig.row(id)
  expect(crmReference).toBe('006ABC')
  await rig.settle(id)
  expect((await rig.row(id)).version).toBe(version)
})

it('keeps one account for two prospects’ deals at one domain', async () => {
  const prospect = company()
  const first = await rig.claim(nord, prospect)
  await rig.settle(first, rig.with(automatic))
  await rig.dealIs(first, 'lost')
  await rig.settle(first)
  const second = await rig.claim(sued, prospect)
  await rig.settle(second, rig.with(automatic))
  const [a, b] = [await rig.row(first), await rig.row(second)]
  expect(b.accountId).toBe(a.accountId)
  const claimed = await rig.db.select().from(identities).where(eq(identities.value, prospect.domain))
  expect(claimed).toHaveLength(1)
})

it('writes ids, instants, counts and codes into the timeline, and no name', async () => {
  const { rows } = await rig.db.execute<{ all: string }>(sql`select string_agg(e::text, ' ') as all from events e`)
  expect(rows[0]?.all).not.toMatch(/werk|nordwind|suedwind|hafen|budget/i)
  const [known] = await rig.db.select({ id: registrations.id }).from(registrations).limit(1)
  expect(known).toBeDefined()
})

/**
 * Every row of the state table, gone by the registration's workflow in virtual time: from the first wake on, and at its very instant.
 * What is real and what is not says `test/setup/virtual-world.ts`. One file however long: all rows share one programme and one clock.
 */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { wakeRegistrations } from '../../src/apply/consequences.ts'
import { nudge, workflowId } from '../../src/db/outbox.ts'
import { accounts, deals, partners } from '../../src/db/schema/index.ts'
import { transitions, type Transition } from '../../src/domain/registration-states.ts'
import type { TaskDecision } from '../../src/domain/task-kinds.ts'
import { plus } from '../../src/domain/time.ts'
import { decide } from '../../src/process/decide.ts'
import { automatic, farFuture, staff, type Rig } from '../../src/process/rig.test-support.ts'
import { answerInfo } from '../../src/process/wishes/answer-info.ts'
import { edit } from '../../src/process/wishes/edit.ts'
import { extend, requestExtension } from '../../src/process/wishes/extension.ts'
import { revoke } from '../../src/process/wishes/revoke.ts'
import { withdraw } from '../../src/process/wishes/withdraw.ts'
import type { VirtualClock } from '../setup/virtual-clock.ts'
import { startVirtualRig, type VirtualRig, type VirtualWorld, type Went } from '../setup/virtual-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const by = staff()
const concluding = (atEnd: 'approve' | 'decline') => ({ decision: { atEnd, endAfter: '96h' } })
const rejudging = { version: '2', edits: { runningClocks: 'rejudge' } }

let stage: VirtualRig
let clock: VirtualClock
let rig: Rig
let world: VirtualWorld
let partnerId: string
let count = 0
beforeAll(async () => {
  stage = await startVirtualRig()
  ;({ rig, clock, world } = stage)
  partnerId = await rig.partner('Tafelwind')
}, 60_000)
afterAll(() => stage.close())
/** Each row is gone by itself: what came before is over, and a minute ago. */
beforeEach(async () => {
  await stage.begin()
  await govern({})
  await streamsAreRead(true)
})

const govern = (policy: unknown) => world.govern(rig.with(policy))
async function streamsAreRead(isSo: boolean): Promise<void> {
  const through = isSo ? farFuture : '2020-01-01T00:00:00.000Z'
  for (const connection of ['portal', 'crm']) await rig.covered(connection, through)
}
const company = () => {
  count += 1
  return { company: `Zeile ${String(count)} GmbH`, domain: `zeile${String(count)}.com` }
}

/** One that was just submitted: its process has not begun. */
const submitted = (prospect = company(), partner = partnerId) => rig.claim(partner, prospect)
async function reviewed(prospect = company(), partner = partnerId): Promise<string> {
  const id = await submitted(prospect, partner)
  await world.settle()
  return id
}
async function approved(prospect = company(), partner = partnerId): Promise<string> {
  await govern(automatic)
  return reviewed(prospect, partner)
}
/** One that waits for the streams. */
async function screening(partner = partnerId): Promise<string> {
  await streamsAreRead(false)
  return reviewed(company(), partner)
}
async function answer(id: string, decision: TaskDecision): Promise<number> {
  const task = (await rig.tasks(id)).find(({ state }) => state === 'open')
  await decide(rig.db, { taskId: task?.id ?? '', decision, reason: 'Because', by })
  return now()
}
async function asked(partner = partnerId): Promise<string> {
  const id = await reviewed(company(), partner)
  await answer(id, 'ask-info')
  await world.settle()
  return id
}
/** Everything that waits is done, and this is when. */
async function now(): Promise<number> {
  await world.settle()
  return clock.now
}
/** Lets much time pass and says at which instant what is tried has to happen. */
async function passes(ms: number): Promise<number> {
  const due = clock.now + ms
  await world.advance(ms + 7 * DAY)
  return due
}
/** The CRM says so of the deal, and its stream is read. */
async function deal(id: string, values: Partial<typeof deals.$inferInsert>): Promise<number> {
  const dealId = (await rig.row(id)).dealId ?? ''
  await rig.db.transaction(async (tx) => {
    await tx.update(deals).set(values).where(eq(deals.id, dealId))
    await wakeRegistrations(tx, [dealId])
  })
  return now()
}
async function closed(status: 'won' | 'lost'): Promise<string> {
  const id = await approved()
  await deal(id, { status })
  return id
}
async function lapsed(): Promise<string> {
  const id = await approved()
  await world.advance(90 * DAY)
  return id
}
async function wonLate(policy: unknown): Promise<string> {
  const id = await lapsed()
  await govern(policy)
  await deal(id, { status: 'won', touched: { status: new Date(clock.now).toISOString() } })
  return id
}
async function wished(): Promise<string> {
  const id = await approved()
  await requestExtension(rig.db, rig.programme.policy, { registrationId: id, until: null, reason: null, by })
  await world.settle()
  return id
}
async function left(make: (partner: string) => Promise<string>, offboarded: 'ask' | 'end'): Promise<number> {
  const leaver = await rig.partner(`Gegangen ${String((count += 1))}`)
  const id = await make(leaver)
  await govern({ partners: { offboarded } })
  await rig.db.transaction(async (tx) => {
    await tx.update(partners).set({ state: 'offboarded' }).where(eq(partners.id, leaver))
    await nudge(tx, [workflowId.registration(id)])
  })
  return now()
}
async function movedAway(): Promise<string> {
  const id = await approved()
  const [account] = await rig.db
    .insert(accounts)
    .values({ name: `Woanders ${String(count)}` })
    .returning({ id: accounts.id })
  await deal(id, { accountId: account?.id ?? null })
  return id
}
async function edited(id: string, values: Record<string, string>): Promise<number> {
  await edit(rig.db, rig.programme, { registrationId: id, values, actor: 'link:1' })
  return now()
}
const elsewhere = () => ({ domain: `anders${String(count)}.com` })
async function answered(id: string): Promise<number> {
  await answerInfo(rig.db, { registrationId: id, answer: 'Yes', by })
  return now()
}
/** The policy was edited: whose clocks run look again, spread over time, twenty a second. */
async function rejudged(make: () => Promise<string>, policy = {}): Promise<number> {
  await make()
  await govern({ ...rejudging, ...policy })
  return passes(50)
}
/** An earlier claim of the same partner on the same company is heard of last. */
async function overtaken(id: string): Promise<number> {
  const { company: name, domain, submittedAt } = await rig.row(id)
  await rig.claim(partnerId, { company: name ?? '', domain, submittedAt: plus(submittedAt ?? '', -HOUR) })
  return now()
}
async function withdrawn(make: () => Promise<string>): Promise<number> {
  await withdraw(rig.db, { registrationId: await make(), by })
  return now()
}

/** Each goes one row of the table and says when that had to happen. */
const drives: Record<string, () => Promise<number>> = {
  'submitted receive screening': async () => {
    await reviewed()
    return clock.now
  },
  'screening screen in-review': async () => {
    // The streams are not read: the claim waits as long as the policy says, and a person is asked.
    await govern(automatic)
    await screening()
    return passes(5 * MINUTE)
  },
  'screening screen approved': async () => {
    await approved()
    return clock.now
  },
  'screening screen merged': async () => {
    const prospect = company()
    await reviewed(prospect)
    await world.advance(MINUTE)
    await reviewed(prospect)
    return clock.now
  },
  'screening screen declined': async () => {
    const prospect = company()
    await reviewed(prospect)
    await world.advance(MINUTE)
    await reviewed(prospect, await rig.partner(`Zweiter ${String(count)}`))
    return clock.now
  },
  'screening rescreen screening': async () => edited(await screening(), elsewhere()),
  'in-review rescreen screening': async () => edited(await reviewed(), elsewhere()),
  'info-requested rescreen screening': async () => {
    const id = await asked()
    await edited(id, elsewhere())
    return answered(id)
  },
  'in-review remind in-review': async () => {
    await reviewed()
    return passes(24 * HOUR)
  },
  'in-review escalate in-review': async () => {
    await reviewed()
    return passes(48 * HOUR)
  },
  'in-review conclude approved': async () => {
    await govern(concluding('approve'))
    await reviewed()
    return passes(96 * HOUR)
  },
  'in-review conclude declined': async () => {
    await govern(concluding('decline'))
    await reviewed()
    return passes(96 * HOUR)
  },
  'in-review conclude in-review': async () => {
    const prospect = company()
    await govern(concluding('approve'))
    await rig.directDeal({ name: prospect.company, domain: prospect.domain })
    await reviewed(prospect)
    return passes(96 * HOUR)
  },
  'in-review approve approved': async () => answer(await reviewed(), 'approve'),
  'in-review approve in-review': async () => {
    const prospect = company()
    const late = await reviewed(prospect)
    const submittedAt = plus((await rig.row(late)).submittedAt ?? '', -HOUR)
    const early = await rig.claim(await rig.partner(`Früher ${String(count)}`), { ...prospect, submittedAt })
    await world.settle()
    await answer(early, 'approve')
    return answer(late, 'approve')
  },
  'in-review decline declined': async () => answer(await reviewed(), 'decline'),
  'in-review askInfo info-requested': async () => answer(await reviewed(), 'ask-info'),
  'info-requested remindInfo info-requested': async () => {
    await asked()
    return passes(11 * DAY)
  },
  'info-requested resume in-review': async () => answered(await asked()),
  'info-requested closeInfo in-review': async () => {
    await asked()
    return passes(14 * DAY)
  },
  'info-requested closeInfo declined': async () => {
    await asked()
    await govern({ info: { atEnd: 'decline' } })
    return passes(14 * DAY)
  },
  'approved remindExpiry approved': async () => {
    await approved()
    return passes(76 * DAY)
  },
  'approved askExtension approved': async () => {
    await wished()
    return clock.now
  },
  'approved extend approved': async () => answer(await wished(), 'grant'),
  'approved refuseExtension approved': async () => answer(await wished(), 'refuse'),
  'approved revoke revoked': async () => {
    await revoke(rig.db, { registrationId: await approved(), reason: 'Because', by })
    return now()
  },
  'approved proposeChange approved': async () => edited(await approved(), { amount: '5' }),
  'approved settleChange approved': async () => {
    const id = await approved()
    await edited(id, { amount: '5' })
    return answer(id, 'accept')
  },
  'approved win won': async () => deal(await approved(), { status: 'won' }),
  'approved lose lost': async () => deal(await approved(), { status: 'lost' }),
  'approved lapse lapsed': async () => {
    await approved()
    return passes(90 * DAY)
  },
  'in-review rejudge in-review': () => rejudged(reviewed),
  'info-requested rejudge info-requested': () => rejudged(asked),
  'approved rejudge approved': () => rejudged(approved),
  'approved follow approved': async () => {
    await movedAway()
    return clock.now
  },
  'approved confirm approved': async () => answer(await movedAway(), 'keep'),
  'approved askOffboard approved': () => left((partner) => approved(company(), partner), 'ask'),
  'approved offboard revoked': () => left((partner) => approved(company(), partner), 'end'),
  'screening offboard declined': () => left(screening, 'end'),
  'in-review offboard declined': () => left((partner) => reviewed(company(), partner), 'end'),
  'info-requested offboard declined': () => left(asked, 'end'),
  'in-review merge merged': async () => overtaken(await reviewed()),
  'info-requested merge merged': async () => overtaken(await asked()),
  'won reopen approved': async () => deal(await closed('won'), { status: 'open' }),
  'lost reopen approved': async () => deal(await closed('lost'), { status: 'open' }),
  'won reopen lapsed': async () => {
    const id = await closed('won')
    await world.advance(90 * DAY)
    return deal(id, { status: 'open' })
  },
  'lost reopen lapsed': async () => {
    const id = await closed('lost')
    await world.advance(90 * DAY)
    return deal(id, { status: 'open' })
  },
  'won lose lost': async () => deal(await closed('won'), { status: 'lost' }),
  'lost win won': async () => deal(await closed('lost'), { status: 'won' }),
  'lapsed winLate won': async () => {
    await wonLate({ exclusivity: { wonAfterLapse: 'credit' } })
    return clock.now
  },
  'lapsed winLate lapsed': async () => {
    await wonLate({})
    return clock.now
  },
  'lapsed creditLate won': async () => answer(await wonLate({}), 'keep'),
  'lapsed refuseLate lapsed': async () => answer(await wonLate({}), 'revoke'),
  'submitted withdraw withdrawn': () => withdrawn(submitted),
  'screening withdraw withdrawn': () => withdrawn(screening),
  'in-review withdraw withdrawn': () => withdrawn(reviewed),
  'info-requested withdraw withdrawn': () => withdrawn(asked),
  'approved withdraw withdrawn': () => withdrawn(approved),
}

const rows = transitions.map(({ from, step, to }) => `${from} ${step} ${to}`)
/** What the table says that each row tells, as `template audience`. */
const tells = new Map(
  (transitions as readonly Transition[]).map(({ from, step, to, tells: notices }) => [
    `${from} ${step} ${to}`,
    Object.entries(notices).flatMap(([template, audiences]) => audiences.map((audience) => `${template} ${audience}`)),
  ]),
)
/** Every step that was taken for any row, with what people were told of it. */
const told: Went[] = []

/** Lives in which people are told what they are not told in most. */
const tellings: Record<string, () => Promise<unknown>> = {
  'that a rule decided although something stands beside the claim': async () => {
    const prospect = company()
    await rig.directDeal({ name: prospect.company, domain: prospect.domain })
    await govern({ ...automatic, precedence: [{ name: 'beside', against: ['direct-deal'], ruling: 'clear' }] })
    return reviewed(prospect)
  },
  'the director, where nobody decides': async () => {
    await govern({ decision: { escalateTo: 'director@vendor.example' } })
    await reviewed()
    return passes(48 * HOUR)
  },
  'that a change was refused': async () => {
    const id = await approved()
    await edited(id, { amount: '5' })
    return answer(id, 'refuse')
  },
  'that a protection lasts longer by an edit of the policy': () => {
    return rejudged(approved, { exclusivity: { for: '120d' } })
  },
  'that a late win does not count': () => wonLate({ exclusivity: { wonAfterLapse: 'no-credit' } }),
  ...Object.fromEntries(
    (['clear', 'ask', 'decline'] as const).flatMap((ruling) =>
      [undefined, null].map((email) => [
        `both partners of a conflict, or their managers: ${ruling}, ${email === null ? 'without' : 'with'} an address`,
        async () => {
          const prospect = company()
          await govern({ ...automatic, precedence: [{ name: 'met', against: ['registration'], ruling }] })
          for (const name of ['Erster', 'Zweiter']) {
            const more = email === null ? { email } : {}
            await reviewed(prospect, await rig.partner(`${name} von ${String(count)}`, more))
            await world.advance(MINUTE)
          }
        },
      ]),
    ),
  ),
}

describe('the table', () => {
  it('has no row that is not driven here, and no drive is of none', () => {
    expect(Object.keys(drives).toSorted()).toEqual(rows.toSorted())
  })

  it.each(rows)('%s', async (row) => {
    const due = await drives[row]?.()
    const instants = world.went.filter((went) => went.row === row).map(({ at }) => new Date(at).toISOString())
    expect(instants).toContain(new Date(due ?? NaN).toISOString())
    told.push(...world.went)
    // No timer wakes for nothing.
    expect(world.vain).toEqual([])
  })

  it.each(Object.entries(tellings))('tells %s', async (_, live) => {
    await live()
    await world.settle()
    told.push(...world.went)
    expect(world.went.flatMap((went) => went.told)).not.toEqual([])
  })

  it('says of each row whom it tells what, and no more than it does', () => {
    const turns = [...Map.groupBy(told, ({ turn }) => turn).values()]
    const unsaid = turns.flatMap((turn) => {
      const said = turn.flatMap(({ row }) => tells.get(row) ?? [])
      return (turn[0]?.told ?? []).filter((one) => !said.includes(one)).map((one) => [turn.map(({ row }) => row), one])
    })
    expect(unsaid).toEqual([])
    const seen = new Set(
      turns.flatMap((turn) => turn.flatMap(({ row, told: all }) => all.map((one) => `${row}: ${one}`))),
    )
    const untold = [...tells]
      .flatMap(([row, all]) => all.map((one) => `${row}: ${one}`))
      .filter((one) => !seen.has(one))
    expect(untold).toEqual([])
  })
})

const eventsOf = (id: string) => world.runs.get(workflowId.registration(id))?.events
async function reminded(): Promise<string> {
  const id = await reviewed()
  await world.advance(30 * HOUR)
  await answer(id, 'approve')
  return id
}
async function extended(id: string): Promise<void> {
  const until = plus((await rig.row(id)).protectedUntil ?? '', 30 * DAY)
  await extend(rig.db, { registrationId: id, until, reason: null, by })
  await world.settle()
}
const taken = () => world.went.map(({ row }) => row.split(' ')[1])

describe('a whole life', () => {
  it('of asked, reminded, approved, extended, reminded and lapsed takes forty events at most', async () => {
    const id = await reminded()
    await extended(id)
    await world.advance(120 * DAY)
    expect(taken()).toEqual(['receive', 'screen', 'remind', 'approve', 'extend', 'remindExpiry', 'lapse'])
    expect(eventsOf(id)).toBeLessThanOrEqual(40)
  })

  it('of asked, reminded, approved, reminded, extended and won as many', async () => {
    const id = await reminded()
    await world.advance(80 * DAY)
    await extended(id)
    await deal(id, { status: 'won' })
    expect(taken()).toEqual(['receive', 'screen', 'remind', 'approve', 'remindExpiry', 'extend', 'win'])
    expect(eventsOf(id)).toBeLessThanOrEqual(40)
  })

  it('is not made longer by a month without news, nor much by a wake without any', async () => {
    const id = await approved()
    const before = eventsOf(id) ?? 0
    await world.advance(70 * DAY)
    expect(eventsOf(id)).toBe(before)
    await rig.db.transaction((tx) => nudge(tx, [workflowId.registration(id)]))
    await world.settle()
    // The signal, its task and the turn: the clock runs on.
    expect(eventsOf(id)).toBe(before + 5)
  })
})

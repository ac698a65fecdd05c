/**
 * Every row of the state table, driven on the real process over PostgreSQL with time that is moved; and every wish that is no row
 * refused by name.
 */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accounts, deals, partners, registrations } from '../db/schema/index.ts'
import { isLegal, transitions } from '../domain/registration-states.ts'
import { registrationStates, type RegistrationState } from '../domain/records.ts'
import type { TaskDecision } from '../domain/task-kinds.ts'
import { plus } from '../domain/time.ts'
import { decide } from './decide.ts'
import { steps } from './registration-steps.ts'
import { automatic, staff, startRig, type Rig } from './rig.test-support.ts'
import { next, take } from './step.ts'
import { answerInfo } from './wishes/answer-info.ts'
import { edit } from './wishes/edit.ts'
import { extend, requestExtension } from './wishes/extension.ts'
import { revoke } from './wishes/revoke.ts'
import { withdraw } from './wishes/withdraw.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const by = staff()
const rejudging = { version: '2', edits: { runningClocks: 'rejudge' } }

let rig: Rig
let partnerId: string
let count = 0
beforeAll(async () => {
  rig = await startRig()
  partnerId = await rig.partner('Tafelwind')
}, 60_000)
afterAll(() => rig.close())

const company = () => {
  count += 1
  return { company: `Zeile ${count} GmbH`, domain: `zeile${count}.com` }
}
const seen = new Set<string>()

/** Takes steps until the claim waits or ends, and notes every row of the table that it went. */
async function go(id: string, policy: unknown = {}): Promise<string> {
  const programme = rig.with(policy)
  let instruction = await next(rig.db, programme, id)
  while (instruction.do !== 'wait' && instruction.do !== 'end') {
    const { state } = await rig.row(id)
    const step = instruction.do
    instruction = await take(rig.db, programme, id, step, steps[step])
    seen.add(`${state} ${step} ${(await rig.row(id)).state}`)
  }
  return id
}
const submitted = (prospect = company(), partner = partnerId) => rig.claim(partner, prospect)
const reviewed = async (policy: unknown = {}, prospect = company(), partner = partnerId) =>
  go(await submitted(prospect, partner), policy)
const approved = (prospect = company(), partner = partnerId) => reviewed(automatic, prospect, partner)
/** In screening, for it was taken in and no more. */
async function screening(partner = partnerId): Promise<string> {
  const id = await submitted(company(), partner)
  await rig.step(id, 'receive')
  return id
}
async function answer(id: string, decision: TaskDecision): Promise<void> {
  const task = (await rig.tasks(id)).find(({ state }) => state === 'open')
  await decide(rig.db, { taskId: task?.id ?? '', decision, reason: 'Because', by })
}
async function asked(policy: unknown = {}, partner = partnerId): Promise<string> {
  const id = await reviewed(policy, company(), partner)
  await answer(id, 'ask-info')
  return go(id, policy)
}
async function later(id: string, ms: number, policy: unknown = {}): Promise<string> {
  await rig.pass(id, ms)
  return go(id, policy)
}
async function closed(status: 'won' | 'lost'): Promise<string> {
  const id = await approved()
  await rig.dealIs(id, status)
  return go(id)
}
async function becomes(id: string, status: 'open' | 'won' | 'lost', policy: unknown = {}): Promise<string> {
  await rig.dealIs(id, status)
  return go(id, policy)
}
async function wished(): Promise<string> {
  const id = await approved()
  await requestExtension(rig.db, rig.programme.policy, { registrationId: id, until: null, reason: null, by })
  return go(id)
}
async function wonLate(policy: unknown = {}): Promise<string> {
  return becomes(await later(await approved(), 91 * DAY), 'won', policy)
}
async function decided(id: string, decision: TaskDecision): Promise<string> {
  await answer(id, decision)
  return go(id)
}
async function left(make: (partner: string) => Promise<string>, offboarded: 'ask' | 'end'): Promise<string> {
  count += 1
  const leaver = await rig.partner(`Gegangen ${count}`)
  const id = await make(leaver)
  await rig.db.update(partners).set({ state: 'offboarded' }).where(eq(partners.id, leaver))
  return go(id, { partners: { offboarded } })
}
async function movedAway(): Promise<string> {
  const id = await approved()
  const name = `Woanders ${count}`
  const [account] = await rig.db.insert(accounts).values({ name }).returning({ id: accounts.id })
  await rig.db
    .update(deals)
    .set({ accountId: account?.id ?? null })
    .where(eq(deals.registrationId, id))
  return go(id)
}
const edited = (id: string, values: Record<string, string>) =>
  edit(rig.db, rig.programme, { registrationId: id, values, actor: 'link:1' })
/** The later of two claims of one partner, of which the earlier is heard of last. */
async function overtaken(id: string): Promise<string> {
  const { company: name, domain, submittedAt } = await rig.row(id)
  const early = await rig.claim(partnerId, {
    company: name ?? '',
    domain,
    submittedAt: plus(submittedAt ?? '', -HOUR),
  })
  await go(early)
  return go(id)
}

const drives: Record<string, () => Promise<unknown>> = {
  'submitted receive screening': () => reviewed(),
  'screening screen in-review': () => reviewed(),
  'screening screen approved': () => approved(),
  'screening screen merged': async () => {
    const prospect = company()
    await reviewed({}, prospect)
    return reviewed({}, prospect)
  },
  'screening screen declined': async () => {
    const prospect = company()
    await reviewed({}, prospect)
    return reviewed({}, prospect, await rig.partner(`Zweiter ${count}`))
  },
  'screening rescreen screening': async () => {
    const id = await screening()
    await edited(id, { domain: `anders${count}.com` })
    return go(id)
  },
  'in-review rescreen screening': async () => {
    const id = await reviewed()
    await edited(id, { domain: `anders${count}.com` })
    return go(id)
  },
  'info-requested rescreen screening': async () => {
    const id = await asked()
    await edited(id, { domain: `anders${count}.com` })
    await answerInfo(rig.db, { registrationId: id, answer: 'Another', by })
    return go(id)
  },
  'in-review remind in-review': async () => later(await reviewed(), 25 * HOUR),
  'in-review escalate in-review': async () => later(await reviewed(), 49 * HOUR),
  'in-review conclude approved': async () => {
    const policy = { decision: { atEnd: 'approve', endAfter: '96h' } }
    return later(await reviewed(policy), 97 * HOUR, policy)
  },
  'in-review conclude declined': async () => {
    const policy = { decision: { atEnd: 'decline', endAfter: '96h' } }
    return later(await reviewed(policy), 97 * HOUR, policy)
  },
  'in-review conclude in-review': async () => {
    const [policy, prospect] = [{ decision: { atEnd: 'approve', endAfter: '96h' } }, company()]
    await rig.directDeal({ name: prospect.company, domain: prospect.domain })
    return later(await reviewed(policy, prospect), 97 * HOUR, policy)
  },
  'in-review approve approved': async () => decided(await reviewed(), 'approve'),
  'in-review approve in-review': async () => {
    const prospect = company()
    const late = await reviewed({}, prospect)
    const submittedAt = plus((await rig.row(late)).submittedAt ?? '', -HOUR)
    const early = await rig.claim(await rig.partner(`Früher ${count}`), { ...prospect, submittedAt })
    await decided(await go(early), 'approve')
    return decided(late, 'approve')
  },
  'in-review decline declined': async () => decided(await reviewed(), 'decline'),
  'in-review askInfo info-requested': () => asked(),
  'info-requested remindInfo info-requested': async () => later(await asked(), 12 * DAY),
  'info-requested resume in-review': async () => {
    const id = await asked()
    await answerInfo(rig.db, { registrationId: id, answer: 'Yes', by })
    return go(id)
  },
  'info-requested closeInfo in-review': async () => later(await asked(), 15 * DAY),
  'info-requested closeInfo declined': async () => later(await asked(), 15 * DAY, { info: { atEnd: 'decline' } }),
  'approved remindExpiry approved': async () => later(await approved(), 80 * DAY),
  'approved askExtension approved': () => wished(),
  'approved extend approved': async () => decided(await wished(), 'grant'),
  'approved refuseExtension approved': async () => decided(await wished(), 'refuse'),
  'approved revoke revoked': async () => {
    const id = await approved()
    await revoke(rig.db, { registrationId: id, reason: 'Because', by })
    return go(id)
  },
  'approved proposeChange approved': async () => {
    const id = await approved()
    await edited(id, { amount: '5' })
    return go(id)
  },
  'approved settleChange approved': async () => {
    const id = await approved()
    await edited(id, { amount: '5' })
    return decided(await go(id), 'accept')
  },
  'approved win won': () => closed('won'),
  'approved lose lost': () => closed('lost'),
  'approved lapse lapsed': async () => later(await approved(), 91 * DAY),
  'in-review rejudge in-review': async () => go(await reviewed(), rejudging),
  'info-requested rejudge info-requested': async () => go(await asked(), rejudging),
  'approved rejudge approved': async () => go(await approved(), rejudging),
  'approved follow approved': () => movedAway(),
  'approved confirm approved': async () => decided(await movedAway(), 'keep'),
  'approved askOffboard approved': () => left((partner) => approved(company(), partner), 'ask'),
  'approved offboard revoked': () => left((partner) => approved(company(), partner), 'end'),
  'screening offboard declined': () => left(screening, 'end'),
  'in-review offboard declined': () => left((partner) => reviewed({}, company(), partner), 'end'),
  'info-requested offboard declined': () => left((partner) => asked({}, partner), 'end'),
  'in-review merge merged': async () => overtaken(await reviewed()),
  'info-requested merge merged': async () => overtaken(await asked()),
  'won reopen approved': async () => becomes(await closed('won'), 'open'),
  'lost reopen approved': async () => becomes(await closed('lost'), 'open'),
  'won reopen lapsed': async () => becomes(await later(await closed('won'), 91 * DAY), 'open'),
  'lost reopen lapsed': async () => becomes(await later(await closed('lost'), 91 * DAY), 'open'),
  'won lose lost': async () => becomes(await closed('won'), 'lost'),
  'lost win won': async () => becomes(await closed('lost'), 'won'),
  'lapsed winLate won': () => wonLate({ exclusivity: { wonAfterLapse: 'credit' } }),
  'lapsed winLate lapsed': () => wonLate(),
  'lapsed creditLate won': async () => decided(await wonLate(), 'keep'),
  'lapsed refuseLate lapsed': async () => decided(await wonLate(), 'revoke'),
  ...Object.fromEntries(
    Object.entries({ submitted, screening, 'in-review': reviewed, 'info-requested': asked, approved }).map(
      ([from, make]) => [
        `${from} withdraw withdrawn`,
        async () => {
          const id = await make()
          await withdraw(rig.db, { registrationId: id, by })
          return go(id)
        },
      ],
    ),
  ),
}

describe('the table', () => {
  it('has a drive for each of its rows, and no other', () => {
    const rows = transitions.map(({ from, step, to }) => `${from} ${step} ${to}`)
    expect(Object.keys(drives).toSorted()).toEqual(rows.toSorted())
  })

  it.each(Object.entries(drives))('is gone by the process: %s', async (row, drive) => {
    seen.clear()
    await drive()
    expect([...seen]).toContain(row)
  })
})

describe('a wish that is no row', () => {
  let id: string
  beforeAll(async () => (id = await approved()))
  const until = '2999-01-01T00:00:00.000Z'
  const wishes = {
    resume: () => answerInfo(rig.db, { registrationId: id, answer: 'Yes', by }),
    askExtension: () => requestExtension(rig.db, rig.programme.policy, { registrationId: id, until, reason: null, by }),
    extend: () => extend(rig.db, { registrationId: id, until, reason: null, by }),
    revoke: () => revoke(rig.db, { registrationId: id, reason: 'Because', by }),
    withdraw: () => withdraw(rig.db, { registrationId: id, by }),
  }
  const illegal = registrationStates.flatMap((state) =>
    Object.entries(wishes).flatMap(([step, wish]) =>
      isLegal(state, step) ? [] : [[state, step, wish] as [RegistrationState, string, () => Promise<unknown>]],
    ),
  )

  it.each(illegal)('of one that is %s is refused by name: %s', async (state, step, wish) => {
    await rig.db.update(registrations).set({ state }).where(eq(registrations.id, id))
    await expect(wish()).rejects.toMatchObject({ code: 'CW_TRANSITION_ILLEGAL', detail: { state, step } })
  })
})

/** What happens to a claim after its approval, and between claims of one partner, on the real process. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accounts, deals, events, partners, registrations } from '../db/schema/index.ts'
import { nameKey } from '../domain/identity.ts'
import { plus } from '../domain/time.ts'
import { decide } from './decide.ts'
import { factsOf } from './notices/facts.ts'
import { automatic, one, staff, startRig, type Rig } from './rig.test-support.ts'

const DAY = 24 * 3_600_000

let rig: Rig
let partnerId: string
let count = 0
beforeAll(async () => {
  rig = await startRig(automatic)
  partnerId = await rig.partner('Aufwind')
}, 60_000)
afterAll(() => rig.close())

const company = () => {
  count += 1
  return { company: `Leben ${count} GmbH`, domain: `leben${count}.com` }
}
async function approved(prospect: ReturnType<typeof company> & { portal?: string } = company(), partner = partnerId) {
  const id = await rig.claim(partner, prospect)
  await rig.settle(id)
  return id
}
async function lapsed() {
  const prospect = company()
  const id = await approved(prospect)
  await rig.pass(id, 91 * DAY)
  await rig.settle(id)
  return { id, prospect }
}
const after = (exclusivity: unknown) => rig.with({ ...automatic, exclusivity })
const confirmTask = async (id: string) =>
  one((await rig.tasks(id)).filter(({ kind, state }) => kind === 'confirm-claim' && state === 'open'))
const answer = async (id: string, decision: 'keep' | 'revoke') =>
  decide(rig.db, { taskId: (await confirmTask(id)).id, decision, reason: 'Because', by: staff() })
const told = async (id: string) => (await rig.notices(id)).map(({ template }) => template)

const noteOf = async (id: string) =>
  one(await rig.db.select({ note: deals.registrationNote }).from(deals).where(eq(deals.registrationId, id))).note

async function moveTo(id: string, name: string, domain: string | null) {
  const [account] = await rig.db
    .insert(accounts)
    .values({ name, domain, nameKey: nameKey(name) })
    .returning({ id: accounts.id })
  await rig.db
    .update(deals)
    .set({ accountId: account?.id ?? null })
    .where(eq(deals.registrationId, id))
  await rig.settle(id)
  return account?.id
}

async function claims(offboarded: 'keep' | 'ask' | 'end') {
  const leaver = await rig.partner(`Flaute ${offboarded}`)
  const [granted, undecided] = [await approved(company(), leaver), await rig.claim(leaver, company())]
  await rig.settle(undecided, rig.with({}))
  await rig.db.update(partners).set({ state: 'offboarded' }).where(eq(partners.id, leaver))
  for (const [id, policy] of [
    [granted, automatic],
    [undecided, {}],
  ] as const)
    await rig.settle(id, rig.with({ ...policy, partners: { offboarded } }))
  return { granted, undecided, states: [(await rig.row(granted)).state, (await rig.row(undecided)).state] }
}

describe('a deal that is opened again', () => {
  it.each(['won', 'lost'] as const)('after it was %s is protected as before, and a person is asked', async (status) => {
    const id = await approved()
    await rig.dealIs(id, status)
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: status })
    await rig.dealIs(id, 'open')
    await rig.settle(id)
    const row = await rig.row(id)
    expect(row).toMatchObject({ state: 'approved', expiryRemindAt: plus(row.protectedUntil ?? '', -14 * DAY) })
    expect(await confirmTask(id)).toMatchObject({ why: ['deal-reopened'], assignee: 'manager@vendor.example' })
    await answer(id, 'keep')
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'approved', confirmTaskId: null })
  })

  it('is not protected any more where its time is over', async () => {
    const id = await approved()
    await rig.dealIs(id, 'lost')
    await rig.settle(id)
    await rig.pass(id, 91 * DAY)
    await rig.dealIs(id, 'open')
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'lapsed' })
  })

  it('or closed otherwise is followed, as often as the CRM corrects itself', async () => {
    const id = await approved()
    for (const status of ['lost', 'won', 'lost'] as const) {
      await rig.dealIs(id, status)
      await rig.settle(id)
      expect(await rig.row(id)).toMatchObject({ state: status })
    }
  })
})

describe('a deal that is won after the protection ended', () => {
  it.each([
    ['credit', 'won', 'credited', 'registration.won'],
    ['no-credit', 'lapsed', 'refused', 'registration.not-credited'],
  ] as const)('counts as the policy says: %s', async (wonAfterLapse, state, lateWin, template) => {
    const { id } = await lapsed()
    await rig.dealIs(id, 'won')
    await rig.settle(id, after({ wonAfterLapse }))
    expect(await rig.row(id)).toMatchObject({ state, lateWin })
    expect(await told(id)).toContain(template)
  })

  it.each([
    ['keep', 'won', 'credited'],
    ['revoke', 'lapsed', 'refused'],
  ] as const)('counts as a person says who is asked: %s', async (decision, state, lateWin) => {
    const { id } = await lapsed()
    await rig.dealIs(id, 'won')
    expect(await rig.settle(id)).toMatchObject({ do: 'end' })
    expect(await confirmTask(id)).toMatchObject({ why: ['won-after-lapse'] })
    await answer(id, decision)
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state, lateWin })
  })

  it('was won in time where the CRM says so, however late we heard of it', async () => {
    const { id } = await lapsed()
    const wonAt = plus((await rig.row(id)).protectedUntil ?? '', -1)
    await rig.db.execute(
      sql`update deals set status = 'won', touched = jsonb_build_object('status', ${wonAt}::text) where registration_id = ${id}`,
    )
    await rig.settle(id, after({ wonAfterLapse: 'no-credit' }))
    expect(await rig.row(id)).toMatchObject({ state: 'won', lateWin: null })
  })
})

describe('a deal that closes after its protection', () => {
  it('is no win in time because nobody looked at the end: the claim lapses at its instant, and the policy has its say', async () => {
    const id = await approved()
    await rig.pass(id, 91 * DAY)
    const wonAt = (await rig.row(id)).protectedUntil ?? ''
    await rig.db.execute(
      sql`update deals set status = 'won', touched = jsonb_build_object('status', ${wonAt}::text) where registration_id = ${id}`,
    )
    await rig.settle(id, after({ wonAfterLapse: 'no-credit' }))
    expect(await rig.row(id)).toMatchObject({ state: 'lapsed', lateWin: 'refused' })
    expect((await rig.events(id)).slice(-2)).toEqual(['registration.lapsed', 'registration.not-credited'])
  })

  it('is not refused with what was said of its approval', async () => {
    const id = await rig.claim(partnerId, company())
    await rig.settle(id, rig.with({}))
    const taskId = one(await rig.tasks(id)).id
    await decide(rig.db, { taskId, decision: 'approve', reason: 'Their cousin is the buyer', by: staff() })
    const policy = after({ wonAfterLapse: 'no-credit' })
    await rig.settle(id, policy)
    await rig.pass(id, 91 * DAY)
    await rig.settle(id, policy)
    await rig.dealIs(id, 'won')
    await rig.settle(id, policy)
    const [event] = (await rig.db.select().from(events).where(eq(events.subjectId, id))).filter(
      ({ what }) => what === 'registration.not-credited',
    )
    const facts = await factsOf(rig.db, { subjectId: id, eventId: event?.id ?? '' })
    expect(facts).toMatchObject({ decisionReason: null })
  })
})

describe('a deal that is given to another account', () => {
  it('takes the claim along, and asks nobody where that is the same company', async () => {
    const prospect = company()
    const id = await approved(prospect)
    const accountId = await moveTo(id, 'A second record of it', prospect.domain)
    expect(await rig.row(id)).toMatchObject({ accountId, confirmTaskId: null })
    expect(await rig.tasks(id)).toEqual([])
  })

  it('asks whether the claim stands where it is another company, and revokes it when it does not', async () => {
    const id = await approved()
    const accountId = await moveTo(id, 'Ganz Andere AG', 'ganz-andere.com')
    expect(await rig.row(id)).toMatchObject({ accountId, state: 'approved' })
    await answer(id, 'revoke')
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'revoked', reason: 'Because' })
    expect(await told(id)).toContain('registration.revoked')
  })
})

it('that is in doubt already is asked about once, with every reason, and each is told', async () => {
  const id = await approved()
  await moveTo(id, 'Eine Andere AG', 'eine-andere.com')
  const leaver = rig.with({ ...automatic, partners: { offboarded: 'ask' } })
  const own = await rig.row(id)
  await rig.db
    .update(partners)
    .set({ state: 'offboarded' })
    .where(eq(partners.id, own.partnerId ?? ''))
  await rig.settle(id, leaver)
  await rig.db
    .update(partners)
    .set({ state: 'active' })
    .where(eq(partners.id, own.partnerId ?? ''))
  expect(await confirmTask(id)).toMatchObject({ why: ['account-moved', 'partner-offboarded'] })
  expect((await rig.events(id)).filter((what) => what === 'claim.questioned')).toHaveLength(2)
  expect((await told(id)).filter((template) => template === 'claim.questioned')).toHaveLength(2)
})

describe('the end of a partnership', () => {
  it('leaves its claims alone where the policy says so', async () => {
    expect((await claims('keep')).states).toEqual(['approved', 'in-review'])
  })

  it('ends them where it says so', async () => {
    expect((await claims('end')).states).toEqual(['revoked', 'declined'])
  })

  it('has a person asked about what is protected, once', async () => {
    const { granted, states } = await claims('ask')
    expect(states).toEqual(['approved', 'in-review'])
    expect(await confirmTask(granted)).toMatchObject({ why: ['partner-offboarded'] })
    await answer(granted, 'keep')
    await rig.settle(granted, rig.with({ ...automatic, partners: { offboarded: 'ask' } }))
    expect(await rig.row(granted)).toMatchObject({ state: 'approved', confirmTaskId: null })
  })
})

describe('the same partner’s claims on one company', () => {
  it('are one: the later through another portal goes on in the first, and both timelines say so', async () => {
    const prospect = company()
    const first = await approved(prospect)
    const second = await approved({ ...prospect, portal: 'other' })
    expect(await rig.row(second)).toMatchObject({ state: 'merged', mergedInto: first })
    expect((await rig.row(second)).reason).toMatch(/^It goes on in your registration of \d{4}-/)
    expect(await rig.events(first)).toContain('registration.absorbed')
    expect(await rig.row(first)).toMatchObject({ state: 'approved' })
    expect(await told(second)).toContain('registration.merged')
  })

  it('are one also when the earlier is heard of last: what was asked about the later is asked no more', async () => {
    const prospect = company()
    const late = await rig.claim(partnerId, prospect)
    await rig.settle(late, rig.with({}))
    const early = await rig.claim(partnerId, {
      ...prospect,
      submittedAt: plus((await rig.row(late)).submittedAt ?? '', -1),
    })
    await rig.settle(early, rig.with({}))
    await rig.settle(late, rig.with({}))
    expect(await rig.row(early)).toMatchObject({ state: 'in-review' })
    expect(await rig.row(late)).toMatchObject({ state: 'merged', mergedInto: early })
    expect(one(await rig.tasks(late))).toMatchObject({ state: 'cancelled' })
  })

  it('are linked when one follows a lapse, at once or after the time that the policy names', async () => {
    const { id, prospect } = await lapsed()
    const again = await rig.claim(partnerId, prospect)
    await rig.settle(again)
    expect(await rig.row(again)).toMatchObject({ state: 'approved', previousId: id })
    // The note of the earlier one is history with the approval, and not before.
    expect(await noteOf(id)).toBeNull()
    const other = await lapsed()
    const tooSoon = await rig.claim(partnerId, other.prospect)
    await rig.settle(tooSoon, after({ registerAgain: { after: '30d' } }))
    expect(await rig.row(tooSoon)).toMatchObject({ state: 'declined', previousId: other.id })
    expect((await rig.row(tooSoon)).reason).toMatch(
      /it may be registered again from .* on\. \(Rules of engagement, \d+\.\d+ register-again\)$/,
    )
    expect(await noteOf(other.id)).toContain(`by Aufwind of `)
    const [counted] = await rig.db
      .select({ n: sql<number>`count(*)::int` })
      .from(registrations)
      .where(eq(registrations.previousId, other.id))
    expect(counted?.n).toBe(1)
  })
})

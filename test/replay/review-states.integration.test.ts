/**
 * The review of a direct deal by its workflow in virtual time: every step, every ruling and every other end, each at its very instant.
 * What is real and what is not says `test/setup/virtual-world.ts`.
 */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { knowConnections } from '../../src/db/connections.ts'
import { reviewDirectDeals, wakeUntoldReviews } from '../../src/db/direct-reviews.ts'
import { accounts, deals, directReviews, links, shadows, tasks, users } from '../../src/db/schema/index.ts'
import { directReviewStates, isOver, reviewEnds } from '../../src/domain/direct-deal.ts'
import { companyKeys } from '../../src/domain/identity.ts'
import type { TaskDecision } from '../../src/domain/task-kinds.ts'
import { decide } from '../../src/process/decide.ts'
import { reviewSteps } from '../../src/process/direct-deals/steps.ts'
import type { Programme } from '../../src/process/programme.ts'
import { automatic, one, staff, type Rig } from '../../src/process/rig.test-support.ts'
import { withdraw } from '../../src/process/wishes/withdraw.ts'
import { field, ours } from '../setup/bench.ts'
import type { VirtualClock } from '../setup/virtual-clock.ts'
import { startVirtualRig, type VirtualRig, type VirtualWorld } from '../setup/virtual-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const by = staff()

let stage: VirtualRig
let clock: VirtualClock
let rig: Rig
let world: VirtualWorld
let partnerId: string
let count = 0
beforeAll(async () => {
  stage = await startVirtualRig()
  ;({ rig, clock, world } = stage)
  await knowConnections(rig.db, [{ name: 'crm', mode: 'live' }])
  partnerId = await rig.partner('Tafelwind')
}, 60_000)
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.begin()
  await govern({})
})

/** By this rule for direct deals, with a CRM that can be told that a deal is held. */
async function govern(directDeals: unknown): Promise<void> {
  const programme = rig.with({ ...automatic, directDeals })
  const systems = new Map(programme.systems)
  const crm = systems.get('crm')
  if (crm === undefined) throw new Error('the rig has no CRM')
  const hold = field('underReview', 'Held', { ...ours, conversion: { as: 'boolean' } })
  const mappings = crm.mappings.map((mapping) => (mapping.kind === 'deal' ? { ...mapping, fields: [hold] } : mapping))
  systems.set('crm', { ...crm, mappings })
  const governed: Programme = { ...programme, systems }
  await world.govern(governed)
}

interface Opened {
  dealId: string
  linkId: string
  claimId: string
}

/** A direct deal that a CRM's people open at the account of an approved claim, or of one that waits for a person. */
async function opened({ isApproved = true, ownerId = null as string | null } = {}): Promise<Opened> {
  const prospect = { company: `Werft ${String((count += 1))} GmbH`, domain: `werft${String(count)}.com` }
  const claimId = await rig.claim(partnerId, { ...prospect, amount: isApproved ? '1000' : '99999' })
  await world.settle()
  const made = await rig.db.transaction(async (tx) => {
    const [account] = await tx
      .insert(accounts)
      .values({ name: prospect.company, domain: prospect.domain, ...companyKeys(prospect.company) })
      .returning({ id: accounts.id })
    const accountId = account?.id ?? null
    const deal = {
      name: 'Direct',
      accountId,
      status: 'open',
      stage: 'A',
      source: 'direct',
      home: 'crm',
      ownerId,
    } as const
    const dealId = one(await tx.insert(deals).values(deal).returning({ id: deals.id })).id
    const link = { connection: 'crm', object: 'deals', kind: 'deal', recordId: dealId, externalId: dealId } as const
    const linkId = one(await tx.insert(links).values(link).returning({ id: links.id })).id
    await reviewDirectDeals(tx, { dealIds: [dealId], accountIds: [] })
    return { dealId, linkId, claimId }
  })
  await world.settle()
  return made
}

/** The CRM says so of the deal, as its stream would bring it. */
async function becomes({ dealId }: Opened, values: Partial<typeof deals.$inferInsert>): Promise<number> {
  await rig.db.transaction(async (tx) => {
    await tx
      .update(deals)
      .set({ name: 'Direct', ...values })
      .where(eq(deals.id, dealId))
    await reviewDirectDeals(tx, { dealIds: [dealId], accountIds: [] })
  })
  return now()
}
/** The CRM shows the deal as held, for it was written. */
async function held(deal: Opened): Promise<Opened> {
  await rig.db.insert(shadows).values({ linkId: deal.linkId, fields: { Held: 'true' }, version: '1' })
  return deal
}
async function ruled({ dealId }: Opened, decision: TaskDecision): Promise<number> {
  const task = one(
    await rig.db
      .select({ id: tasks.id })
      .from(tasks)
      .innerJoin(directReviews, eq(directReviews.id, tasks.subjectId))
      .where(eq(directReviews.dealId, dealId)),
  )
  await decide(rig.db, { taskId: task.id, decision, reason: 'Because', by })
  return now()
}
async function now(): Promise<number> {
  await world.settle()
  return clock.now
}
async function passes(ms: number): Promise<number> {
  const due = clock.now + ms
  await world.advance(ms + 7 * DAY)
  return due
}
async function atEnd(policy: unknown): Promise<number> {
  await govern(policy)
  await opened()
  return passes(96 * HOUR)
}
/** When reviews ended by this. */
async function endedBy(why: (typeof reviewEnds)[number]): Promise<(string | null)[]> {
  const ended = await rig.db.select().from(directReviews).where(eq(directReviews.endedBy, why))
  return ended.map(({ endedAt }) => endedAt)
}

/** Each goes one row and says when that had to happen. */
const drives: Record<string, () => Promise<number>> = {
  'found alert in-review': async () => {
    await opened()
    return clock.now
  },
  'in-review tellRep in-review': async () => {
    const rep = one(await rig.db.insert(users).values({}).returning({ id: users.id })).id
    await rig.db
      .insert(links)
      .values({ connection: 'crm', object: 'owners', kind: 'user', recordId: rep, externalId: rep })
    await opened({ ownerId: rep })
    await rig.db.update(users).set({ email: 'rep@vendor.example' }).where(eq(users.id, rep))
    await rig.db.transaction(wakeUntoldReviews)
    return now()
  },
  'in-review ask in-review': async () => {
    await opened()
    return clock.now
  },
  'in-review remind in-review': async () => {
    await opened()
    return passes(24 * HOUR)
  },
  'in-review escalate in-review': async () => {
    await govern({ escalateTo: 'director@vendor.example' })
    await opened()
    return passes(48 * HOUR)
  },
  'in-review conclude released': () => atEnd({ atEnd: 'release', endAfter: '96h' }),
  'in-review conclude reassigned': () => atEnd({ atEnd: 'reassign', endAfter: '96h' }),
  'in-review follow in-review': async () => becomes(await opened(), { stage: 'B' }),
  'in-review setBack in-review': async () => becomes(await held(await opened()), { stage: 'B' }),
  'in-review letGo in-review': async () => {
    await govern({ setBackAtMost: 1 })
    const deal = await held(await opened())
    await becomes(deal, { stage: 'B' })
    return becomes(deal, { stage: 'C' })
  },
  'in-review rule released': async () => ruled(await opened(), 'release'),
  'in-review rule reassigned': async () => ruled(await opened(), 'reassign'),
  'in-review rule co-sell': async () => ruled(await opened(), 'co-sell'),
  'found close ended': async () => {
    // The claim waits for the streams while the deal is opened, and is checked beside it.
    await rig.covered('crm', '2020-01-01T00:00:00.000Z')
    await opened({ isApproved: false })
    const due = await passes(5 * 60_000)
    await rig.covered('crm', '2999-01-01T00:00:00.000Z')
    return due
  },
  'in-review close ended': async () => becomes(await opened(), { status: 'lost' }),
}

/** Each brings a review to this end, other than by a ruling. */
const ends: Record<(typeof reviewEnds)[number], () => Promise<unknown>> = {
  'judged-with-claim': async () => {
    await rig.covered('crm', '2020-01-01T00:00:00.000Z')
    await opened({ isApproved: false })
    await world.advance(5 * 60_000)
    await rig.covered('crm', '2999-01-01T00:00:00.000Z')
  },
  'registration-ended': async () => {
    const { claimId } = await opened()
    await withdraw(rig.db, { registrationId: claimId, by })
  },
  'deal-closed': async () => becomes(await opened(), { status: 'won' }),
  'deal-gone': async () => {
    const deal = await opened()
    await rig.db.update(links).set({ gone: true }).where(eq(links.id, deal.linkId))
    await becomes(deal, {})
  },
  'deal-moved': async () => {
    const deal = await opened()
    const elsewhere = await rig.db.insert(accounts).values({ name: 'Anderswo' }).returning({ id: accounts.id })
    await becomes(deal, { accountId: one(elsewhere).id })
  },
  'deal-registered': async () => becomes(await opened(), { partnerId }),
  'review-off': async () => {
    const deal = await opened()
    await govern({ review: false })
    await becomes(deal, {})
  },
}

describe('the review of a direct deal', () => {
  it('takes no step, and has no end, that is not driven here', () => {
    const gone = Object.keys(drives).map((row) => row.split(' '))
    const taken = new Set(gone.map(([, step]) => step))
    expect(Object.keys(reviewSteps).filter((step) => !taken.has(step))).toEqual([])
    const reached = new Set(gone.map(([, , to]) => to))
    expect(directReviewStates.filter((state) => isOver(state) && !reached.has(state))).toEqual([])
    expect(Object.keys(ends).toSorted()).toEqual([...reviewEnds].toSorted())
  })

  it.each(Object.entries(drives))('%s', async (row, drive) => {
    const due = await drive()
    const instants = world.went.filter((went) => went.row === row).map(({ at }) => new Date(at).toISOString())
    expect(instants).toContain(new Date(due).toISOString())
    // No timer wakes for nothing.
    expect(world.vain).toEqual([])
  })

  it('ends with the protection, at its instant', async () => {
    await opened()
    await world.advance(90 * DAY)
    expect(await endedBy('registration-ended')).toContain(new Date(clock.now).toISOString())
  })

  it.each(reviewEnds)('ends without a ruling: %s', async (why) => {
    await ends[why]()
    await world.settle()
    expect(await endedBy(why)).toContain(new Date(clock.now).toISOString())
  })
})

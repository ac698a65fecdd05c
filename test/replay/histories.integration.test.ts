/**
 * Whole lives on the real server: what they cost in events, and the golden histories. `npm run histories` records these anew into
 * `histories/`; replay holds every release against them, so that a process that began under an older one goes on.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { and, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nudge, workflowId } from '../../src/db/outbox.ts'
import {
  accounts,
  deals,
  directReviews,
  events,
  links,
  partners,
  registrations,
  tasks,
} from '../../src/db/schema/index.ts'
import { reviewDirectDeals } from '../../src/db/direct-reviews.ts'
import { endsIn } from '../../src/domain/direct-deal.ts'
import { companyKeys } from '../../src/domain/identity.ts'
import type { RegistrationState } from '../../src/domain/records.ts'
import type { TaskDecision } from '../../src/domain/task-kinds.ts'
import { decide } from '../../src/process/decide.ts'
import { submit } from '../../src/process/submit.ts'
import { answerInfo } from '../../src/process/wishes/answer-info.ts'
import { extend } from '../../src/process/wishes/extension.ts'
import { revoke } from '../../src/process/wishes/revoke.ts'
import { withdraw } from '../../src/process/wishes/withdraw.ts'
import { staff } from '../../src/process/rig.test-support.ts'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'
import { turnsOf } from '../setup/turns-of.ts'
import { until } from '../setup/until.ts'
import { startWorld, type World } from '../setup/world.ts'

const folder = join(import.meta.dirname, 'histories')
const isRecording = process.env['CAUSEWAY_RECORD_HISTORIES'] === '1'

let world: World
let partnerIds: string[]
beforeAll(async () => {
  world = await startWorld({
    policy: `
  autoApprove: { upTo: 50000, currency: USD }
  decision: { within: 3s, remindAfter: 1s, approver: manager@vendor.example }
  exclusivity: { for: 5s, remindBefore: 2s }
  directDeals: { to: manager@vendor.example, hold: false }`,
  })
  const added = await world.database.db
    .insert(partners)
    .values([
      { name: 'North', email: 'desk@north.example' },
      { name: 'South', email: 'desk@south.example' },
    ])
    .returning({ id: partners.id })
  partnerIds = added.map(({ id }) => id)
  if (isRecording) {
    await mkdir(folder, { recursive: true })
    // Those of loops that began before are in folders of their own, and stay.
    const present = (await readdir(folder)).filter((name) => name.endsWith('.json'))
    for (const name of present) await rm(join(folder, name))
  }
}, 60_000)
afterAll(() => world.close())

const claim = (company: string, amount: string, partner = 0) =>
  submit(world.database.db, {
    partnerId: partnerIds[partner] ?? '',
    company,
    domain: `${company}.com`,
    contactName: null,
    contactEmail: null,
    amount,
    currency: 'USD',
    closeDate: null,
    products: null,
    submittedBy: 'desk',
    onBehalfBy: null,
  })
const becomes = (id: string, state: RegistrationState) =>
  until(
    async () =>
      (await world.database.db.select().from(registrations).where(eq(registrations.id, id)))[0]?.state === state,
    { deadlineMs: 30_000, everyMs: 50 },
  )
const happened = (id: string, what: string) =>
  until(
    async () =>
      (await world.database.db.select().from(events).where(eq(events.subjectId, id))).some((e) => e.what === what),
    { deadlineMs: 30_000, everyMs: 50 },
  )
async function decideOn(id: string, decision: TaskDecision) {
  const [task] = await world.database.db
    .select()
    .from(tasks)
    .where(and(eq(tasks.subjectId, id), eq(tasks.state, 'open')))
  await decide(world.database.db, { taskId: task?.id ?? '', decision, reason: 'reason', by: staff('key:m') })
  world.road.relay.kick()
}

const lives: Record<string, () => Promise<string>> = {
  'approved-by-rule-lapsed': async () => {
    const id = await claim('lapse', '100')
    await becomes(id, 'lapsed')
    return id
  },
  'asked-reminded-escalated-approved-late-lapsed': async () => {
    const id = await claim('late', '99999')
    await happened(id, 'task.escalated')
    await decideOn(id, 'approve')
    await becomes(id, 'lapsed')
    return id
  },
  'declined-by-decision': async () => {
    const id = await claim('no', '99999')
    await becomes(id, 'in-review')
    await decideOn(id, 'decline')
    await becomes(id, 'declined')
    return id
  },
  'declined-second-in-time': async () => {
    const first = await claim('rival', '99999')
    await becomes(first, 'in-review')
    const id = await claim('rival', '100', 1)
    await becomes(id, 'declined')
    return id
  },
  'merged-into-the-same-partners': async () => {
    const first = await claim('twice', '99999')
    await becomes(first, 'in-review')
    const id = await claim('twice', '100')
    await becomes(id, 'merged')
    return id
  },
  withdrawn: async () => {
    const id = await claim('back', '99999')
    await becomes(id, 'in-review')
    await withdraw(world.database.db, { registrationId: id, by: staff() })
    await becomes(id, 'withdrawn')
    return id
  },
  'asked-answered-approved-extended-revoked': async () => {
    const { db } = world.database
    const by = staff()
    const id = await claim('long', '99999')
    await becomes(id, 'in-review')
    await decideOn(id, 'ask-info')
    await becomes(id, 'info-requested')
    await answerInfo(db, { registrationId: id, answer: 'yes', by })
    await becomes(id, 'in-review')
    await decideOn(id, 'approve')
    await becomes(id, 'approved')
    await extend(db, { registrationId: id, until: '2999-01-01T00:00:00.000Z', reason: null, by })
    await happened(id, 'exclusivity.extended')
    await revoke(db, { registrationId: id, reason: 'reason', by })
    await becomes(id, 'revoked')
    return id
  },
  won: () => dealIs('won'),
  lost: () => dealIs('lost'),
}

async function dealIs(status: 'won' | 'lost'): Promise<string> {
  const id = await claim(status, '100')
  await becomes(id, 'approved')
  await world.database.db.transaction(async (tx) => {
    await tx
      .update(deals)
      .set({ status, version: sql`version + 1` })
      .where(eq(deals.registrationId, id))
    await nudge(tx, [workflowId.registration(id)])
  })
  await becomes(id, status)
  return id
}

/** A direct deal at the account of a claim that is protected for long, once its manager is asked. */
async function reviewed(company: string): Promise<{ reviewId: string; dealId: string }> {
  const { db } = world.database
  const domain = `${company}.com`
  const names = { ...companyKeys(company), domain }
  const dealId = await db.transaction(async (tx) => {
    await tx.insert(registrations).values({
      ...names,
      company,
      partnerId: partnerIds[0] ?? '',
      state: 'approved',
      submittedAt: '2026-01-02T00:00:00.000Z',
      protectedUntil: '2999-01-01T00:00:00.000Z',
    })
    const [account] = await tx
      .insert(accounts)
      .values({ ...names, name: company })
      .returning()
    const [deal] = await tx
      .insert(deals)
      .values({ name: company, accountId: account?.id ?? '', status: 'open', source: 'direct', home: 'sales' })
      .returning()
    const recordId = deal?.id ?? ''
    await tx
      .insert(links)
      .values({ connection: 'sales', object: 'Opportunity', kind: 'deal', recordId, externalId: recordId })
    await reviewDirectDeals(tx, { dealIds: [recordId], accountIds: [] })
    return recordId
  })
  world.road.relay.kick()
  const review = await until(
    async () => (await db.select().from(directReviews).where(eq(directReviews.dealId, dealId)))[0],
    { deadlineMs: 30_000, everyMs: 50 },
  )
  await happened(review.id, 'direct-deal.asked')
  return { reviewId: review.id, dealId }
}

const reviews: Record<string, () => Promise<string>> = {
  ...Object.fromEntries(
    (['release', 'reassign', 'co-sell'] as const).map((ruling) => [
      endsIn[ruling],
      async () => {
        const { reviewId } = await reviewed(`direct-${ruling}`)
        await decideOn(reviewId, ruling)
        return reviewId
      },
    ]),
  ),
  ended: async () => {
    const { reviewId, dealId } = await reviewed('direct-ended')
    await world.database.db.transaction(async (tx) => {
      await tx.update(deals).set({ status: 'lost' }).where(eq(deals.id, dealId))
      await reviewDirectDeals(tx, { dealIds: [dealId], accountIds: [] })
    })
    return reviewId
  },
}

async function historyOf(id: string): Promise<History> {
  return world.namespace.client.workflow.getHandle(id).fetchHistory()
}
async function keep(name: string, history: History): Promise<void> {
  if (isRecording) await writeFile(join(folder, `${name}.json`), `${historyToJSON(history)}\n`)
}
const closed = (id: string) =>
  until(async () => (await world.namespace.client.workflow.getHandle(id).describe()).status.name === 'COMPLETED')

describe('on the real server', () => {
  it.each(Object.entries(lives))(
    'a whole registration takes few events: %s',
    async (name, live) => {
      const id = workflowId.registration(await live())
      await closed(id)
      const history = await historyOf(id)
      await keep(`registration-${name}`, history)
      // Where the streams were not read on the spot, which a busy machine may not do in time, a sleep and a wake more.
      const slept = turnsOf(JSON.parse(historyToJSON(history))).some(({ took }) => took.at(-1)?.endsWith(' screening'))
      // Five wishes and decisions one after another are more than most lives see; one that arrives in the midst of a turn costs three events.
      const atMost = name === 'asked-answered-approved-extended-revoked' ? 48 : 40
      expect(history.events?.length).toBeLessThanOrEqual(slept ? atMost + 7 : atMost)
      await Worker.runReplayHistory({ workflowBundle: await bundleWorkflows() }, history, id)
    },
    90_000,
  )

  it.each(Object.entries(reviews))(
    'a whole review of a direct deal takes few events: %s',
    async (name, live) => {
      const id = workflowId.directDeal(await live())
      await closed(id)
      const history = await historyOf(id)
      await keep(`directDealReview-${name}`, history)
      expect(history.events?.length).toBeLessThanOrEqual(20)
      await Worker.runReplayHistory({ workflowBundle: await bundleWorkflows() }, history, id)
    },
    90_000,
  )

  it.each([
    ['stream', 'stream/portal/deals'],
    ['sender', 'sender/sales'],
    ['mailer', 'mailer'],
  ])(
    'the %s can be replayed while it runs',
    async (name, id) => {
      const history = await historyOf(id)
      await keep(name, history)
      await Worker.runReplayHistory({ workflowBundle: await bundleWorkflows() }, history, id)
      expect(history.events?.length).toBeGreaterThan(3)
    },
    60_000,
  )
})

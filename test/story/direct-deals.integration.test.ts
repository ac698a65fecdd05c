/** A direct deal at a registered account, on the real server with the stand-ins of both CRMs: the hold is real. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { serviceKey } from '../../sandbox/hubspot/world.ts'
import { workflowId } from '../../src/db/outbox.ts'
import { deals, directReviews, links, notices, partners, registrations, tasks } from '../../src/db/schema/index.ts'
import { nameKey } from '../../src/domain/identity.ts'
import { decide } from '../../src/process/decide.ts'
import { applyPlan } from '../../src/provision/apply.ts'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'
import { until } from '../setup/until.ts'
import { startWorld, type World } from '../setup/world.ts'

const isRecording = process.env['CAUSEWAY_RECORD_HISTORIES'] === '1'
const histories = join(import.meta.dirname, '../replay/histories')
const soon = { deadlineMs: 60_000, everyMs: 200 }

let world: World
beforeAll(async () => {
  world = await startWorld({
    policy: '{ directDeals: { to: manager@vendor.example, setBackAtMost: 3 } }',
    forbidden: ['werft', 'tannenhof', 'nordwind', '777777'],
  })
  const { db } = world.database
  const [partner] = await db
    .insert(partners)
    .values({ name: 'Nordwind', email: 'desk@nordwind.example', managerEmail: 'pam@vendor.example' })
    .returning({ id: partners.id })
  await db.insert(registrations).values(
    [
      ['Werft AG', 'werft.com'],
      ['Tannenhof', 'tannenhof.com'],
    ].map(([company = '', domain = '']) => ({
      partnerId: partner?.id ?? '',
      company,
      domain,
      nameKey: nameKey(company),
      amount: '777777',
      currency: 'USD',
      state: 'approved' as const,
      submittedAt: '2026-01-02T00:00:00.000Z',
      protectedUntil: '2999-01-01T00:00:00.000Z',
    })),
  )
  const connector = world.road.connectors.get('sales')
  if (connector?.provision === undefined) throw new Error('the connector provisions nothing')
  const made = await applyPlan({
    db,
    connection: 'sales',
    provisioner: connector.provision,
    only: ['rule:Opportunity.Causeway_Deal_Under_Review'],
    actor: 'key:1',
    withinMs: 60_000,
    ctx: { signal: AbortSignal.timeout(60_000), priority: 'user' },
  })
  if (made.some(({ outcome }) => outcome === 'failed')) throw new Error('the validation rule was not made')
}, 120_000)
afterAll(() => world.close())

/** The review of the deal with this name, once it is so far. */
async function review(name: string, isSo: (row: typeof directReviews.$inferSelect) => boolean) {
  return until(async () => {
    const [found] = await world.database.db
      .select({ row: directReviews })
      .from(directReviews)
      .innerJoin(deals, eq(deals.id, directReviews.dealId))
      .where(eq(deals.name, name))
    return found !== undefined && isSo(found.row) ? found.row : null
  }, soon)
}

async function ruled(reviewId: string, decision: 'release' | 'reassign') {
  const [task] = await world.database.db.select().from(tasks).where(eq(tasks.subjectId, reviewId))
  const by = { label: 'manager@vendor.example', email: 'manager@vendor.example', door: 'api' as const }
  await decide(world.database.db, { taskId: task?.id ?? '', decision, reason: 'as we agreed', by })
  world.road.relay.kick()
}

const told = async (template: string) =>
  world.database.db
    .select()
    .from(notices)
    .where(and(eq(notices.template, template), eq(notices.audience, 'rep')))

const ids = z.looseObject({ accounts: z.array(z.string()), opportunities: z.array(z.string()) })

it('Salesforce itself refuses that a held deal moves on, until the manager has decided', async () => {
  const { control } = world.salesforce
  const [accountId = ''] = ids.parse(
    await control.seed({ accounts: [{ Name: 'Werft AG', Website: 'https://werft.com' }] }),
  ).accounts
  const [id = ''] = ids.parse(
    await control.seed({
      opportunities: [
        {
          Name: 'Direct 1',
          AccountId: accountId,
          StageName: 'Qualification',
          CloseDate: '2027-01-31',
          Partner_Source__c: 'Direct',
        },
      ],
    }),
  ).opportunities
  const found = await review('Direct 1', ({ state, assignee }) => state === 'in-review' && assignee !== null)
  const user = (fields: Record<string, unknown>) => control.seed({ edit: [{ object: 'Opportunity', id, fields }] })
  // Held from the moment on that the write has landed: an edit of the stage is what the org refuses.
  await until(
    async () => {
      try {
        await user({ StageName: 'Qualification', NextStep: 'call' })
        await user({ StageName: 'Closed Won' })
        await user({ StageName: 'Qualification' })
        return null
      } catch (error) {
        return String(error).includes('FIELD_CUSTOM_VALIDATION_EXCEPTION')
      }
    },
    { deadlineMs: 60_000, everyMs: 300 },
  )
  await ruled(found.id, 'reassign')
  await review('Direct 1', ({ state }) => state === 'reassigned')
  await until(async () => {
    try {
      await user({ StageName: 'Closed Won' })
      return true
    } catch {
      return null
    }
  }, soon)
  const [deal] = await world.database.db.select().from(deals).where(eq(deals.name, 'Direct 1'))
  expect(deal).toMatchObject({ source: 'partner-sourced', underReview: 'false' })
}, 200_000)

it('HubSpot’s stage is set back within one sync, and the rep is told once for each attempt', async () => {
  const { control } = world.hubspot
  await control.seed({
    create: [
      { type: 'companies', ref: 'company', properties: { name: 'Tannenhof', domain: 'tannenhof.com' } },
      {
        type: 'deals',
        ref: 'deal',
        properties: {
          dealname: 'Direct 2',
          pipeline: 'default',
          dealstage: 'appointmentscheduled',
          hubspot_owner_id: '7001',
          partner_source: 'Direct',
        },
      },
    ],
    associate: [{ from: { type: 'deals', id: 'deal' }, to: { type: 'companies', id: 'company' }, label: 'Primary' }],
  })
  const found = await review('Direct 2', ({ state, assignee }) => state === 'in-review' && assignee !== null)
  const stageThere = async () => {
    const [link] = await world.database.db
      .select({ id: links.externalId })
      .from(links)
      .where(and(eq(links.recordId, found.dealId), eq(links.connection, 'growth')))
    const id = link?.id ?? ''
    const answer = await fetch(
      `${world.hubspot.url}/crm/v3/objects/deals/${id}?properties=dealstage,deal_under_review`,
      {
        headers: { authorization: `Bearer ${serviceKey}` },
      },
    )
    const { properties } = z
      .object({ properties: z.object({ dealstage: z.string(), deal_under_review: z.string().nullish() }) })
      .parse(await answer.json())
    return { id, ...properties }
  }
  const held = await until(async () => {
    const there = await stageThere()
    return there.deal_under_review === 'true' ? there : null
  }, soon)
  for (const stage of ['contractsent', 'closedwon']) {
    await control.seed({ update: [{ type: 'deals', id: held.id, properties: { dealstage: stage } }] })
    await until(async () => (await stageThere()).dealstage === 'appointmentscheduled', soon)
  }
  expect(await told('direct-deal.set-back')).toHaveLength(2)
  expect((await told('direct-deal.held')).map(({ recipient }) => recipient)).toContain('rae.morgan@example.com')
  await ruled(found.id, 'release')
  await review('Direct 2', ({ state }) => state === 'released')
  await until(async () => (await stageThere()).deal_under_review === 'false', soon)
  await control.seed({ update: [{ type: 'deals', id: held.id, properties: { dealstage: 'contractsent' } }] })
  await until(async () => {
    const [deal] = await world.database.db.select().from(deals).where(eq(deals.id, found.dealId))
    return deal?.stage === 'contractsent'
  }, soon)
  expect((await stageThere()).dealstage).toBe('contractsent')

  const id = workflowId.directDeal(found.id)
  const handle = world.namespace.client.workflow.getHandle(id)
  await until(async () => (await handle.describe()).status.name === 'COMPLETED', soon)
  const history = await handle.fetchHistory()
  if (isRecording) {
    await mkdir(histories, { recursive: true })
    await rm(join(histories, 'directDealReview-set-back-released.json'), { force: true })
    await writeFile(join(histories, 'directDealReview-set-back-released.json'), `${historyToJSON(history)}\n`)
  }
  await Worker.runReplayHistory({ workflowBundle: await bundleWorkflows() }, history, id)
}, 200_000)

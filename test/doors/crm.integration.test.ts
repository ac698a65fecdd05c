/** Deciding in a CRM: an open task stands with whom it asks, in their own CRM, and what they choose there is judged like any decision. */
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig } from '../../connectors/hubspot/rig.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { planWrites } from '../../src/db/outbox.ts'
import { crmTasks, deals, directReviews, links, partners, registrations, tasks } from '../../src/db/schema/index.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { planCrmTask } from '../../src/process/crm-tasks.ts'
import { decide } from '../../src/process/decide.ts'
import { delegate } from '../../src/process/delegations.ts'
import { field, ours, startBench, type Bench } from '../setup/bench.ts'

interface Shown {
  subject: string | null
  body: string | null
  owner: string | null
  isDone: boolean
  decision: string | null
}

/** One CRM with a manager, a rep who is asked nothing, and the hands of its users. */
interface Crm {
  name: string
  /** The object of its tasks. */
  object: string
  manager: string
  rep: string
  shown: () => Promise<Map<string, Shown>>
  edit: (
    key: string,
    by: 'manager' | 'rep',
    fields: { decision?: string; reason?: string; isDone?: boolean },
  ) => Promise<void>
}

let bench: Bench
let crms: Crm[]
let org: Awaited<ReturnType<typeof startOrg>>
let ada: string
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const registered = 'Deal_Registration__c'
  org = await startOrg({
    tasks: true,
    customObjects: [{ object: registered, kind: 'registration' }],
    approvals: { process: 'Deal_Registration', object: registered },
  })
  const rig = await startRig({}, { tasks: true })
  closing.push(
    () => org.close(),
    () => rig.close(),
  )
  const growth = rig.connect()
  bench = await startBench({
    sales: {
      role: 'crm',
      capabilities: [...org.connector.capabilities],
      mappings: [
        ...salesforce.mappings(org.settings),
        { object: registered, kind: 'registration', fields: [field('reason', 'Reason__c', ours)] },
      ],
      connector: org.connector,
    },
    growth: {
      role: 'crm',
      capabilities: [...growth.capabilities],
      mappings: hubspot.mappings(rig.settings()),
      connector: growth,
    },
  })
  closing.unshift(() => bench.close())
  const { users } = z.object({ users: z.array(z.string()) }).parse(
    await org.sandbox.control.seed({
      users: [
        { FirstName: 'Ada', LastName: 'Lovelace', Email: 'ada@meridian.example' },
        { LastName: 'Rep', Email: 'rep@meridian.example' },
      ],
    }),
  )
  ada = users[0] ?? ''
  const orgState = z.object({ objects: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))) })
  const orgTasks = async () => orgState.parse(await org.sandbox.control.state()).objects['Task'] ?? []
  const accountState = z.object({
    tasks: z.array(z.looseObject({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })),
  })
  const accountTasks = async () => accountState.parse(await rig.sandbox.control.state()).tasks
  const text = z
    .string()
    .nullish()
    .transform((value) => value ?? null)
  crms = [
    {
      name: 'sales',
      object: 'Task',
      manager: 'ada@meridian.example',
      rep: 'rep@meridian.example',
      async shown() {
        const owners = new Map([[users[0] ?? '', 'ada@meridian.example']])
        return new Map(
          (await orgTasks()).map((row) => [
            text.parse(row['Causeway_Id__c']) ?? '',
            {
              subject: text.parse(row['Subject']),
              body: text.parse(row['Description']),
              owner: owners.get(text.parse(row['OwnerId']) ?? '') ?? null,
              isDone: row['IsClosed'] === true,
              decision: text.parse(row['Causeway_Decision__c']),
            },
          ]),
        )
      },
      async edit(key, by, { decision, reason, isDone }) {
        const id = (await orgTasks()).find((row) => row['Causeway_Id__c'] === key)?.['Id']
        const fields = {
          ...(decision === undefined ? {} : { Causeway_Decision__c: decision }),
          ...(reason === undefined ? {} : { Causeway_Reason__c: reason }),
          ...(isDone === undefined ? {} : { Status: 'Completed' }),
        }
        await org.sandbox.control.clock.advance(2000)
        await org.sandbox.control.seed({
          edit: [{ object: 'Task', id, fields, by: by === 'manager' ? users[0] : users[1] }],
        })
      },
    },
    {
      name: 'growth',
      object: 'tasks',
      manager: 'rae.morgan@example.com',
      rep: 'sam.okafor@example.com',
      async shown() {
        return new Map(
          (await accountTasks()).map(({ properties: p }) => [
            p['causeway_id'] ?? '',
            {
              subject: p['hs_task_subject'] ?? null,
              body: p['hs_task_body'] ?? null,
              owner: p['hubspot_owner_id'] === '7001' ? 'rae.morgan@example.com' : null,
              isDone: p['hs_task_status'] === 'COMPLETED',
              decision: p['causeway_decision'] === '' ? null : (p['causeway_decision'] ?? null),
            },
          ]),
        )
      },
      async edit(key, by, { decision, reason, isDone }) {
        const id = (await accountTasks()).find(({ properties }) => properties['causeway_id'] === key)?.id
        const properties = {
          ...(decision === undefined ? {} : { causeway_decision: decision }),
          ...(reason === undefined ? {} : { causeway_reason: reason }),
          ...(isDone === undefined ? {} : { hs_task_status: 'COMPLETED' }),
        }
        await rig.tick(2000)
        await rig.sandbox.control.seed({
          update: [{ type: 'tasks', id, properties, by: by === 'manager' ? 501 : 502 }],
        })
      },
    },
  ]
  await rounds(2)
}, 120_000)
afterAll(async () => {
  for (const close of closing) await close()
})

async function rounds(n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) await bench.round()
}

/** Reads a CRM's tasks and writes what follows, twice: what is written is read back. */
async function look({ name, object }: Crm): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    while ((await bench.pull(name, object)).waitMs === 0);
    await bench.age()
    await bench.drain(name)
  }
}

let count = 0
/** A claim in review that this person is asked about. */
async function asked(assignee: string): Promise<string> {
  count += 1
  const [partner] = await bench.db
    .insert(partners)
    .values({ name: `Nordwind ${String(count)}` })
    .returning({ id: partners.id })
  const [claim] = await bench.db
    .insert(registrations)
    .values({
      partnerId: partner?.id ?? '',
      company: `Hafen ${String(count)} AG`,
      domain: 'hafen.example',
      amount: '1000',
      currency: 'EUR',
      state: 'in-review',
      round: 1,
    })
    .returning({ id: registrations.id })
  const [task] = await bench.db
    .insert(tasks)
    .values({
      kind: 'approve-registration',
      subjectId: claim?.id ?? '',
      round: 1,
      why: ['amount-above-limit'],
      assignee,
      dueAt: '2027-03-31T09:00:00.000Z',
    })
    .returning({ id: tasks.id })
  return task?.id ?? ''
}

/** A direct deal at such a claim's account that this person is asked about. */
async function askedOfDeal(assignee: string): Promise<string> {
  const claim = await taskOf(await asked('nobody@meridian.example'))
  const [deal] = await bench.db.insert(deals).values({ name: 'Opened beside it' }).returning({ id: deals.id })
  const beside = { dealId: deal?.id ?? '', registrationId: claim?.subjectId ?? '' }
  const [review] = await bench.db
    .insert(directReviews)
    .values({ ...beside, connection: 'sales', matchedOn: ['domain'], score: 100, state: 'in-review' })
    .returning({ id: directReviews.id })
  const why = ['registered-account']
  const [task] = await bench.db
    .insert(tasks)
    .values({
      kind: 'review-direct-deal',
      subjectId: review?.id ?? '',
      round: 1,
      why,
      assignee,
      dueAt: '2027-03-31T09:00:00.000Z',
    })
    .returning({ id: tasks.id })
  return task?.id ?? ''
}

const taskOf = async (id: string) => (await bench.db.select().from(tasks).where(eq(tasks.id, id)))[0]
const keyOf = async (taskId: string) =>
  (await bench.db.select({ id: crmTasks.id }).from(crmTasks).where(eq(crmTasks.taskId, taskId))).map(({ id }) => id)
const crm = (at: number): Crm => {
  const found = crms[at]
  if (found === undefined) throw new Error('no such CRM')
  return found
}
const at = [
  { at: 0, name: 'Salesforce' },
  { at: 1, name: 'HubSpot' },
]

describe.each(at)('a task in $name', ({ at: place }) => {
  it('stands with whom it asks, and their outcome decides: refusals are answered on it in words', async () => {
    const { manager, shown, edit } = crm(place)
    const id = await asked(manager)
    await look(crm(place))
    const [key = '', ...others] = await keyOf(id)
    expect(others).toEqual([])
    const task = (await shown()).get(key)
    expect(task).toMatchObject({ owner: manager, isDone: false, decision: null })
    expect(task?.subject).toMatch(/^Decide: Nordwind \d+ registered Hafen \d+ AG$/)
    expect(task?.body).toContain('Amount: 1000 EUR')
    expect(task?.body).toContain('The amount is above the limit')
    expect(task?.body).toContain('- Decline (say why)')

    // Somebody who is not asked.
    await edit(key, 'rep', { decision: 'Approve' })
    await look(crm(place))
    expect(await taskOf(id)).toMatchObject({ state: 'open' })
    const refused = (await shown()).get(key)
    expect(refused).toMatchObject({ decision: null, isDone: false })
    expect(refused?.body).toContain('does not stand in for them')
    expect(
      await bench.rows(
        `select rule, detail ->> 'door' as door from audit where what = 'task.refused' and detail ->> 'taskId' = '${id}'`,
      ),
    ).toEqual([{ rule: 'CW_DECIDER_NOT_ALLOWED', door: 'crm' }])

    // The right person, without what it takes.
    await edit(key, 'manager', { decision: 'Decline' })
    await look(crm(place))
    expect((await shown()).get(key)?.body).toContain('needs a reason')
    await edit(key, 'manager', { decision: 'Grant' })
    await look(crm(place))
    expect((await shown()).get(key)?.body).toContain('is answered with approve, decline')
    await edit(key, 'manager', { isDone: true })
    await look(crm(place))
    expect((await shown()).get(key)).toMatchObject({ isDone: false })
    expect((await shown()).get(key)?.body).toContain('closed without an outcome')

    await edit(key, 'manager', { decision: 'Decline', reason: 'We sell there ourselves.' })
    await look(crm(place))
    expect(await taskOf(id)).toMatchObject({
      state: 'decided',
      decision: 'decline',
      reason: 'We sell there ourselves.',
      decidedBy: manager,
      decidedDoor: 'crm',
    })
    const closed = (await shown()).get(key)
    expect(closed).toMatchObject({ isDone: true })
    expect(closed?.body).toMatch(new RegExp(`Decided: decline by ${manager} at [\\d :-]+ UTC \\(in the CRM\\)`))
  }, 60_000)

  it('is closed with who and when where somebody decided elsewhere, or nobody has to any more', async () => {
    const { manager, shown, edit } = crm(place)
    const [mine, over] = [await asked(manager), await asked(manager)]
    await look(crm(place))
    const [key = ''] = await keyOf(mine)
    const by = { label: 'Channel desk', email: null, door: 'api' } as const
    // Both at once: the CRM's user is the second.
    await edit(key, 'manager', { decision: 'Decline', reason: 'Late' })
    await decide(bench.db, { taskId: mine, decision: 'approve', reason: null, by })
    await bench.db.update(tasks).set({ state: 'cancelled' }).where(eq(tasks.id, over))
    await look(crm(place))
    expect(await taskOf(mine)).toMatchObject({ decision: 'approve' })
    expect((await shown()).get(key)).toMatchObject({ isDone: true })
    expect((await shown()).get(key)?.body).toMatch(/Decided: approve by Channel desk at .* UTC \(by the API\)/)
    const [overKey = ''] = await keyOf(over)
    expect((await shown()).get(overKey)).toMatchObject({ isDone: true })
  }, 60_000)

  it('is for who stands in, and tells a person something that is no decision', async () => {
    const { name, manager, rep, shown } = crm(place)
    const day = 24 * 3_600_000
    await delegate(
      bench.db,
      { address: rep, to: manager, from: null, until: new Date(Date.now() + day).toISOString() },
      'key:1',
    )
    const id = await asked(rep)
    const notice = await bench.db.transaction((tx) =>
      planCrmTask(tx, programme(), { occasion: `event:${id}`, to: manager, subject: 'Known', body: 'A fact.' }),
    )
    expect(notice).toMatchObject({ connection: name })
    const nobody = { occasion: randomUUID(), to: 'nobody@example.com', subject: 'x', body: 'x' }
    expect(await bench.db.transaction((tx) => planCrmTask(tx, programme(), nobody))).toBeNull()
    const review = await askedOfDeal(manager)
    await look(crm(place))
    const [key = ''] = await keyOf(id)
    expect((await shown()).get(key)).toMatchObject({ owner: manager })
    const [reviewKey = ''] = await keyOf(review)
    const ofDeal = (await shown()).get(reviewKey)
    expect(ofDeal?.subject).toMatch(/^Decide: A direct deal was opened .* \(Hafen \d+ AG\)$/)
    expect(ofDeal?.body).toMatch(/Deal: Opened beside it\nPartner: Nordwind \d+\nCompany: Hafen/)
    expect((await shown()).get(notice?.id ?? '')).toMatchObject({ subject: 'Known', body: 'A fact.', owner: manager })
  }, 60_000)
})

describe('an approval process of the org', () => {
  const object = 'Deal_Registration__c'
  const made = z.looseObject({ records: z.array(z.string()) })
  /** A claim that has a record in the org, in review. */
  async function registered(): Promise<{ taskId: string; claimId: string; target: string }> {
    const taskId = await asked('ada@meridian.example')
    const claimId = (await taskOf(taskId))?.subjectId ?? ''
    const record = { object, fields: { Name: 'R', Company__c: 'Hafen', Causeway_Id__c: claimId } }
    const target = made.parse(await org.sandbox.control.seed({ records: [record] })).records[0] ?? ''
    await bench.db
      .insert(links)
      .values({ connection: 'sales', object, kind: 'registration', recordId: claimId, externalId: target })
    await look(crm(0))
    while ((await bench.pull('sales', 'ProcessInstance')).waitMs === 0);
    return { taskId, claimId, target }
  }
  const instances = z.object({
    objects: z.object({ ProcessInstance: z.array(z.looseObject({ TargetObjectId: z.string(), Status: z.string() })) }),
  })
  const reasonAt = async (target: string) => {
    const rows = z.object({ objects: z.record(z.string(), z.array(z.looseObject({ Id: z.string() }))) })
    return rows.parse(await org.sandbox.control.state()).objects[object]?.find(({ Id }) => Id === target)?.['Reason__c']
  }

  it('is asked once for the record, locks it, and its end decides; what we write waits for the lock', async () => {
    const { taskId, claimId, target } = await registered()
    await look(crm(0))
    const there = instances.parse(await org.sandbox.control.state()).objects.ProcessInstance
    expect(there.filter((row) => row.TargetObjectId === target).map(({ Status }) => Status)).toEqual(['Pending'])

    await bench.db
      .update(registrations)
      .set({ reason: 'Please wait.', version: 2 })
      .where(eq(registrations.id, claimId))
    await bench.db.transaction((tx) => planWrites(tx, [claimId]))
    await bench.drain('sales')
    expect(await reasonAt(target)).toBeUndefined()
    expect(
      await bench.rows(
        `select w.status, w.code from writes w join links l on l.id = w.link_id where l.record_id = '${claimId}'`,
      ),
    ).toEqual([{ status: 'planned', code: 'CW_VENDOR_LOCKED' }])

    await org.sandbox.control.clock.advance(2000)
    await org.sandbox.control.seed({
      approvals: [{ target, by: ada, outcome: 'Rejected', comments: 'We sell there.' }],
    })
    while ((await bench.pull('sales', 'ProcessInstance')).waitMs === 0);
    expect(await taskOf(taskId)).toMatchObject({
      state: 'decided',
      decision: 'decline',
      reason: 'We sell there.',
      decidedBy: 'ada@meridian.example',
      decidedDoor: 'crm',
    })
    await bench.age()
    await bench.drain('sales')
    expect(await reasonAt(target)).toBe('Please wait.')
  }, 60_000)
})

const programme = () => ({ policy: policySchema.parse({}), systems: bench.systems, route: () => 'sales' })

it('costs nothing once all is said: a further round writes nothing', async () => {
  const writes = () => bench.rows(`select count(*)::text as n, sum(attempt)::text as attempts from writes`)
  await rounds(2)
  const before = await writes()
  await rounds(2)
  expect(await writes()).toEqual(before)
  expect(await bench.rows(`select code, object from changes where status = 'parked'`)).toEqual([])
  expect(await bench.rows(`select code, object from writes where status = 'parked'`)).toEqual([])
})

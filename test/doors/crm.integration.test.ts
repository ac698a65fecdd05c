/** Deciding in a CRM: an open task stands with whom it asks, in their own CRM, and what they choose there is judged like any decision. */
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig } from '../../connectors/hubspot/rig.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import { planWrites } from '../../src/db/outbox.ts'
import {
  crmTasks,
  deals,
  directReviews,
  links,
  notices,
  partners,
  registrations,
  tasks,
} from '../../src/db/schema/index.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import type { ChannelName } from '../../src/domain/notice.ts'
import type { TaskKind } from '../../src/domain/task-kinds.ts'
import { planCrmTask } from '../../src/process/crm-tasks.ts'
import { decide } from '../../src/process/decide.ts'
import { crmTaskChannel } from '../../src/process/notices/crm-task.ts'
import { sendDue } from '../../src/process/notices/send.ts'
import { plainSettings } from '../../src/process/notices/settings.ts'
import { tell } from '../../src/process/notices/tell.ts'
import { record as recordEvent } from '../../src/process/step.ts'
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
let account: Awaited<ReturnType<typeof startRig>>
let ada: string
/** HubSpot's object that the account keeps registrations in. */
const kept = 'p_registrations'
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const registered = 'Deal_Registration__c'
  org = await startOrg({
    tasks: true,
    customObjects: [{ object: registered, kind: 'registration' }],
    approvals: { process: 'Deal_Registration', object: registered },
  })
  account = await startRig(
    {},
    { tasks: true, decisions: true, customObjects: [{ object: kept, kind: 'registration' }] },
  )
  const rig = account
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
      mappings: [
        ...hubspot.mappings(rig.settings()),
        {
          object: kept,
          kind: 'registration',
          fields: [
            field('decision', 'causeway_decision', { values: rig.settings().outcomes }),
            field('decisionReason', 'causeway_reason'),
            field('decidedById', 'decidedByOwner', {
              create: 'in',
              update: 'in',
              conversion: { as: 'lookup', of: 'user', object: 'owners' },
            }),
            field('decisionAnswer', 'causeway_answer', ours),
          ],
        },
      ],
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

/** The vendor's id of the deal that its task is about. */
async function dealOf(place: number, key: string): Promise<string | undefined> {
  const rows = z.array(z.record(z.string(), z.unknown()))
  if (place === 0) {
    const { objects } = z.object({ objects: z.record(z.string(), rows) }).parse(await org.sandbox.control.state())
    const whatId = objects['Task']?.find((row) => row['Causeway_Id__c'] === key)?.['WhatId']
    return typeof whatId === 'string' ? whatId : undefined
  }
  const { tasks: all, associations } = z
    .object({
      tasks: z.array(z.looseObject({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })),
      associations: z.array(z.looseObject({ from: z.string(), to: z.string() })),
    })
    .parse(await account.sandbox.control.state())
  const id = all.find(({ properties }) => properties['causeway_id'] === key)?.id ?? ''
  const to = associations.find((one) => one.from === `tasks:${id}` && one.to.startsWith('deals:'))?.to
  return to?.slice('deals:'.length)
}

const workitems = async () =>
  z
    .object({ objects: z.object({ ProcessInstanceWorkitem: z.array(z.looseObject({})).default([]) }) })
    .parse(await org.sandbox.control.state()).objects.ProcessInstanceWorkitem.length
const rejects = async (target: string) => {
  await org.sandbox.control.clock.advance(2000)
  await org.sandbox.control.seed({ approvals: [{ target, by: ada, outcome: 'Rejected' }] })
  while ((await bench.pull('sales', 'ProcessInstance')).waitMs === 0);
}

const pickRows = (state: unknown, object: string) => ({
  [object]: z.looseObject({ [object]: z.unknown() }).parse(state)[object],
})

const refusalsOf = (taskId: string) =>
  bench.rows(
    `select rule, detail ->> 'door' as door from audit where what = 'task.refused' and detail ->> 'taskId' = '${taskId}'`,
  )

describe.each(at)('a notice by channel crm-task in $name', ({ at: place }) => {
  it('stands with its reader over the road, about the deal, once; closed by them it stays closed', async () => {
    const { name, manager, shown, edit } = crm(place)
    const claimId = (await taskOf(await asked(manager)))?.subjectId ?? ''
    const [claim] = await bench.db.select().from(registrations).where(eq(registrations.id, claimId))
    if (claim === undefined) throw new Error('no claim')
    // Its deal is known there, so that the task can be about it.
    const dealId = randomUUID()
    await bench.db.insert(deals).values({ id: dealId, name: 'Hafen', home: name })
    const object = place === 0 ? 'Opportunity' : 'deals'
    const externalId = place === 0 ? await opportunity() : await accountDeal()
    await bench.db.insert(links).values({ connection: name, object, kind: 'deal', recordId: dealId, externalId })
    await bench.db.update(registrations).set({ dealId, home: name }).where(eq(registrations.id, claimId))

    const people = { ...plainSettings.people, manager: ['crm-task' as const] }
    const settings = { ...plainSettings, people, available: new Set<ChannelName>(['email', 'crm-task']) }
    const eventId = await bench.db.transaction(async (tx) => {
      const event = await recordEvent(tx, programme(), claim, { what: 'exclusivity.reminded', stepKey: 'told' })
      await tell(tx, { ...programme(), notices: settings }, claim, event, 'exclusivity.ending', [
        { as: 'manager', to: manager },
      ])
      return event
    })
    const send = () =>
      sendDue({ db: bench.db, channels: { 'crm-task': crmTaskChannel(bench.db, programme()) }, settings })
    while ((await send()) > 0);
    await look(crm(place))
    const [notice] = await bench.db.select().from(notices).where(eq(notices.eventId, eventId))
    expect(notice).toMatchObject({ channel: 'crm-task', recipient: manager, status: 'sent', code: null })
    const key = notice?.reference?.split('/')[1] ?? ''
    expect(notice?.reference).toBe(`${name}/${key}`)
    const told = () => shown().then((all) => all.get(key))
    expect(await told()).toMatchObject({ owner: manager, isDone: false })
    expect((await told())?.subject).toContain(claim.company ?? '')
    expect((await told())?.body).toContain('Nordwind')
    expect(await dealOf(place, key)).toBe(externalId)

    await edit(key, 'manager', { isDone: true })
    await look(crm(place))
    expect(await told()).toMatchObject({ isDone: true })
    while ((await send()) > 0);
    await look(crm(place))
    expect(await bench.rows(`select purpose from crm_tasks where occasion = '${notice?.id ?? ''}'`)).toEqual([
      { purpose: 'notice' },
    ])
    expect(await told()).toMatchObject({ isDone: true })
  }, 60_000)

  const ids = z.object({ records: z.array(z.string()).default([]), created: z.array(z.string()).default([]) })
  async function opportunity(): Promise<string> {
    const fields = { Name: 'Hafen', StageName: 'Qualification', CloseDate: '2027-01-31' }
    const made = await org.sandbox.control.seed({ records: [{ object: 'Opportunity', fields }] })
    return ids.parse(made).records[0] ?? ''
  }
  async function accountDeal(): Promise<string> {
    const properties = { dealname: 'Hafen', dealstage: 'appointmentscheduled', pipeline: 'default' }
    return ids.parse(await account.sandbox.control.seed({ create: [{ type: 'deals', properties }] })).created[0] ?? ''
  }
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

  const statusesOf = async (target: string) =>
    instances
      .parse(await org.sandbox.control.state())
      .objects.ProcessInstance.filter((row) => row.TargetObjectId === target)
      .map(({ Status }) => Status)
  const by = { label: 'Channel desk', email: null, door: 'api' } as const

  it('is taken back once somebody decided elsewhere, so that the record is free and nobody is asked in vain', async () => {
    const { taskId, claimId, target } = await registered()
    await look(crm(0))
    const waiting = await workitems()
    await bench.db.update(registrations).set({ reason: 'Said.', version: 2 }).where(eq(registrations.id, claimId))
    await decide(bench.db, { taskId, decision: 'approve', reason: null, by })
    await bench.db.transaction((tx) => planWrites(tx, [claimId]))
    for (let i = 0; i < 2; i += 1) {
      while ((await bench.pull('sales', 'ProcessInstance')).waitMs === 0);
      await bench.age()
      await bench.drain('sales')
    }
    expect(await statusesOf(target)).toEqual(['Removed'])
    expect(await workitems()).toBe(waiting - 1)
    expect(await reasonAt(target)).toBe('Said.')

    // Where the process does not let it, that is kept with its code, and nothing waits for it.
    await org.sandbox.control.switches.set({ submittersMayRecall: false })
    const stuck = await registered()
    await look(crm(0))
    await decide(bench.db, { taskId: stuck.taskId, decision: 'approve', reason: null, by })
    await bench.age()
    await bench.drain('sales')
    expect(await statusesOf(stuck.target)).toEqual(['Pending'])
    const parked = () => bench.rows(`select object, code from writes where status = 'parked'`)
    expect(await parked()).toEqual([{ object: 'ProcessInstance', code: 'CW_RECORD_INVALID' }])
    await org.sandbox.control.switches.set({ submittersMayRecall: true })
    await rejects(stuck.target)
    await look(crm(0))
    expect(await taskOf(stuck.taskId)).toMatchObject({ decision: 'approve', decidedBy: 'Channel desk' })
    expect(await parked()).toEqual([])
  }, 60_000)

  it('that was not submitted yet when somebody decided elsewhere never is', async () => {
    const taskId = await asked('ada@meridian.example')
    const claimId = (await taskOf(taskId))?.subjectId ?? ''
    const record = { object, fields: { Name: 'R', Company__c: 'Hafen', Causeway_Id__c: claimId } }
    const target = made.parse(await org.sandbox.control.seed({ records: [record] })).records[0] ?? ''
    await bench.db
      .insert(links)
      .values({ connection: 'sales', object, kind: 'registration', recordId: claimId, externalId: target })
    while ((await bench.pull('sales', 'Task')).waitMs === 0);
    await decide(bench.db, { taskId, decision: 'approve', reason: null, by })
    await look(crm(0))
    expect(await statusesOf(target)).toEqual([])
  }, 60_000)

  it('declines without a comment too, and the partner is told that none was given', async () => {
    const { taskId, target } = await registered()
    await look(crm(0))
    await rejects(target)
    expect(await taskOf(taskId)).toMatchObject({
      decision: 'decline',
      reason: 'It was rejected without a comment.',
      decidedBy: 'ada@meridian.example',
    })
  }, 60_000)

  it('decides nothing without a comment where the policy wants one: who rejected is told what lacks', async () => {
    const { taskId, claimId, target } = await registered()
    await look(crm(0))
    await org.sandbox.control.clock.advance(2000)
    const strict = policySchema.parse({ decision: { rejectionWithoutComment: 'ask' } })
    await bench.under(strict, () => rejects(target))
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })
    await look(crm(0))
    const shown = [...(await crm(0).shown()).values()].filter(({ body }) => body?.includes('In the approval process:'))
    expect(shown).toMatchObject([{ isDone: false, body: expect.stringContaining('needs a reason') as unknown }])
    expect(
      await bench.rows(`select template, audience, recipient from notices where subject_id = '${claimId}'`),
    ).toEqual([{ template: 'task.comment-missing', audience: 'manager', recipient: 'ada@meridian.example' }])
    await look(crm(0))
    expect(await bench.rows(`select what from events where subject_id = '${claimId}'`)).toEqual([
      { what: 'task.comment-missing' },
    ])
    await decide(bench.db, { taskId, decision: 'decline', reason: 'We sell there.', by })
    await look(crm(0))
    expect(await bench.rows(`select status from writes where status <> 'done'`)).toEqual([])
  }, 60_000)
})

describe('a property of the record in HubSpot', () => {
  const [manager, rep] = ['rae.morgan@example.com', 'sam.okafor@example.com']
  const shown = z.record(
    z.string(),
    z.array(z.looseObject({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })),
  )
  const created = z.object({ created: z.array(z.string()) })
  interface Place {
    object: 'deals' | typeof kept
    id: string
  }

  async function propertiesAt({ object, id }: Place): Promise<Record<string, string | null>> {
    const rows = shown.parse(pickRows(await account.sandbox.control.state(), object))[object] ?? []
    const found = rows.find((row) => row.id === id)
    return found?.properties ?? {}
  }
  async function chooses(
    place: Place,
    by: 'manager' | 'rep' | 'program',
    decision: string,
    reason?: string,
  ): Promise<void> {
    const { object: type, id } = place
    const properties = { causeway_decision: decision, ...(reason === undefined ? {} : { causeway_reason: reason }) }
    await account.tick(2000)
    if (by !== 'program')
      await account.sandbox.control.seed({ update: [{ type, id, properties, by: by === 'manager' ? 501 : 502 }] })
    else
      await fetch(`${account.sandbox.url}/crm/v3/objects/${type}/${id}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ properties }),
      })
    // Somebody else edits the record before it is read: the choice is still of who made it.
    await account.tick(1000)
    const edit = type === 'deals' ? { dealname: `Hafen ${decision}` } : { company: `Hafen ${decision}` }
    await account.sandbox.control.seed({ update: [{ type, id, properties: edit, by: 503 }] })
    await look({ ...crm(1), object: type })
  }
  /** What is said on the record; nothing is left of the choice. */
  async function answerAt(place: Place): Promise<string> {
    const { causeway_decision: decision, causeway_answer: answer } = await propertiesAt(place)
    expect(decision ?? null).toBeNull()
    return answer ?? ''
  }
  /** The claim with its record in the account, which is known by our id. */
  async function keptClaim(): Promise<{ taskId: string; place: Place }> {
    const taskId = await asked(manager)
    const claimId = (await taskOf(taskId))?.subjectId ?? ''
    const properties = { registration_name: 'R', causeway_id: claimId }
    const [id = ''] = created.parse(
      await account.sandbox.control.seed({ create: [{ type: kept, properties }] }),
    ).created
    await look({ ...crm(1), object: kept })
    return { taskId, place: { object: kept, id } }
  }

  /** An approved claim with its deal in the account, and questions about it. */
  async function deal(
    ...kinds: TaskKind[]
  ): Promise<{ claimId: string; dealId: string; place: Place; taskIds: string[] }> {
    const claimId = (await taskOf(await asked(rep)))?.subjectId ?? ''
    await bench.db.update(tasks).set({ state: 'cancelled' }).where(eq(tasks.subjectId, claimId))
    const properties = { dealname: `Deal ${claimId}`, dealstage: 'appointmentscheduled', pipeline: 'default' }
    const [id = ''] = created.parse(
      await account.sandbox.control.seed({ create: [{ type: 'deals', properties }] }),
    ).created
    await look({ ...crm(1), object: 'deals' })
    const [row] = await bench.db
      .select()
      .from(deals)
      .where(eq(deals.name, `Deal ${claimId}`))
    const dealId = row?.id ?? ''
    await bench.db.update(deals).set({ registrationId: claimId }).where(eq(deals.id, dealId))
    await bench.db.update(registrations).set({ state: 'approved', dealId }).where(eq(registrations.id, claimId))
    const place = { object: 'deals' as const, id }
    return { claimId, dealId, place, taskIds: await ask(kinds, claimId) }
  }
  async function ask(kinds: TaskKind[], subjectId: string): Promise<string[]> {
    if (kinds.length === 0) return []
    const dueAt = '2027-03-31T09:00:00.000Z'
    const made = await bench.db
      .insert(tasks)
      .values(kinds.map((kind) => ({ kind, subjectId, round: 1, why: [], assignee: manager, dueAt })))
      .returning({ id: tasks.id })
    return made.map(({ id }) => id)
  }

  it('decides on the deal: who has no authority is refused and logged, and a late one is told who was first', async () => {
    const { place, taskIds } = await deal('extend-protection')
    const [taskId = ''] = taskIds
    await chooses(place, 'rep', 'Grant')
    expect(await answerAt(place)).toContain('does not stand in for them')
    await chooses(place, 'program', 'Grant')
    expect(await answerAt(place)).toContain('It is not known which person decides')
    expect(await refusalsOf(taskId)).toEqual([
      { rule: 'CW_DECIDER_NOT_ALLOWED', door: 'crm' },
      { rule: 'CW_DECIDER_NOT_ALLOWED', door: 'crm' },
    ])
    await chooses(place, 'manager', 'Refuse')
    expect(await answerAt(place)).toContain('needs a reason')
    await chooses(place, 'manager', 'Approve')
    expect(await answerAt(place)).toMatch(/Is the protection extended.* the answers are “Grant”, “Refuse”/)
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })

    await chooses(place, 'manager', 'Refuse', 'It was long enough.')
    expect(await taskOf(taskId)).toMatchObject({
      state: 'decided',
      decision: 'refuse',
      reason: 'It was long enough.',
      decidedBy: manager,
      decidedDoor: 'crm',
    })
    expect(await answerAt(place)).toMatch(
      new RegExp(`^Decided: refuse by ${manager} at [\\d :-]+ UTC \\(in the CRM\\)`),
    )
    expect((await propertiesAt(place))['causeway_reason'] ?? null).toBeNull()
    await chooses(place, 'manager', 'Grant')
    expect(await answerAt(place)).toMatch(new RegExp(`already decided \\(refuse\\) by ${manager} at .*in the CRM`))
    expect(await taskOf(taskId)).toMatchObject({ decision: 'refuse' })
  }, 60_000)

  it('decides on what the account keeps of a registration, once with all other doors', async () => {
    const { taskId, place } = await keptClaim()
    await chooses(place, 'manager', 'Decline', 'We sell there ourselves.')
    expect(await taskOf(taskId)).toMatchObject({
      decision: 'decline',
      reason: 'We sell there ourselves.',
      decidedBy: manager,
    })
    expect(await answerAt(place)).toContain(`Decided: decline by ${manager}`)

    const other = await keptClaim()
    const by = { label: 'Channel desk', email: null, door: 'api' } as const
    await decide(bench.db, { taskId: other.taskId, decision: 'approve', reason: null, by })
    await chooses(other.place, 'manager', 'Decline', 'Late')
    expect(await taskOf(other.taskId)).toMatchObject({ decision: 'approve', decidedBy: 'Channel desk' })
    expect(await answerAt(other.place)).toMatch(/already decided \(approve\) by Channel desk at .*by the API/)
  }, 60_000)

  it('decides a direct deal that is held, and nothing where two questions are open or none', async () => {
    const { claimId, dealId, place } = await deal()
    await chooses(place, 'manager', 'Grant')
    expect(await answerAt(place)).toBe('Nothing is asked about it. Nothing was decided. Please choose again.')
    const [first = '', second = ''] = await ask(['extend-protection', 'accept-change'], claimId)
    await chooses(place, 'manager', 'Refuse', 'Which?')
    expect(await answerAt(place)).toContain('Two questions are open that “Refuse” would answer')
    await chooses(place, 'manager', 'Accept')
    expect([(await taskOf(first))?.state, (await taskOf(second))?.decision]).toEqual(['open', 'accept'])

    // Held, and a direct deal's as far as its people know: nothing else of it is written.
    await bench.db.update(registrations).set({ dealId: null }).where(eq(registrations.id, claimId))
    await bench.db.update(deals).set({ registrationId: null, underReview: 'true' }).where(eq(deals.id, dealId))
    const [review] = await bench.db
      .insert(directReviews)
      .values({
        dealId,
        registrationId: claimId,
        connection: 'growth',
        state: 'in-review',
        matchedOn: ['domain'],
        score: 100,
      })
      .returning({ id: directReviews.id })
    const [taskId = ''] = await ask(['review-direct-deal'], review?.id ?? '')
    await chooses(place, 'manager', 'Co-sell')
    expect(await taskOf(taskId)).toMatchObject({ decision: 'co-sell', decidedBy: manager })
    expect(await answerAt(place)).toContain(`Decided: co-sell by ${manager}`)
  }, 60_000)

  it('is of whom the settings say, where an account tells no history', async () => {
    const { place } = await deal()
    await account.sandbox.control.seed({
      update: [
        { type: 'deals', id: place.id, properties: { causeway_decision: 'Grant', hubspot_owner_id: '7003' }, by: 502 },
        { type: 'deals', id: place.id, properties: { dealname: 'Edited' }, by: 501 },
      ],
    })
    const whose = async (propertyDecider: string) => {
      const ref = { object: 'deals', by: 'id' as const, value: place.id }
      const context = { signal: AbortSignal.timeout(20_000), priority: 'sync' as const }
      const [read] = await account.connect({ propertyDecider }).read([ref], ['decidedByOwner'], context)
      return read?.status === 'found' ? read.record.fields['decidedByOwner'] : undefined
    }
    expect([await whose('history'), await whose('updated-by'), await whose('owner')]).toEqual(['7002', '7001', '7003'])
    await account.sandbox.control.switches.set({ historyTellsUser: false })
    expect(await whose('history')).toBeNull()
    await account.sandbox.control.switches.set({ historyTellsUser: true })
    await look({ ...crm(1), object: 'deals' })
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

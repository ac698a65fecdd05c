/** A direct deal at a registered account: found as it comes in, held at its CRM, set back, ruled. */
import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asPartner } from '../../src/db/connection.ts'
import {
  accounts,
  conflicts,
  deals,
  directReviews,
  events,
  notices,
  parties,
  partners,
  registrations,
  tasks,
  users,
} from '../../src/db/schema/index.ts'
import { companyKeys } from '../../src/domain/identity.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { nextReviewStep } from '../../src/domain/direct-deal.ts'
import { CausewayError } from '../../src/errors.ts'
import { decide } from '../../src/process/decide.ts'
import { reviewSituation } from '../../src/process/direct-deals/situation.ts'
import { reviewSteps } from '../../src/process/direct-deals/steps.ts'
import { nextReview, takeReview, type ReviewInstruction } from '../../src/process/direct-deals/walk.ts'
import type { Programme } from '../../src/process/programme.ts'
import { until } from '../setup/until.ts'
import { readRegistration } from '../../src/reports/registrations.ts'
import { readOwnTimeline } from '../../src/reports/timeline/own.ts'
import { readTimeline } from '../../src/reports/timeline/read.ts'
import { capability, field, ours, startBench, type Bench, type Side } from '../setup/bench.ts'

const lookup = (of: 'user' | 'account' | 'partner' | 'deal', object: string) => ({
  conversion: { as: 'lookup' as const, of, object },
})
const theirs = { create: 'in', update: 'in' } as const

const crm: Side = {
  role: 'crm',
  capabilities: [
    capability('users', ['user'], { write: 'none', update: false, key: null }),
    capability('companies', ['account']),
    capability('partners', ['partner']),
    capability('deals', ['deal']),
    capability('roles', ['party']),
  ],
  mappings: [
    {
      object: 'users',
      kind: 'user',
      fields: [
        field('name', 'Name', theirs),
        field('email', 'Mail', theirs),
        field('managerId', 'Boss', { ...theirs, ...lookup('user', 'users') }),
      ],
    },
    { object: 'companies', kind: 'account', fields: [field('name', 'Name'), field('domain', 'Site')] },
    { object: 'partners', kind: 'partner', fields: [field('name', 'Name')] },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        field('name', 'Title'),
        field('stage', 'Stage', { update: 'in', initial: 'New' }),
        field('status', 'Status', theirs),
        field('ownerId', 'Owner', { ...theirs, ...lookup('user', 'users') }),
        field('accountId', 'Company', { ...theirs, ...lookup('account', 'companies') }),
        field('partnerId', 'Partner', { update: 'out', wins: 'ledger', ...lookup('partner', 'partners') }),
        field('source', 'Source', { update: 'out', wins: 'ledger' }),
        field('registrationStatus', 'RegStatus', ours),
        field('underReview', 'Held', { ...ours, conversion: { as: 'boolean' }, mandatory: true }),
      ],
    },
    {
      object: 'roles',
      kind: 'party',
      fields: [
        field('dealId', 'Deal', { update: 'none', ...lookup('deal', 'deals') }),
        field('partnerId', 'Partner', { update: 'none', ...lookup('partner', 'partners') }),
        field('role', 'Role', { update: 'none' }),
      ],
    },
  ],
}

const aliases = [['weber.com', 'weber-gruppe.com']]

let bench: Bench
let programme: Programme
let partnerId: string
beforeAll(async () => {
  bench = await startBench({ alpha: crm })
  for (const system of bench.systems.values()) system.aliases = aliases
  programme = {
    policy: policySchema.parse({
      matching: { aliases },
      directDeals: { setBackAtMost: 2, escalateTo: 'director@vendor.example', to: 'fallback@vendor.example' },
    }),
    systems: bench.systems,
    route: () => 'alpha',
  }
  const alpha = bench.vendor('alpha')
  alpha.put('users', { Name: 'Boss', Mail: 'boss@vendor.example' }, null, 'boss')
  alpha.put('users', { Name: 'Rep', Mail: 'rep@vendor.example', Boss: 'boss' }, null, 'rep')
  alpha.put('companies', { Name: 'Hafen AG', Site: 'hafen.com' }, null, 'hafen')
  alpha.put('companies', { Name: 'Free Ltd', Site: 'free.com' }, null, 'free')
  alpha.put('deals', { Title: 'Known before', Stage: 'A', Status: 'open', Company: 'hafen', Owner: 'rep' }, null, 'old')
  await bench.round()
  const [partner] = await bench.db
    .insert(partners)
    .values({ name: 'Nordwind', email: 'desk@nordwind.example', managerEmail: 'pam@vendor.example' })
    .returning({ id: partners.id })
  partnerId = partner?.id ?? ''
}, 60_000)
afterAll(() => bench.close())

/** A registration of the company, approved unless it is said otherwise. */
async function registered(
  company: string,
  domain: string | null,
  more: Partial<typeof registrations.$inferInsert> = {},
) {
  const [row] = await bench.db
    .insert(registrations)
    .values({
      partnerId,
      company,
      domain,
      ...companyKeys(company),
      amount: '77777',
      currency: 'USD',
      submittedAt: '2026-01-02T00:00:00.000Z',
      state: 'approved',
      protectedFrom: '2026-01-03T00:00:00.000Z',
      protectedUntil: '2999-01-01T00:00:00.000Z',
      ...more,
    })
    .returning({ id: registrations.id })
  return row?.id ?? ''
}

/** What is read anew, and what is then to be written. */
async function read() {
  for (const object of ['companies', 'deals']) await bench.pull('alpha', object)
}
async function written() {
  await bench.age()
  await bench.drain('alpha')
}

/** What a rep opens. */
async function opened(title: string, company: string, more = {}) {
  const id = bench.vendor('alpha').put('deals', {
    Title: title,
    Stage: 'A',
    Status: 'open',
    Company: company,
    Owner: 'rep',
    Source: 'Direct',
    ...more,
  })
  await read()
  return id
}

async function reviewOf(title: string) {
  const [found] = await bench.db
    .select({ review: directReviews })
    .from(directReviews)
    .innerJoin(deals, eq(deals.id, directReviews.dealId))
    .where(eq(deals.name, title))
  return found?.review
}

async function walk(id: string, by = programme): Promise<ReviewInstruction> {
  let step = await nextReview(bench.db, by, id)
  while (step.do !== 'wait' && step.do !== 'end') step = await takeReview(bench.db, by, id, step.do)
  return step
}

/** The review as its workflow leaves it. */
async function reviewed(title: string, by = programme) {
  const review = await reviewOf(title)
  if (review === undefined) throw new Error(`no review of ${title}`)
  await walk(review.id, by)
  return (await reviewOf(title)) ?? review
}

const at = (id: string) => bench.vendor('alpha').one(id).fields
const whats = async (id: string) =>
  (await bench.db.select().from(events).where(eq(events.subjectId, id)).orderBy(asc(events.id))).map(({ what }) => what)
const told = async (registrationId: string, template: string) =>
  (await bench.db.select().from(notices).where(eq(notices.subjectId, registrationId)))
    .filter((notice) => notice.template === template)
    .map(({ audience, recipient }) => `${audience} ${recipient}`)
    .toSorted()
async function decided(reviewId: string, decision: string) {
  await bench.rows(
    `update tasks set state = 'decided', decision = '${decision}', decided_by = 'boss', decided_at = now() where subject_id = '${reviewId}' and state = 'open'`,
  )
  return walk(reviewId)
}

it('holds a deal that is opened at a registered account, tells its rep and asks their manager', async () => {
  const registrationId = await registered('Hafen AG', 'hafen.com')
  expect(await reviewOf('Known before')).toBeUndefined()
  const id = await opened('Fresh', 'hafen')
  const review = await reviewed('Fresh')
  expect(review).toMatchObject({ state: 'in-review', registrationId, heldStage: 'A', assignee: 'boss@vendor.example' })
  expect(await told(registrationId, 'direct-deal.held')).toEqual([
    'manager pam@vendor.example',
    'rep rep@vendor.example',
  ])
  expect(await told(registrationId, 'direct-deal.asked')).toEqual(['manager boss@vendor.example'])
  await written()
  // Nothing but the hold is written to a deal of our own people.
  expect(at(id)).toEqual({
    Title: 'Fresh',
    Stage: 'A',
    Status: 'open',
    Company: 'hafen',
    Owner: 'rep',
    Source: 'Direct',
    Held: true,
  })
})

it('sets a stage that is moved back once for each time, and lets go of a fight', async () => {
  const id = 'alpha-1'
  const review = await reviewOf('Fresh')
  const registrationId = review?.registrationId ?? ''
  for (const moved of [{ Stage: 'B' }, { Stage: 'Won', Status: 'won' }]) {
    bench.vendor('alpha').edit(id, moved)
    await read()
    await walk(review?.id ?? '')
    expect((await walk(review?.id ?? '')).do).toBe('wait')
    bench.vendor('alpha').edit(id, { Status: 'open' })
    await written()
    expect(at(id)).toMatchObject({ Stage: 'A', Held: true })
  }
  expect(await told(registrationId, 'direct-deal.set-back')).toEqual([
    'rep rep@vendor.example',
    'rep rep@vendor.example',
  ])
  bench.vendor('alpha').edit(id, { Stage: 'C' })
  await read()
  await walk(review?.id ?? '')
  await written()
  expect(at(id)).toMatchObject({ Stage: 'C', Held: true })
  expect(await told(registrationId, 'direct-deal.let-go')).toEqual([
    'director director@vendor.example',
    'manager boss@vendor.example',
  ])
})

it('gives it back to the rep when the manager releases it, and never asks again', async () => {
  const review = await reviewOf('Fresh')
  expect(await decided(review?.id ?? '', 'release')).toMatchObject({ do: 'end' })
  await written()
  expect(at('alpha-1')).toMatchObject({ Stage: 'C', Held: false, Source: 'Direct' })
  expect(at('alpha-1')).not.toHaveProperty('RegStatus')
  expect(
    await bench.db
      .select()
      .from(conflicts)
      .where(eq(conflicts.otherId, review?.dealId ?? '')),
  ).toMatchObject([{ kind: 'direct-deal', ruling: 'released', registrationId: review?.registrationId }])
  bench.vendor('alpha').edit('alpha-1', { Title: 'Fresh', Stage: 'D' })
  await read()
  expect(await reviewOf('Fresh')).toMatchObject({ state: 'released', ruledBy: 'boss', rule: 'decision', round: 1 })
  // All of it stands on the timeline of the registration, and the partner sees nothing of it.
  const registrationId = review?.registrationId ?? ''
  const timeline = await readTimeline(bench.db, registrationId)
  const shown = (timeline?.entries ?? []).filter(({ what }) => /direct-deal/.test(what))
  const byKind = (kind: string) => shown.flatMap((entry) => (entry.kind === kind ? [entry.what] : []))
  expect(byKind('event')).toEqual([
    'direct-deal.found',
    'direct-deal.alerted',
    'direct-deal.asked',
    'direct-deal.set-back',
    'direct-deal.set-back',
    'direct-deal.let-go',
    'direct-deal.ruled',
  ])
  expect([...byKind('asked'), ...byKind('decided')]).toEqual(['review-direct-deal', 'review-direct-deal.release'])
  const stepsOf = shown.filter(({ kind }) => kind === 'notice').map(({ under }) => under)
  expect(stepsOf.length).toBeGreaterThan(0)
  expect(stepsOf).not.toContain(null)
  expect((await readRegistration(bench.db, registrationId))?.timeline.map(({ what }) => what)).toContain(
    'direct-deal.set-back',
  )
  const own = await asPartner(bench.db, partnerId, (tx) => readOwnTimeline(tx, registrationId))
  expect(JSON.stringify(own?.entries)).not.toContain('direct-deal')
})

it('makes it the partner’s deal when the manager reassigns it', async () => {
  const registrationId = await registered('Werft GmbH', 'werft.com', { state: 'in-review', protectedUntil: null })
  bench.vendor('alpha').put('companies', { Name: 'Werft GmbH', Site: 'werft.com' }, null, 'werft')
  const id = await opened('Given', 'werft')
  const review = await reviewed('Given')
  await written()
  await decided(review.id, 'reassign')
  await bench.settle()
  const [made] = bench.vendor('alpha').of('partners')
  expect(at(id)).toMatchObject({ Held: false, Source: 'partner-sourced', RegStatus: 'in-review', Partner: made?.id })
  expect(await bench.db.select().from(parties).where(eq(parties.dealId, review.dealId))).toMatchObject([
    { role: 'sourcing', partnerId },
  ])
  expect(
    bench
      .vendor('alpha')
      .of('roles')
      .map(({ fields }) => fields),
  ).toEqual([{ Deal: id, Partner: made?.id, Role: 'sourcing' }])
  const [claim] = await bench.db.select().from(registrations).where(eq(registrations.id, registrationId))
  expect(claim).toMatchObject({ dealId: review.dealId, home: 'alpha' })
  expect(await told(registrationId, 'direct-deal.partner-reassign')).toEqual(['partner desk@nordwind.example'])
  expect(await told(registrationId, 'direct-deal.reassigned')).toEqual([
    'manager boss@vendor.example',
    'manager pam@vendor.example',
    'rep rep@vendor.example',
  ])
})

it('leaves it to both when the manager says so', async () => {
  const registrationId = await registered('Both AG', 'both.com')
  bench.vendor('alpha').put('companies', { Name: 'Both AG', Site: 'both.com' }, null, 'both')
  const id = await opened('Together', 'both')
  const review = await reviewed('Together')
  await decided(review.id, 'co-sell')
  await written()
  expect(at(id)).toMatchObject({ Held: false, Source: 'partner-influenced', Title: 'Together' })
  expect(await told(registrationId, 'direct-deal.partner-co-sell')).toEqual(['partner desk@nordwind.example'])
  const [claim] = await bench.db.select().from(registrations).where(eq(registrations.id, registrationId))
  expect(claim?.dealId).toBeNull()
})

it('tells a rep who was only an id as soon as they are read, and asks their manager then', async () => {
  const registrationId = await registered('Neuland AG', 'neuland.com')
  const alpha = bench.vendor('alpha')
  alpha.put('companies', { Name: 'Neuland AG', Site: 'neuland.com' }, null, 'neuland')
  // The stream of users has been read, and shows this one no earlier than its own turn comes.
  const id = await opened('Newcomer', 'neuland', { Owner: 'newcomer' })
  const first = await reviewed('Newcomer')
  expect(first).toMatchObject({ state: 'in-review', repUntold: true, assignee: null })
  expect(await told(registrationId, 'direct-deal.held')).toEqual(['manager pam@vendor.example'])
  expect(await bench.db.select().from(tasks).where(eq(tasks.subjectId, first.id))).toEqual([])
  await written()
  expect(at(id)).toMatchObject({ Held: true })
  expect(
    await bench.rows(
      `select object, external_id from hints where body = '' and read_at is null and connection = 'alpha'`,
    ),
  ).toEqual([{ object: 'users', external_id: 'newcomer' }])

  alpha.put('users', { Name: 'Newcomer', Mail: 'newcomer@vendor.example', Boss: 'boss' }, null, 'newcomer')
  const nudged = () => bench.rows(`select id from nudges where workflow_id = 'direct-deal/${first.id}'`)
  const before = (await nudged()).length
  await bench.pull('alpha', 'users')
  expect((await nudged()).length).toBeGreaterThan(before)
  const then = await reviewed('Newcomer')
  expect(then).toMatchObject({ repUntold: false, assignee: 'boss@vendor.example' })
  expect(await told(registrationId, 'direct-deal.held')).toEqual([
    'manager pam@vendor.example',
    'rep newcomer@vendor.example',
  ])
  expect(await told(registrationId, 'direct-deal.asked')).toEqual(['manager boss@vendor.example'])
  expect(await whats(first.id)).toEqual(['direct-deal.alerted', 'direct-deal.rep-told', 'direct-deal.asked'])
})

it('is not concluded over the head of a manager who decides in the last moment', async () => {
  const atEnd = policySchema.parse({ directDeals: { atEnd: 'release' } })
  await registered('Knapp AG', 'knapp.com')
  bench.vendor('alpha').put('companies', { Name: 'Knapp AG', Site: 'knapp.com' }, null, 'knapp')
  await opened('Last moment', 'knapp')
  const review = await reviewed('Last moment', { ...programme, policy: atEnd })
  await bench.rows(`update direct_reviews set conclude_at = now() - interval '1 minute' where id = '${review.id}'`)
  const [task] = await bench.db.select().from(tasks).where(eq(tasks.subjectId, review.id))
  let said: string | null = null
  let deciding: Promise<void> | undefined
  await bench.db.transaction(async (tx) => {
    const situation = await reviewSituation(tx, { ...programme, policy: atEnd }, review.id)
    if (situation === undefined) throw new Error('the review is gone')
    expect(nextReviewStep(situation.facts, situation.now)).toEqual({ do: 'conclude' })
    const by = { label: 'boss', email: null, door: 'api' } as const
    deciding = decide(bench.db, { taskId: task?.id ?? '', decision: 'reassign', reason: null, by }).then(
      () => void (said = 'decided'),
      (error: unknown) => void (said = error instanceof CausewayError ? error.code : String(error)),
    )
    // Either the decision is kept by now, or it waits for this step.
    await until(async () => {
      const waits = await bench.rows(
        `select 1 from pg_locks l join pg_stat_activity a using (pid) where a.datname = current_database() and not l.granted`,
      )
      return said !== null || waits.length > 0
    })
    await reviewSteps.conclude(tx, { ...programme, policy: atEnd }, situation)
  })
  await deciding
  expect(said).toBe('CW_TASK_DECIDED')
  expect(await reviewOf('Last moment')).toMatchObject({ state: 'released', ruledBy: 'system' })
})

it('asks and does not hold where only the name is alike', async () => {
  await registered('Nordsee Fisch GmbH', 'fisch.com')
  bench.vendor('alpha').put('companies', { Name: 'Nordsee Fisch', Site: 'nordsee-fisch.example' }, null, 'fisch')
  const id = await opened('Perhaps', 'fisch')
  const review = await reviewed('Perhaps')
  await written()
  expect(review).toMatchObject({ state: 'in-review', matchedOn: ['name'], heldStage: null })
  expect(at(id)).not.toHaveProperty('Held')
  expect(await told(review.registrationId, 'direct-deal.noticed')).toHaveLength(2)
})

it('knows the company as the check of a claim does: by an alias, by another spelling, as the claim’s own account', async () => {
  const [known] = await bench.db.select().from(accounts).where(eq(accounts.name, 'Free Ltd'))
  await registered('Weber', 'weber.com')
  await registered('Grünwald & Söhne Logistik GmbH', null)
  await registered('Called otherwise', null, { accountId: known?.id ?? null })
  const alpha = bench.vendor('alpha')
  alpha.put('companies', { Name: 'WG Holding', Site: 'weber-gruppe.com' }, null, 'weber')
  alpha.put('companies', { Name: 'Logistik Gruenwald Soehne' }, null, 'gruenwald')
  const found = async (title: string, company: string) => {
    await opened(title, company)
    const { state, matchedOn, heldStage } = await reviewed(title)
    return { state, matchedOn, heldStage }
  }
  expect(await found('Alias', 'weber')).toEqual({ state: 'in-review', matchedOn: ['alias'], heldStage: 'A' })
  expect(await found('Spelling', 'gruenwald')).toEqual({
    state: 'in-review',
    matchedOn: ['word-order'],
    heldStage: null,
  })
  expect(await found('Own', 'free')).toEqual({ state: 'in-review', matchedOn: ['id'], heldStage: 'A' })
  await bench.db.update(registrations).set({ accountId: null }).where(eq(registrations.company, 'Called otherwise'))
  expect(await reviewed('Own')).toMatchObject({ state: 'ended', endedBy: 'deal-moved' })
})

it('takes up a deal that is moved to a registered account, and ends when it leaves it again', async () => {
  await registered('Late AG', 'late.com')
  bench.vendor('alpha').put('companies', { Name: 'Late AG', Site: 'late.com' }, null, 'late')
  const id = await opened('Wanderer', 'free')
  expect(await reviewOf('Wanderer')).toBeUndefined()
  bench.vendor('alpha').edit(id, { Company: 'late' })
  await read()
  const review = await reviewed('Wanderer')
  await written()
  expect(at(id)).toMatchObject({ Held: true })
  bench.vendor('alpha').edit(id, { Company: 'free' })
  await read()
  expect(await reviewed('Wanderer')).toMatchObject({ state: 'ended', endedBy: 'deal-moved' })
  await written()
  expect(at(id)).toMatchObject({ Held: false })
  expect(await bench.db.select().from(tasks).where(eq(tasks.subjectId, review.id))).toMatchObject([
    { state: 'cancelled' },
  ])
  // What ended by itself is asked anew when it comes again.
  bench.vendor('alpha').edit(id, { Company: 'late' })
  await read()
  expect(await reviewed('Wanderer')).toMatchObject({ state: 'in-review', round: 2, endedAt: null })
  bench.vendor('alpha').edit(id, { Status: 'lost' })
  await read()
  expect(await reviewed('Wanderer')).toMatchObject({ state: 'ended', endedBy: 'deal-closed' })
})

it('finds the deals of an account whose domain becomes a registered one', async () => {
  bench.vendor('alpha').put('companies', { Name: 'Umbenannt' }, null, 'renamed')
  await opened('Sleeper', 'renamed')
  await registered('Other name', 'renamed.com')
  bench.vendor('alpha').edit('renamed', { Site: 'renamed.com' })
  await read()
  expect(await reviewed('Sleeper')).toMatchObject({ state: 'in-review', matchedOn: ['domain'] })
})

it('ends with the registration, at its instant', async () => {
  const registrationId = await registered('Ending AG', 'ending.com')
  bench.vendor('alpha').put('companies', { Name: 'Ending AG', Site: 'ending.com' }, null, 'ending')
  const id = await opened('Free again', 'ending')
  const review = await reviewed('Free again')
  await written()
  expect(at(id)).toMatchObject({ Held: true })
  await bench.db
    .update(registrations)
    .set({ protectedUntil: '2026-01-04T00:00:00.000Z' })
    .where(eq(registrations.id, registrationId))
  expect(await walk(review.id)).toMatchObject({ do: 'end' })
  await written()
  expect(at(id)).toMatchObject({ Held: false })
  expect(await whats(review.id)).toEqual(['direct-deal.alerted', 'direct-deal.asked', 'direct-deal.closed'])
})

it.each([
  ['a registration that has ended', { protectedUntil: '2026-01-04T00:00:00.000Z' }, {}],
  ['a registration that was declined', { state: 'declined' as const }, {}],
  ['a deal that is won already', {}, { Status: 'won' }],
])('is not opened for %s', async (name, registration, deal) => {
  const domain = `${name.replaceAll(/\W/g, '')}.com`
  await registered(name, domain, registration)
  bench.vendor('alpha').put('companies', { Name: name, Site: domain }, null, name)
  await opened(`Not: ${name}`, name, deal)
  expect(await reviewOf(`Not: ${name}`)).toBeUndefined()
})

it('is not opened in a CRM that is only observed, nor for the partner’s own deal', async () => {
  await registered('Seen AG', 'seen.com')
  const [made] = bench.vendor('alpha').of('partners')
  bench.vendor('alpha').put('companies', { Name: 'Seen AG', Site: 'seen.com' }, null, 'seen')
  await opened('Theirs', 'seen', { Partner: made?.id ?? '' })
  await bench.rows(`update connections set mode = 'observe'`)
  await opened('Watched', 'seen')
  await bench.rows(`update connections set mode = 'live'`)
  expect([await reviewOf('Watched'), await reviewOf('Theirs')]).toEqual([undefined, undefined])
})

it('reminds, escalates, and decides by the policy at last', async () => {
  const by = {
    ...programme,
    policy: policySchema.parse({
      directDeals: { within: '2h', atEnd: 'release', endAfter: '3h', escalateTo: 'director@vendor.example' },
    }),
  }
  await registered('Slow AG', 'slow.com')
  bench.vendor('alpha').put('companies', { Name: 'Slow AG', Site: 'slow.com' }, null, 'slow')
  await opened('Slow', 'slow')
  const { id, registrationId } = await reviewed('Slow', by)
  for (const hours of [1, 1, 1]) {
    await bench.rows(
      `update direct_reviews set remind_at = remind_at - interval '${String(hours)} hours', escalate_at = escalate_at - interval '${String(hours)} hours', conclude_at = conclude_at - interval '${String(hours)} hours' where id = '${id}'`,
    )
    await walk(id, by)
  }
  expect(await whats(id)).toEqual([
    'direct-deal.alerted',
    'direct-deal.asked',
    'direct-deal.reminded',
    'direct-deal.escalated',
    'direct-deal.ruled',
  ])
  expect(await reviewOf('Slow')).toMatchObject({ state: 'released', ruledBy: 'system', rule: 'direct-deals-at-end' })
  expect(await told(registrationId, 'direct-deal.escalated')).toEqual([
    'director director@vendor.example',
    'manager boss@vendor.example',
  ])
  const [owner] = await bench.db.select().from(users).where(eq(users.email, 'rep@vendor.example'))
  expect(owner?.managerId).not.toBeNull()
  expect((await bench.db.select().from(accounts)).length).toBeGreaterThan(5)
})

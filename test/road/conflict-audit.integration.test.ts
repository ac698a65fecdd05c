/** The audit of conflicts: what both sides or two partners pursue, once a period, with rulings, tasks, mails and a sheet. */
import { and, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plainText, type Delivery } from '../../connectors/channels/contract.ts'
import {
  accounts,
  conflictAuditRows,
  conflictAudits,
  conflicts,
  deals,
  notices,
  partners,
  registrations,
  tasks,
  users,
} from '../../src/db/schema/index.ts'
import { nameKey } from '../../src/domain/identity.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { planConflictAudit } from '../../src/process/conflict-audit.ts'
import { sendDue } from '../../src/process/notices/send.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'

const policy = policySchema.parse({
  conflicts: {
    audit: {
      to: 'channel@vendor.example',
      territories: { dach: { countries: ['DE', 'AT'], to: 'dach@vendor.example' }, nordics: { countries: ['SE'] } },
    },
  },
})

let bench: Bench
let served: Served
const ids: Record<string, string> = {}
beforeAll(async () => {
  bench = await startBench({ alpha: crm })
  const programme = { policy, systems: bench.systems, route: () => 'alpha' }
  served = await serveBench(bench, { programme })
  const made = await bench.db
    .insert(partners)
    .values(['North', 'South', 'West'].map((name) => ({ name })))
    .returning({ id: partners.id, name: partners.name })
  for (const { id, name } of made) ids[name ?? ''] = id
  const [rep] = await bench.db.insert(users).values({ name: 'Rep', email: 'rep@vendor.example' }).returning()
  ids['rep'] = rep?.id ?? ''
}, 60_000)
afterAll(async () => {
  await served.close()
  await bench.close()
})

const far = '2999-01-01T00:00:00.000Z'

async function claim(partner: string, company: string, domain: string | null, more = {}): Promise<string> {
  const [row] = await bench.db
    .insert(registrations)
    .values({
      partnerId: ids[partner] ?? '',
      company,
      domain,
      nameKey: nameKey(company),
      state: 'approved',
      submittedAt: '2026-01-02T00:00:00.000Z',
      protectedUntil: far,
      ...more,
    })
    .returning({ id: registrations.id })
  return row?.id ?? ''
}

async function direct(name: string, domain: string | null, country: string | null, more = {}): Promise<string> {
  const [account] = await bench.db
    .insert(accounts)
    .values({ name, domain, country, nameKey: nameKey(name) })
    .returning({ id: accounts.id })
  const [deal] = await bench.db
    .insert(deals)
    .values({
      name: `${name} direct`,
      accountId: account?.id ?? '',
      status: 'open',
      source: 'direct',
      home: 'alpha',
      ownerId: ids['rep'] ?? '',
      ...more,
    })
    .returning({ id: deals.id })
  return deal?.id ?? ''
}

const programme = () => ({ policy, systems: bench.systems, route: () => 'alpha' })
const rowsOf = (auditId: string) =>
  bench.db
    .select()
    .from(conflictAuditRows)
    .where(eq(conflictAuditRows.auditId, auditId))
    .orderBy(conflictAuditRows.account)
const lastAudit = async () =>
  (
    await bench.db
      .select()
      .from(conflictAudits)
      .orderBy(sql`${conflictAudits.id} desc`)
      .limit(1)
  )[0]?.id ?? ''

it('finds what both sides and what two partners pursue, and nothing else', async () => {
  await claim('North', 'Both Ways AG', 'both.com')
  ids['deal'] = await direct('Both Ways', 'both.com', 'DE')
  await claim('North', 'Rivals', 'rivals.com', { submittedAt: '2026-01-01T00:00:00.000Z' })
  await claim('South', 'Rivals Ltd', 'rivals.com', { state: 'in-review', protectedUntil: null })
  ids['ruled'] = await claim('West', 'Ruled AG', 'ruled.com')
  const ruledDeal = await direct('Ruled', 'ruled.com', 'SE')
  await bench.db.insert(conflicts).values({
    registrationId: ids['ruled'],
    partnerId: ids['West'] ?? '',
    round: 1,
    kind: 'direct-deal',
    otherId: ruledDeal,
    score: 100,
    evidence: { matchedOn: ['domain'], score: 100 },
    blocks: 'ask',
    ruling: 'approved',
  })
  await claim('South', 'Only Name GmbH', null)
  await direct('Only Name', 'only-name.com', 'FR')
  // None of these is a conflict.
  await claim('North', 'Over AG', 'over.com', { protectedUntil: '2026-01-03T00:00:00.000Z' })
  await direct('Over', 'over.com', 'DE')
  await claim('North', 'Twice', 'twice.com')
  await claim('North', 'Twice again', 'twice.com')
  await claim('North', 'Lost AG', 'lost.com')
  await direct('Lost', 'lost.com', 'DE', { status: 'lost' })
  await claim('North', 'Same Name', 'same-one.com')
  await direct('Same Name', 'same-two.com', 'DE')

  const said = await served.causeway(['conflicts', 'audit', 'run', '--json'], { role: 'manager' })
  expect(said).toMatchObject({ code: 0, err: '' })
  const rows = await rowsOf(await lastAudit())
  expect(
    rows.map(({ account, territory, sides, byName, ruling }) => [account, territory, sides, byName, ruling]),
  ).toEqual([
    ['both.com', 'dach', 'direct', false, null],
    ['only-name.com', 'other', 'direct', true, null],
    ['rivals.com', 'other', 'partners', false, null],
    ['ruled.com', 'nordics', 'direct', false, 'ruled'],
  ])
  expect(rows.map(({ pairs }) => pairs.map(({ kind, matchedOn, score }) => [kind, matchedOn[0], score]))).toEqual([
    [['direct-deal', 'domain', 100]],
    [['direct-deal', 'name', 96]],
    [['registration', 'domain', 100]],
    [['direct-deal', 'domain', 100]],
  ])
  const opened = await bench.db.select().from(tasks).where(eq(tasks.kind, 'rule-conflict'))
  expect(opened.map(({ assignee, why }) => `${assignee ?? ''} ${why.join(' ')}`).toSorted()).toEqual([
    'channel@vendor.example pursued-by-direct same-name-only',
    'channel@vendor.example pursued-by-partners',
    'dach@vendor.example pursued-by-direct',
  ])
  expect(said.out).toContain('"open": 3')
})

it('mails all of it to who answers for all, and each territory’s to its own', async () => {
  const sent: Delivery[] = []
  const email = {
    send: (delivery: Delivery) => {
      sent.push(delivery)
      return Promise.resolve({ sent: true as const, reference: null })
    },
    show: () => ({ type: 'text/plain' as const, body: '' }),
  }
  while ((await sendDue({ db: bench.db, channels: { email } })) > 0);
  const to = (address: string) =>
    sent.filter((mail) => mail.to === address).map(({ message }) => `${message.subject}\n${plainText(message)}`)
  expect(to('channel@vendor.example')).toHaveLength(1)
  expect(to('channel@vendor.example')[0]).toContain('Conflict audit: 3 accounts need a ruling')
  expect(to('channel@vendor.example')[0]).toContain(
    '- dach: Both Ways AG (both.com); registered by North; direct: Both Ways direct of Rep; task ',
  )
  expect(to('dach@vendor.example')[0]).toContain('both.com')
  expect(to('dach@vendor.example')[0]).not.toContain('rivals.com')
})

it('keeps rulings and open questions for the audits after it, and asks anew when somebody else comes', async () => {
  const [both] = await rowsOf(await lastAudit())
  const [rivals] = (await rowsOf(await lastAudit())).filter(({ account }) => account === 'rivals.com')
  const ruled = await served.causeway(['tasks', 'partner', both?.taskId ?? ''], { role: 'manager' })
  expect(ruled).toMatchObject({ code: 0, out: 'The partner’s: Both Ways AG for North\n' })
  expect((await served.causeway(['tasks', 'ours', both?.taskId ?? ''])).code).toBe(1)
  expect((await served.causeway(['tasks', 'approve', rivals?.taskId ?? ''])).err).toContain(
    'ours, partner, split, no-conflict',
  )
  const before = await bench.db.select().from(tasks).where(eq(tasks.kind, 'rule-conflict'))
  await served.causeway(['conflicts', 'audit', 'run'])
  const second = await rowsOf(await lastAudit())
  expect(second.map(({ account, ruling, taskId }) => [account, ruling, taskId])).toEqual([
    ['both.com', 'partner', null],
    ['only-name.com', null, expect.any(String)],
    ['rivals.com', null, rivals?.taskId],
    ['ruled.com', 'ruled', null],
  ])
  expect(await bench.db.select().from(tasks).where(eq(tasks.kind, 'rule-conflict'))).toHaveLength(before.length)

  await claim('West', 'Both Ways', 'both.com', { submittedAt: '2026-01-05T00:00:00.000Z' })
  await served.causeway(['conflicts', 'audit', 'run'])
  const [third] = await rowsOf(await lastAudit())
  expect(third).toMatchObject({ account: 'both.com', sides: 'both', ruling: null })
  expect(third?.taskId).not.toBeNull()
})

it('is shown with both sides, and as a sheet', async () => {
  const shown = await served.causeway(['conflicts', 'audit', 'show', await lastAudit()])
  expect(shown.out).toContain('North, West')
  const sheet = await served.causeway(['conflicts', 'audit', 'show', await lastAudit(), '--csv'])
  const lines = sheet.out.trim().split(/\r?\n/)
  expect(lines[0]).toContain('territory,account,sides,matched_by,score')
  expect(lines.find((line) => line.includes('rivals.com'))).toMatch(
    /^other,rivals\.com,partners,domain,100,Rivals,North; South,/,
  )
  const listed = await served.causeway(['conflicts', 'audit', 'list', '--json'])
  expect(JSON.parse(listed.out)).toMatchObject({ items: [{ rows: 4, by: 'Ada, admin' }, {}, { by: 'Ada, manager' }] })
  const task = await served.causeway(['tasks', 'list', '--json'])
  expect(task.out).toContain('Rivals')
})

it('is made once a period, also when everything was down as it began and however many try', async () => {
  const made = () =>
    bench.db
      .select({ period: conflictAudits.period })
      .from(conflictAudits)
      .where(sql`${conflictAudits.period} is not null`)
  const plan = (at: string) => planConflictAudit(bench.db, programme(), at)
  // What an installation sees first is noted, and not audited.
  await plan('2026-11-26T12:00:00.000Z')
  await plan('2026-12-31T23:00:00.000Z')
  expect(await made()).toEqual([{ period: '2026-Q4' }])
  await plan('2027-01-01T05:00:00.000Z')
  expect(await made()).toHaveLength(1)
  // Nobody was there on the first of January, or for long after.
  await Promise.all(['2027-02-11T10:00:00.000Z', '2027-02-11T10:00:00.001Z', '2027-02-11T10:00:00.002Z'].map(plan))
  expect(await made()).toEqual([{ period: '2026-Q4' }, { period: '2027-Q1' }])
  await plan('2027-03-31T10:00:00.000Z')
  expect(await made()).toHaveLength(2)
  const [first] = await bench.db.select().from(conflictAudits).where(eq(conflictAudits.period, '2026-Q4'))
  const [second] = await bench.db.select().from(conflictAudits).where(eq(conflictAudits.period, '2027-Q1'))
  expect([first?.rows, second?.rows]).toEqual([0, 4])
  expect(await rowsOf(second?.id ?? '')).toHaveLength(4)
  expect(
    await bench.db
      .select()
      .from(notices)
      .where(and(eq(notices.subjectId, second?.id ?? ''), eq(notices.template, 'audit.conflicts'))),
  ).toHaveLength(1)
  await planConflictAudit(
    bench.db,
    { ...programme(), policy: policySchema.parse({ conflicts: { audit: { every: 'never' } } }) },
    '2027-04-02T10:00:00.000Z',
  )
  expect(await made()).toHaveLength(2)
})

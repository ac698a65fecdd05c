/**
 * Very many claims at once, and very many ends in one minute, on a real PostgreSQL and a real Temporal server whose workers are killed.
 * `npm run test:claims` runs the full sizes and prints what they took; the suite runs small ones.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { openDatabase, type Database } from '../../src/db/connection.ts'
import { nudge, workflowId } from '../../src/db/outbox.ts'
import { partners, registrations } from '../../src/db/schema/index.ts'
import { standsHere } from '../../src/db/standing.ts'
import { nameKey } from '../../src/domain/identity.ts'
import { startMailbox, type RunningMailbox } from '../../sandbox/mailbox/index.ts'
import { createTestDatabase } from '../setup/database.ts'
import { createTestNamespace } from '../setup/namespace.ts'
import { until } from '../setup/until.ts'

const size = (name: string, small: number) => Number(process.env[name] ?? small)
const CLAIMS = size('CAUSEWAY_CLAIMS', 40)
const ENDS = size('CAUSEWAY_ENDS', 60)
const SEED = size('CAUSEWAY_SEED', 7)
/** A machine that others use too may be ten times as slow; half an hour is enough for the full sizes. */
const patience = { deadlineMs: Math.min(1_800_000, 60_000 + (CLAIMS + ENDS) * 1_000), everyMs: 250 }

let database: Database
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>
let namespace: Awaited<ReturnType<typeof createTestNamespace>>
let mailbox: RunningMailbox
let cache: string
let partnerIds: string[]
let worker: ChildProcess | null = null

function start(): void {
  const child = join(import.meta.dirname, 'worker.child.ts')
  worker = fork(child, [testDatabase.url, namespace.address, namespace.namespace, cache, mailbox.smtpUrl], {
    stdio: 'inherit',
  })
}
async function kill(): Promise<void> {
  const dying = worker
  if (dying === null) return
  const gone = new Promise((resolve) => dying.once('exit', resolve))
  dying.kill('SIGKILL')
  await gone
}

beforeAll(async () => {
  ;[testDatabase, namespace, mailbox] = await Promise.all([createTestDatabase(), createTestNamespace(), startMailbox()])
  cache = await mkdtemp(join(tmpdir(), 'claims-'))
  database = openDatabase(testDatabase.url, 5)
  const made = await database.db
    .insert(partners)
    .values(
      ['North', 'East', 'South'].map((name) => ({
        name,
        email: `desk@${name.toLowerCase()}.example`,
        managerEmail: 'manager@vendor.example',
      })),
    )
    .returning({ id: partners.id })
  partnerIds = made.map(({ id }) => id)
  start()
}, 120_000)
afterAll(async () => {
  await kill()
  await database.close()
  await mailbox.close()
  await namespace.close()
  await testDatabase.drop()
  await rm(cache, { recursive: true, force: true })
})

/** Numbers that follow from the seed. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const count = async (condition: ReturnType<typeof sql>): Promise<number> => {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select count(*)::int as n from registrations where ${condition}`,
  )
  return rows[0]?.n ?? 0
}

it(
  `has one winner for each company, the first in time, of ${String(CLAIMS)} claims at once while workers are killed`,
  async () => {
    const roll = dice(SEED)
    // A tenth of the claims are in conflict with another: two or three partners at one company, some at the same instant.
    const companies = Math.max(1, Math.round(CLAIMS / 20))
    const claims = Array.from({ length: CLAIMS }, (_, i) => {
      const isRival = i < companies * 2
      const company = isRival ? `Rival ${String(i % companies)}` : `Alone ${String(i)}`
      return {
        partnerId: partnerIds[Math.floor(i / companies) % 3] ?? '',
        company,
        nameKey: nameKey(company),
        domain: `${company.toLowerCase().replace(' ', '')}.com`,
        amount: '100',
        currency: 'USD',
        submittedAt: new Date(Date.UTC(2026, 0, 1) + roll(3) * 1000).toISOString(),
      }
    })
    const arrival = claims.map((claim) => ({ claim, at: roll(1_000_000) })).toSorted((a, b) => a.at - b.at)
    const began = performance.now()
    let killed = 0
    for (let from = 0; from < arrival.length; from += 20) {
      await database.db.transaction(async (tx) => {
        const made = await tx
          .insert(registrations)
          .values(arrival.slice(from, from + 20).map(({ claim }) => claim))
          .returning({ id: registrations.id })
        await nudge(
          tx,
          made.map(({ id }) => workflowId.registration(id)),
        )
      })
      if (from === 0 || roll(10) === 0) {
        await kill()
        killed += 1
        start()
      }
    }
    await until(async () => (await count(sql`state in ('submitted', 'screening')`)) === 0, patience)
    const took = Math.round(performance.now() - began)
    const { rows } = await database.db.execute<{ domain: string; states: string[]; first: boolean }>(sql`
    select domain, array_agg(state order by submitted_at, id) as states from registrations group by domain`)
    // The first in time waits for a decision; whoever came second is declined, whatever the order of arrival.
    const wrong = rows.filter(
      ({ states }) => states[0] !== 'in-review' || states.slice(1).some((s) => s !== 'declined'),
    )
    expect(wrong).toEqual([])
    expect(rows.filter(({ states }) => states.length > 1)).toHaveLength(companies)
    console.log(
      `${String(CLAIMS)} claims ruled in ${String(took)} ms, ${String(killed)} workers killed, seed ${String(SEED)}`,
    )
  },
  patience.deadlineMs + 180_000,
)

/** Mails about ends, by the ids that stand in them. */
async function mailed(): Promise<{ of: number; distinct: number }> {
  const answer = await fetch(`${mailbox.url}/messages?subject=${encodeURIComponent('Ends ')}`)
  const { messages } = mailsSchema.parse(await answer.json())
  return { of: messages.length, distinct: new Set(messages.map(({ headers }) => headers['message-id'])).size }
}
const mailsSchema = z.object({ messages: z.array(z.object({ headers: z.record(z.string(), z.string()) })) })

it(
  `is over at the instant for ${String(ENDS)} registrations that end together, and tells each party once`,
  async () => {
    // Late enough for every process to have looked and to sleep by then.
    const aheadMs = 3_000 + ENDS * 40
    const { rows } = await database.db.execute<{ at: string }>(
      sql`select date_trunc('second', now() + make_interval(secs => ${aheadMs / 1_000}))::text as at`,
    )
    const endsAt = new Date(rows[0]?.at ?? '').toISOString()
    for (let from = 0; from < ENDS; from += 500)
      await database.db.transaction(async (tx) => {
        const made = await tx
          .insert(registrations)
          .values(
            Array.from({ length: Math.min(500, ENDS - from) }, (_, i) => ({
              partnerId: partnerIds[(from + i) % 3] ?? '',
              company: `Ends ${String(from + i)}`,
              domain: `ends${String(from + i)}.com`,
              state: 'approved' as const,
              protectedUntil: endsAt,
            })),
          )
          .returning({ id: registrations.id })
        await nudge(
          tx,
          made.map(({ id }) => workflowId.registration(id)),
        )
      })
    const isOne = sql`company like 'Ends %'`
    const asleep = () => count(sql`${isOne} and wake_at = ${endsAt}`)
    const isLate = async () => (await count(sql`${isOne} and protected_until <= now()`)) > 0
    await until(async () => (await asleep()) === ENDS || (await isLate()), { ...patience, everyMs: 1_000 })
    const sleeping = await asleep()
    // From its instant on none stands, however many processes have not looked yet.
    await until(isLate, { deadlineMs: aheadMs + 60_000, everyMs: 20 })
    expect(await count(sql`${isOne} and ${standsHere}`)).toBe(0)
    const left = await count(sql`${isOne} and state = 'approved'`)
    const began = performance.now()
    const since = () => String(Math.round(performance.now() - began))
    await until(async () => (await count(sql`${isOne} and state <> 'lapsed'`)) === 0, patience)
    const lapsed = since()
    const unsent = async () => {
      const open = await database.db.execute<{ n: number }>(
        sql`select count(*)::int as n from notices where template = 'registration.lapsed' and status <> 'sent'`,
      )
      return open.rows[0]?.n ?? 0
    }
    await until(async () => (await unsent()) === 0, patience)
    const told = await database.db.execute<{ template: string; audience: string; n: number; of: number }>(sql`
    select template, audience, count(*)::int as n, count(distinct subject_id)::int as of from notices
    where template = 'registration.lapsed' group by 1, 2 order by 2`)
    expect(told.rows.map(({ n, of }) => [n, of])).toEqual([
      [ENDS, ENDS],
      [ENDS, ENDS],
    ])
    expect(await mailed()).toEqual({ of: 2 * ENDS, distinct: 2 * ENDS })
    console.log(
      `${String(ENDS)} ends, ${String(sleeping)} processes slept until then; at the instant none stood and ${String(left)} had not looked; all had after ${lapsed} ms, and all mails were out after ${since()} ms`,
    )
  },
  patience.deadlineMs + 180_000,
)

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
import { openDatabase, type Database } from '../../src/db/connection.ts'
import { nudge, workflowId } from '../../src/db/outbox.ts'
import { partners, registrations } from '../../src/db/schema/index.ts'
import { nameKey } from '../../src/domain/identity.ts'
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
let cache: string
let partnerIds: string[]
let worker: ChildProcess | null = null

function start(): void {
  const child = join(import.meta.dirname, 'worker.child.ts')
  worker = fork(child, [testDatabase.url, namespace.address, namespace.namespace, cache], { stdio: 'inherit' })
}
async function kill(): Promise<void> {
  const dying = worker
  if (dying === null) return
  const gone = new Promise((resolve) => dying.once('exit', resolve))
  dying.kill('SIGKILL')
  await gone
}

beforeAll(async () => {
  ;[testDatabase, namespace] = await Promise.all([createTestDatabase(), createTestNamespace()])
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

it(
  `is over at the instant for ${String(ENDS)} registrations that end in one minute, and tells each party once`,
  async () => {
    const { rows } = await database.db.execute<{ now: Date }>(sql`select now()`)
    const endsAt = new Date(new Date(String(rows[0]?.now)).getTime() + 3_000)
    const kept = Array.from({ length: ENDS }, (_, i) => ({
      partnerId: partnerIds[i % 3] ?? '',
      company: `Ends ${String(i)}`,
      domain: `ends${String(i)}.com`,
      state: 'approved' as const,
      protectedUntil: endsAt.toISOString(),
      wakeAt: endsAt.toISOString(),
    }))
    for (let from = 0; from < kept.length; from += 500)
      await database.db.insert(registrations).values(kept.slice(from, from + 500))
    const isProtected = sql`state = 'approved' and protected_until > now() and company like 'Ends %'`
    await until(async () => (await count(isProtected)) === 0, { deadlineMs: 20_000, everyMs: 20 })
    // In law they are over now, however many processes have not looked yet.
    const left = await count(sql`state = 'approved' and company like 'Ends %'`)
    const began = performance.now()
    await until(async () => (await count(sql`state <> 'lapsed' and company like 'Ends %'`)) === 0, patience)
    const took = Math.round(performance.now() - began)
    const told = await database.db.execute<{ template: string; audience: string; n: number; of: number }>(sql`
    select template, audience, count(*)::int as n, count(distinct subject_id)::int as of from notices
    where template = 'registration.lapsed' group by 1, 2 order by 2`)
    expect(told.rows.map(({ n, of }) => [n, of])).toEqual([
      [ENDS, ENDS],
      [ENDS, ENDS],
    ])
    console.log(
      `${String(ENDS)} ends, ${String(left)} still to be told at the instant, all told after ${String(took)} ms`,
    )
  },
  patience.deadlineMs + 180_000,
)

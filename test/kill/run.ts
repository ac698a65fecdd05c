/**
 * A stream of registrations while parts are killed and vendors fail at random; then what the vendors hold is compared with what was
 * submitted: nothing lost, nothing doubled, every clock right, every change accounted for.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { create } from 'axios'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { partnerstackKeys } from '../../sandbox/partnerstack/index.ts'
import { until } from '../../demo/until.ts'
import { setStage, type Stage } from '../../demo/stage.ts'
import { openDatabase, type Database } from '../../src/db/connection.ts'
import { compare, type Verdict } from './compare.ts'
import { configuration } from './configuration.ts'
import { fault, pick, seeded, submission, type Random, type Submission } from './plan.ts'

export interface Sent extends Submission {
  /** The portal's key of the deal. */
  key: string
  /** When its fate was brought about, ISO UTC; null when it was left to its clock. */
  fatedAt: string | null
}

export interface KillRun {
  seconds: number
  seed: number
  dataDir: string
  say: (line: string) => void
}

export interface KillFigures {
  seed: number
  seconds: number
  submitted: number
  kills: Record<'serve' | 'temporal' | 'postgres', number>
  faultsStruck: number
  drainedInS: number
  verdict: Verdict
}

/** Milliseconds between submissions, between kills, and between faults; each is drawn around these. */
const PACE = { submit: 500, kill: 20_000, fault: 2_500 }

export async function runKill({ seconds, seed, dataDir, say }: KillRun): Promise<KillFigures> {
  const stage = await setStage(dataDir, say, { write: configuration, anyPort: true })
  const database = openDatabase(stage.embedded.servers.databaseUrl, 4)
  try {
    await onboard(stage)
    const sent: Sent[] = []
    const kills = { serve: 0, temporal: 0, postgres: 0 }
    const end = Date.now() + seconds * 1_000
    const over = () => Date.now() > end
    const people = new AbortController()
    const acting = actOut(stage, database, sent, people.signal)
    await Promise.all([
      submitAll(stage, seeded(seed + 1), sent, over),
      killAll(stage, seeded(seed + 2), kills, over, say),
      failAll(stage, seeded(seed + 3), over),
    ])
    const faultsStruck = await clearFaults(stage)
    say(`${String(sent.length)} submitted; faults cleared; waiting until everything has come to its end`)
    const drained = Date.now()
    await drain(database, sent.length)
    people.abort()
    await acting
    const drainedInS = Math.round((Date.now() - drained) / 1_000)
    const verdict = await compare(stage, database, sent)
    return { seed, seconds, submitted: sent.length, kills, faultsStruck, drainedInS, verdict }
  } finally {
    await database.close()
    await stage.close()
  }
}

async function onboard({ sandboxes }: Stage): Promise<void> {
  const { control } = sandboxes.partnerstack
  const made = z
    .object({ groups: z.array(z.string()) })
    .parse(await control.seed({ groups: [{ name: 'KillSales' }, { name: 'KillGrowth' }] }))
  const [sales, growth] = made.groups
  await control.seed({
    partnerships: (['p0', 'p1', 'p2'] as const).map((partner_key) => ({
      email: `${partner_key}@partners.example`,
      company: `Partner ${partner_key}`,
      partner_key,
      group_key: partner_key === 'p1' ? growth : sales,
    })),
  })
}

async function submitAll({ sandboxes }: Stage, random: Random, sent: Sent[], over: () => boolean): Promise<void> {
  for (let n = 0; !over(); n += 1) {
    const next = submission(random, n, sent)
    const { deals } = z.object({ deals: z.array(z.string()) }).parse(
      await sandboxes.partnerstack.control.seed({
        deals: [
          {
            account_name: next.company,
            amount: next.amount * 100,
            partner_key: next.partner,
            fields: [
              { api_name: 'company_domain', value: next.domain },
              { api_name: 'contact_email', value: `einkauf@${next.domain}` },
            ],
          },
        ],
      }),
    )
    sent.push({ ...next, key: deals[0] ?? '', fatedAt: null })
    if (random() < 0.2)
      await sandboxes.partnerstack.control.webhooks.set(
        pick(random, [{ dropNext: 2 }, { duplicateNext: 2 }, { shuffleNext: 3 }]),
      )
    await pause(PACE.submit * (0.5 + random()))
  }
  await sandboxes.partnerstack.control.webhooks.set({ dropNext: 0, duplicateNext: 0, shuffleNext: 0 })
}

/** Kills a part that works, waits until all work again, and kills the next: a part that is killed while it starts proves little. */
async function killAll(
  stage: Stage,
  random: Random,
  kills: KillFigures['kills'],
  over: () => boolean,
  say: KillRun['say'],
): Promise<void> {
  while (!over()) {
    await pause(PACE.kill * (0.2 + 0.8 * random()))
    const part = pick(random, ['serve', 'serve', 'temporal', 'postgres'] as const)
    const pid = stage.embedded.states()[part]?.pid ?? null
    if (over() || pid === null) continue
    process.kill(pid, 'SIGKILL')
    kills[part] += 1
    say(`killed ${part}`)
    await until('everything works again', () => isReady(stage), 120_000)
  }
}

async function isReady({ causeway, embedded }: Stage): Promise<boolean | null> {
  if (Object.values(embedded.states()).some(({ status }) => status !== 'running')) return null
  const { status } = await web.get(`${(await causeway()).url}/ready`, { timeout: 2_000 })
  return status === 200 ? true : null
}

async function failAll({ sandboxes }: Stage, random: Random, over: () => boolean): Promise<void> {
  const vendors = [sandboxes.partnerstack, sandboxes.salesforce, sandboxes.hubspot]
  while (!over()) {
    await pause(PACE.fault * (0.5 + random()))
    const vendor = pick(random, vendors)
    const drawn = fault(random)
    // Only tokens expire; a refused key is a person's matter and pauses the connection.
    if (drawn.kind === 'expired-token' && vendor.vendor !== 'salesforce') continue
    await vendor.control.faults.add(drawn)
  }
}

async function clearFaults({ sandboxes }: Stage): Promise<number> {
  let struck = 0
  for (const { control } of sandboxes.all) {
    for (const one of await control.faults.list()) struck += one.struck
    await control.faults.clear()
  }
  return struck
}

/** Managers, sales people and partners do what the plan says of each registration, as soon as they can see it. */
async function actOut(stage: Stage, { db }: Database, sent: Sent[], signal: AbortSignal): Promise<void> {
  const decided = new Set<string>()
  while (!signal.aborted) {
    await pause(250)
    await decideAll(stage, sent, decided).catch(() => undefined) // the API is down at times: tried again
    await fateAll(stage, db, sent).catch(() => undefined)
  }
}

const taskPage = z.object({ items: z.array(z.looseObject({ id: z.string(), company: z.string().nullish() })) })

async function decideAll({ causeway }: Stage, sent: Sent[], decided: Set<string>): Promise<void> {
  const { url, key } = await causeway()
  const http = create({ baseURL: `${url}/api/v1`, headers: { authorization: `Bearer ${key}` }, timeout: 5_000 })
  const { data } = await http.get<unknown>('/tasks', { params: { state: 'open', limit: 100 } })
  for (const task of taskPage.parse(data).items) {
    const registration = sent.find((s) => s.company === task.company)
    if (registration === undefined || decided.has(task.id)) continue
    await http.post(`/tasks/${task.id}/decision`, { decision: registration.decision, reason: 'as planned' })
    decided.add(task.id)
  }
}

async function fateAll({ sandboxes }: Stage, db: Database['db'], sent: Sent[]): Promise<void> {
  const waiting = sent.filter((s) => s.fatedAt === null && s.fate !== 'lapse' && !s.contested)
  if (waiting.length === 0) return
  const { rows } = await db.execute<{ key: string; connection: string; deal: string }>(sql`
    select p.external_id as key, d.connection, d.external_id as deal
    from links p join registrations r on r.id = p.record_id join links d on d.record_id = r.deal_id
    where p.connection = 'portal' and p.external_id in ${waiting.map((s) => s.key)} and d.external_id is not null and r.state = 'approved'`)
  for (const row of rows) {
    const registration = waiting.find((s) => s.key === row.key)
    if (registration === undefined) continue
    if (registration.fate === 'withdraw') {
      await web.delete(`${sandboxes.partnerstack.url}/api/v2/deals/${row.key}`, {
        auth: portalAuth,
        timeout: 3_000,
        validateStatus: (status) => status < 300 || status === 404,
      })
    } else if (row.connection === 'sales') {
      await sandboxes.salesforce.control.seed({
        edit: [
          {
            object: 'Opportunity',
            id: row.deal,
            fields: { StageName: registration.fate === 'win' ? 'Closed Won' : 'Closed Lost' },
          },
        ],
      })
    } else {
      await sandboxes.hubspot.control.seed({
        update: [
          {
            type: 'deals',
            id: row.deal,
            properties: { dealstage: registration.fate === 'win' ? 'closedwon' : 'closedlost' },
          },
        ],
      })
    }
    registration.fatedAt = new Date().toISOString()
  }
}

const web = create()

const portalAuth = { username: partnerstackKeys.production.publicKey, password: partnerstackKeys.production.secretKey }

/** Until every registration has come to its end, every change is accounted for, every write and every notice is out. */
async function drain({ db }: Database, submitted: number): Promise<void> {
  await until(
    'everything has come to its end',
    async () => {
      const { rows } = await db.execute<Record<string, string>>(sql`
        select (select count(*) from registrations where state in ('declined', 'won', 'lost', 'lapsed', 'withdrawn')) as ended,
               (select count(*) from changes where status = 'pending') as pending,
               (select count(*) from writes where status in ('planned', 'sending', 'unclear')) as unsent,
               (select count(*) from notices where status in ('planned', 'sending')) as unmailed`)
      const [open] = rows
      const isOver =
        open?.['ended'] === String(submitted) &&
        open['pending'] === '0' &&
        open['unsent'] === '0' &&
        open['unmailed'] === '0'
      if (!isOver) throw new Error(JSON.stringify(open))
      return true
    },
    180_000,
  )
}

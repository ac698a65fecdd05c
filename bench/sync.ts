/**
 * The sync engine under load: a back-fill of deals from one CRM to the other, a pass with a hundredth changed and one with nothing
 * changed; beside it in the same run a plain script that syncs one record at a time with the vendors' own clients.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { until } from '../demo/until.ts'
import { plainScript } from './plain-script.ts'
import { megabytes, type Section, type Table } from './report.ts'
import { setSyncStage, type SyncStage } from './sync-stage.ts'

/** HubSpot's allowance (professional tier): requests in any ten seconds, and records a batch. */
const WINDOW = { requests: 190, seconds: 10, records: 100 }
const DEALS_AN_ACCOUNT = 10
const PLAIN_RECORDS = 300

interface Wish {
  dataDir: string
  records: number
  say: (line: string) => void
}

/** What one pass cost. */
interface Pass {
  records: number
  /** Until every record stood at the other side. */
  seconds: number
  /** Until what was written had been read back and nothing was on its way. */
  secondsInAll: number
  /** Requests to both CRMs until every record stood at the other side. */
  requestsUntilDone: number
  /** Those of them to HubSpot. */
  hubspotUntilDone: number
  /** Requests to both CRMs. */
  requests: number
  writes: number
  throttled: number
  databaseMs: number
  peak: number
}

/** Salesforce is the deals' home, asked often so that a pass begins soon; HubSpot keeps mirrors and is polled as by default. */
export const configuration = (url: { salesforce: string; hubspot: string }): string => `
api: { port: null }
connections:
  sales:
    vendor: salesforce
    role: crm
    mode: live
    poll: 5s
    reconcile: null
    settings: { loginUrl: "${url.salesforce}", clientId: "\${SALESFORCE_CLIENT_ID}", clientSecret: "\${SALESFORCE_CLIENT_SECRET}", objects: [User] }
  growth:
    vendor: hubspot
    role: crm
    mode: live
    mirrors: true
    reconcile: null
    settings: { baseUrl: "${url.hubspot}", accessToken: "\${HUBSPOT_ACCESS_TOKEN}", searchLagMs: 1000, objects: [companies, deals, deal-companies, owners] }
routing: [{ to: sales }]
`

export async function syncSection(wish: Wish): Promise<Section> {
  const tenth = Math.max(1_000, Math.round(wish.records / 10))
  wish.say(`back-fill of ${String(tenth)} deals, for the memory that it takes`)
  const small = await withStage(wish, 'small', tenth, async (stage) => [await backFill(stage, tenth)])
  wish.say(`back-fill of ${String(wish.records)} deals`)
  const passes = await withStage(wish, 'large', wish.records, async (stage, ids) => [
    await said(wish, 'back-fill', backFill(stage, wish.records)),
    await said(wish, 'a hundredth changed', changedPass(stage, ids.slice(0, Math.round(wish.records / 100)))),
    await said(wish, 'nothing changed', quietPass(stage)),
  ])
  wish.say('a plain script, one record at a time')
  const plain = await withStage(wish, 'plain', PLAIN_RECORDS, (stage) => plainScript(stage.url, PLAIN_RECORDS))
  const [first, second, third] = passes
  const [little] = small
  if (first === undefined || second === undefined || third === undefined || little === undefined)
    throw new Error('a pass is missing')
  return {
    name: 'sync',
    title: 'The sync of two CRMs',
    notes: [
      `${String(wish.records)} open deals of ${String(wish.records / DEALS_AN_ACCOUNT)} accounts stand in Salesforce and are mirrored in HubSpot by one \`causeway serve\`. HubSpot allows ${String(WINDOW.requests)} requests in ${String(WINDOW.seconds)} s and ${String(WINDOW.records)} records a batch: that many batches in that time are the whole window. The stand-ins run on the same two cores.`,
      'The back-fill begins with the first request to a CRM, once the program is up. A pass ends when every record stands at the other side; with reading back, when nothing is on its way: every change applied, every write settled, our own writes read by the polls and found to be nothing new.',
      `The plain script reads Salesforce with jsforce and writes one deal a request with HubSpot's own client and its limiter.`,
    ],
    tables: [
      passTable([
        [`back-fill of ${String(tenth)}`, little],
        [`back-fill of ${String(wish.records)}`, first],
        ['1 % changed', second],
        ['nothing changed', third],
      ]),
      {
        caption: 'Against the targets',
        head: ['what', 'measured', 'target', ''],
        rows: targets(first, second, third, little, plain),
      },
      {
        caption: 'Beside the plain script',
        head: ['', 'records a second', 'requests a record'],
        rows: [
          ['plain script', rate(plain.records / plain.seconds), (plain.requests / plain.records).toFixed(2)],
          ['Causeway', rate(first.records / first.seconds), (first.requestsUntilDone / first.records).toFixed(4)],
          ['ratio', `${(first.records / first.seconds / (plain.records / plain.seconds)).toFixed(1)} times`, ''],
        ],
      },
    ],
  }
}

async function said({ say }: Wish, name: string, work: Promise<Pass>): Promise<Pass> {
  const done = await work
  say(
    `${name}: ${String(done.records)} records in ${done.seconds.toFixed(1)} s, ${done.secondsInAll.toFixed(1)} s with reading back, ${String(done.requests)} requests`,
  )
  return done
}

async function withStage<T>(
  { dataDir }: Wish,
  name: string,
  records: number,
  work: (stage: SyncStage, ids: string[]) => Promise<T>,
): Promise<T> {
  const stage = await setSyncStage(join(dataDir, name), configuration)
  try {
    return await work(stage, await seed(stage, records))
  } finally {
    await stage.close()
  }
}

const seeded = z.looseObject({ accounts: z.array(z.string()), opportunities: z.array(z.string()) })
const SEED = 5_000

/** Answers the opportunities' ids. */
export async function seed(stage: SyncStage, records: number): Promise<string[]> {
  const control = stage.control.salesforce
  const accounts = Array.from({ length: Math.ceil(records / DEALS_AN_ACCOUNT) }, (_, n) => ({
    Name: `Werk ${String(n)} Zeta`,
    Website: `werk-${String(n)}-zeta.com`,
  }))
  const { accounts: accountIds } = seeded.parse(await control.seed({ accounts }))
  const ids: string[] = []
  for (let from = 0; from < records; from += SEED) {
    const opportunities = Array.from({ length: Math.min(SEED, records - from) }, (_, n) => ({
      Name: `Deal ${String(from + n)}`,
      Amount: 1_000 + from + n,
      StageName: 'Qualification',
      CloseDate: '2027-06-30',
      AccountId: accountIds[(from + n) % accountIds.length] ?? null,
    }))
    ids.push(...seeded.parse(await control.seed({ opportunities })).opportunities)
  }
  return ids
}

/** Measures from before `act`, or from the first request after it, until nothing is on its way, and `done` holds. */
async function pass(
  stage: SyncStage,
  records: number,
  act: () => Promise<void>,
  done: () => Promise<boolean>,
  begins: 'at once' | 'with the first request' = 'at once',
): Promise<Pass> {
  for (const control of [stage.control.salesforce, stage.control.hubspot]) await control.requests.clear()
  const before = { writes: await writesDone(stage), databaseMs: await stage.databaseMs() }
  let began = performance.now()
  await act()
  if (begins === 'with the first request') {
    await stage.whileWorking(until('a CRM is asked', async () => (await requestsOf(stage)) > 0, 60_000))
    began = performance.now()
  }
  await stage.whileWorking(until('the pass is done', done, 1_800_000))
  const seconds = (performance.now() - began) / 1_000
  const requestsUntilDone = await requestsOf(stage)
  const hubspotUntilDone = (await stage.control.hubspot.requests.counts()).total
  await stage.whileWorking(stage.quiet(1_200_000))
  const secondsInAll = (performance.now() - began) / 1_000
  const counts = await Promise.all([
    stage.control.salesforce.requests.counts(),
    stage.control.hubspot.requests.counts(),
  ])
  return {
    records,
    seconds,
    secondsInAll,
    requestsUntilDone,
    hubspotUntilDone,
    requests: counts.reduce((sum, { total }) => sum + total, 0),
    writes: (await writesDone(stage)) - before.writes,
    throttled: counts
      .flatMap(({ byRoute }) => Object.values(byRoute))
      .reduce((n, r) => n + (r.byStatus['429'] ?? 0), 0),
    databaseMs: (await stage.databaseMs()) - before.databaseMs,
    peak: await stage.peakMemory(),
  }
}

async function requestsOf(stage: SyncStage): Promise<number> {
  const counts = await Promise.all(crms(stage).map((control) => control.requests.counts()))
  return counts.reduce((sum, { total }) => sum + total, 0)
}

const crms = ({ control }: SyncStage) => [control.salesforce, control.hubspot]

async function backFill(stage: SyncStage, records: number): Promise<Pass> {
  return pass(
    stage,
    records,
    () => stage.startWorkers(1),
    async () => (await mirrored(stage, records)) >= records,
    'with the first request',
  )
}

/** Waits until the polls have read all of our own writes, which HubSpot's search shows some 800 a second of. */
async function readBack(stage: SyncStage): Promise<void> {
  const { rows } = await stage.db.execute<{ now: string }>(sql`select now()::text as now`)
  const isCovered = async () => {
    const { rows: late } = await stage.db.execute(sql`
      select from streams where connection = 'growth' and object <> 'owners' and coalesce(covered_through <= ${rows[0]?.now}::timestamptz, true)`)
    return late.length === 0
  }
  await stage.whileWorking(until('what was written is read back', isCovered, 1_800_000))
}

async function changedPass(stage: SyncStage, ids: string[]): Promise<Pass> {
  await readBack(stage)
  const before = await writesDone(stage)
  return pass(
    stage,
    ids.length,
    async () => {
      const edit = ids.map((id) => ({ object: 'Opportunity', id, fields: { Amount: 77 } }))
      await stage.control.salesforce.seed({ edit })
    },
    async () => (await writesDone(stage)) - before >= ids.length,
  )
}

/** Two polls of everything, 25 s apart, with nothing to find. */
const QUIET_MS = 55_000

async function quietPass(stage: SyncStage): Promise<Pass> {
  // Until the re-reading of what was written last is over.
  await pause(QUIET_MS)
  await stage.quiet(60_000)
  return pass(
    stage,
    0,
    () => pause(QUIET_MS),
    () => Promise.resolve(true),
  )
}

/** How many deals stand in HubSpot, as far as it is known; 0 while they are clearly fewer than `records`. */
export async function mirrored(stage: SyncStage, records: number): Promise<number> {
  // The runs' own count is looked at first: a count of all links ten times a second would take a core from what is measured.
  const { rows: told } = await stage.db.execute<{ n: number }>(sql`
    select coalesce(sum(done), 0)::int as n from runs where connection = 'growth' and kind = 'sync'`)
  if ((told[0]?.n ?? 0) < records) return 0
  const { rows } = await stage.db.execute<{ n: number }>(sql`
    select count(*)::int as n from links where connection = 'growth' and object = 'deals' and external_id is not null`)
  return rows[0]?.n ?? 0
}

/** Writes that took effect, by the audit. */
async function writesDone(stage: SyncStage): Promise<number> {
  const { rows } = await stage.db.execute<{ n: number }>(sql`
    select count(*)::int as n from audit where what = 'write' and connection = 'growth' and object = 'deals'`)
  return rows[0]?.n ?? 0
}

const rate = (value: number): string => value.toFixed(value < 10 ? 2 : 0)
const share = ({ records, seconds }: Pass): number =>
  records / seconds / ((WINDOW.requests / WINDOW.seconds) * WINDOW.records)

function passTable(passes: [string, Pass][]): Table {
  return {
    caption: 'Each pass',
    head: [
      'pass',
      'records',
      'seconds',
      'with reading back',
      'records/s',
      'share of HubSpot’s window',
      'requests',
      'requests a record',
      'with reading back',
      'deals written',
      '429',
      'database ms a record',
      'peak RSS',
    ],
    rows: passes.map(([name, one]) => [
      name,
      one.records,
      one.seconds.toFixed(1),
      one.secondsInAll.toFixed(1),
      one.records === 0 ? '' : rate(one.records / one.seconds),
      one.records === 0 ? '' : `${(share(one) * 100).toFixed(0)} %`,
      one.requests,
      one.records === 0 ? '' : (one.requestsUntilDone / one.records).toFixed(4),
      one.records === 0 ? '' : (one.requests / one.records).toFixed(4),
      one.writes,
      one.throttled,
      one.records === 0 ? '' : (one.databaseMs / one.records).toFixed(2),
      megabytes(one.peak),
    ]),
  }
}

function targets(
  first: Pass,
  second: Pass,
  third: Pass,
  small: Pass,
  plain: { records: number; seconds: number },
): Table['rows'] {
  const perRecord = first.requestsUntilDone / first.records
  const growth = first.peak / small.peak
  return [
    row(
      'share of HubSpot’s window in the back-fill',
      `${(share(first) * 100).toFixed(1)} %`,
      '≥ 90 %',
      share(first) >= 0.9,
    ),
    [
      'requests of the window used in the back-fill, searches among them',
      `${((first.hubspotUntilDone / first.seconds / (WINDOW.requests / WINDOW.seconds)) * 100).toFixed(0)} %`,
      '',
      '',
    ],
    row('requests a record in the back-fill', perRecord.toFixed(4), '≤ 0.02', perRecord <= 0.02),
    row(
      'requests of the 1 % pass a changed record',
      (second.requests / second.records).toFixed(3),
      'in proportion to its changes',
      second.requests < first.requests / 10,
    ),
    row('deals written when nothing changed', third.writes, '0', third.writes === 0),
    row(
      `peak memory, ${String(first.records)} against ${String(small.records)} records`,
      `${growth.toFixed(2)} times`,
      'flat',
      growth < 1.25,
    ),
    row(
      '429 in all passes',
      first.throttled + second.throttled + third.throttled,
      '0',
      first.throttled + second.throttled + third.throttled === 0,
    ),
    row(
      'records a second against the plain script',
      `${(first.records / first.seconds / (plain.records / plain.seconds)).toFixed(1)} times`,
      '',
      true,
    ),
  ]
}

function row(what: string, measured: string | number, target: string, met: boolean): (string | number)[] {
  return [what, measured, target, target === '' ? '' : met ? 'met' : 'missed']
}

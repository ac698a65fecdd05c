/** How soon an edit in one CRM stands in the other: with the vendor's webhooks, also while a back-fill fills its window, and by polling alone. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { until } from '../demo/until.ts'
import { secrets } from '../demo/programme.ts'
import { serviceKey } from '../sandbox/hubspot/world.ts'
import { seconds, spreadOf, type Section } from './report.ts'
import { seed } from './sync.ts'
import { setSyncStage, type SyncStage } from './sync-stage.ts'

const deals = z.looseObject({ id: z.string() })
const amounts = z.looseObject({ records: z.array(z.looseObject({ Amount: z.number().nullable() })) })
const tokens = z.looseObject({ access_token: z.string() })

const SECRET = 'freshness-secret'
/** Without hints the edits fall anywhere between two polls, and as many into each part of the interval: over two whole ones of 25 s. */
const SPREAD_MS = 50_000
const LOOK_MS = 200
/** In the other direction meanwhile: so many deals of Salesforce's own, which take twice as long as the edits are spread over. */
const BACK_FILL = 40_000
const BUSY_SPREAD_MS = 12_000
/** Amounts of the deals that are edited; those of the back-fill are below. */
const FIRST_AMOUNT = 1_000_000
const EDITED_AMOUNT = 2_000_000
const TARGET_MS = { hints: 5_000, polls: 60_000 }

/** Webhooks on an idle system; polling alone; webhooks while our own writes fill HubSpot's window. */
type Way = 'hints' | 'polls' | 'busy'

/** The edited deals' home is HubSpot and Salesforce keeps mirrors; polls and lags at their defaults. */
const configuration = (where: { salesforce: string; hubspot: string; apiPort: number }, way: Way): string => `
api: { port: ${String(where.apiPort)}, publicUrl: "http://127.0.0.1:${String(where.apiPort)}" }
connections:
  sales:
    vendor: salesforce
    role: crm
    mode: live
    mirrors: true
    settings: { loginUrl: "${where.salesforce}", clientId: "\${SALESFORCE_CLIENT_ID}", clientSecret: "\${SALESFORCE_CLIENT_SECRET}", objects: [User] }
  growth:
    vendor: hubspot
    role: crm
    mode: live
    mirrors: ${String(way === 'busy')}
    settings: { baseUrl: "${where.hubspot}", accessToken: "\${HUBSPOT_ACCESS_TOKEN}",${way !== 'polls' ? ` clientSecret: "${SECRET}",` : ''} objects: [companies, deals, deal-companies, owners] }
routing: [{ to: growth }]
`

interface Wish {
  dataDir: string
  runs: number
  say: (line: string) => void
}

export async function freshnessSection(wish: Wish): Promise<Section> {
  const withHints = await onStage(wish, 'hints')
  const whileBusy = await onStage(wish, 'busy')
  const withoutHints = await onStage(wish, 'polls')
  return {
    name: 'freshness',
    title: 'From one CRM to the other',
    notes: [
      'An edit of a deal’s amount in HubSpot, its home, until Salesforce’s API shows it on the mirror, on an idle system with all settings at their defaults (polls every 25 s; HubSpot’s search is taken to lag by 30 s). With webhooks one edit after the other; without webhooks the edits are spread over the time between polls. Salesforce is looked at five times a second.',
      `While a back-fill runs: ${String(BACK_FILL)} deals of Salesforce’s own are mirrored in HubSpot meanwhile, as fast as its window allows, and HubSpot tells of each of these writes too.`,
      'Where webhooks are set up and heard, polls are further apart (at most five minutes): an edit whose webhook is lost waits for them until the silence is noticed.',
    ],
    tables: [
      {
        caption: 'Change → other side',
        head: ['how', 'n', 'min', 'p50', 'p95', 'max', 'target p95', ''],
        rows: [
          rowOf('webhook', withHints, TARGET_MS.hints),
          rowOf('webhook, while a back-fill runs', whileBusy, TARGET_MS.hints),
          rowOf('polling alone', withoutHints, TARGET_MS.polls),
        ],
      },
    ],
  }
}

async function onStage({ dataDir, runs, say }: Wish, way: Way): Promise<number[]> {
  const stage = await setSyncStage(join(dataDir, way), (where) => configuration(where, way))
  const { seen, stop } = watch(stage)
  try {
    say(`edits of ${String(runs)} deals, ${titles[way]}`)
    const ids = await Promise.all(Array.from({ length: runs }, (_, n) => created(stage, n)))
    await stage.startWorkers(1)
    await stage.whileWorking(until('all are mirrored', () => Promise.resolve(seen.size >= runs), 180_000))
    const spread = (ms: number) =>
      Promise.all(
        ids.map(async (id, n) => {
          await pause((ms * n) / ids.length)
          return edited(stage, seen, id, n)
        }),
      )
    if (way === 'polls') {
      await stage.quiet(120_000)
      return await spread(SPREAD_MS)
    }
    await stage.control.hubspot.webhooks.setTarget({ url: `${stage.apiUrl}/hooks/growth`, secret: SECRET })
    if (way === 'busy') {
      await seed(stage, BACK_FILL)
      await stage.whileWorking(until('the back-fill runs', async () => (await inHubSpot(stage)) > runs + 2_000))
      const measured = await spread(BUSY_SPREAD_MS)
      if ((await inHubSpot(stage)) >= runs + BACK_FILL)
        throw new Error('the back-fill ended before the edits had arrived')
      return measured
    }
    await stage.quiet(120_000)
    const measured: number[] = []
    for (const [n, id] of ids.entries()) measured.push(await edited(stage, seen, id, n))
    return measured
  } finally {
    stop()
    await stage.close()
  }
}

const titles: Record<Way, string> = {
  hints: 'with webhooks',
  busy: 'with webhooks while a back-fill runs',
  polls: 'by polling alone',
}

/** How many deals stand in HubSpot, as far as it is known. */
async function inHubSpot(stage: SyncStage): Promise<number> {
  const { rows } = await stage.db.execute<{ n: number }>(sql`
    select count(*)::int as n from links where connection = 'growth' and object = 'deals' and external_id is not null`)
  return rows[0]?.n ?? 0
}

function rowOf(how: string, ms: number[], target: number): (string | number)[] {
  const { n, min, p50, p95, max } = spreadOf(ms)
  return [how, n, ...[min, p50, p95, max].map(seconds), `≤ ${seconds(target)}`, p95 <= target ? 'met' : 'missed']
}

const deal = (n: number) => ({
  properties: {
    dealname: `Deal ${String(n)}`,
    amount: String(FIRST_AMOUNT + n),
    pipeline: 'default',
    dealstage: 'appointmentscheduled',
  },
})

/** A user's edit in HubSpot's screens: of what our own app writes, webhooks are passed over. */
async function edited(stage: SyncStage, seen: FirstSeen, id: string, n: number): Promise<number> {
  const amount = EDITED_AMOUNT + n
  const began = performance.now()
  await stage.control.hubspot.seed({ update: [{ type: 'deals', id, properties: { amount: String(amount) } }] })
  const at = await until(`amount ${String(amount)}`, () => Promise.resolve(seen.get(amount) ?? null), 180_000)
  return at - began
}

/** When each amount was first shown by Salesforce, on the clock of `performance.now()`. */
type FirstSeen = ReadonlyMap<number, number>

/** Looks at Salesforce five times a second for everybody, so that looking does not use up what the vendor allows. */
function watch(stage: SyncStage): { seen: FirstSeen; stop: () => void } {
  const seen = new Map<number, number>()
  const look = async (): Promise<void> => {
    try {
      for (const amount of await mirrors(stage)) if (!seen.has(amount)) seen.set(amount, performance.now())
    } catch {
      // The stage begins or ends.
    }
  }
  const timer = setInterval(() => void look(), LOOK_MS)
  return { seen, stop: () => clearInterval(timer) }
}

/** The id of the deal. */
async function created(stage: SyncStage, n: number): Promise<string> {
  const answer = await fetch(`${stage.url.hubspot}/crm/v3/objects/deals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(deal(n)),
  })
  const { id } = deals.parse(await answer.json())
  return id
}

/** The amounts of the edited deals that Salesforce shows. */
async function mirrors(stage: SyncStage): Promise<number[]> {
  const { rows } = await stage.db.execute<{ n: number }>(sql`
    select count(*)::int as n from links where connection = 'sales' and object = 'Opportunity' and external_id is not null`)
  if (rows[0]?.n === 0) return []
  const query = encodeURIComponent(`SELECT Amount FROM Opportunity WHERE Amount >= ${String(FIRST_AMOUNT)}`)
  const answer = await fetch(`${stage.url.salesforce}/services/data/v67.0/query?q=${query}`, {
    headers: { authorization: `Bearer ${await token(stage)}` },
  })
  return amounts.parse(await answer.json()).records.flatMap(({ Amount }) => Amount ?? [])
}

const known = new Map<SyncStage, string>()

async function token(stage: SyncStage): Promise<string> {
  const held = known.get(stage)
  if (held !== undefined) return held
  const answer = await fetch(`${stage.url.salesforce}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: secrets['SALESFORCE_CLIENT_ID'] ?? '',
      client_secret: secrets['SALESFORCE_CLIENT_SECRET'] ?? '',
    }),
  })
  const { access_token: granted } = tokens.parse(await answer.json())
  known.set(stage, granted)
  return granted
}

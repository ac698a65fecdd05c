/** How soon an edit in one CRM stands in the other: with the vendor's webhooks, and by polling alone. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { until } from '../demo/until.ts'
import { secrets } from '../demo/programme.ts'
import { serviceKey } from '../sandbox/hubspot/world.ts'
import { seconds, spreadOf, type Section } from './report.ts'
import { setSyncStage, type SyncStage } from './sync-stage.ts'

const deals = z.looseObject({ id: z.string() })
const amounts = z.looseObject({ records: z.array(z.looseObject({ Amount: z.number().nullable() })) })
const tokens = z.looseObject({ access_token: z.string() })

const SECRET = 'freshness-secret'
/** Without hints the edits fall anywhere between two polls, and as many into each part of the interval: over two whole ones of 25 s. */
const SPREAD_MS = 50_000
const LOOK_MS = 200
const TARGET_MS = { hints: 5_000, polls: 60_000 }

/** HubSpot is the home, Salesforce keeps mirrors; polls and lags at their defaults. */
const configuration = (where: { salesforce: string; hubspot: string; apiPort: number }, hints: boolean): string => `
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
    settings: { baseUrl: "${where.hubspot}", accessToken: "\${HUBSPOT_ACCESS_TOKEN}",${hints ? ` clientSecret: "${SECRET}",` : ''} objects: [companies, deals, deal-companies, owners] }
routing: [{ to: growth }]
`

interface Wish {
  dataDir: string
  runs: number
  say: (line: string) => void
}

export async function freshnessSection(wish: Wish): Promise<Section> {
  const withHints = await onStage(wish, true)
  const withoutHints = await onStage(wish, false)
  return {
    name: 'freshness',
    title: 'From one CRM to the other',
    notes: [
      'An edit of a deal’s amount in HubSpot, its home, until Salesforce’s API shows it on the mirror, on an idle system with all settings at their defaults (polls every 25 s; HubSpot’s search is taken to lag by 30 s). With webhooks one edit after the other; without webhooks the edits are spread over the time between polls. Salesforce is looked at five times a second.',
      'Where webhooks are set up and heard, polls are further apart (at most five minutes): an edit whose webhook is lost waits for them until the silence is noticed.',
    ],
    tables: [
      {
        caption: 'Change → other side',
        head: ['how', 'n', 'min', 'p50', 'p95', 'max', 'target p95', ''],
        rows: [rowOf('webhook', withHints, TARGET_MS.hints), rowOf('polling alone', withoutHints, TARGET_MS.polls)],
      },
    ],
  }
}

async function onStage({ dataDir, runs, say }: Wish, hints: boolean): Promise<number[]> {
  const stage = await setSyncStage(join(dataDir, hints ? 'hints' : 'polls'), (where) => configuration(where, hints))
  const { seen, stop } = watch(stage)
  try {
    say(`edits of ${String(runs)} deals ${hints ? 'with webhooks' : 'by polling alone'}`)
    const ids = await Promise.all(
      Array.from({ length: runs }, (_, n) => hubspot(stage, 'POST', '/crm/v3/objects/deals', deal(n))),
    )
    await stage.startWorkers(1)
    await stage.whileWorking(until('all are mirrored', () => Promise.resolve(seen.has(runs)), 180_000))
    await stage.quiet(120_000)
    if (!hints)
      return await Promise.all(
        ids.map(async (id, n) => {
          await pause((SPREAD_MS * n) / ids.length)
          return edited(stage, seen, id, 200_000 + n)
        }),
      )
    await stage.control.hubspot.webhooks.setTarget({ url: `${stage.apiUrl}/hooks/growth`, secret: SECRET })
    const measured: number[] = []
    for (const [n, id] of ids.entries()) measured.push(await edited(stage, seen, id, 100_000 + n))
    return measured
  } finally {
    stop()
    await stage.close()
  }
}

function rowOf(how: string, ms: number[], target: number): (string | number)[] {
  const { n, min, p50, p95, max } = spreadOf(ms)
  return [how, n, ...[min, p50, p95, max].map(seconds), `≤ ${seconds(target)}`, p95 <= target ? 'met' : 'missed']
}

const deal = (n: number) => ({
  properties: {
    dealname: `Deal ${String(n)}`,
    amount: String(n + 1),
    pipeline: 'default',
    dealstage: 'appointmentscheduled',
  },
})

async function edited(stage: SyncStage, seen: FirstSeen, id: string, amount: number): Promise<number> {
  const began = performance.now()
  await hubspot(stage, 'PATCH', `/crm/v3/objects/deals/${id}`, { properties: { amount: String(amount) } })
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
async function hubspot(stage: SyncStage, method: string, path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${stage.url.hubspot}${path}`, {
    method,
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { id } = deals.parse(await answer.json())
  return id
}

/** The amounts that Salesforce shows. */
async function mirrors(stage: SyncStage): Promise<number[]> {
  const { rows } = await stage.db.execute<{ n: number }>(sql`
    select count(*)::int as n from links where connection = 'sales' and object = 'Opportunity' and external_id is not null`)
  if (rows[0]?.n === 0) return []
  const query = encodeURIComponent('SELECT Amount FROM Opportunity')
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

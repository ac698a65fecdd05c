/** How soon an edit in one CRM stands in the other: with the vendor's webhooks, and by polling alone. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { until } from '../demo/until.ts'
import { secrets } from '../demo/programme.ts'
import { serviceKey } from '../sandbox/hubspot/world.ts'
import { seconds, spreadOf, type Section } from './report.ts'
import { firstSeen } from './scene.ts'
import { setSyncStage, type SyncStage } from './sync-stage.ts'

const deals = z.looseObject({ id: z.string() })
const amounts = z.looseObject({ records: z.array(z.looseObject({ Amount: z.number().nullable() })) })
const tokens = z.looseObject({ access_token: z.string() })

const SECRET = 'freshness-secret'
/** Without hints the edits fall anywhere between two polls. */
const SPREAD_MS = 40_000
const TARGET_MS = { hints: 5_000, polls: 60_000 }

/** HubSpot is the home, Salesforce keeps mirrors; polls and lags at their defaults. */
const configuration = (where: { salesforce: string; hubspot: string; apiPort: number }): string => `
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
    settings: { baseUrl: "${where.hubspot}", accessToken: "\${HUBSPOT_ACCESS_TOKEN}", clientSecret: "${SECRET}", objects: [companies, deals, deal-companies, owners] }
routing: [{ to: growth }]
`

export async function freshnessSection(wish: {
  dataDir: string
  runs: number
  say: (line: string) => void
}): Promise<Section> {
  const stage = await setSyncStage(join(wish.dataDir, 'stage'), configuration)
  try {
    wish.say(`${String(wish.runs)} deals in HubSpot, mirrored in Salesforce`)
    const ids = await Promise.all(
      Array.from({ length: wish.runs }, (_, n) => hubspot(stage, 'POST', '/crm/v3/objects/deals', deal(n))),
    )
    await stage.startWorkers(1)
    await stage.whileWorking(
      until('all are mirrored', async () => (await mirrors(stage)).length >= ids.length, 180_000),
    )
    await stage.quiet(120_000)
    wish.say('edits with webhooks')
    await stage.control.hubspot.webhooks.setTarget({ url: `${stage.apiUrl}/hooks/growth`, secret: SECRET })
    const withHints: number[] = []
    for (const [n, id] of ids.entries()) withHints.push(await edited(stage, id, 100_000 + n))
    await stage.control.hubspot.webhooks.removeTarget()
    wish.say('edits by polling alone')
    await stage.quiet(120_000)
    const withoutHints = await Promise.all(
      ids.map(async (id, n) => {
        await pause((SPREAD_MS * n) / ids.length)
        return edited(stage, id, 200_000 + n)
      }),
    )
    return {
      name: 'freshness',
      title: 'From one CRM to the other',
      notes: [
        'An edit of a deal’s amount in HubSpot, its home, until Salesforce’s API shows it on the mirror, on an idle system with all settings at their defaults (polls every 30 s; HubSpot’s search is taken to lag by 30 s). With webhooks one edit after the other; by polling alone the edits are spread over the time between polls.',
      ],
      tables: [
        {
          caption: 'Change → other side',
          head: ['how', 'n', 'min', 'p50', 'p95', 'max', 'target p95', ''],
          rows: [rowOf('webhook', withHints, TARGET_MS.hints), rowOf('polling alone', withoutHints, TARGET_MS.polls)],
        },
      ],
    }
  } finally {
    await stage.close()
  }
}

function rowOf(how: string, ms: number[], target: number): (string | number)[] {
  const { n, min, p50, p95, max } = spreadOf(ms)
  return [how, n, ...[min, p50, p95, max].map(seconds), `≤ ${seconds(target)}`, p95 <= target ? 'met' : 'missed']
}

const deal = (n: number) => ({
  properties: { dealname: `Deal ${String(n)}`, amount: '1', pipeline: 'default', dealstage: 'appointmentscheduled' },
})

async function edited(stage: SyncStage, id: string, amount: number): Promise<number> {
  const began = performance.now()
  await hubspot(stage, 'PATCH', `/crm/v3/objects/deals/${id}`, { properties: { amount: String(amount) } })
  const seen = await firstSeen(`amount ${String(amount)}`, async () => (await mirrors(stage)).includes(amount), 180_000)
  return seen - began
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

let known: string | null = null

async function token(stage: SyncStage): Promise<string> {
  if (known !== null) return known
  const answer = await fetch(`${stage.url.salesforce}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: secrets['SALESFORCE_CLIENT_ID'] ?? '',
      client_secret: secrets['SALESFORCE_CLIENT_SECRET'] ?? '',
    }),
  })
  known = tokens.parse(await answer.json()).access_token
  return known
}

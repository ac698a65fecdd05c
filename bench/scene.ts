/** A stage for measuring: real parts, a partner for each CRM, and looks that are quick enough to time what they wait for. */
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Client } from '@temporalio/client'
import { z } from 'zod'
import type { Addresses } from '../demo/programme.ts'
import { setStage, type Stage } from '../demo/stage.ts'
import { until } from '../demo/until.ts'
import { openDatabase, type Database } from '../src/db/connection.ts'
import { openTemporal } from '../src/runtime/temporal-client.ts'

/** The connections of the benchmark's programme; a partner's group decides which CRM its deals go to. */
export const crms = ['sales', 'growth'] as const
export type Crm = (typeof crms)[number]
export const crmNames: Record<Crm, string> = { sales: 'Salesforce', growth: 'HubSpot' }
const partnerOf: Record<Crm, string> = { sales: 'bench-sales', growth: 'bench-growth' }

export interface Scene {
  stage: Stage
  db: Database['db']
  temporal: Client
  /** Submits a registration through the portal's API; answers the portal's key of it and its company. */
  submit(crm: Crm, amount?: number): Promise<{ key: string; company: string }>
  /** Submits many in one call, as an import into the portal would. */
  submitMany(crm: Crm, count: number): Promise<string[]>
  /** Waits until nothing is on its way: no change, no write and no mail is pending. */
  quiet(deadlineMs?: number): Promise<void>
  close(): Promise<void>
}

export interface SceneWish {
  dataDir: string
  say: (line: string) => void
  /** How often each connection is polled, such as `30s`. */
  poll: string
  /** YAML of the policy in flow style; absent: every registration up to 50,000 is approved. */
  policy?: string
}

const usualPolicy = `{ version: bench-1, autoApprove: { upTo: 50000, currency: USD }, decision: { approver: manager@vendor.example } }`

/** Connectors at their defaults, so that what is measured is what one gets. */
export function configuration(
  addresses: Omit<Addresses, 'apiPort'>,
  { poll, policy = usualPolicy }: Pick<SceneWish, 'poll' | 'policy'>,
): string {
  const { portal, salesforce, hubspot, smtp } = addresses
  return `
api: { port: null }
connections:
  portal:
    vendor: partnerstack
    role: portal
    mode: live
    poll: ${poll}
    settings: { baseUrl: "${portal}/api/v2", publicKey: "\${PARTNERSTACK_PUBLIC_KEY}", secretKey: "\${PARTNERSTACK_SECRET_KEY}" }
  sales:
    vendor: salesforce
    role: crm
    mode: live
    poll: ${poll}
    settings: { loginUrl: "${salesforce}", clientId: "\${SALESFORCE_CLIENT_ID}", clientSecret: "\${SALESFORCE_CLIENT_SECRET}" }
  growth:
    vendor: hubspot
    role: crm
    mode: live
    poll: ${poll}
    settings: { baseUrl: "${hubspot}", accessToken: "\${HUBSPOT_ACCESS_TOKEN}" }
routing:
  - when: { group: benchgrowth }
    to: growth
  - to: sales
mail: { smtp: "${smtp}", from: "Partner desk <partners@vendor.example>" }
policy: ${policy}
`
}

export async function setScene(wish: SceneWish): Promise<Scene> {
  const stage = await setStage(wish.dataDir, wish.say, {
    write: (addresses: Addresses) => configuration(addresses, wish),
    anyPort: true,
  })
  // No lag that the vendor does not document; each adds itself to the time until a claim is ruled.
  await stage.sandboxes.partnerstack.control.switches.set({ listLagMs: 0 })
  const { servers } = stage.embedded
  const database = openDatabase(servers.databaseUrl, 4)
  const temporal = openTemporal({
    connection: { address: servers.temporalAddress },
    namespace: servers.temporalNamespace,
  })
  let submitted = 0
  const next = () => {
    submitted += 1
    return { company: `Werk ${String(submitted)} Zeta`, domain: `werk-${String(submitted)}-zeta.com` }
  }
  const scene: Scene = {
    stage,
    db: database.db,
    temporal: temporal.client,
    async submit(crm, amount = 20_000) {
      const { company, domain } = next()
      const partner = partnerOf[crm]
      const key = await stage.portal.register({ company, domain, contact: `einkauf@${domain}`, amount, partner })
      return { key, company }
    },
    async submitMany(crm, count) {
      const deals = Array.from({ length: count }, () => {
        const { company, domain } = next()
        return {
          account_name: company,
          amount: 2_000_000,
          partner_key: partnerOf[crm],
          fields: [
            { api_name: 'company_domain', value: domain },
            { api_name: 'contact_email', value: `einkauf@${domain}` },
          ],
        }
      })
      return z.object({ deals: z.array(z.string()) }).parse(await stage.sandboxes.partnerstack.control.seed({ deals }))
        .deals
    },
    quiet: (deadlineMs = 60_000) => quiet(database.db, deadlineMs),
    async close() {
      await temporal.close()
      await database.close()
      await stage.close()
    },
  }
  try {
    await onboard(stage)
    await until('both partners are known', async () => {
      const { rows } = await database.db.execute<{ n: string }>(sql`select count(*) as n from partners`)
      return rows[0]?.n === '2'
    })
    await scene.quiet()
  } catch (error) {
    await scene.close()
    throw error
  }
  return scene
}

async function onboard({ sandboxes }: Stage): Promise<void> {
  const { control } = sandboxes.partnerstack
  const made = z
    .object({ groups: z.array(z.string()) })
    .parse(await control.seed({ groups: [{ name: 'BenchSales' }, { name: 'BenchGrowth' }] }))
  await control.seed({
    partnerships: crms.map((crm, i) => ({
      email: `${crm}@partners.example`,
      company: `Partner of ${crm}`,
      partner_key: partnerOf[crm],
      group_key: made.groups[i],
    })),
  })
}

async function quiet(db: Database['db'], deadlineMs: number): Promise<void> {
  await until(
    'nothing is on its way',
    async () => {
      const { rows } = await db.execute<Record<string, string>>(sql`
        select (select count(*) from changes where status = 'pending') as changes,
               (select count(*) from writes where status in ('planned', 'sending', 'unclear')) as writes,
               (select count(*) from notices where status in ('planned', 'sending')) as notices`)
      const [open] = rows
      if (open?.['changes'] === '0' && open['writes'] === '0' && open['notices'] === '0') return true
      throw new Error(JSON.stringify(open))
    },
    deadlineMs,
  )
}

/**
 * Looks until something is there; answers when it was first seen, on the clock of `performance.now()`.
 *
 * @throws after the deadline, naming what was not seen
 */
export async function firstSeen(what: string, look: () => Promise<boolean>, deadlineMs = 120_000): Promise<number> {
  const end = performance.now() + deadlineMs
  while (performance.now() < end) {
    if (await look()) return performance.now()
    await pause(20)
  }
  throw new Error(`not seen within ${String(deadlineMs / 1000)} s: ${what}`)
}

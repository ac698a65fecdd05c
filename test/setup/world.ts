/** A whole small world for a test: the sandboxes, a database, a Temporal namespace, and the road between them. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog, type Log } from '../../connectors/log.ts'
import type { Exchange } from '../../connectors/http.ts'
import { startSandboxes } from '../../sandbox/main.ts'
import { partnerstackKeys } from '../../sandbox/partnerstack/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { serviceKey } from '../../sandbox/hubspot/world.ts'
import { openDatabase, type Database } from '../../src/db/connection.ts'
import { checkSettings } from '../../src/runtime/compose.ts'
import { openConfig } from '../../src/runtime/config/load.ts'
import { startRoad, type Road } from '../../src/runtime/road.ts'
import { createTestDatabase } from './database.ts'
import { findLeaks } from './find-leaks.ts'
import { createTestNamespace } from './namespace.ts'

const defaultSecret = partnerstackKeys.production.secretKey

export interface World {
  portal: Required<Awaited<ReturnType<typeof startSandboxes>>>['partnerstack']
  salesforce: World['portal']
  hubspot: World['portal']
  mailbox: Required<Awaited<ReturnType<typeof startSandboxes>>>['mailbox']
  database: Database
  road: Road
  exchanges: Exchange[]
  namespace: Awaited<ReturnType<typeof createTestNamespace>>
  close(): Promise<void>
}

export interface WorldWish {
  /** Texts of the seeded data that no workflow history may hold: looked for when the world ends. */
  forbidden?: string[]
  /** YAML that replaces the policy. */
  policy?: string
  /** Connections that are only observed at first; the others are written to. */
  observed?: ('portal' | 'sales' | 'growth')[]
  log?: Log
  /** The folder where the CRMs' and the portal's secrets are kept in files, as `portal`, `sales` and `growth`; absent: in the document. */
  secretsIn?: string
}

export async function startWorld({
  policy = '{}',
  log = silentLog,
  forbidden = [],
  observed = [],
  secretsIn,
}: WorldWish = {}): Promise<World> {
  const secret = async (name: string, value: string): Promise<string> => {
    if (secretsIn === undefined) return value
    await writeFile(join(secretsIn, name), `${value}\n`)
    return `\${file:${name}}`
  }
  const mode = (name: 'portal' | 'sales' | 'growth') => (observed.includes(name) ? 'observe' : 'live')
  const [sandboxes, testDatabase, namespace] = await Promise.all([
    startSandboxes({ ports: { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 } }),
    createTestDatabase(),
    createTestNamespace(),
  ])
  const { partnerstack: portal, salesforce, hubspot, mailbox } = sandboxes
  if (!portal || !salesforce || !hubspot || !mailbox) throw new Error('a sandbox is missing')
  const source = `
connections:
  portal:
    vendor: partnerstack
    role: portal
    mode: ${mode('portal')}
    poll: 1s
    settings: { baseUrl: "${portal.url}/api/v2", publicKey: "${partnerstackKeys.production.publicKey}", secretKey: "${await secret('portal', defaultSecret)}" }
  sales:
    vendor: salesforce
    role: crm
    mode: ${mode('sales')}
    poll: 1s
    settings: { loginUrl: "${salesforce.url}", clientId: "${app.clientId}", clientSecret: "${await secret('sales', app.clientSecret)}" }
  growth:
    vendor: hubspot
    role: crm
    mode: ${mode('growth')}
    poll: 1s
    settings: { baseUrl: "${hubspot.url}", accessToken: "${await secret('growth', serviceKey)}", searchLagMs: 500 }
routing:
  - when: { group: growth }
    to: growth
  - to: sales
mail: { smtp: "${mailbox.smtpUrl}", from: "Causeway <partners@vendor.example>" }
policy: ${policy}
`
  const exchanges: Exchange[] = []
  const { config, again } = openConfig(join(secretsIn ?? '.', 'test.yaml'), source, {}, checkSettings)
  const road = await startRoad({
    config,
    ...(secretsIn === undefined ? {} : { again }),
    databaseUrl: testDatabase.url,
    temporal: { connection: { address: namespace.address }, namespace: namespace.namespace },
    secretKey: randomBytes(32),
    worker: true,
    cache: null,
    log,
    onExchange: (exchange) => exchanges.push(exchange),
  })
  const database = openDatabase(testDatabase.url, 3)
  return {
    portal,
    salesforce,
    hubspot,
    mailbox,
    database,
    road,
    exchanges,
    namespace,
    async close() {
      const leaks = await findLeaks(namespace.client, [defaultSecret, ...forbidden])
      await road.stop()
      await database.close()
      await namespace.close()
      await sandboxes.close()
      await testDatabase.drop()
      if (leaks.length > 0) throw new Error(`histories hold data: ${JSON.stringify(leaks.slice(0, 3))}`)
    },
  }
}

/** Sets the stage: the sandboxes, the embedded parts and `causeway serve`, with a programme already seeded. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create } from 'axios'
import { z } from 'zod'
import { startSandboxes, type RunningSandboxes } from '../sandbox/main.ts'
import { serviceKey } from '../sandbox/hubspot/world.ts'
import { partnerstackKeys } from '../sandbox/partnerstack/index.ts'
import { app } from '../sandbox/salesforce/oauth.ts'
import { startEmbedded, type Embedded } from '../src/runtime/embedded/embedded.ts'
import { postgresHomes } from '../src/runtime/embedded/postgres-home.ts'
import { stopLeftPostgres } from '../src/runtime/embedded/postgres.ts'
import { stopLeftProgram } from '../src/runtime/embedded/program.ts'
import { stopLeftTemporal } from '../src/runtime/embedded/temporal.ts'
import { configuration, listLagMs, secrets, type Addresses } from './programme.ts'
import {
  hubspotApi,
  mailApi,
  portalApi,
  salesforceApi,
  type HubSpot,
  type MailApi,
  type Portal,
  type Salesforce,
} from './vendors.ts'
import { until } from './until.ts'

export interface Stage {
  portal: Portal
  salesforce: Salesforce
  hubspot: HubSpot
  mail: MailApi
  /** Where the API answers now: a restarted `serve` may answer elsewhere. */
  causeway: () => Promise<{ url: string; key: string }>
  sandboxes: Required<RunningSandboxes>
  embedded: Embedded
  /** Loses the webhook of the next change in the portal. */
  loseNextWebhook(): Promise<void>
  close(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Starts everything anew: the sandboxes forget when they end, so the data folder begins empty too.
 *
 * @param options.write what stands in causeway.yaml, given where the sandboxes are
 * @param options.anyPort whether the sandboxes take any free ports instead of their usual ones
 */
export async function setStage(
  dataDir: string,
  say: (line: string) => void,
  { write = configuration, anyPort = false }: { write?: (addresses: Addresses) => string; anyPort?: boolean } = {},
): Promise<Stage> {
  await clearStage(dataDir)
  await mkdir(dataDir, { recursive: true })
  say('starting the sandboxes of PartnerStack, Salesforce, HubSpot and the mailbox')
  const sandboxes = await startAll(anyPort)
  try {
    return await startParts(dataDir, say, write, sandboxes)
  } catch (error) {
    await sandboxes.close()
    throw error
  }
}

/** The parts' own log: the story says what a person should know. */
const unheard = () => undefined

/** Ends what a killed run left running on this folder, then empties it. */
async function clearStage(dataDir: string): Promise<void> {
  await stopLeftProgram(dataDir, 'serve', unheard)
  await stopLeftTemporal(dataDir, unheard)
  await stopLeftPostgres(dataDir, unheard)
  for (const { data } of postgresHomes(dataDir)) await rm(data, { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
}

async function startParts(
  dataDir: string,
  say: (line: string) => void,
  write: (addresses: Addresses) => string,
  sandboxes: Required<RunningSandboxes>,
): Promise<Stage> {
  const { partnerstack, salesforce, hubspot, mailbox } = sandboxes
  const config = join(dataDir, 'causeway.yaml')
  await writeFile(
    config,
    write({
      apiPort: await freePort(),
      portal: partnerstack.url,
      salesforce: salesforce.url,
      hubspot: hubspot.url,
      smtp: mailbox.smtpUrl,
    }),
  )
  await seed(sandboxes)
  say('starting PostgreSQL, Temporal and causeway serve')
  const embedded = await startEmbedded({
    dataDir,
    outside: { databaseUrl: null, temporal: null },
    ports: { postgres: null, temporal: null },
    binary: {
      cliPath: process.env['TEMPORAL_CLI_PATH'] ?? null,
      searchPath: process.env['PATH'] ?? '',
      cache: process.env['CAUSEWAY_CACHE'] ?? join(homedir(), '.cache/causeway'),
    },
    serve: (servers) => ({
      command: process.execPath,
      args: [join(root, 'src/cli.ts'), 'serve'],
      cwd: root,
      env: {
        ...process.env,
        ...secrets,
        CAUSEWAY_CONFIG: config,
        CAUSEWAY_DATA: dataDir,
        DATABASE_URL: servers.databaseUrl,
        TEMPORAL_ADDRESS: servers.temporalAddress,
        TEMPORAL_NAMESPACE: servers.temporalNamespace,
      },
    }),
    log: unheard,
  })
  try {
    return await openStage(dataDir, sandboxes, embedded)
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

async function openStage(dataDir: string, sandboxes: Required<RunningSandboxes>, embedded: Embedded): Promise<Stage> {
  const { partnerstack, salesforce, hubspot, mailbox } = sandboxes
  const causeway = () => addressOf(dataDir)
  const portal = portalApi(partnerstack.url, partnerstackKeys.production)
  await portal.addWebhook(`${(await causeway()).url}/hooks/portal`)
  return {
    portal,
    salesforce: await salesforceApi(salesforce.url, app),
    hubspot: hubspotApi(hubspot.url, serviceKey),
    mail: mailApi(mailbox.url),
    causeway,
    sandboxes,
    embedded,
    async loseNextWebhook() {
      await partnerstack.control.webhooks.set({ dropNext: 1 })
    },
    async close() {
      await embedded.stop()
      await sandboxes.close()
    },
  }
}

const anywhere = () => startSandboxes({ ports: { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 } })

/** The usual ports, so that addresses are known; any free ones when another program has them. */
async function startAll(anyPort: boolean): Promise<Required<RunningSandboxes>> {
  const running = anyPort ? await anywhere() : await startSandboxes().catch(anywhere)
  const { partnerstack, salesforce, hubspot, mailbox } = running
  if (!partnerstack || !salesforce || !hubspot || !mailbox) throw new Error('a sandbox did not start')
  return { ...running, partnerstack, salesforce, hubspot, mailbox }
}

/** What the company has before Causeway comes: groups and tiers in the portal, a direct deal in the CRM. */
async function seed({ partnerstack, salesforce }: Required<RunningSandboxes>): Promise<void> {
  await partnerstack.control.seed({
    tiers: [{ name: 'Gold' }, { name: 'Trial' }],
    groups: [{ name: 'Resellers', default: true }, { name: 'Growth' }],
  })
  await partnerstack.control.switches.set({ listLagMs })
  await salesforce.control.seed({
    accounts: [{ Name: 'Brueckner Logistik GmbH', Website: 'https://www.brueckner-logistik.com', Type: 'Customer' }],
  })
}

/** `causeway serve` says where it is once it answers. */
async function addressOf(dataDir: string): Promise<{ url: string; key: string }> {
  return until(
    'causeway serve answers',
    async () => {
      const kept = z
        .object({ url: z.string(), key: z.string() })
        .parse(JSON.parse(await readFile(join(dataDir, 'api.json'), 'utf8')))
      await create().get(`${kept.url}/health`, { timeout: 2_000 })
      return kept
    },
    60_000,
  )
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

/** A worker of its own process: whenever it is told to it reads and applies, one org after another as they are given, or sends to all. */
import { MockActivityEnvironment } from '@temporalio/testing'
import { senderActivities } from '../../activities/sender.ts'
import { streamActivities } from '../../activities/stream.ts'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { createHttp } from '../../connectors/http.ts'
import { silentLog } from '../../connectors/log.ts'
import { settingsOf } from '../../connectors/registry.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import type { System } from '../../src/mapping/systems.ts'
import { memoryTokens } from '../../src/runtime/memory-tokens.ts'

const [url = '', ...orgs] = process.argv.slice(2)
const { db } = openDatabase(url, 8)
const sides = orgs.map((named) => {
  const [name = '', loginUrl = ''] = named.split('=')
  const vendor = settingsOf('salesforce', { loginUrl, clientId: app.clientId, clientSecret: app.clientSecret })
  const http = createHttp({ connection: name, budget: unlimitedBudget, log: silentLog, limits: vendor.limits })
  const connector = vendor.connect({ http, tokens: memoryTokens(), nowMs: Date.now })
  const { capabilities } = connector
  const rest = { role: 'crm', pollMs: 60_000, reconcileMs: null, deletions: {}, mirrors: false } as const
  const system: System = { name, capabilities: [...capabilities], mappings: vendor.mappings, ...rest }
  return { name, connector, system }
})
/** What this process did itself. */
const did = { applied: 0, written: 0 }
const deps = {
  db,
  programme: {
    policy: policySchema.parse({}),
    systems: new Map(sides.map(({ name, system }) => [name, system])),
    route: () => 'org0',
  },
  connectors: new Map(sides.map(({ name, connector }) => [name, connector])),
  kick: () => undefined,
  log: {
    ...silentLog,
    info(_: string, { applied = 0, done = 0 }: Record<string, unknown> = {}) {
      did.applied += Number(applied)
      did.written += Number(done)
    },
  },
}
const streams = streamActivities(deps)
const senders = senderActivities(deps)
const pull = (name: string, object: string): Promise<{ waitMs: number }> =>
  new MockActivityEnvironment().run((c: string, o: string) => streams.pull(c, o), name, object)

async function read(): Promise<void> {
  for (const { name, system } of sides)
    await Promise.all(
      system.capabilities.map(async ({ object }) => {
        while ((await pull(name, object)).waitMs === 0);
      }),
    )
}

async function send(): Promise<void> {
  await Promise.all(sides.map(({ name }) => new MockActivityEnvironment().run((of: string) => senders.drain(of), name)))
}

process.on('message', (phase) => {
  void (phase === 'read' ? read() : send()).then(() => process.send?.(did))
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

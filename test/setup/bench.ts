/** A road between vendors in memory: a real database, the activities as the workers run them, and no Temporal server. */
import { MockActivityEnvironment } from '@temporalio/testing'
import { sql } from 'drizzle-orm'
import { senderActivities } from '../../activities/sender.ts'
import { streamActivities } from '../../activities/stream.ts'
import type { Capability, Connector } from '../../connectors/contract.ts'
import { silentLog } from '../../connectors/log.ts'
import { openDatabase, type Db } from '../../src/db/connection.ts'
import { policySchema, type Policy } from '../../src/domain/policy/policy.ts'
import type { RecordKind } from '../../src/domain/records.ts'
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import type { System } from '../../src/mapping/systems.ts'
import { knowConnections } from '../../src/db/connections.ts'
import type { ConnectionMode } from '../../src/db/schema/index.ts'
import { createTestDatabase } from './database.ts'
import { FakeVendor } from './fake-vendor.ts'

export function field(name: string, path: string, more: Partial<FieldMapping> = {}): FieldMapping {
  return { field: name, path, conversion: { as: 'text' }, create: 'both', update: 'both', wins: 'vendor', ...more }
}

export const ours = { create: 'out', update: 'out', wins: 'ledger' } as const

export function capability(object: string, kinds: RecordKind[], more: Partial<Capability> = {}): Capability {
  return {
    object,
    kinds,
    roles: ['crm'],
    read: 'changes',
    deletes: 'feed',
    write: 'upsert',
    update: true,
    key: 'our_id',
    batch: 20,
    group: null,
    conditional: false,
    visibleAfterMs: 0,
    ...more,
  }
}

/** Accounts and deals as a plain CRM keeps them. */
export const crmMappings: ObjectMapping[] = [
  {
    object: 'accounts',
    kind: 'account',
    fields: [
      field('name', 'Name'),
      field('domain', 'Site', { conversion: { as: 'domain' } }),
      field('country', 'Country'),
    ],
  },
  {
    object: 'deals',
    kind: 'deal',
    fields: [
      field('name', 'Title'),
      field('amount', 'Amount', { conversion: { as: 'decimal' } }),
      field('accountId', 'AccountId', { conversion: { as: 'lookup', of: 'account', object: 'accounts' } }),
      field('registrationStatus', 'RegStatus', ours),
    ],
  },
]

export const crmCapabilities = [capability('accounts', ['account']), capability('deals', ['deal'])]

/** Partners and registrations as a plain portal keeps them. */
export const portalMappings: ObjectMapping[] = [
  { object: 'partners', kind: 'partner', fields: [field('name', 'name', { create: 'in', update: 'in' })] },
  {
    object: 'claims',
    kind: 'registration',
    fields: [
      field('partnerId', 'partner', {
        conversion: { as: 'lookup', of: 'partner', object: 'partners' },
        create: 'in',
        update: 'in',
        required: true,
      }),
      field('company', 'company', { create: 'in', update: 'in', required: true }),
      field('amount', 'amount', { conversion: { as: 'decimal' }, create: 'in', update: 'in' }),
      field('closeDate', 'close', { conversion: { as: 'date' }, create: 'in', update: 'in' }),
      field('reason', 'reason', ours),
    ],
  },
]

export const portalCapabilities = [
  capability('partners', ['partner'], { write: 'none', update: false, key: null }),
  capability('claims', ['registration'], { write: 'set', key: null }),
]

export interface Side {
  role?: System['role']
  capabilities: Capability[]
  mappings: ObjectMapping[]
  /** Deals of other homes are kept here too. */
  mirrors?: boolean
  /** In place of the vendor in memory. */
  connector?: Connector
  /** Default `live`: it is written from the start. */
  mode?: ConnectionMode
}

export const crm: Side = { role: 'crm', capabilities: crmCapabilities, mappings: crmMappings }
export const portal: Side = { role: 'portal', capabilities: portalCapabilities, mappings: portalMappings }

export interface Bench {
  db: Db
  url: string
  vendors: Record<string, FakeVendor>
  vendor(name: string): FakeVendor
  system(name: string): System
  systems: Map<string, System>
  pull(connection: string, object: string): Promise<{ waitMs: number }>
  drain(connection: string): Promise<{ waitMs: number | null }>
  /** Reads and writes everything once, all waits cut short. */
  round(): Promise<void>
  /** Rounds until nothing is written any more; answers how many rounds that took. */
  settle(atMost?: number): Promise<number>
  /** Runs something while another policy is in force. */
  under<T>(policy: Policy, run: () => Promise<T>): Promise<T>
  /** Lets all waits of writes end now: back-offs, leases, visibility lags. */
  age(): Promise<void>
  rows<T extends Record<string, unknown>>(query: string): Promise<T[]>
  close(): Promise<void>
}

export async function startBench(sides: Record<string, Side>): Promise<Bench> {
  const database = await createTestDatabase()
  const opened = openDatabase(database.url, 8)
  const { db } = opened
  const vendors = Object.fromEntries(
    Object.entries(sides).map(([name, side]) => [name, new FakeVendor(`${name}-`, side.capabilities)]),
  )
  const systems = new Map(
    Object.entries(sides).map(([name, side]): [string, System] => [
      name,
      {
        name,
        role: side.role ?? 'crm',
        capabilities: side.capabilities,
        mappings: side.mappings,
        pollMs: 60_000,
        reconcileMs: null,
        deletions: {},
        mirrors: side.mirrors ?? false,
      },
    ]),
  )
  await knowConnections(
    db,
    Object.entries(sides).map(([name, { mode }]) => ({ name, mode: mode ?? 'live' })),
  )
  const programme = { policy: policySchema.parse({}), systems, route: () => 'alpha' }
  const connectors = new Map<string, Connector>(Object.entries(vendors))
  for (const [name, { connector }] of Object.entries(sides))
    if (connector !== undefined) connectors.set(name, connector)
  const deps = { db, programme, connectors, kick: () => undefined, log: silentLog }
  const senders = senderActivities(deps)
  const streams = streamActivities(deps)
  const bench: Bench = {
    db,
    url: database.url,
    vendors,
    systems,
    vendor: (name) => one(vendors[name], name),
    system: (name) => one(systems.get(name), name),
    pull: (connection, object) =>
      new MockActivityEnvironment().run((c: string, o: string) => streams.pull(c, o), connection, object),
    drain: (connection) => new MockActivityEnvironment().run((c: string) => senders.drain(c), connection),
    async round() {
      for (const [name, system] of systems)
        for (const { object, read } of system.capabilities)
          if (read === 'changes') while ((await bench.pull(name, object)).waitMs === 0);
      await bench.age()
      for (const name of systems.keys()) await bench.drain(name)
    },
    async settle(atMost = 12) {
      for (let rounds = 1; rounds <= atMost; rounds += 1) {
        const before = Object.values(vendors).reduce((sum, v) => sum + v.count('write'), 0)
        await bench.round()
        if (Object.values(vendors).reduce((sum, v) => sum + v.count('write'), 0) === before) return rounds
      }
      throw new Error(`still writing after ${String(atMost)} rounds`)
    },
    async under(policy, run) {
      const before = programme.policy
      programme.policy = policy
      try {
        return await run()
      } finally {
        programme.policy = before
      }
    },
    async age() {
      await db.execute(
        sql`update writes set not_before = now() - interval '1 second', lease_until = now() - interval '1 second' where status in ('planned', 'unclear', 'sending')`,
      )
    },
    async rows<T extends Record<string, unknown>>(query: string) {
      const { rows } = await db.execute(sql.raw(query))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that wrote the query knows its columns
      return rows as T[]
    },
    async close() {
      await opened.close()
      await database.drop()
    },
  }
  return bench
}

function one<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

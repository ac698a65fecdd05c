/** Vendors whose clocks are an hour ahead or behind: nothing is missed or hidden, coverage is in our time, and people are told. */
import { randomBytes } from 'node:crypto'
import { MockActivityEnvironment } from '@temporalio/testing'
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { streamActivities } from '../../activities/stream.ts'
import { silentLog } from '../../connectors/log.ts'
import type { ControlClient } from '../../sandbox/control-client.ts'
import { startSandbox, type RunningSandbox } from '../../sandbox/framework/start.ts'
import { hubspotSandbox } from '../../sandbox/hubspot/index.ts'
import { serviceKey } from '../../sandbox/hubspot/world.ts'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import { salesforceSandbox } from '../../sandbox/salesforce/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { streamStates } from '../../src/reports/streams.ts'
import { checkSettings, compose } from '../../src/runtime/compose.ts'
import { parseConfig } from '../../src/runtime/config/load.ts'
import { createTestDatabase } from '../setup/database.ts'
import { until } from '../setup/until.ts'

const HOUR = 3_600_000
/** Slow enough for a vendor's limit on searches. */
const patiently = { everyMs: 500, deadlineMs: 20_000 }

interface Vendor {
  name: string
  object: string
  start(): Promise<RunningSandbox>
  /** The connection's lines of causeway.yaml. */
  lines(url: string): string
  /** Makes records as a user would; answers nothing, for they are known by their number. */
  make(control: ControlClient, first: number, count: number): Promise<unknown>
}
const numbers = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)

const vendors: Vendor[] = [
  {
    name: 'partnerstack',
    object: 'partnerships',
    start: () => startSandbox(partnerstackSandbox),
    lines: (url) =>
      `vendor: partnerstack, role: portal, settings: { baseUrl: "${url}/api/v2", publicKey: "${partnerstackKeys.production.publicKey}", secretKey: "${partnerstackKeys.production.secretKey}" }`,
    make: (control, first, count) =>
      control.seed({
        partnerships: numbers(first, count).map((n) => ({
          email: `p${String(n)}@partner.example`,
          partner_key: `p${String(n)}`,
          company: `P${String(n)}`,
          test: false,
        })),
      }),
  },
  {
    name: 'hubspot',
    object: 'companies',
    start: () => startSandbox(hubspotSandbox),
    lines: (url) =>
      `vendor: hubspot, role: crm, settings: { baseUrl: "${url}", accessToken: "${serviceKey}", searchLagMs: 0 }`,
    make: (control, first, count) =>
      control.seed({
        create: numbers(first, count).map((n) => ({ type: 'companies', properties: { name: `C${String(n)}` } })),
      }),
  },
  {
    name: 'salesforce',
    object: 'Account',
    start: () => startSandbox(salesforceSandbox),
    lines: (url) =>
      `vendor: salesforce, role: crm, settings: { loginUrl: "${url}", clientId: "${app.clientId}", clientSecret: "${app.clientSecret}" }`,
    make: (control, first, count) =>
      control.seed({ accounts: numbers(first, count).map((n) => ({ Name: `A${String(n)}` })) }),
  },
]

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function connect(vendor: Vendor, aheadMs: number) {
  const [sandbox, testDatabase] = await Promise.all([vendor.start(), createTestDatabase()])
  const database = openDatabase(testDatabase.url, 4)
  ends.push(
    () => testDatabase.drop(),
    () => sandbox.close(),
    () => database.close(),
  )
  await sandbox.control.clock.advance(aheadMs)
  const elsewhere = `{ vendor: hubspot, role: crm, settings: { accessToken: "none" } }`
  const source = `connections:\n  there: { ${vendor.lines(sandbox.url)} }\n  elsewhere: ${elsewhere}\nrouting: [{ to: elsewhere }]\n`
  const { db } = database
  // As a process that starts: it has heard of no clock yet.
  const restart = () => {
    const config = parseConfig('test.yaml', source, {}, checkSettings)
    const road = compose(config, { db, log: silentLog, secretKey: randomBytes(32) })
    ends.push(() => Promise.resolve(road.close()))
    const { programme, connectors, clocks } = road
    const streams = streamActivities({ db, programme, connectors, clocks, kick: () => undefined, log: silentLog })
    const pull = (object: string) => streams.pull('there', object)
    const once = (): Promise<{ waitMs: number }> => new MockActivityEnvironment().run(pull, vendor.object)
    return async () => {
      for (let waitMs = 0; waitMs === 0;) ({ waitMs } = await once())
    }
  }
  const known = async () => {
    const { rows } = await db.execute<{ n: number }>(
      sql`select count(distinct external_id)::int as n from changes where object = ${vendor.object}`,
    )
    return rows[0]?.n ?? 0
  }
  return { db, control: sandbox.control, restart, known }
}

describe.each(vendors)('$name', (vendor) => {
  it.each([
    ['ahead', HOUR],
    ['behind', -HOUR],
  ])(
    'misses and hides nothing with its clock an hour %s',
    async (_, aheadMs) => {
      const { db, control, restart, known } = await connect(vendor, aheadMs)
      const pull = restart()
      await vendor.make(control, 0, 3)
      await pull()
      const first = await until(async () => {
        await pull()
        return (await known()) >= 3 ? known() : null
      }, patiently)
      // What is made after the first reading is where an hour would be lost.
      await vendor.make(control, 100, 4)
      await until(async () => {
        await pull()
        return (await known()) === first + 4
      }, patiently)
      // A process that just started knows no clock.
      const afterStart = restart()
      await vendor.make(control, 200, 2)
      await until(async () => {
        await afterStart()
        return (await known()) === first + 6
      }, patiently)
      const [state] = await streamStates(db, ['there'])
      expect(Math.abs((state?.skewMs ?? 0) - aheadMs)).toBeLessThan(5_000)
      expect(state?.notes).toEqual(['CW_CLOCK_SKEW'])
      // Coverage is in our time: not an hour in the future, where nothing could be known, nor an hour ago.
      const behindMs = Date.now() - Date.parse(state?.coveredThrough ?? '')
      expect(behindMs).toBeGreaterThan(-1_000)
      expect(behindMs).toBeLessThan(600_000)
    },
    90_000,
  )
})

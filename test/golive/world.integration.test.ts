/** A go-live against whole systems: observing beside what keeps the CRM today, saying go, and taking it back. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { connectionsHealth } from '../../src/reports/connections.ts'
import { differencesOf } from '../../src/write/differences.ts'
import { goLive } from '../../src/write/go-live.ts'
import { undoRun } from '../../src/write/undo.ts'
import { until } from '../setup/until.ts'
import { startWorld, type World } from '../setup/world.ts'

const slowly = { deadlineMs: 30_000, everyMs: 200 }
let world: World
beforeAll(async () => {
  world = await startWorld({ observed: ['sales'], forbidden: ['alba', 'kept by hand'] })
  // What the company has kept by another program so far.
  await world.salesforce.control.seed({
    accounts: [
      { Name: 'Nordwind Partners', Type: 'Partner', Website: 'https://nordwind.com' },
      { Name: 'Direct Only GmbH', Type: 'Customer', Website: 'https://direct-only.com' },
    ],
  })
  await until(async () => (await counts())['vendor-only'] === 2, slowly)
  await world.portal.control.seed({
    groups: [{ name: 'Resellers', default: true, key: 'grup_sales' }],
    partnerships: [
      { email: 'ana@nordwind.example', company: 'Nordwind Partners', partner_key: 'nordwind', group_key: 'grup_sales' },
      { email: 'ben@alba.example', company: 'Alba Partners', partner_key: 'alba', group_key: 'grup_sales' },
    ],
  })
}, 60_000)
afterAll(() => world.close())

const accountSchema = z.looseObject({ Id: z.string(), Name: z.string(), Website: z.string().nullable().optional() })
const stateSchema = z.looseObject({ objects: z.looseObject({ Account: z.array(accountSchema) }) })

async function accounts() {
  return stateSchema.parse(await world.salesforce.control.state()).objects.Account
}

const account = async (name: string) => (await accounts()).find(({ Name }) => Name === name)

/** Requests that Salesforce got which were more than a reading. */
async function writes(): Promise<string[]> {
  const list = z
    .array(z.looseObject({ method: z.string(), route: z.string().nullable(), path: z.string().optional() }))
    .parse(await world.salesforce.control.requests.list())
  return list
    .map(({ method, route }) => `${method} ${route ?? ''}`)
    .filter((call) => !call.startsWith('GET') && !call.includes('oauth'))
}

async function counts(): Promise<Record<string, number>> {
  const system = world.road.programme.systems.get('sales')
  if (system === undefined) throw new Error('no sales')
  const [found] = await differencesOf(world.database.db, system, { object: 'Account', records: 10 })
  return found?.counts ?? {}
}

it('observes, counts, goes live and takes back', async () => {
  const { db } = world.database
  const observed = await until(async () => {
    const found = await counts()
    if (found['new'] === 1 && (found['proposed'] ?? 0) >= 1 && found['vendor-only'] === 1) return found
    throw new Error(JSON.stringify(found))
  }, slowly)
  expect(observed).toMatchObject({ new: 1, 'vendor-only': 1, 'would-change': 0, 'would-fail': 0 })
  expect(await writes()).toEqual([])
  const [health] = await connectionsHealth(db, ['sales'])
  expect(health).toMatchObject({ mode: 'observe', unsent: 0 })
  expect(health?.held).toBeGreaterThanOrEqual(1)

  const { runId } = await goLive(db, 'sales', 'key:1')
  world.road.relay.kick()
  const made = await until(() => account('Alba Partners'), slowly)
  // A record that may be the one kept there already is not doubled.
  expect((await accounts()).filter(({ Name }) => Name === 'Nordwind Partners')).toHaveLength(1)
  await until(async () => {
    const { rows } = await db.execute<{ state: string }>(sql`select state from runs where id = ${runId ?? ''}`)
    return rows[0]?.state === 'done'
  }, slowly)

  // Somebody fills in the partner's website in the other CRM.
  const company = await until(async () => {
    const companies = await world.road.connectors.get('growth')?.find?.(
      { object: 'companies', any: { name: ['Alba Partners'] }, fields: ['name'], limit: 5 },
      {
        signal: AbortSignal.timeout(10_000),
        priority: 'sync',
      },
    )
    return companies?.[0]?.id
  }, slowly)
  await world.hubspot.control.seed({
    update: [{ type: 'companies', id: company, properties: { domain: 'alba-partners.com' } }],
  })
  await until(async () => (await account('Alba Partners'))?.Website?.includes('alba-partners.com'), slowly)
  const sync = await until(async () => {
    const { rows } = await db.execute<{ run_id: string }>(sql`
      select run_id from audit where what = 'write' and connection = 'sales' and external_id = ${made.Id} and not created`)
    return rows[0]?.run_id
  }, slowly)
  expect(sync).not.toBe(runId)

  const undone = await undoRun(db, sync, 'key:1')
  world.road.relay.kick()
  expect(undone.counts.records).toBeGreaterThanOrEqual(1)
  await until(async () => ((await account('Alba Partners'))?.Website ?? null) === null, slowly)
  const [after] = await connectionsHealth(db, ['sales'])
  expect(after?.mode).toBe('observe')
}, 120_000)

/** Secrets that are replaced while everything runs, and credentials that a vendor takes back, over the sandboxes of all three. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partnerstackKeys } from '../../sandbox/partnerstack/index.ts'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { connectionsHealth } from '../../src/reports/connections.ts'
import { startWorld, type World } from '../setup/world.ts'
import { until } from '../setup/until.ts'

let world: World
let folder: string
const lines: string[] = []
const note =
  (level: string) =>
  (message: string, fields: Record<string, unknown> = {}) =>
    void lines.push(JSON.stringify({ level, message, ...fields }))
const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }

beforeAll(async () => {
  // Paths of files are logged: a name that holds one of the sandboxes' secrets would look like a leak.
  folder = await mkdtemp(join(tmpdir(), 'causeway-keys-'))
  world = await startWorld({ secretsIn: folder, log })
  await onboard('first')
}, 60_000)
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

let secretOf: Record<string, string> = {
  portal: partnerstackKeys.production.secretKey,
  sales: app.clientSecret,
  growth: serviceKey,
}
let generation = 0

interface Vendor {
  sandbox(): World['portal']
  /** The vendor takes `next` from now on, and nothing that it took before. */
  rotate(next: string): Promise<unknown>
  form(n: number): string
}

const vendors: Record<'portal' | 'sales' | 'growth', Vendor> = {
  portal: {
    sandbox: () => world.portal,
    rotate: (secretKey) =>
      world.portal.control.seed({ keys: { production: { ...partnerstackKeys.production, secretKey } } }),
    form: (n) => `sk_Rotated${String(n)}`,
  },
  sales: {
    sandbox: () => world.salesforce,
    rotate: (clientSecret) => world.salesforce.control.seed({ app: { clientSecret }, expireSessions: true }),
    form: (n) => `rotated-secret-${String(n)}`,
  },
  growth: {
    sandbox: () => world.hubspot,
    rotate: (token) => world.hubspot.control.seed({ tokens: [{ token }], revokeTokens: [secretOf['growth'] ?? ''] }),
    form: (n) => `pat-na1-rotated-${String(n)}`,
  },
}
const names = ['portal', 'sales', 'growth'] as const

/** Replaces the secret at the vendor; the file follows by `putInForce`. */
async function rotate(name: (typeof names)[number]): Promise<{ putInForce: () => Promise<void> }> {
  generation += 1
  const next = vendors[name].form(generation)
  await vendors[name].rotate(next)
  secretOf = { ...secretOf, [name]: next }
  return { putInForce: () => writeFile(join(folder, name), `${next}\n`) }
}

/** A partner of the portal that must appear in both CRMs. */
async function seedPartner(key: string): Promise<string> {
  const company = `Partner ${key}`
  await world.portal.control.seed({
    partnerships: [{ email: `ana@${key}.example`, company, partner_key: key, group_key: 'grup_resellers' }],
  })
  return company
}

async function arrives(company: string): Promise<void> {
  await until(
    async () => {
      const [accounts, companies] = await Promise.all([world.salesforce.control.state(), world.hubspot.control.state()])
      return [accounts, companies].every((state) => JSON.stringify(state).includes(company))
    },
    { deadlineMs: 40_000, everyMs: 200 },
  )
}

const onboard = async (key: string) => arrives(await seedPartner(key))

async function stateOf(name: string) {
  const [health] = await connectionsHealth(world.database.db, [name])
  if (health === undefined) throw new Error(`no ${name}`)
  return health
}

/** A portal's user that is read before its partner is parked until that one is there. */
const nothingParked = (name: string) =>
  until(async () => {
    const { parkedWrites, parkedChanges } = await stateOf(name)
    return parkedWrites === 0 && parkedChanges === 0
  })

async function refusals(name: (typeof names)[number]): Promise<number> {
  const { byRoute } = await vendors[name].sandbox().control.requests.counts()
  return Object.values(byRoute).reduce((sum, { byStatus }) => {
    const tokens = byStatus[400] ?? 0
    return sum + (byStatus[401] ?? 0) + tokens
  }, 0)
}

describe.each(names)('%s', (name) => {
  it('takes a secret that was replaced in its file, without a restart', async () => {
    const { putInForce } = await rotate(name)
    await putInForce()
    await onboard(`rotated-${name}`)
    await until(async () => (await stateOf(name)).reauthSince === null)
    expect(await nothingParked(name)).toBe(true)
  }, 60_000)

  it('pauses when the vendor takes its credentials back, asks next to nothing, and goes on with new ones', async () => {
    const { putInForce } = await rotate(name)
    await until(async () => (await stateOf(name)).reauthSince !== null, { deadlineMs: 20_000 })
    await vendors[name].sandbox().control.requests.clear()
    const company = await seedPartner(`revoked-${name}`)
    // The first trial comes after some seconds: by then every stream and the sender have been awake several times.
    await until(async () => (await refusals(name)) > 0, { deadlineMs: 20_000 })
    const { total } = await vendors[name].sandbox().control.requests.counts()
    expect(total).toBeLessThanOrEqual(3)
    const paused = await stateOf(name)
    expect(paused).toMatchObject({ parkedWrites: 0, parkedChanges: 0, reauthCode: 'CW_VENDOR_AUTH' })
    expect(lines.some((line) => line.includes('connection paused') && line.includes(`"${name}"`))).toBe(true)
    await putInForce()
    await until(async () => (await stateOf(name)).reauthSince === null, { deadlineMs: 10_000 })
    await arrives(company)
    await nothingParked(name)
  }, 90_000)
})

it('loses nothing and doubles nothing of what is under way when a secret is replaced', async () => {
  await world.salesforce.control.faults.add({
    route: 'POST */composite',
    kind: 'delay',
    ms: 2_000,
    when: 'after',
    times: 1,
  })
  const company = await seedPartner('under-way')
  await until(async () => JSON.stringify(await world.salesforce.control.state()).includes(company), {
    deadlineMs: 30_000,
  })
  const { putInForce } = await rotate('sales')
  await putInForce()
  await arrives(company)
  await onboard('after-it')
  // The answer to a write was still on its way when its secret was no more.
  expect((await world.salesforce.control.requests.list({ faulted: true })).length).toBe(1)
  const text = JSON.stringify(await world.salesforce.control.state())
  expect(text.split(`"Name":"${company}"`)).toHaveLength(2)
  const { rows } = await world.database.db.execute(sql`select 1 from writes where status = 'parked'`)
  expect(rows).toEqual([])
}, 90_000)

it('goes on with the earlier secrets while a file is half written, and names the file alone', async () => {
  const file = join(folder, 'portal')
  await writeFile(file, '')
  await until(() => Promise.resolve(lines.some((line) => line.includes('secrets cannot be read anew')) || null))
  expect(lines.find((line) => line.includes('secrets cannot be read anew'))).toContain(`${file} is empty`)
  await onboard('half-written')
  await writeFile(file, `${secretOf['portal'] ?? ''}\n`)
}, 60_000)

it('writes no secret into the log', () => {
  const secrets = names.flatMap((name) => Array.from({ length: generation }, (_, i) => vendors[name].form(i + 1)))
  for (const secret of [...secrets, app.clientSecret, serviceKey, partnerstackKeys.production.secretKey])
    expect(lines.filter((line) => line.includes(secret))).toEqual([])
})

/** `causeway connect` over the sandboxes: a person's consent in a browser, refresh tokens that rotate, and what is refused. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { z } from 'zod'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { silentLog } from '../../connectors/log.ts'
import { startSandboxes, type RunningSandboxes } from '../../sandbox/main.ts'
import { oauthApp } from '../../sandbox/hubspot/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { createProgram } from '../../src/cli/program.ts'
import { createKey } from '../../src/db/api-keys.ts'
import { openDatabase, type Database } from '../../src/db/connection.ts'
import { knowConnections } from '../../src/db/connections.ts'
import { reauthOf } from '../../src/db/reauth.ts'
import { createApi } from '../../src/http/api.ts'
import { checkSettings, compose, type Composition } from '../../src/runtime/compose.ts'
import { parseConfig } from '../../src/runtime/config/load.ts'
import { readEnvironment } from '../../src/runtime/environment.ts'
import { until } from '../setup/until.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { noFiles } from '../setup/files.ts'

let sandboxes: Required<Pick<RunningSandboxes, 'salesforce' | 'hubspot'>> & RunningSandboxes
let test: TestDatabase
let database: Database
let road: Composition
let server: Server
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  const started = await startSandboxes({
    only: ['salesforce', 'hubspot'],
    ports: { salesforce: 0, hubspot: 0 },
  })
  const { salesforce, hubspot } = started
  if (salesforce === undefined || hubspot === undefined) throw new Error('a sandbox is missing')
  sandboxes = { ...started, salesforce, hubspot }
  test = await createTestDatabase()
  database = openDatabase(test.url, 5)
  folder = await mkdtemp(join(tmpdir(), 'causeway-connect-'))
  const source = `
connections:
  sales:
    vendor: salesforce
    role: crm
    settings: { loginUrl: "${salesforce.url}", grant: authorization-code, clientId: "${app.clientId}", clientSecret: "${app.clientSecret}" }
  growth:
    vendor: hubspot
    role: crm
    settings: { baseUrl: "${hubspot.url}", clientId: "${oauthApp.clientId}", clientSecret: "${oauthApp.clientSecret}" }
routing: [{ to: sales }]
`
  const { db } = database
  road = compose(parseConfig('test.yaml', source, {}, checkSettings), {
    db,
    log: silentLog,
    secretKey: randomBytes(32),
  })
  await knowConnections(db, [
    { name: 'sales', mode: 'live' },
    { name: 'growth', mode: 'live' },
  ])
  const api = createApi({
    db,
    programme: road.programme,
    connectors: road.connectors,
    connections: road.connections,
    authorizers: road.authorizers,
    ...noFiles,
    kick: () => undefined,
    publicUrl: 'http://127.0.0.1',
    log: silentLog,
    nowMs: Date.now,
    health: () => Promise.resolve([]),
  })
  const listener = getRequestListener(api.fetch)
  server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { key } = await createKey(db, { label: 'test', role: 'admin', partnerId: null }, 'system')
  // A browser without a window: it follows the vendor's redirect back to this machine.
  const browser = join(folder, 'browser')
  await writeFile(browser, `#!/bin/sh\nexec curl -sL "$1" -o /dev/null\n`)
  await chmod(browser, 0o755)
  env = {
    CAUSEWAY_URL: `http://127.0.0.1:${String(port)}`,
    CAUSEWAY_API_KEY: key,
    CAUSEWAY_DATA: folder,
    BROWSER: browser,
  }
}, 60_000)
afterEach(async () => {
  process.exitCode = 0
  await sandboxes.salesforce.control.switches.set({ consent: 'granted', rotateRefreshTokens: false })
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  road.close()
  await database.close()
  await test.drop()
  await sandboxes.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs the command as a terminal would; answers what it printed. */
async function causeway(said: { err: string }, ...args: string[]): Promise<{ out: string }> {
  const told = { out: '' }
  const program = createProgram(() => ({
    env: readEnvironment(env),
    out: (text) => void (told.out += `${text}\n`),
    err: (text) => void (said.err += `${text}\n`),
    colour: false,
    ask: null,
  }))
  await program.parseAsync(['node', 'causeway', ...args])
  return told
}

const run = (...args: string[]) => causeway({ err: '' }, ...args)

const ctx = () => ({ signal: AbortSignal.timeout(10_000), priority: 'user' as const })
const objects = { sales: 'Account', growth: 'companies' } as const

async function reads(name: 'sales' | 'growth'): Promise<void> {
  await road.connectors.get(name)?.changes({ object: objects[name], cursor: null, from: null, fields: [] }, ctx())
}

it.each(['sales', 'growth'] as const)('is paused until someone lets it in, and works then: %s', async (name) => {
  await expect(reads(name)).rejects.toMatchObject({ fault: { code: 'CW_REAUTH_REQUIRED' } })
  const { out } = await run('connect', name)
  expect(out).toContain(`takes the credentials of ${name}`)
  expect(await reauthOf(database.db, name)).toBeNull()
  await reads(name)
})

it('keeps the refresh token sealed in the database and nowhere else', async () => {
  const { rows } = await database.db.execute<{ sealed: string }>('select sealed from tokens')
  expect(rows).toHaveLength(2)
  for (const { sealed } of rows) expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toMatch(/5Aep861|na1-/)
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  expect(files.join()).not.toMatch(/5Aep861|na1-|aPrx/)
})

it.each([
  ['sales', { expireSessions: true }],
  ['growth', { expireTokens: true }],
] as const)('goes on with each refresh token that the vendor gives: %s', async (name, expire) => {
  const { control } = name === 'sales' ? sandboxes.salesforce : sandboxes.hubspot
  await control.switches.set({ rotateRefreshTokens: true })
  for (let times = 0; times < 3; times += 1) {
    await control.seed(expire)
    await reads(name)
  }
  expect(await reauthOf(database.db, name)).toBeNull()
})

it.each([
  ['sales', { revokeRefreshTokens: true, expireSessions: true }],
  ['growth', { uninstall: true }],
] as const)(
  'pauses when the access is revoked, and goes on once someone lets it in again: %s',
  async (name, revoke) => {
    await (name === 'sales' ? sandboxes.salesforce : sandboxes.hubspot).control.seed(revoke)
    await expect(reads(name)).rejects.toMatchObject({ fault: { code: 'CW_REAUTH_REQUIRED' } })
    await run('connect', name)
    await reads(name)
  },
)

it('prints the address instead of opening it, and turns strangers away while it waits', async () => {
  const said = { err: '' }
  const waiting = causeway(said, 'connect', 'sales', '--no-browser')
  const url = await until(() => /^http\S+authorize\S+$/m.exec(said.err)?.[0])
  expect(url).toContain('code_challenge_method=S256')
  expect((await fetch('http://127.0.0.1:8485/callback?code=x&state=other')).status).toBe(400)
  expect((await fetch('http://127.0.0.1:8485/')).status).toBe(404)
  const back = await fetch(url)
  expect(await back.text()).toContain('go back to the terminal')
  expect((await waiting).out).toContain('takes the credentials of sales')
})

it('takes the address that the browser came back to on another machine, once', async () => {
  const { address, attempt } = await beginElsewhere()
  await writeFile(join(folder, 'connect-sales.json'), attempt)
  expect((await run('connect', 'sales', '--code', address)).out).toContain('takes the credentials')
  await writeFile(join(folder, 'connect-sales.json'), attempt)
  await expect(run('connect', 'sales', '--code', address)).rejects.toMatchObject({
    code: 'CW_AUTHORIZATION_FAILED',
    detail: { vendorCode: 'invalid_grant' },
  })
})

it('refuses a state that is another attempt’s, a code that is too old, and a person who declines', async () => {
  const [one, other] = [await beginElsewhere(), await beginElsewhere()]
  await writeFile(join(folder, 'connect-sales.json'), one.attempt)
  await expect(run('connect', 'sales', '--code', other.address)).rejects.toMatchObject({
    code: 'CW_AUTHORIZATION_FAILED',
  })
  await sandboxes.salesforce.control.clock.advance(901_000)
  await expect(run('connect', 'sales', '--code', one.address)).rejects.toMatchObject({
    code: 'CW_AUTHORIZATION_FAILED',
  })
  await sandboxes.salesforce.control.clock.follow()
  await sandboxes.salesforce.control.switches.set({ consent: 'denied' })
  await expect(run('connect', 'sales')).rejects.toMatchObject({ detail: { vendorCode: 'access_denied' } })
})

it('checks what is there where nobody has to agree', async () => {
  await expect(run('connect', 'nobody')).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
})

/** An attempt whose page was opened on another machine. */
async function beginElsewhere(): Promise<{ address: string; attempt: string }> {
  const response = await fetch(`${env['CAUSEWAY_URL'] ?? ''}/api/v1/connections/sales/authorization`, {
    method: 'POST',
    headers: { authorization: `Bearer ${env['CAUSEWAY_API_KEY'] ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify({ redirectUri: 'http://localhost:8485/callback' }),
  })
  const { url, ticket, state } = z
    .object({ url: z.string(), ticket: z.string(), state: z.string() })
    .parse(await response.json())
  const back = await fetch(url, { redirect: 'manual' })
  return { address: back.headers.get('location') ?? '', attempt: JSON.stringify({ ticket, state }) }
}

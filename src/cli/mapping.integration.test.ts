/** `causeway mapping` as a person types it, against a real API over a vendor in memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FieldSchema } from '../../connectors/contract.ts'
import { silentLog } from '../../connectors/log.ts'
import { createKey } from '../db/api-keys.ts'
import { policySchema } from '../domain/policy/policy.ts'
import { createApi } from '../http/api.ts'
import { readEnvironment } from '../runtime/environment.ts'
import { crm, startBench, type Bench } from '../../test/setup/bench.ts'
import type { CliContext } from './context.ts'
import { createProgram } from './program.ts'
import { noFiles } from '../../test/setup/files.ts'

let bench: Bench
let server: Server
let folder: string
let context: CliContext
let printed: string

const described = (name: string, more: Partial<FieldSchema> = {}): FieldSchema => ({
  name,
  label: name,
  type: 'text',
  required: false,
  writable: true,
  values: null,
  ...more,
})

beforeAll(async () => {
  bench = await startBench({ alpha: crm })
  bench.vendor('alpha').described = [
    described('Name'),
    described('Site'),
    described('Country'),
    described('Region'),
    described('our_id', { unique: true }),
  ]
  folder = await mkdtemp(join(tmpdir(), 'causeway-mapping-'))
  const app = createApi({
    db: bench.db,
    programme: { policy: policySchema.parse({}), systems: bench.systems, route: () => 'alpha' },
    connectors: new Map(Object.entries(bench.vendors)),
    authorizers: new Map(),
    connections: new Map([['alpha', { vendor: 'acme', role: 'crm', limits: { window: null, daily: null } }]]),
    ...noFiles,
    kick: () => undefined,
    publicUrl: 'https://causeway.example.com',
    log: silentLog,
    nowMs: Date.now,
    health: () => Promise.resolve([]),
  })
  const listener = getRequestListener(app.fetch)
  server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the API listens at no port')
  const { key } = await createKey(bench.db, { label: 'Ada', role: 'admin', partnerId: null })
  context = {
    env: readEnvironment({ CAUSEWAY_URL: `http://127.0.0.1:${address.port}`, CAUSEWAY_API_KEY: key }),
    out: (text) => void (printed += `${text}\n`),
    err: () => undefined,
    colour: false,
    ask: null,
  }
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await bench.close()
  await rm(folder, { recursive: true, force: true })
  process.exitCode = 0
})

async function mapping(...words: string[]): Promise<string> {
  printed = ''
  await createProgram(() => context).parseAsync(['mapping', ...words], { from: 'user' })
  return printed
}

async function inFile(text: string): Promise<string> {
  const file = join(folder, 'accounts.yaml')
  await writeFile(file, text)
  return file
}

const HEAD = 'mapping: 1\nconnection: alpha\nobject: accounts\nextends: default\n'
const REGION = `${HEAD}records:
  account:
    fields:
      # The partner team's own.
      custom.region: { path: Region, create: in, update: in }
`

it('shows the default as a document that can be saved as it stands', async () => {
  expect(await mapping('list')).toMatch(/^alpha +accounts +account +default +- +- +-$/m)
  const shown = await mapping('show', 'alpha', 'accounts')
  expect(shown).toContain("# The vendor's default for accounts at alpha.")
  expect(shown).toContain('      name: { path: Name, create: both, update: both, wins: vendor }')
  const saved = await mapping('save', await inFile(shown))
  expect(saved).toContain('Saved as draft 1 of accounts at alpha. Nothing was found.')
  expect(await mapping('diff', 'alpha', 'accounts')).toBe('From the vendor’s default to the draft nothing changes.\n')
  expect(await mapping('discard', 'alpha', 'accounts')).toContain('Threw draft 1')
  await expect(mapping('diff', 'alpha', 'accounts')).rejects.toMatchObject({ code: 'CW_MAPPING_STATE' })
})

it('tells each finding with its line and what mends it, and publishes nothing that has errors', async () => {
  const file = await inFile(`${HEAD}records:
  account:
    fields:
      regoin: { path: Region, create: in, update: in }
      country: { path: Contry }
`)
  const checked = await mapping('check', file)
  expect(process.exitCode).toBe(1)
  process.exitCode = 0
  expect(checked.replaceAll(file, 'accounts.yaml')).toContain(
    'accounts.yaml:8  error    an account has no field regoin',
  )
  expect(checked).toContain('→ Write custom.regoin for a field of your own.')
  expect(checked).toMatch(/accounts\.yaml:9 {2}error {4}the vendor has no field Contry/)
  expect(checked).toMatch(/→ Write `path: Country`\./)
  expect(checked).toContain('The text given: 2 errors.')
  expect(await mapping('check', file, '--offline')).toContain('1 error. The vendor was not asked.')
  process.exitCode = 0

  await mapping('save', file)
  await expect(mapping('publish', 'alpha', 'accounts', '--yes')).rejects.toMatchObject({
    code: 'CW_MAPPING_REFUSED',
    message: expect.stringMatching(/^2 findings stand against publishing it\n {2}line 8: .*regoin/) as unknown,
  })
  await expect(mapping('publish', 'alpha', 'accounts')).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  expect(await mapping('list')).toMatch(/default +- +- +1 by Ada$/m)
})

it('tells where a text cannot be understood, before anything is sent', async () => {
  const file = await inFile('mapping: 1\nconnection: alpha\nobject: accounts\nrecords:\n\taccount: {}\n')
  await expect(mapping('save', file)).rejects.toMatchObject({
    code: 'CW_MAPPING_SYNTAX',
    message: expect.stringMatching(/accounts\.yaml:5 {2}error {4}found a tab/) as unknown,
  })
  await expect(mapping('save', await inFile('fields: []\n'))).rejects.toMatchObject({ code: 'CW_MAPPING_FORMAT' })
  await expect(mapping('save', join(folder, 'none.yaml'))).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await expect(mapping('show', 'alpha', 'leads')).rejects.toMatchObject({
    code: 'CW_NOT_FOUND',
    message: 'alpha keeps no object leads; it keeps accounts, deals',
  })
})

it('publishes, tells the history and rolls back to the very text', async () => {
  await mapping('save', await inFile(REGION), '--note', 'Regions')
  expect(await mapping('diff', 'alpha', 'accounts')).toContain('account.custom.region: added: Region as text')
  const published = await mapping('publish', 'alpha', 'accounts', '--yes')
  expect(published).toContain('Version 1 of accounts at alpha is in force; until now it was the vendor’s default.')
  expect(published).toMatch(
    /What comes in for the first time is read of all records: causeway back-fill show [0-9a-f-]{36}/,
  )
  expect(await mapping('show', 'alpha', 'accounts')).toBe(REGION)

  await mapping('save', await inFile(`${HEAD}records: { account: { fields: { country: off } } }\n`))
  await mapping('publish', 'alpha', 'accounts', '--yes', '--note', 'No countries')
  const back = await mapping('rollback', 'alpha', 'accounts', '--yes')
  expect(back).toContain('Version 3 of accounts at alpha is in force; until now it was version 2.')
  expect(await mapping('show', 'alpha', 'accounts')).toBe(REGION)

  const history = await mapping('history', 'alpha', 'accounts')
  expect(history).toMatch(
    /^version 3, in force\n {2}author +Ada, .*\n {2}published .*by Ada\n {2}restores +version 1$/m,
  )
  expect(history).toMatch(
    /^version 2, retired\n(?: .*\n)* {2}note +No countries\n(?: .*\n)* {2}account\.country: removed/m,
  )
  expect(history).toMatch(/^version 1, retired\n(?: .*\n)* {2}note +Regions$/m)
  expect(await mapping('rollback', 'alpha', 'accounts', '--to', '0', '--yes')).toContain(
    'account.custom.region: removed',
  )
  expect(await mapping('list')).toMatch(/^alpha +accounts +account +version 4 +\d{4}-.* +Ada +-$/m)
})

it('prints the schema that editors read', async () => {
  const printedSchema: unknown = JSON.parse(await mapping('schema'))
  expect(printedSchema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
})

/** What is configured in one environment is reviewed as a directory and put in force in another: two databases, one command line. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createKey } from '../../src/db/api-keys.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Said, type Served } from '../setup/served.ts'

interface Side {
  bench: Bench
  served: Served
  folder: string
  causeway(...words: string[]): Promise<Said>
}
let staging: Side
let production: Side
let review: string

const configOf = (url: string, owner: string) => `# Ours alone
connections:
  sales:
    vendor: salesforce
    role: crm
    mode: observe
    # Asked often: reps wait for it.
    poll: 30s
    settings:
      loginUrl: ${url}
      clientId: \${SF_CLIENT}
      clientSecret: \${SF_SECRET}
      ownerFallback: ${owner}
routing:
  - to: sales
policy:
  version: '7'
`

async function side(url: string, owner: string): Promise<Side> {
  const bench = await startBench({ sales: crm })
  const served = await serveBench(bench)
  const folder = await mkdtemp(join(tmpdir(), 'causeway-promote-'))
  await writeFile(join(folder, 'causeway.yaml'), configOf(url, owner))
  const env = { SF_CLIENT: 'c', SF_SECRET: 's' }
  return { bench, served, folder, causeway: (...words) => served.causeway(words, { env, cwd: folder }) }
}

const [ownerA, ownerB] = ['005AAAAAAAAAAAAAAA', '005BBBBBBBBBBBBBBB']
const document = (owner: string) => `# Who has left is nobody's: their accounts go to the desk.
mapping: 1
connection: sales
object: accounts
extends: default
records:
  account:
    fixed: { OwnerId: ${owner} }
    fields:
      accountType: { path: Type, create: in, update: in, initial: ${owner} }
`

beforeAll(async () => {
  staging = await side('https://staging.my.salesforce.com', ownerA)
  production = await side('https://production.my.salesforce.com', ownerB)
  review = await mkdtemp(join(tmpdir(), 'causeway-review-'))
  for (const { bench } of [staging, production])
    for (const name of ['OwnerId', 'Type', 'Name', 'Site', 'Country', 'our_id'])
      bench.vendor('sales').described.push({
        name,
        label: name,
        type: 'text',
        required: false,
        writable: true,
        values: null,
        unique: name === 'our_id',
      })
  await publish(staging.bench, 'accounts', document(ownerA))
})
afterAll(async () => {
  for (const { bench, served, folder } of [staging, production]) {
    await served.close()
    await bench.close()
    await rm(folder, { recursive: true, force: true })
  }
  await rm(review, { recursive: true, force: true })
})

const inForce = async ({ bench }: Side) =>
  bench.rows<{ object: string; version: number; source: string }>(
    `select object, version, source from mapping_versions where state = 'published' order by object`,
  )

it('leads from one environment to another without a difference, its own values apart and no secret on the way', async () => {
  const written = await staging.causeway('config', 'export', '-o', review)
  expect(written).toMatchObject({ code: 0, err: '' })
  const file = (name: string) => readFile(join(review, name), 'utf8')
  expect(await file('environment.yaml')).toBe(
    `# What belongs to this environment alone. The other files name it: $(name).\nsales.loginUrl: https://staging.my.salesforce.com\nsales.mode: observe\nsales.ownerFallback: ${ownerA}\n`,
  )
  expect(await file('mappings/sales.accounts.yaml')).toBe(document('$(sales.ownerFallback)'))
  expect(await file('connections.yaml')).toContain('# Asked often: reps wait for it.')
  expect(await file('connections.yaml')).toContain('clientSecret: ${SF_SECRET}')
  expect(await staging.causeway('config', 'diff', review)).toMatchObject({ code: 0 })

  // Production has values of its own, and differs until they are applied.
  const own = join(review, 'production.yaml')
  await writeFile(
    own,
    `sales.loginUrl: https://production.my.salesforce.com\nsales.mode: observe\nsales.ownerFallback: ${ownerB}\n`,
  )
  const differs = await production.causeway('config', 'diff', review, '--environment', own)
  expect(differs.code).toBe(3)
  expect(differs.out).toContain('mappings/sales.accounts.yaml would be published for the first time')
  expect(differs.out).toContain('account.accountType: added: Type')
  expect(await production.causeway('config', 'apply', review, '--environment', own)).toMatchObject({ code: 2 })
  expect(await inForce(production)).toEqual([])

  const applied = await production.causeway('config', 'apply', review, '--environment', own, '--yes')
  expect(applied).toMatchObject({ code: 0, err: '' })
  expect(applied.out).toContain('sales accounts: version 1 is in force')
  expect(await inForce(production)).toEqual([{ object: 'accounts', version: 1, source: document(ownerB) }])
  expect(await production.causeway('config', 'diff', review, '--environment', own)).toMatchObject({ code: 0 })
  const again = await production.causeway('config', 'apply', review, '--environment', own, '--yes')
  expect(again.out).toBe('Nothing differs: all of it is in force.\n')
  const audit = await production.bench.rows(
    `select detail ->> 'version' as version from audit where what = 'mapping.published'`,
  )
  expect(audit).toEqual([{ version: '1' }])

  // What production exports is what was reviewed.
  const back = join(production.folder, 'back')
  await production.causeway('config', 'export', '-o', back)
  for (const name of ['connections.yaml', 'policy.yaml', 'mappings/sales.accounts.yaml'])
    expect(await readFile(join(back, name), 'utf8')).toBe(await file(name))
})

const of = (object: string, rest: string) =>
  `mapping: 1\nconnection: sales\nobject: ${object}\nextends: default\nrecords:\n  deal:\n    fields:\n${rest}\n`

it('puts nothing in force where one document is wrong, a value is missing, or the vendor lacks a field', async () => {
  const before = await inForce(production)
  const broken = async (object: string, source: string) => {
    await writeFile(join(review, `mappings/sales.${object}.yaml`), source)
    const said = await production.causeway(
      'config',
      'apply',
      review,
      '--environment',
      join(review, 'production.yaml'),
      '--yes',
    )
    await rm(join(review, `mappings/sales.${object}.yaml`))
    return said
  }
  expect((await broken('deals', of('deals', '      amount: { path: [1] }'))).err).toContain('sales.deals:8')
  expect((await broken('deals', of('deals', '      amount: { initial: $(sales.nothing) }'))).err).toContain(
    'sales.deals.yaml:8 $(sales.nothing) has no value',
  )
  expect((await broken('deals', of('deals', '      amount: { path: Amuont }'))).err).toContain('Amuont')
  expect((await broken('nowhere', of('nowhere', '      amount: { path: A }'))).err).toContain(
    'there is no object nowhere',
  )
  expect(await inForce(production)).toEqual(before)
})

it('conflicts with what somebody published meanwhile, and changes nothing', async () => {
  const before = await inForce(production)
  const { key } = await createKey(production.bench.db, { label: 'Bo', role: 'admin', partnerId: null })
  const source = document(ownerB).replace('in: in', 'in: none').replace('# Who', '# Whoever')
  const apply = (version: number) =>
    fetch(`${production.served.url}/api/v1/config/mappings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        documents: [{ connection: 'sales', object: 'accounts', source }],
        expected: [{ connection: 'sales', object: 'accounts', version }],
      }),
    })
  const late = await apply(7)
  expect(late.status).toBe(409)
  expect(await late.json()).toMatchObject({ error: { code: 'CW_CONFIG_CONFLICT' } })
  expect(await inForce(production)).toEqual(before)
})

it('says first what causeway.yaml has to say, and writes it where it is asked to', async () => {
  const file = join(production.folder, 'causeway.yaml')
  const before = await readFile(file, 'utf8')
  await writeFile(file, before.replace("version: '7'", "version: '6'"))
  const own = ['--environment', join(review, 'production.yaml')]
  const differs = await production.causeway('config', 'diff', review, ...own)
  expect(differs).toMatchObject({ code: 3 })
  expect(differs.out).toContain('policy.version: "6" in causeway.yaml, "7" in the directory')
  expect((await production.causeway('config', 'apply', review, ...own, '--yes')).err).toContain('CW_CONFIG_DIFFERS')
  const written = await production.causeway('config', 'apply', review, ...own, '--write', '--yes')
  expect(written).toMatchObject({ code: 3, err: '' })
  expect(await readFile(`${file}.before`, 'utf8')).toContain("version: '6'")
  expect(await readFile(file, 'utf8')).toContain('clientSecret: ${SF_SECRET}')
  expect(await production.causeway('config', 'diff', review, ...own)).toMatchObject({ code: 0 })
})

it('compares a policy in a file of its own, and writes it there', async () => {
  const file = join(production.folder, 'causeway.yaml')
  const rules = join(production.folder, 'rules.yaml')
  const apart = (await readFile(file, 'utf8')).replace(/policy:[^]*$/, 'policy: rules.yaml\n')
  await writeFile(file, apart)
  await writeFile(rules, "version: '6'\n")
  const own = ['--environment', join(review, 'production.yaml')]
  const differs = await production.causeway('config', 'diff', review, ...own)
  expect(differs.out).toContain('policy.version: "6" in causeway.yaml, "7" in the directory')
  const written = await production.causeway('config', 'apply', review, ...own, '--write', '--yes')
  expect(written).toMatchObject({ code: 3, err: '' })
  expect(written.out).toContain('rules.yaml.before')
  expect([await readFile(file, 'utf8'), await readFile(`${rules}.before`, 'utf8')]).toEqual([apart, "version: '6'\n"])
  expect(parse(await readFile(rules, 'utf8'))).toEqual({ version: '7' })
  expect(await production.causeway('config', 'diff', review, ...own)).toMatchObject({ code: 0 })
  const back = join(production.folder, 'apart')
  await production.causeway('config', 'export', '-o', back)
  expect(parse(await readFile(join(back, 'policy.yaml'), 'utf8'))).toEqual({ policy: { version: '7' } })
})

it('goes back to the vendor’s default where the directory has no document any more', async () => {
  await rm(join(review, 'mappings/sales.accounts.yaml'))
  const own = ['--environment', join(review, 'production.yaml')]
  expect((await production.causeway('config', 'diff', review, ...own)).out).toContain(
    'the vendor’s default would be in force again',
  )
  await production.causeway('config', 'apply', review, ...own, '--yes')
  expect(await production.causeway('config', 'diff', review, ...own)).toMatchObject({ code: 0 })
  expect((await inForce(production)).map(({ version }) => version)).toEqual([2])
})

it('takes nothing away because of a directory that is mistyped or another one', async () => {
  const before = await inForce(production)
  expect(before).not.toEqual([])
  for (const dir of [`${review}-mistyped`, production.folder.replace(/[^/]+$/, '')])
    for (const command of ['diff', 'apply']) {
      const { code, err } = await production.causeway('config', command, dir, ...(command === 'apply' ? ['--yes'] : []))
      expect({ code, err }).toEqual({ code: 2, err })
      expect(err).toContain('name a directory that `causeway config export` wrote')
    }
  expect(await inForce(production)).toEqual(before)
})

/** As an admin of the environment published it. */
async function publish(bench: Bench, object: string, source: string): Promise<void> {
  await bench.rows(
    `insert into mapping_versions (connection, object, version, state, source, author, published_at, published_by, mark)
     values ('sales', '${object}', 1, 'published', '${source.replaceAll("'", "''")}', 'x', now(), 'x', 'm')`,
  )
  await bench.rows(`update connections set generation = generation + 1 where name = 'sales'`)
}

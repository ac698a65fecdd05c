/** `causeway mapping preview` as a person types it, against a real API over vendors in memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'

let bench: Bench
let served: Served
let folder: string

beforeAll(async () => {
  bench = await startBench({ alpha: crm })
  bench.vendor('alpha').tellsAskedOnly = true
  served = await serveBench(bench)
  folder = await mkdtemp(join(tmpdir(), 'causeway-preview-'))
})
afterAll(async () => {
  await served.close()
  await bench.close()
  await rm(folder, { recursive: true, force: true })
})

const causeway = (words: string[], role: 'admin' | 'manager' = 'admin') => served.causeway(words, { role })

const document = (fields: string) => `mapping: 1
connection: alpha
object: accounts
extends: default
records:
  account:
    fields:
${fields}
`

it('shows before and after for a person, all of it for a program, and its reason where it fails', async () => {
  const id = bench.vendor('alpha').put('accounts', { Name: 'Werk', Site: 'werk.com', Country: 'CH', Trade: 'Rail' })
  bench.vendor('alpha').put('accounts', { Name: 'Bahn', Site: 'bahn.com', Country: 'CH', Trade: 'Road' })
  await bench.settle()
  const file = join(folder, 'alpha.accounts.yaml')
  const trade = '      accountType: { path: Trade, create: in, update: in'
  await writeFile(file, document(`${trade} }`))

  const shown = await causeway(['mapping', 'preview', 'alpha', 'accounts', '--file', file, '--record', id])
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).toContain('account.accountType: added: Trade as text, in on create and update, vendor wins')
  expect(shown.out).toMatch(/^ +0 +1 +0 +0$/m)
  expect(shown.out).toMatch(/^\* +accountType +Trade +Rail +- +- +Rail +- +-$/m)
  expect(shown.out).toMatch(/^ +name +Name +Werk +Werk +Werk +Werk +- +-$/m)

  const sampled = await causeway(['mapping', 'preview', 'alpha', 'accounts', '--file', file, '--json'])
  expect(JSON.parse(sampled.out)).toMatchObject({
    connection: 'alpha',
    tried: 'the text given',
    counts: { unchanged: 0, 'would-change': 2, 'would-fail': 0, mended: 0 },
  })

  await writeFile(file, document(`${trade}, values: { rail: Rail }, unpaired: park }`))
  const failing = await causeway(['mapping', 'preview', 'alpha', 'accounts', '--file', file])
  expect(failing.out).toMatch(/^in +CW_VALUE_UNPAIRED +accountType · Trade +Road +1 +0 +alpha-\d+$/m)
  // Values are for the terminal of who asked, and for nobody's log.
  expect(served.logged.join()).not.toMatch(/Werk|werk\.com|Rail/)
})

it('tries a version and the draft as they are kept, and says when there is none', async () => {
  expect((await causeway(['mapping', 'preview', 'alpha', 'accounts'])).err).toContain('CW_MAPPING_STATE')
  const draft = document('      accountType: { path: Trade, create: in, update: in }').replaceAll("'", "''")
  await bench.rows(
    `insert into mapping_versions (connection, object, version, state, source, author) values
      ('alpha', 'accounts', 1, 'retired', '${draft.replace('Trade', 'Branch')}', 'x'), ('alpha', 'accounts', 2, 'draft', '${draft}', 'x')`,
  )
  const drafted = await causeway(['mapping', 'preview', 'alpha', 'accounts'])
  expect(drafted.out).toContain('alpha accounts: the draft beside the mapping in force')
  expect(drafted.out).toContain('added: Trade')
  const earlier = await causeway(['mapping', 'preview', 'alpha', 'accounts', '--version', '1'])
  expect(earlier.out).toContain('added: Branch')
})

it('refuses what it cannot try, with the line, and whoever may not see the values', async () => {
  const file = join(folder, 'wrong.yaml')
  await writeFile(file, document('      accountType: { path: [Trade] }'))
  const wrong = await causeway(['mapping', 'preview', 'alpha', 'accounts', '--file', file])
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('line 8')
  expect(await causeway(['mapping', 'preview', 'alpha', 'accounts', '--file', file, '--version', '1'])).toMatchObject({
    code: 2,
  })
  expect(await causeway(['mapping', 'preview', 'alpha', 'accounts', '--file', '/nowhere.yaml'])).toMatchObject({
    code: 2,
  })
  expect((await causeway(['mapping', 'preview', 'alpha', 'nothing'])).err).toContain('CW_NOT_FOUND')
  expect((await causeway(['mapping', 'preview', 'alpha', 'accounts'], 'manager')).err).toContain('CW_FORBIDDEN')
})

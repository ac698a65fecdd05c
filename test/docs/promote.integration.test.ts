/** The commands of the guide to promotion, line by line, between two environments. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { saveDraft } from '../../src/db/mappings.ts'
import { publishDraft } from '../../src/intake/publish-mapping.ts'
import { capability, crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'
import { examples, words } from './fences.ts'

const page = 'docs/guides/promote.md'
const account = {
  ...crm,
  capabilities: [capability('Account', ['account'])],
  mappings: crm.mappings.filter(({ kind }) => kind === 'account').map((mapping) => ({ ...mapping, object: 'Account' })),
}
const sides: { bench: Bench; served: Served; env: Record<string, string> }[] = []
let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'causeway-guide-'))
  for (const [name, owner] of [
    ['staging', '005A'],
    ['production', '005B'],
  ] as const) {
    const bench = await startBench({ sales: account })
    for (const path of ['Name', 'Site', 'Country', 'Trade', 'OwnerId', 'our_id'])
      bench.vendor('sales').described.push({
        name: path,
        label: path,
        type: 'text',
        required: false,
        writable: true,
        values: null,
        unique: path === 'our_id',
      })
    const file = join(home, `${name}.causeway.yaml`)
    await writeFile(
      file,
      `connections:\n  sales: { vendor: salesforce, role: crm, settings: { loginUrl: "https://${name}.example.com", clientId: c, clientSecret: "\${S}", ownerFallback: ${owner} } }\nrouting: [{ to: sales }]\n`,
    )
    sides.push({ bench, served: await serveBench(bench), env: { CAUSEWAY_CONFIG: file } })
  }
  await writeFile(
    join(home, 'production.yaml'),
    'sales.loginUrl: https://production.example.com\nsales.clientId: c\nsales.ownerFallback: 005B\n',
  )
})
afterAll(async () => {
  for (const { bench, served } of sides) {
    await served.close()
    await bench.close()
  }
  await rm(home, { recursive: true, force: true })
})

it('leads a draft from its preview on one system to its place in force on another', async () => {
  const [staging, production] = sides
  if (staging === undefined || production === undefined) throw new Error('two environments are needed')
  staging.bench.vendor('sales').put('Account', { Name: 'Werk', Site: 'werk.com', Country: 'CH', Trade: 'Rail' })
  const source = `mapping: 1\nconnection: sales\nobject: Account\nextends: default\nrecords:\n  account:\n    fixed: { OwnerId: 005A }\n    fields:\n      accountType: { path: Trade, create: in, update: in }\n`
  const by = { actor: 'system', label: 'Ada' }
  await saveDraft(staging.bench.db, { connection: 'sales', object: 'Account', source, note: null, by })

  const [preview = '', export_ = '', apply = ''] = examples(page, 'sh')
  const run = async ({ served, env }: (typeof sides)[number], block: string) => {
    const codes: (number | null)[] = []
    for (const line of block.trim().split('\n')) {
      const [, ...rest] = words(line)
      codes.push((await served.causeway(rest, { env, cwd: home })).code)
    }
    return codes
  }
  expect(await run(staging, preview)).toEqual([0, 0])
  const wish = { object: 'Account', by, note: null, lists: true, backFill: false, source, rest: {}, despite: 0 }
  await publishDraft(staging.bench.db, staging.bench.system('sales'), wish)
  expect(await run(staging, export_)).toEqual([0])
  expect(await run(production, apply)).toEqual([3, 0, 0])
  const [inForce] = await production.bench.rows(`select source from mapping_versions where state = 'published'`)
  expect(inForce).toEqual({ source: source.replace('005A', '005B') })
})

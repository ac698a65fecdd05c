/** `managed: file`: the files beside the configuration say the mappings, whole or not at all, and nobody else does. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKey } from '../../src/db/api-keys.ts'
import { takeMappingFiles } from '../../src/runtime/mapping-files.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'

let bench: Bench
let served: Served
let home: string
let folder: string
const logged: { message: string; fields: Record<string, unknown> }[] = []
const note = (message: string, fields: Record<string, unknown> = {}) => void logged.push({ message, fields })
const log = { debug: note, info: note, warn: note, error: note }

beforeAll(async () => {
  bench = await startBench({ sales: crm })
  home = await mkdtemp(join(tmpdir(), 'causeway-managed-'))
  folder = join(home, 'mappings')
  for (const name of ['Name', 'Site', 'Country', 'Title', 'Amount', 'AccountId', 'RegStatus', 'our_id'])
    bench.vendor('sales').described.push({
      name,
      label: name,
      type: 'text',
      required: false,
      writable: true,
      values: null,
      unique: name === 'our_id',
    })
  served = await serveBench(bench, { managedBy: folder })
})
afterAll(async () => {
  await served.close()
  await bench.close()
  await rm(home, { recursive: true, force: true })
})

const start = () => takeMappingFiles(bench.db, bench.systems, new Map(Object.entries(bench.vendors)), folder, log)
const write = (object: string, source: string) => writeFile(join(folder, `sales.${object}.yaml`), source)
const document = (object: string, kind: string, field: string) =>
  `mapping: 1\nconnection: sales\nobject: ${object}\nextends: default\nrecords:\n  ${kind}:\n    fields:\n      ${field}\n`
const inForce = () =>
  bench.rows<{ object: string; version: number; by: string }>(
    `select object, version, published_by as by from mapping_versions where state = 'published' order by object`,
  )

it('keeps what is in force while the folder is missing', async () => {
  expect(await start()).toBeNull()
  expect(logged.at(-1)?.fields['reason']).toContain(folder)
})

it('puts all files in force at a start, with the environment’s values, and nothing at the next', async () => {
  await mkdir(folder)
  await writeFile(join(home, 'environment.yaml'), 'sales.desk: 005A\n')
  await write('accounts', document('accounts', 'account', 'country: { initial: $(sales.desk) }'))
  await write('deals', document('deals', 'deal', 'amount: { update: in }'))
  // Two processes that start at once put it in force once.
  const both = await Promise.all([start(), start()])
  expect(new Set(both)).toEqual(new Set([0, 2]))
  const published = [
    { object: 'accounts', version: 1, by: 'files' },
    { object: 'deals', version: 1, by: 'files' },
  ]
  expect(await inForce()).toEqual(published)
  expect(await start()).toBe(0)
  expect(await inForce()).toEqual(published)
})

it('refuses all of it for one wrong line, and the earlier stays in force', async () => {
  const before = await inForce()
  await write('accounts', document('accounts', 'account', 'country: { update: out, wins: ledger }'))
  await write('deals', document('deals', 'deal', 'amount: { update: sideways }'))
  expect(await start()).toBeNull()
  expect(logged.at(-1)).toMatchObject({ fields: { code: 'CW_MAPPING_REFUSED' } })
  expect(logged.at(-1)?.fields['reason']).toContain('sales.deals.yaml:8')
  expect(await inForce()).toEqual(before)
})

it('lets nobody else change a mapping, and names the folder', async () => {
  const put = await served.causeway(['config', 'apply', home, '--yes'])
  expect(put.code).toBe(1)
  const { key } = await createKey(bench.db, { label: 'Bo', role: 'admin', partnerId: null })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  for (const path of ['config/mappings', 'connections/sales/mappings/accounts/draft']) {
    const said = await fetch(`${served.url}/api/v1/${path}`, { method: 'POST', headers, body: '{"documents":[]}' })
    expect(said.status).toBe(409)
    expect(JSON.stringify(await said.json())).toContain(folder)
  }
})

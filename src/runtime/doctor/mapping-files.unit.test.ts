import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkSettings } from '../compose.ts'
import { parseConfig } from '../config/load.ts'
import { examineMappingFiles } from './mapping-files.ts'

let home: string
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'causeway-files-'))))
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** No vendor answers here: nothing is asked of one. */
const source = (more: string) => `connections:
  portal: { vendor: partnerstack, role: portal, settings: { publicKey: pk, secretKey: sk } }
  growth: { vendor: hubspot, role: crm, settings: { accessToken: t } }
routing: [{ to: growth }]
${more}`
const examine = (more = 'managed: file\n') =>
  examineMappingFiles(parseConfig('causeway.yaml', source(more), {}, checkSettings), join(home, 'causeway.yaml'))
const write = (object: string, kind: string, field: string) =>
  writeFileSync(
    join(home, 'mappings', `growth.${object}.yaml`),
    `mapping: 1\nconnection: growth\nobject: ${object}\nextends: default\nrecords:\n  ${kind}:\n    fields:\n      ${field}\n`,
  )

it('says nothing where mappings are edited elsewhere', async () => {
  expect(await examine('')).toEqual([])
})

it('names a folder that is not there', async () => {
  const [found] = await examine()
  expect(found).toMatchObject({ status: 'wrong', code: 'CW_CONFIG_INVALID' })
  expect(found?.message).toContain(join(home, 'mappings'))
})

it('names each file and line that a start would refuse', async () => {
  mkdirSync(join(home, 'mappings'))
  write('deals', 'deal', 'ammount: { path: amount, create: in, update: in }')
  write('deels', 'deal', 'amount: { update: in }')
  write('companies', 'account', 'country: { initial: $(growth.desk) }')
  expect((await examine())[0]?.message).toContain('growth.companies.yaml:8 $(growth.desk) has no value')
  writeFileSync(join(home, 'environment.yaml'), 'growth.desk: DE\n')
  const [found, ...more] = await examine()
  expect(more).toEqual([])
  expect(found).toMatchObject({ status: 'wrong', code: 'CW_MAPPING_REFUSED' })
  const lines = found?.message.split('\n') ?? []
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/growth\.deals\.yaml:8 CW_MAPPING_FIELD_UNKNOWN a deal has no field ammount/)
  expect(lines[1]).toMatch(/growth\.deels\.yaml:1 CW_MAPPING_INVALID there is no object deels/)
})

it('is content with what only the vendor could say more of', async () => {
  mkdirSync(join(home, 'mappings'))
  write('deals', 'deal', 'source: { rest: same-name }')
  expect(await examine()).toMatchObject([{ status: 'well' }])
})

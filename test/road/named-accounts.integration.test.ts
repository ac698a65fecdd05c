/** Accounts that direct sales keeps for itself, as the CRMs say it: by a field of theirs, by a report and by a list. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig, type Rig } from '../../connectors/hubspot/rig.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg, type Org } from '../../connectors/salesforce/org.test-support.ts'
import { conflictFacts, conflicts, namedAccounts, registrations } from '../../src/db/schema/index.ts'
import { companyKeys } from '../../src/domain/identity.ts'
import { isCertain } from '../../src/domain/matching/reasons.ts'
import type { Finding } from '../../src/domain/ruling.ts'
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import { keepFacts } from '../../src/process/findings/facts.ts'
import { findRivals } from '../../src/process/findings.ts'
import { namedAccountSources, replaceNamedAccounts } from '../../src/process/named-accounts.ts'
import { dropNamedLists } from '../../src/process/named-lists.ts'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import { field, startBench, type Bench } from '../setup/bench.ts'

const inward = { create: 'in', update: 'in' } as const
/** The default mapping, and what an admin adds to accounts. */
const withFields = (all: ObjectMapping[], fields: FieldMapping[]) =>
  all.map((one) => (one.kind === 'account' ? { ...one, fields: [...one.fields, ...fields] } : one))

let org: Org
let portal: Rig
let bench: Bench
beforeAll(async () => {
  org = await startOrg({ objects: [] })
  portal = await startRig({}, { objects: ['companies'] })
  await org.sandbox.control.seed({
    fields: [
      { object: 'Account', name: 'Segment__c', type: 'picklist', values: ['Strategic', 'Volume'] },
      { object: 'Account', name: 'Sales_Territory__c', type: 'string' },
    ],
  })
  const companies = portal.connect()
  bench = await startBench({
    sales: {
      capabilities: [...org.connector.capabilities],
      mappings: withFields(salesforce.mappings(org.settings), [
        field('named', 'Segment__c', { ...inward, values: { true: 'Strategic' }, unpaired: { toOurs: 'false' } }),
        field('territory', 'Sales_Territory__c', inward),
      ]),
      connector: org.connector,
      mode: 'observe',
    },
    smb: {
      capabilities: [...companies.capabilities],
      mappings: withFields(hubspot.mappings(portal.settings()), [
        field('named', 'hs_is_target_account', { ...inward, conversion: { as: 'boolean' } }),
      ]),
      connector: companies,
      mode: 'observe',
    },
  })
}, 60_000)
afterAll(async () => {
  await bench.close()
  await org.close()
  await portal.close()
})

const inSales = async (document: object) =>
  z.object({ accounts: z.array(z.string()) }).parse(await org.sandbox.control.seed(document)).accounts
const inSmb = async (document: object) =>
  z.object({ created: z.array(z.string()) }).parse(await portal.sandbox.control.seed(document)).created
const company = (properties: object) => ({ type: 'companies', properties })
const segment = (id: string, Segment__c: string | null) => ({ object: 'Account', id, fields: { Segment__c } })
const read = async () => {
  await bench.pull('sales', 'Account')
  await bench.pull('smb', 'companies')
}

async function claim(name: string, domain: string) {
  const [row] = await bench.db
    .insert(registrations)
    .values({ company: name, ...companyKeys(name), domain })
    .returning()
  if (row === undefined) throw new Error('no claim')
  return row
}

/** What names the claim's company for certain: a name that is only like it proves nothing. */
async function naming(name: string, domain: string): Promise<Finding[]> {
  const row = await claim(name, domain)
  const found = await bench.db.transaction((tx) => findRivals(tx, row, { aliases: [] }))
  return found.filter((one) => one.kind === 'named-account' && isCertain(one))
}

it('by a field with the value that means so, as fresh as the stream of accounts', async () => {
  const [strategic = '', volume = ''] = await inSales({
    accounts: [
      { Name: 'Hafen AG', Website: 'hafen-ag.com', Segment__c: 'Strategic', Sales_Territory__c: 'North' },
      { Name: 'Werft GmbH', Website: 'werft-haus.de', Segment__c: 'Volume', Sales_Territory__c: 'North' },
    ],
  })
  await inSmb({
    create: [
      company({ name: 'Backstube', domain: 'backstube-haus.de', hs_is_target_account: true }),
      company({ name: 'Mühle', domain: 'muehle-haus.de' }),
    ],
  })
  await read()
  expect(await naming('Hafen', 'hafen-ag.com')).toMatchObject([
    { matchedOn: ['domain', 'name'], score: 100, other: { source: 'account', territory: 'North' } },
  ])
  expect(await naming('Backstube', 'backstube-haus.de')).toMatchObject([
    { other: { source: 'account', territory: null } },
  ])
  expect(await naming('Werft', 'werft-haus.de')).toEqual([])
  expect(await naming('Mühle', 'muehle-haus.de')).toEqual([])

  await inSales({ edit: [segment(strategic, null), segment(volume, 'Strategic')] })
  await read()
  expect(await naming('Hafen', 'hafen-ag.com')).toEqual([])
  expect(await naming('Werft', 'werft-haus.de')).toMatchObject([{ other: { territory: 'North' } }])
})

it('keeps with the finding what the account said, and who owns it', async () => {
  await inSales({ accounts: [{ Name: 'Reederei', Website: 'reederei-haus.de', Segment__c: 'Strategic' }] })
  await read()
  const row = await claim('Reederei', 'reederei-haus.de')
  const [found] = await bench.db.transaction((tx) => findRivals(tx, row, { aliases: [] }))
  if (found === undefined) throw new Error('nothing was found')
  await bench.db.insert(conflicts).values({
    registrationId: row.id,
    round: 1,
    kind: found.kind,
    otherId: found.otherId,
    score: found.score,
    evidence: { matchedOn: found.matchedOn, against: [], score: found.score },
    blocks: 'ask',
  })
  await bench.db.transaction((tx) => keepFacts(tx, row, 1))
  const [facts] = await bench.db.select().from(conflictFacts)
  expect(facts?.theirs).toMatchObject({ company: 'Reederei', domain: 'reederei-haus.de', source: 'account' })
})

const HOUR = 3_600_000
const inReports = async (report: object) =>
  z.object({ reports: z.array(z.string()) }).parse(await org.sandbox.control.seed({ reports: [report] })).reports[0] ??
  ''
const reportOf = { columns: ['Name', 'Segment__c'], where: `Sales_Territory__c LIKE 'Report%'` }
const due = () => bench.rows(`update named_lists set next_at = now() - interval '1 second' returning source`)
const sourceNamed = async (name: string) => (await namedAccountSources(bench.db)).find(({ source }) => source === name)
const account = (Name: string, more: object = {}) => ({
  Name,
  Website: `${Name.toLowerCase()}-haus.de`,
  Sales_Territory__c: 'Report East',
  ...more,
})

it('by a report, read as a whole when it is due: what left it is named no longer, and what stayed is the same row', async () => {
  const [, mole = ''] = await inSales({ accounts: [account('Kai'), account('Mole', { Segment__c: 'Volume' })] })
  const list = await inReports({ ...reportOf, groupBy: 'Segment__c' })
  bench.system('sales').namedLists = [{ source: 'east', list, everyMs: HOUR, territory: null }]
  await read()
  const [first] = await naming('Kai', 'kai-haus.de')
  expect(first).toMatchObject({
    matchedOn: ['id', 'domain', 'name'],
    other: { source: 'east', territory: 'Report East' },
  })
  expect(await naming('Mole', 'mole-haus.de')).toHaveLength(1)
  expect(await sourceNamed('east')).toMatchObject({
    accounts: 2,
    list: { connection: 'sales', list, code: null, unknown: 0 },
  })

  await inSales({ edit: [{ object: 'Account', id: mole, fields: { Sales_Territory__c: 'West' } }] })
  await read()
  expect(await naming('Mole', 'mole-haus.de')).toHaveLength(1)
  await due()
  await read()
  expect(await naming('Mole', 'mole-haus.de')).toEqual([])
  expect((await naming('Kai', 'kai-haus.de')).map(({ otherId }) => otherId)).toEqual([first?.otherId])
  expect(await bench.rows(`select detail from audit where what = 'named-accounts.replaced' order by at, id`)).toEqual(
    expect.arrayContaining([
      { detail: { source: 'east', before: 0, now: 2 } },
      { detail: { source: 'east', before: 2, now: 1 } },
    ]),
  )
})

it.each([
  ['shows no account in its rows', () => inReports({ ...reportOf, columns: ['Segment__c'] }), 'CW_LIST_INCOMPLETE'],
  ['is there no longer', async () => '00O000000000001', 'CW_RECORD_GONE'],
  ['is no report', async () => 'east', 'CW_CONFIG_INVALID'],
])('keeps what it named before where a report %s, and says so', async (_, make, code) => {
  const before = await bench.db.select().from(namedAccounts)
  bench.system('sales').namedLists = [{ source: 'east', list: await make(), everyMs: HOUR, territory: null }]
  await read()
  const found = await sourceNamed('east')
  expect(found).toMatchObject({ accounts: 1, list: { code } })
  expect(Date.parse(found?.list?.readAt ?? '')).toBeGreaterThan(0)
  expect(await bench.db.select().from(namedAccounts)).toEqual(before)
  const [row] = await bench.rows<{ soon: boolean }>(
    `select next_at between now() + interval '5 minutes' and now() + interval '11 minutes' as soon from named_lists`,
  )
  expect(row?.soon).toBe(true)
})

it('refuses a report of which the API tells a part', async () => {
  await inSales({ accounts: Array.from({ length: 2_001 }, (_, n) => ({ Name: `Many ${String(n)}` })) })
  const list = await inReports({ columns: ['Name'], where: `Name LIKE 'Many%'` })
  const asked = org.connector.members?.(
    { object: 'Account', list, cursor: null },
    { signal: AbortSignal.timeout(20_000), priority: 'sync' },
  )
  await expect(asked).rejects.toMatchObject({ fault: { code: 'CW_LIST_INCOMPLETE' } })
})

/** A list of HubSpot that fills itself with records whose phone is known. */
async function listOf(objectTypeId: string, name: string): Promise<string> {
  const operation = { operationType: 'ALL_PROPERTY', operator: 'IS_KNOWN', includeObjectsWithNoValueSet: false }
  const filters = [{ filterType: 'PROPERTY', property: 'phone', operation }]
  const branch = { filterBranchType: 'AND', filterBranchOperator: 'AND', filterBranches: [], filters }
  const response = await fetch(`${portal.sandbox.url}/crm/v3/lists`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name,
      objectTypeId,
      processingType: 'DYNAMIC',
      filterBranch: { filterBranchType: 'OR', filterBranchOperator: 'OR', filters: [], filterBranches: [branch] },
    }),
  })
  return z.object({ list: z.object({ listId: z.string() }) }).parse(await response.json()).list.listId
}

it('by a list of companies, page after page; partners in it are no accounts', async () => {
  const listed = Array.from({ length: 251 }, (_, n) =>
    company({ name: `Listed ${String(n)}`, domain: `listed${String(n)}-haus.de`, phone: '1' }),
  )
  await inSmb({ create: [...listed, company({ name: 'Nordwind', type: 'PARTNER', phone: '2' })] })
  const list = await listOf('0-2', 'Target list')
  bench.system('smb').namedLists = [{ source: 'targets', list, everyMs: HOUR, territory: 'DACH' }]
  await read()
  expect(await sourceNamed('targets')).toMatchObject({ accounts: 251, list: { code: null, unknown: 1 } })
  expect(await naming('Listed 250', 'listed250-haus.de')).toMatchObject([
    { other: { source: 'targets', territory: 'DACH' } },
  ])

  bench.system('smb').namedLists = [
    { source: 'targets', list: await listOf('0-1', 'Contacts'), everyMs: HOUR, territory: 'DACH' },
  ]
  await read()
  expect(await sourceNamed('targets')).toMatchObject({ accounts: 251, list: { code: 'CW_LIST_INCOMPLETE' } })
})

it('is the CRM’s to say under that name, until the configuration names it no longer; an import stays', async () => {
  const row = { name: 'Speicher AG', domain: null, country: null, territory: null, ownerEmail: null }
  await expect(replaceNamedAccounts(bench.db, 'targets', [row], 'key:1')).rejects.toThrow('expected another name')
  await replaceNamedAccounts(bench.db, 'own', [row], 'key:1')
  bench.system('smb').namedLists = []
  await bench.db.transaction((tx) => dropNamedLists(tx, bench.systems))
  expect((await namedAccountSources(bench.db)).map(({ source, accounts: n }) => [source, n])).toEqual([
    ['east', 1],
    ['own', 1],
  ])
})

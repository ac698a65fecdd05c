/** Accounts that direct sales keeps for itself, as the CRMs say it: by a field of theirs. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig, type Rig } from '../../connectors/hubspot/rig.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg, type Org } from '../../connectors/salesforce/org.test-support.ts'
import { conflictFacts, conflicts, registrations } from '../../src/db/schema/index.ts'
import { companyKeys } from '../../src/domain/identity.ts'
import type { Finding } from '../../src/domain/ruling.ts'
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import { keepFacts } from '../../src/process/findings/facts.ts'
import { findRivals } from '../../src/process/findings.ts'
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

/** What names the claim's company: source, territory, score. */
async function naming(name: string, domain: string): Promise<Finding[]> {
  const row = await claim(name, domain)
  const found = await bench.db.transaction((tx) => findRivals(tx, row, { aliases: [] }))
  return found.filter(({ kind }) => kind === 'named-account')
}

it('by a field with the value that means so, as fresh as the stream of accounts', async () => {
  const [strategic = '', volume = ''] = await inSales({
    accounts: [
      { Name: 'Hafen AG', Website: 'hafen-ag.com', Segment__c: 'Strategic', Sales_Territory__c: 'North' },
      { Name: 'Werft GmbH', Website: 'werft.example.com', Segment__c: 'Volume', Sales_Territory__c: 'North' },
    ],
  })
  await inSmb({
    create: [
      company({ name: 'Backstube', domain: 'backstube.example.org', hs_is_target_account: true }),
      company({ name: 'Mühle', domain: 'muehle.example.net' }),
    ],
  })
  await read()
  expect(await naming('Hafen', 'hafen-ag.com')).toMatchObject([
    { matchedOn: ['domain', 'name'], score: 100, other: { source: 'account', territory: 'North' } },
  ])
  expect(await naming('Backstube', 'backstube.example.org')).toMatchObject([
    { other: { source: 'account', territory: null } },
  ])
  expect(await naming('Werft', 'werft.example.com')).toEqual([])
  expect(await naming('Mühle', 'muehle.example.net')).toEqual([])

  const edit = (id: string, Segment__c: string | null) => ({ object: 'Account', id, fields: { Segment__c } })
  await inSales({ edit: [edit(strategic, null), edit(volume, 'Strategic')] })
  await read()
  expect(await naming('Hafen', 'hafen-ag.com')).toEqual([])
  expect(await naming('Werft', 'werft.example.com')).toMatchObject([{ other: { territory: 'North' } }])
})

it('keeps with the finding what the account said, and who owns it', async () => {
  await inSales({ accounts: [{ Name: 'Reederei', Website: 'reederei.example.com', Segment__c: 'Strategic' }] })
  await read()
  const row = await claim('Reederei', 'reederei.example.com')
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
  expect(facts?.theirs).toMatchObject({ company: 'Reederei', domain: 'reederei.example.com', source: 'account' })
})

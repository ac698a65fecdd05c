/** The guide to mapping: each document of it is one that would be published. */
import { describe, expect, it } from 'vitest'
import { openConnector, settingsOf } from '../../connectors/registry.ts'
import { checkDocument } from '../../src/mapping/document/check.ts'
import type { Surroundings } from '../../src/mapping/document/surroundings.ts'
import { examples } from './fences.ts'

const page = 'docs/guides/mapping.md'
const settings = { loginUrl: 'https://acme.my.salesforce.com', clientId: 'id', clientSecret: 'secret' }
const { mappings } = settingsOf('salesforce', settings)
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only its abilities are asked, nothing of this is used
const unused = { http: {}, tokens: {}, nowMs: () => 0 } as unknown as Parameters<typeof openConnector>[2]

function around(object: string): Surroundings {
  const capability = openConnector('salesforce', settings, unused).capabilities.find((one) => one.object === object)
  if (capability === undefined) throw new Error(`no ${object}`)
  const isHere = (mapping: { object: string }) => mapping.object === object
  const others = mappings.filter((mapping) => !isHere(mapping))
  return { connection: 'sales', object, capability, defaults: mappings.filter(isHere), others }
}

const HEAD = 'mapping: 1\nconnection: sales\nobject: Opportunity\nextends: default\nrecords:\n  deal:\n    fields:\n'

describe('the guide to mapping', () => {
  const shown = examples(page, 'yaml').map((body) =>
    /^mapping:/m.test(body) ? body : `${HEAD}${body.replaceAll(/^/gm, '      ').trimEnd()}\n`,
  )

  it('has documents in which nothing is found', () => {
    expect(shown.length).toBeGreaterThan(1)
    for (const source of shown) expect(checkDocument(source, around('Opportunity')).findings).toEqual([])
  })

  it('says of its first document what it means', () => {
    const [deal] = checkDocument(shown[0] ?? '', around('Opportunity')).mappings ?? []
    const amount = deal?.fields.find(({ field }) => field === 'amount')
    expect(amount).toMatchObject({
      path: 'Total_Value__c',
      conversion: { as: 'decimal' },
      create: 'both',
      update: 'both',
    })
    expect(deal?.fields.map(({ field }) => field)).not.toContain('closeDate')
    expect(deal?.fields.at(-1)).toMatchObject({ field: 'custom.region', path: 'Region__c', wins: 'newest' })
  })
})

it('the guide to the policy marks named accounts by mappings in which nothing is found', () => {
  const head = HEAD.replace('Opportunity', 'Account').replace('deal:', 'account:')
  const shown = examples('docs/guides/policy.md', 'yaml').filter((body) => /^mapping:|^named:/.test(body))
  const checked = shown.map((body) =>
    checkDocument(
      body.startsWith('mapping:') ? body : `${head}${body.replaceAll(/^/gm, '      ').trimEnd()}\n`,
      around('Account'),
    ),
  )
  expect(checked.map(({ findings }) => findings)).toEqual([[], [], []])
  const fields = checked.map(({ mappings: found }) =>
    found?.find(({ kind }) => kind === 'account')?.fields.find(({ field }) => field === 'named'),
  )
  expect(fields).toMatchObject([
    { path: 'Named_Account__c', conversion: { as: 'boolean' } },
    { path: 'Segment__c', values: { true: 'Strategic' }, unpaired: { toOurs: 'false' } },
    { path: 'Segment__c', transform: { in: "$string(Segment__c in ['Strategic', 'Global'])" } },
  ])
})

/** What a programme asks its partners for beside the usual comes in where the settings name its fields, and nothing is looked for where they do not. */
import { expect, it } from 'vitest'
import { toCanonical } from '../../src/mapping/translate.ts'
import { flatten } from './flatten.ts'
import { mappings } from './mapping.ts'
import { settings } from './settings.ts'

const keys = { publicKey: 'pk', secretKey: 'sk' }
const named = {
  fields: { country: 'prospect_country', dealType: 'kind_of_deal' },
  partnerFields: { region: 'sales_region' },
}
const lookups = { toOurs: (_: string, id: string) => `ours-${id}`, toTheirs: (_: string, id: string) => `theirs-${id}` }

/** What the mapping makes of the form's answers. */
function read(object: string, answers: Record<string, string>, given: object) {
  const mapping = mappings(settings.parse({ ...keys, ...given })).find((one) => one.object === object)
  if (mapping === undefined) throw new Error(`no mapping of ${object}`)
  const fields = Object.entries(answers).map(([name, value]) => ({ api_name: name, value }))
  const record = { key: 'k', partner_key: 'p', account_name: 'Hafen AG', created_at: 1_767_225_600_000, fields }
  return toCanonical(mapping, flatten(record), 'create', lookups).values
}

it('takes in country and kind of a deal, and the region of a partner', () => {
  expect(read('deals', { prospect_country: 'Austria', kind_of_deal: 'Renewal' }, named)).toMatchObject({
    country: 'Austria',
    dealType: 'renewal',
  })
  expect(read('partnerships', { sales_region: 'DACH' }, named)).toMatchObject({ region: 'DACH' })
})

it('takes a kind of deal that has no pair for not said, and the programme’s own words where the settings pair them', () => {
  expect(read('deals', { kind_of_deal: 'Something else' }, named)['dealType'] ?? null).toBeNull()
  const own = { ...named, dealTypes: { new: 'Neugeschäft', expansion: 'Ausbau' } }
  expect(read('deals', { kind_of_deal: 'Ausbau' }, own)).toMatchObject({ dealType: 'expansion' })
})

it('looks for none of them unless it is told where', () => {
  const found = mappings(settings.parse(keys)).flatMap(({ fields }) => fields.map(({ field }) => field))
  for (const field of ['country', 'dealType', 'region']) expect(found).not.toContain(field)
})

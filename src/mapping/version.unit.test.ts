import { expect, it } from 'vitest'
import type { ObjectMapping } from './definition.ts'
import { mappingVersion } from './version.ts'

const mapping = (more: Partial<ObjectMapping['fields'][number]> = {}): ObjectMapping => ({
  object: 'deals',
  kind: 'deal',
  fields: [
    {
      field: 'name',
      path: 'Name',
      conversion: { as: 'text' },
      create: 'both',
      update: 'both',
      wins: 'vendor',
      ...more,
    },
  ],
})

it('names the same mapping the same, in whatever order its parts were written', () => {
  const [name] = mapping().fields
  const other: ObjectMapping = { kind: 'deal', fields: name === undefined ? [] : [name], object: 'deals' }
  expect(mappingVersion(mapping())).toMatch(/^[0-9a-f]{12}$/)
  expect(mappingVersion(other)).toBe(mappingVersion(mapping()))
})

it('differs when a field goes elsewhere, flows otherwise or has other pairs', () => {
  const versions = [
    mapping(),
    mapping({ path: 'Title' }),
    mapping({ update: 'out' }),
    mapping({ values: { won: 'Closed' } }),
  ]
  expect(new Set(versions.map(mappingVersion)).size).toBe(4)
})

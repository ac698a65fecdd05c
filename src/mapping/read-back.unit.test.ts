import { expect, it } from 'vitest'
import type { FieldMapping } from './definition.ts'
import { readBack } from './read-back.ts'

const field = (more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: 'name',
  path: 'Name',
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  ...more,
})
const read = (sent: string | null, held: string | number | null, more: Partial<FieldMapping> = {}) =>
  readBack([{ object: 'accounts', kind: 'account', fields: [field(more)] }], { Name: sent }, { Name: held, Other: 'x' })

it.each([
  ['trimmed', ' Acme  Corp ', 'Acme Corp'],
  ['in capitals', 'Acme', 'ACME'],
  ['with a mark', 'Acme', '* Acme'],
  ['cut at a length', `${'long '.repeat(10)}name`, 'long '.repeat(10)],
  ['rounded', '12.345', '12.35'],
  ['as a number', '12.50', 12.5],
])('takes our value %s for the vendor’s form of it', (_, sent, held) => {
  expect(read(sent, held)).toEqual({ Name: held, Other: 'x' })
})

it.each([
  ['another text', 'Acme', 'Bolt'],
  ['a longer one', 'Acme', 'Acme Holding'],
  ['a shorter one', 'Acme Holding', 'Acme'],
  ['another number', '12.50', '13.50'],
  ['nothing', 'Acme', null],
  ['something where we sent nothing', null, 'Acme'],
])('takes %s for a user’s edit', (_, sent, held) => {
  expect(read(sent, held)).toEqual({ Name: sent, Other: 'x' })
})

it('takes whatever it finds in a field that is ours alone for the vendor’s form', () => {
  expect(read('Acme', 'Insisted', { update: 'out' })).toEqual({ Name: 'Insisted', Other: 'x' })
})

import { expect, it } from 'vitest'
import type { FieldMapping } from './definition.ts'
import { readBack, weigh } from './read-back.ts'

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
  expect(read(sent, held)).toEqual({ fields: { Name: held, Other: 'x' }, doubtful: new Set() })
})

it.each([
  ['another text', 'Acme', 'Bolt'],
  ['a longer one', 'Acme', 'Acme Holding'],
  ['a shorter one', 'Acme Holding', 'Acme'],
  ['another number', '12.50', '13.50'],
  ['nothing', 'Acme', null],
  ['something where we sent nothing', null, 'Acme'],
])('takes %s for a user’s edit', (_, sent, held) => {
  expect(read(sent, held)).toEqual({ fields: { Name: sent, Other: 'x' }, doubtful: new Set() })
  // In a field that is ours alone it does not come in: whether it gives way is seen when ours is written once more.
  expect(read(sent, held, { update: 'out' })).toEqual({
    fields: { Name: held, Other: 'x' },
    doubtful: new Set(['Name']),
  })
})

it.each<[string, Partial<FieldMapping>]>([
  ['is written once', { create: 'out', update: 'none' }],
  ['is written while it is empty', { update: 'out', write: 'if-empty' }],
])('has no doubts of a field that %s: it would not be written anew', (_, more) => {
  expect(read('Acme', 'Bolt', more)).toEqual({ fields: { Name: 'Bolt', Other: 'x' }, doubtful: new Set() })
})

it('doubts another value in the place of one that is always the same', () => {
  const mapping = { object: 'accounts', kind: 'account' as const, fields: [], fixed: { Type: 'Partner' } }
  expect(readBack([mapping], { Type: 'Partner' }, { Type: 'Customer' }).doubtful).toEqual(new Set(['Type']))
})

it('takes two instants that are one for each other, however they are written', () => {
  const instant = { update: 'out' as const, conversion: { as: 'instant' as const } }
  expect(read('2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000+0000', instant).doubtful).toEqual(new Set())
})

const found = (held: string, before?: Parameters<typeof weigh>[1]) => weigh({ sent: 'Acme', held }, before)

it('believes what it finds a second time, or something else each of four times', () => {
  const first = found('Bolt')
  expect(first).toEqual({ sent: 'Acme', held: 'Bolt', doubts: 1 })
  expect(found('Bolt', first)).toEqual({ sent: 'Acme', held: 'Bolt' })
  const third = found('Delta', found('Cable', first))
  expect(third).toEqual({ sent: 'Acme', held: 'Delta', doubts: 3 })
  expect(found('Echo', third)).toEqual({ sent: 'Acme', held: 'Echo' })
  // Another value of ours is another question, and what the vendor makes of this one may be known from before.
  expect(found('Bolt', { sent: 'Other', held: 'Bolt' })).toEqual({ sent: 'Acme', held: 'Bolt', doubts: 1 })
  expect(found('Bolt', { sent: 'Acme', held: 'Bolt' })).toEqual({ sent: 'Acme', held: 'Bolt' })
})

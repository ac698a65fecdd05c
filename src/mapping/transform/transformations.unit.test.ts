import { expect, it } from 'vitest'
import type { Fields } from '../../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import { fieldsOf, type System } from '../systems.ts'
import { asKept, difference, toCanonical, type CanonicalRecord, type Lookups } from '../translate.ts'
import { bounds } from './bounds.ts'
import { Evaluator } from './evaluator.ts'
import type { Request } from './runner.ts'
import { NotTransformed, Transformations } from './transformations.ts'

const evaluator = new Evaluator(bounds)
const asked: Request[] = []

async function here(requests: Request[]) {
  asked.push(...requests)
  const results = []
  for (const { text, input } of requests) results.push(await evaluator.evaluate(text, JSON.parse(input)))
  return results
}

const field = (more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: 'amount',
  path: 'Thousands',
  conversion: { as: 'decimal' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  transform: { in: '$number(Thousands) * 1000', out: '$number(amount) / 1000' },
  ...more,
})
const mapping = (...fields: FieldMapping[]): ObjectMapping => ({ object: 'deals', kind: 'deal', fields })
const inOnly = { create: 'in', update: 'in' } as const
const outOnly = { create: 'out', update: 'out', wins: 'ledger' } as const

async function lookupsFor(map: ObjectMapping, { read = [], ours = [] }: { read?: Fields[]; ours?: CanonicalRecord[] }) {
  const transformed = new Transformations(here)
  await transformed.read([map], read)
  await transformed.write(map, ours)
  await transformed.keep(map, ours)
  const lookups: Lookups = { toOurs: (_, id) => `ours ${id}`, toTheirs: () => undefined, transformed }
  return lookups
}

async function readIn(map: ObjectMapping, fields: Fields) {
  return toCanonical(map, fields, 'update', await lookupsFor(map, { read: [fields] }))
}

async function missing(map: ObjectMapping, record: CanonicalRecord, shadow: Fields | null) {
  return difference(map, record, shadow, await lookupsFor(map, { ours: [record] }))
}

it('reads what its expression makes of the record, by the conversion of its field', async () => {
  expect(await readIn(mapping(field()), { Thousands: 12.5 })).toEqual({ values: { amount: '12500' }, troubles: [] })
  const name = field({
    field: 'name',
    path: 'Last',
    conversion: { as: 'text' },
    ...inOnly,
    transform: { in: 'First & " " & Last' },
  })
  expect((await readIn(mapping(name), { First: 'Ada', Last: 'King' })).values).toEqual({ name: 'Ada King' })
  const owner = field({
    field: 'accountId',
    conversion: { as: 'lookup', of: 'account', object: 'accounts' },
    ...inOnly,
    transform: { in: '$substringAfter(Thousands, "/")' },
  })
  expect((await readIn(mapping(owner), { Thousands: 'accounts/7' })).values).toEqual({ accountId: 'ours 7' })
  const tags = field({ field: 'tags', conversion: { as: 'list' }, ...inOnly, transform: { in: '[A, B]' } })
  expect((await readIn(mapping(tags), { A: 'x', B: 'y' })).values).toEqual({ tags: 'x;y' })
})

it('pairs what the expression gave', async () => {
  const stage = field({
    field: 'stage',
    conversion: { as: 'text' },
    ...inOnly,
    values: { open: 'Open', won: 'Closed' },
    transform: { in: '$trim(Thousands)' },
  })
  expect((await readIn(mapping(stage), { Thousands: ' Closed ' })).values).toEqual({ stage: 'won' })
})

it('takes what is empty for missing, so that an expression on it gives nothing', async () => {
  for (const Thousands of [null, ''])
    expect(await readIn(mapping(field(inOnly)), { Thousands })).toEqual({ values: { amount: null }, troubles: [] })
})

it('says nothing of a field while one of those that it is read from is not told', async () => {
  const both = field({ ...inOnly, transform: { in: 'A & B' }, conversion: { as: 'text' } })
  expect((await readIn(mapping(both), { A: 'x', Thousands: 'y' })).values).toEqual({})
  expect((await readIn(mapping(both), { A: 'x', B: null })).values).toEqual({ amount: 'x' })
})

it.each([
  ['gives no value of its field', '{ "a": 1 }', 'CW_TRANSFORM_RESULT', 'an object'],
  ['gives what its conversion cannot read', '"Ada Lovelace"', 'CW_TRANSFORM_RESULT', 'a text of 12 characters'],
  ['fails', '$error(Thousands)', 'CW_TRANSFORM_FAILED', 'D3137 at character 7'],
  ['never ends', '($f := function($n) { $f($n + 1) }; $f(1))', 'CW_TRANSFORM_STOPPED', 'stopped at the bound on time'],
  ['recurses', '($f := function($n) { $f($n) + 1 }; $f(1))', 'CW_TRANSFORM_STOPPED', 'stopped at the bound on depth'],
])('parks a record whose expression %s, and tells nothing of its values', async (_, text, code, found) => {
  const { values, troubles } = await readIn(mapping(field({ ...inOnly, transform: { in: text } })), {
    Thousands: 'Ada Lovelace',
  })
  expect(values).toEqual({})
  expect(troubles).toMatchObject([{ field: 'amount', path: 'Thousands', code, found }])
  expect(JSON.stringify(troubles)).not.toContain('Lovelace')
})

it('writes what its expression makes of our record, and only where the vendor holds another value', async () => {
  const ours = { amount: '12500', name: 'Deal' }
  expect((await missing(mapping(field()), ours, null)).fields).toEqual({ Thousands: 12.5 })
  expect((await missing(mapping(field()), ours, { Thousands: 11 })).fields).toEqual({ Thousands: 12.5 })
  for (const Thousands of [12.5, '12.50'])
    expect((await missing(mapping(field()), ours, { Thousands })).fields).toEqual({})
  const label = field({
    path: 'Label',
    conversion: { as: 'text' },
    ...outOnly,
    transform: { out: 'name & " (" & amount & ")"' },
  })
  expect((await missing(mapping(label), ours, { Label: 'Deal' })).fields).toEqual({ Label: 'Deal (12500)' })
  const custom = field({
    path: 'Region',
    conversion: { as: 'text' },
    ...outOnly,
    transform: { out: '$uppercase(custom.region)' },
  })
  expect((await missing(mapping(custom), { 'custom.region': 'emea' }, null)).fields).toEqual({ Region: 'EMEA' })
})

it('empties the vendor’s field where its expression gives nothing, unless the vendor needs a value', async () => {
  const none = { amount: null }
  expect((await missing(mapping(field()), none, { Thousands: 3 })).fields).toEqual({ Thousands: null })
  expect((await missing(mapping(field()), none, { Thousands: null })).fields).toEqual({})
  expect((await missing(mapping(field({ mandatory: true })), none, { Thousands: 3 })).fields).toEqual({})
  expect((await missing(mapping(field({ initial: '0' })), none, null)).fields).toEqual({ Thousands: '0' })
})

it('leaves alone what is filled already where only gaps are, and what waits for a person', async () => {
  const gaps = field({ write: 'if-empty' })
  expect((await missing(mapping(gaps), { amount: '1000' }, { Thousands: 9 })).fields).toEqual({})
  expect((await missing(mapping(gaps), { amount: '1000' }, { Thousands: null })).fields).toEqual({ Thousands: 1 })
  const record = { amount: '1000' }
  const lookups = await lookupsFor(mapping(field()), { ours: [record] })
  expect(difference(mapping(field()), record, { Thousands: 9 }, lookups, ['amount']).fields).toEqual({})
})

it.each([
  ['$error(amount)', 'CW_TRANSFORM_FAILED'],
  ['"no number"', 'CW_TRANSFORM_RESULT'],
])('stands against the write where %s gives nothing that can be written', async (out, code) => {
  const { fields, troubles } = await missing(mapping(field({ transform: { out } })), { amount: '1' }, null)
  expect(fields).toEqual({})
  expect(troubles).toMatchObject([{ field: 'amount', path: 'Thousands', code }])
})

it('reads a value of ours as it would be after a stay at the vendor', async () => {
  const rounding = field({ transform: { in: '$number(Thousands) * 1000', out: '$round($number(amount) / 1000)' } })
  const record = { amount: '12499' }
  const lookups = await lookupsFor(mapping(rounding), { ours: [record] })
  expect(asKept(rounding, '12499', lookups, record)).toBe('12000')
})

it('keeps to the pairs and the conversion of a way that has no expression', async () => {
  const plainOut = field({ transform: { in: '$number(Thousands) * 1000' } })
  expect(
    difference(mapping(plainOut), { amount: '5' }, { Thousands: '5.0' }, await lookupsFor(mapping(plainOut), {}))
      .fields,
  ).toEqual({})
  expect(
    difference(mapping(plainOut), { amount: '5' }, { Thousands: '6' }, await lookupsFor(mapping(plainOut), {})).fields,
  ).toEqual({ Thousands: '5' })
})

it('asks nothing for mappings without expressions, and for equal records once', async () => {
  asked.length = 0
  const plain: FieldMapping = {
    field: 'name',
    path: 'Name',
    conversion: { as: 'text' },
    create: 'both',
    update: 'both',
    wins: 'vendor',
  }
  await lookupsFor(mapping(plain), { read: [{ Name: 'a' }], ours: [{ name: 'b' }] })
  expect(asked).toEqual([])
  await lookupsFor(mapping(plain, field()), {
    read: [{ Thousands: 1, Name: 'a' }, { Thousands: 1, Name: 'b' }, { Thousands: 2 }],
  })
  expect(asked.map(({ input }) => input)).toEqual(['{"Thousands":1}', '{"Thousands":2}'])
})

it('tells what nobody prepared', async () => {
  const lookups = await lookupsFor(mapping(field()), {})
  expect(() => toCanonical(mapping(field()), { Thousands: 1 }, 'update', lookups)).toThrow(NotTransformed)
  const nobody: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }
  expect(() => toCanonical(mapping(field()), { Thousands: 1 }, 'update', nobody)).toThrow(/nobody prepared/)
})

it('lets a stream read the fields that an expression uses', () => {
  const name = field({ path: 'Last', transform: { in: 'First & " " & Last & Owner.Name' } })
  const system: System = {
    name: 'crm',
    role: 'crm',
    capabilities: [],
    mappings: [mapping(name)],
    pollMs: 1,
    reconcileMs: null,
    deletions: {},
    mirrors: false,
  }
  expect(fieldsOf(system, 'deals')).toEqual(['Last', 'First', 'Owner.Name'])
})

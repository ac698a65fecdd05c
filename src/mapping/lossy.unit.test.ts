import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FieldSchema } from '../../connectors/contract.ts'
import { settingsOf, vendorNames } from '../../connectors/registry.ts'
import { fieldType } from '../domain/field-types.ts'
import { recordFields, recordKinds, type RecordKind } from '../domain/records.ts'
import type { Plain } from './convert.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { lossy, outAndBack } from './lossy.ts'

const field = (name: string, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: name,
  path: 'p',
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  ...more,
})
const mapping = (one: FieldMapping, kind: RecordKind = 'deal'): ObjectMapping => ({ object: 'o', kind, fields: [one] })
const found = (one: FieldMapping, schema: FieldSchema[] = [], kind: RecordKind = 'deal') =>
  lossy(mapping(one, kind), undefined, schema)

describe('a field that flows both ways is refused', () => {
  it.each<[string, FieldMapping, RegExp]>([
    [
      'two words of ours are one there',
      field('source', { values: { direct: 'D', 'partner-sourced': 'D', 'partner-influenced': 'P' } }),
      /direct and partner-sourced are all written as D/,
    ],
    [
      'amounts become cents',
      field('amount', { conversion: { as: 'cents' } }),
      /two digits after the point.*0\.0001 would come back as 0/,
    ],
    ['a scale has no end', field('amount', { conversion: { as: 'decimal' }, scale: '3' }), /no finite number times 3/],
    [
      'an instant becomes a day',
      field('protectedUntil', { conversion: { as: 'date' } }),
      /the time of the day is lost/,
    ],
    ['a text becomes a list', field('name', { conversion: { as: 'list' } }), /one;;two would come back as one;two/],
    [
      'a text becomes a number',
      field('name', { conversion: { as: 'decimal' } }),
      /would be refused when it comes back/,
    ],
    [
      'what has no pair is one fallback',
      field('stage', { values: { open: 'Open' }, unpaired: { toVendor: 'Other' } }),
      /would come back as Other/,
    ],
    [
      'it is transformed one way only',
      field('name', { transform: { in: '$uppercase(p)' } }),
      /transformed on its way in and not on its way out/,
    ],
  ])('when %s', (_, one, reason) => {
    const [finding] = found(one)
    expect(finding).toMatchObject({ severity: 'error', code: 'CW_MAPPING_LOSSY', field: one.field, path: 'p' })
    expect(finding?.reason).toMatch(reason)
    expect(finding?.proposal).not.toBeNull()
    // Out once and the vendor's from then on: values that read the same are no difference, and the loss is told.
    expect(found({ ...one, update: 'in' }).map(({ severity }) => severity)).toEqual(['warning'])
    expect(found({ ...one, create: 'in', update: 'in' }).filter(({ code }) => code === 'CW_MAPPING_LOSSY')).toEqual([])
  })

  it.each<[string, FieldMapping, Partial<FieldSchema>, RegExp]>([
    [
      'whole numbers',
      field('amount', { conversion: { as: 'decimal' } }),
      { type: 'int', scale: 0 },
      /whole numbers only/,
    ],
    [
      'days',
      field('protectedUntil', { conversion: { as: 'instant' } }),
      { type: 'date' },
      /keeps the day and not the time/,
    ],
    [
      'fewer characters',
      field('source', { values: { direct: 'A long word' } }),
      { maxLength: 5 },
      /holds 5 characters, and 11 are written/,
    ],
  ])('when the vendor’s field holds %s', (_, one, there, reason) => {
    const schema: FieldSchema = {
      name: 'p',
      label: 'P',
      type: 'string',
      required: false,
      writable: true,
      values: null,
      ...there,
    }
    expect(found(one, [schema])[0]).toMatchObject({
      severity: 'error',
      reason: expect.stringMatching(reason) as unknown,
    })
    expect(found({ ...one, path: 'other' }, [schema]).filter(({ reason: r }) => reason.test(r))).toEqual([])
  })

  it('where the ledger cannot hold what comes in', () => {
    expect(found(field('amount'))).toMatchObject([
      { severity: 'error', code: 'CW_MAPPING_INVALID', proposal: 'Write `as: decimal`.' },
    ])
    expect(found(field('accountId', { conversion: { as: 'lookup', of: 'partner', object: 'A' } }))).toMatchObject([
      { code: 'CW_MAPPING_INVALID', reason: expect.stringContaining('names a account') as unknown },
    ])
    expect(found(field('accountId', { create: 'out', update: 'out' }))).toEqual([])
  })
})

it('lets through what is whole', () => {
  expect(found(field('stage', { values: { open: 'Open', won: 'Won' }, unpaired: 'park' }))).toEqual([])
  expect(found(field('amount', { conversion: { as: 'decimal' }, scale: '0.01' }))).toEqual([])
  expect(found(field('protectedUntil', { conversion: { as: 'epochMs' } }))).toEqual([])
  expect(found(field('custom.flag', { conversion: { as: 'boolean' }, values: { true: 'Yes', false: 'No' } }))).toEqual(
    [],
  )
  expect(found(field('custom.fee', { conversion: { as: 'cents' } }))).toEqual([])
})

it('warns of a word there that is a value here', () => {
  const passing = field('stage', { values: { won: 'Closed' } })
  expect(found(passing)).toMatchObject([
    { severity: 'warning', reason: expect.stringContaining('Closed as a value of ours') as unknown },
  ])
})

it('says nothing against the mapping that any vendor comes with', () => {
  const settings: Record<string, Record<string, unknown>> = {
    salesforce: { loginUrl: 'https://acme.my.salesforce.com', clientId: 'id', clientSecret: 'secret' },
    hubspot: { accessToken: 'pat-1' },
    partnerstack: { publicKey: 'pk', secretKey: 'sk' },
  }
  for (const vendor of vendorNames()) {
    const all = settingsOf(vendor, settings[vendor]).mappings
    expect(all.length).toBeGreaterThan(2)
    expect(all.flatMap((one) => lossy(one)).filter(({ severity }) => severity === 'error')).toEqual([])
  }
})

it('knows what every field holds', () => {
  for (const kind of recordKinds) for (const name of recordFields[kind]) expect(fieldType(kind, name)).not.toBeNull()
  expect(fieldType('deal', 'custom.region')).toBeNull()
  expect(fieldType('deal', 'constructor')).toBeNull()
})

const word = fc.constantFrom('a', 'b', 'A', 'B', 'Closed', 'direct', 'one', 'true', '1', '2026-01-01')
const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 9999 }))
  .map(([whole, part]) =>
    part === 0 ? String(whole) : `${String(whole)}.${String(part).padStart(4, '0').replace(/0+$/, '')}`,
  )
const instants = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((d) => d.toISOString())
const texts = fc.oneof(word, fc.string({ minLength: 1 }))
const items = fc
  .array(
    fc.oneof(
      word,
      fc.string({ minLength: 1 }).filter((t) => !t.includes(';')),
    ),
    { minLength: 1 },
  )
  .map((all) => all.join(';'))

/** Fields with the values that the ledger may hold of them. */
const subjects: [RecordKind, string, fc.Arbitrary<string>][] = [
  ['deal', 'name', texts],
  ['deal', 'amount', amounts],
  ['deal', 'closeDate', instants.map((at) => at.slice(0, 10))],
  ['deal', 'protectedUntil', instants],
  ['deal', 'source', fc.constantFrom('direct', 'partner-sourced', 'partner-influenced')],
  ['registration', 'products', items],
  ['account', 'domain', fc.constantFrom('acme.com', 'hafen.de', 'example.co.uk')],
]
const plain: Plain[] = ['text', 'boolean', 'list', 'decimal', 'cents', 'date', 'instant', 'epochMs', 'domain']

it('for any mapping and any value: refused or told as lossy, or the value comes back unchanged', () => {
  const any = fc.constantFrom(...subjects).chain(([kind, name, values]) =>
    fc.record({
      kind: fc.constant(kind),
      value: values,
      one: fc
        .record(
          {
            conversion: fc.constantFrom(...plain).map((as) => ({ as })),
            values: fc.dictionary(fc.oneof(word, fc.constantFrom('partner-sourced', 'partner-influenced')), word, {
              maxKeys: 4,
              noNullPrototype: true,
            }),
            unpaired: fc.oneof(
              fc.constantFrom<FieldMapping['unpaired'][]>('pass', 'leave', 'park'),
              fc.record({ toVendor: word, toOurs: word }, { requiredKeys: [] }),
            ),
            scale: fc.constantFrom('0.01', '100', '3', '-0.25', '0.7'),
            update: fc.constantFrom<FieldMapping['update'][]>('both', 'in', 'out'),
          },
          { requiredKeys: ['conversion', 'update'] },
        )
        .map(({ unpaired, ...more }) => field(name, unpaired === undefined ? more : { ...more, unpaired })),
    }),
  )
  let whole = 0
  fc.assert(
    fc.property(any, ({ kind, value, one }) => {
      const findings = found(one, [], kind)
      const back = outAndBack(kind, one, value)
      const isWhole = back.is === 'same' || back.is === 'unsent'
      if (isWhole && findings.length === 0) whole += 1
      const isForeignWord = Object.values(one.values ?? {}).some((theirs) => value.split(';').includes(theirs))
      const isRefused = findings.some(({ severity }) => severity === 'error' || isForeignWord)
      expect(isWhole || isRefused || one.update !== 'both').toBe(true)
    }),
    { numRuns: 3000 },
  )
  expect(whole).toBeGreaterThan(100)
})

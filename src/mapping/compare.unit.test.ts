import { describe, expect, it } from 'vitest'
import { changeLine, compareMappings } from './compare.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'

const amount: FieldMapping = {
  field: 'amount',
  path: 'Amount',
  conversion: { as: 'decimal' },
  create: 'both',
  update: 'in',
  wins: 'vendor',
}
const stage: FieldMapping = { ...amount, field: 'stage', path: 'StageName', conversion: { as: 'text' } }
const deal = (fields: FieldMapping[], more: Partial<ObjectMapping> = {}): ObjectMapping[] => [
  { object: 'Opportunity', kind: 'deal', fields, ...more },
]
const told = (before: ObjectMapping[], after: ObjectMapping[]) => compareMappings(before, after).map(changeLine)

describe('what two mappings differ in', () => {
  it('is nothing where both say the same, whatever stands there by default', () => {
    const spelt: FieldMapping = { ...amount, unpaired: 'pass', write: 'always', scale: '1', mandatory: false }
    expect(told(deal([amount, stage]), deal([amount, stage]))).toEqual([])
    expect(told(deal([amount]), deal([spelt], { mode: 'upsert', fixed: {} }))).toEqual([])
  })

  it('names kinds that come and go', () => {
    expect(told([], deal([amount]))).toEqual(['deal: kept from now on, with 1 field'])
    expect(told(deal([amount]), [])).toEqual(['deal: no longer kept'])
  })

  it('names fields that come and go, with where they lived', () => {
    expect(told(deal([amount]), deal([stage]))).toEqual([
      'deal.amount: removed; it was Amount as decimal, both on create, in on update, vendor wins',
      'deal.stage: added: StageName as text, both on create, in on update, vendor wins',
    ])
  })

  it.each<[string, Partial<FieldMapping>, string]>([
    ['the path', { path: 'Betrag__c' }, 'path Amount → Betrag__c'],
    ['the form', { conversion: { as: 'cents' } }, 'form decimal → cents'],
    [
      'a lookup with its fallback',
      { conversion: { as: 'lookup', of: 'user', object: 'User', fallback: '005A' } },
      'form decimal → lookup of user in User, else 005A',
    ],
    ['a direction', { update: 'both' }, 'direction on update in → both'],
    ['the other direction', { create: 'none' }, 'direction on create both → none'],
    ['the winner', { wins: 'ask' }, 'winner where both changed vendor → ask'],
    ['a pair', { values: { a: 'A' } }, 'pair a: A added'],
    ['how the rest is paired', { rest: 'same-name' }, 'the rest of the values none → same-name'],
    ['the one currency', { currency: { is: 'EUR' } }, 'currency none → EUR'],
    ['where the currency stands', { currency: { path: 'Iso' } }, 'currency none → from Iso'],
    ['what becomes of other currencies', { otherCurrency: 'leave' }, 'other currencies park → leave'],
    ['what has no pair', { unpaired: 'park' }, 'values without a pair pass → park'],
    [
      'a fallback',
      { unpaired: { toVendor: 'Other', toOurs: 'other' } },
      'values without a pair pass → written as Other, read as other',
    ],
    ['when it is written', { write: 'if-empty' }, 'written always → if-empty'],
    ['a transformation', { transform: { in: '$round(Amount)' } }, 'transformation in none → $round(Amount)'],
    ['the scale', { scale: '0.01' }, 'scale 1 → 0.01'],
    ['the initial value', { initial: '0' }, 'initial value none → 0'],
    ['what is never emptied', { mandatory: true }, 'never emptied false → true'],
    ['what is required', { required: 'known' }, 'required false → known'],
  ])('names a change of %s', (_, change, words) => {
    expect(told(deal([amount]), deal([{ ...amount, ...change }]))).toEqual([`deal.amount: ${words}`])
  })

  it('tells pairs apart that came, went and changed', () => {
    const before = deal([{ ...stage, values: { open: 'Open', won: 'Won' } }])
    const after = deal([{ ...stage, values: { open: 'Offen', lost: 'Lost' } }])
    expect(told(before, after)).toEqual([
      'deal.stage: pair open: Open → Offen',
      'deal.stage: pair won: Won removed',
      'deal.stage: pair lost: Lost added',
    ])
  })

  it('names what is said of all records of a kind', () => {
    const after = deal([amount], {
      mode: 'update-only',
      fixed: { LeadSource: 'Partner' },
      when: { path: 'Type', in: ['Partner', 'Reseller'] },
    })
    expect(told(deal([amount]), after)).toEqual([
      'deal: mode upsert → update-only',
      'deal: condition none → Type in Partner, Reseller',
      'deal: fixed value LeadSource: Partner added',
    ])
  })

  it('keeps two lines of one field apart', () => {
    const written: FieldMapping = { ...amount, path: 'Amount_Out__c', create: 'out', update: 'out' }
    expect(told(deal([amount, written]), deal([amount, { ...written, path: 'Sum__c' }]))).toEqual([
      'deal.amount: path Amount_Out__c → Sum__c',
    ])
  })
})

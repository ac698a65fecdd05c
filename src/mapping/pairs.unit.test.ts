import { describe, expect, it } from 'vitest'
import type { FieldValue } from '../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { pairRest } from './pairs.ts'
import { asKept, difference, toCanonical, type Lookups } from './translate.ts'

const nobody: Lookups = { toOurs: () => undefined, toTheirs: () => undefined }
const field = (more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: 'f',
  path: 'p',
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  values: { won: 'Closed Won', open: 'Open' },
  ...more,
})
const mapping = (one: FieldMapping): ObjectMapping => ({ object: 'o', kind: 'deal', fields: [one] })
const out = (one: FieldMapping, f: string | null, shadow: FieldValue | undefined) =>
  difference(mapping(one), { f }, shadow === undefined ? null : { p: shadow }, nobody)
const into = (one: FieldMapping, p: FieldValue) => toCanonical(mapping(one), { p }, 'update', nobody)

describe('a value without a pair', () => {
  it('passes as it is unless the mapping says otherwise', () => {
    expect(out(field(), 'odd', undefined).fields).toEqual({ p: 'odd' })
    expect(into(field(), 'Strange').values).toEqual({ f: 'Strange' })
  })

  it('leaves the other side alone, either way', () => {
    const leaving = field({ unpaired: 'leave' })
    expect(out(leaving, 'odd', undefined).fields).toEqual({})
    expect(out(leaving, 'odd', 'Open').fields).toEqual({})
    expect(into(leaving, 'Strange')).toEqual({ values: {}, troubles: [] })
    // What the vendor's people chose is not overwritten by a value that it was never compared with.
    expect(out(leaving, 'won', 'Strange').fields).toEqual({})
    // Where nothing flows in, their choice is nothing to keep.
    expect(out({ ...leaving, create: 'out', update: 'out' }, 'won', 'Strange').fields).toEqual({ p: 'Closed Won' })
  })

  it('parks its record, either way, and names the value', () => {
    const parking = field({ unpaired: 'park' })
    const trouble = { field: 'f', path: 'p', code: 'CW_VALUE_UNPAIRED', expected: 'a value that has a pair' }
    expect(out(parking, 'odd', 'Open')).toEqual({ fields: {}, waitsFor: [], troubles: [{ ...trouble, found: 'odd' }] })
    expect(into(parking, 'Strange')).toEqual({ values: {}, troubles: [{ ...trouble, found: 'Strange' }] })
    expect(out(parking, null, 'Open')).toMatchObject({ fields: { p: null }, troubles: [] })
    expect(into(parking, '')).toEqual({ values: { f: null }, troubles: [] })
  })

  it('becomes the fallback of its way, and the fallback that comes back is no difference', () => {
    const falling = field({ unpaired: { toVendor: 'Other', toOurs: 'open' } })
    expect(out(falling, 'odd', undefined).fields).toEqual({ p: 'Other' })
    expect(into(falling, 'Strange').values).toEqual({ f: 'open' })
    expect(asKept(falling, 'odd')).toBe('open')
    expect(out(falling, 'odd', 'Other').fields).toEqual({})
    // Theirs reads as ours does: their own word for it stays.
    expect(out(falling, 'open', 'Strange').fields).toEqual({})
    expect(out(falling, 'won', 'Strange').fields).toEqual({ p: 'Closed Won' })
  })
})

it('pairs each item of a list', () => {
  const list = field({ conversion: { as: 'list' }, values: { crm: 'CRM Suite', prm: 'Portal' } })
  expect(out(list, 'crm;prm;odd', undefined).fields).toEqual({ p: ['CRM Suite', 'Portal', 'odd'] })
  expect(into(list, 'Portal;CRM Suite').values).toEqual({ f: 'prm;crm' })
  expect(into(list, ['Portal', 'Strange']).values).toEqual({ f: 'prm;Strange' })
  expect(into({ ...list, unpaired: 'park' }, ['Portal', 'Strange']).troubles).toMatchObject([{ found: 'Strange' }])
  expect(out({ ...list, unpaired: { toVendor: 'Other' } }, 'odd;even;crm', undefined).fields).toEqual({
    p: ['Other', 'CRM Suite'],
  })
})

it('writes the vendor’s word for a yes, and reads it', () => {
  const yes = field({ conversion: { as: 'boolean' }, values: { true: 'Yes', false: 'No' } })
  expect(out(yes, 'true', undefined).fields).toEqual({ p: 'Yes' })
  expect(into(yes, 'No').values).toEqual({ f: 'false' })
  const flag = field({ values: { active: 'true', left: 'false' } })
  expect(into(flag, true).values).toEqual({ f: 'active' })
})

describe('the rest', () => {
  const theirs = ['Closed Won', 'open', 'IN-REVIEW', 'Lost', 'lost ']

  it('is paired with the value of the same name, whatever its case, spaces and hyphens', () => {
    const rest = pairRest(
      { values: { won: 'Closed Won' }, rest: 'same-name' },
      ['won', 'Open', 'in review', 'draft'],
      theirs,
    )
    expect(rest).toEqual({
      values: { won: 'Closed Won', Open: 'open', 'in review': 'IN-REVIEW' },
      without: ['draft'],
    })
  })

  it('prefers the very same word, and pairs with itself what only the vendor names', () => {
    expect(pairRest({ rest: 'same-name' }, ['Lost', 'LOST'], theirs).values).toEqual({ Lost: 'Lost', LOST: 'Lost' })
    expect(pairRest({ values: { won: 'Closed Won' }, rest: 'same-name' }, [], ['Closed Won', 'Open']).values).toEqual({
      won: 'Closed Won',
      Open: 'Open',
    })
  })

  it('is nothing where the mapping does not ask for it', () => {
    expect(pairRest({ values: { a: 'b' } }, ['c'], ['c'])).toEqual({ values: { a: 'b' }, without: [] })
  })
})

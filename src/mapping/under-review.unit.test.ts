import { describe, expect, it } from 'vitest'
import type { Direction, FieldMapping, ObjectMapping } from './definition.ts'
import { keptAs } from './mirrors.ts'
import type { System } from './systems.ts'
import { difference, touchesShared, type CanonicalRecord } from './translate.ts'
import { canHold } from './under-review.ts'

const field = (name: string, path: string, create: Direction, update: Direction): FieldMapping => ({
  field: name,
  path,
  conversion: { as: 'text' },
  create,
  update,
  wins: 'vendor',
})
const mapping: ObjectMapping = {
  object: 'deals',
  kind: 'deal',
  fixed: { Kind: 'deal' },
  fields: [
    field('name', 'Title', 'both', 'both'),
    field('stage', 'Stage', 'both', 'in'),
    field('source', 'Source', 'both', 'out'),
    { ...field('underReview', 'Held', 'out', 'out'), conversion: { as: 'boolean' }, mandatory: true, wins: 'ledger' },
  ],
}
const system: System = {
  name: 'crm',
  role: 'crm',
  capabilities: [],
  mappings: [mapping],
  pollMs: 1,
  reconcileMs: null,
  deletions: {},
  mirrors: false,
}
const lookups = { toOurs: () => undefined, toTheirs: () => undefined }
const record = { name: 'Ours', stage: 'A', source: 'direct', home: 'crm', registrationId: null, partnerId: null }
const there = { Title: 'Theirs', Stage: 'B', Source: 'Direct', Held: false, Kind: 'other' }

function sent(more: CanonicalRecord) {
  const all = { ...record, ...more }
  const kept = keptAs(system, 'deals', 'deal', all)
  if (kept === undefined) throw new Error('not kept')
  const { fields } = difference(kept, all, there, lookups)
  return { fields, isReadFirst: touchesShared(kept, fields) }
}

describe('a deal', () => {
  it('that was never reviewed is written as its mapping says, and keeps what its people ticked', () => {
    expect(sent({ underReview: null }).fields).toEqual({ Title: 'Ours', Source: 'direct', Kind: 'deal' })
    expect(sent({}).fields).toEqual({ Title: 'Ours', Source: 'direct', Kind: 'deal' })
  })

  it('of our own people under review gets the hold and its stage, read a moment before, and nothing else', () => {
    expect(sent({ underReview: 'true' })).toEqual({ fields: { Held: true, Stage: 'A' }, isReadFirst: true })
  })

  it('of our own people that is released keeps its stage', () => {
    const kept = keptAs(system, 'deals', 'deal', { ...record, underReview: 'false' })
    if (kept === undefined) throw new Error('not kept')
    expect(difference(kept, { ...record, underReview: 'false' }, { ...there, Held: true }, lookups).fields).toEqual({
      Held: false,
    })
  })

  it('that became a partner’s is written as its mapping says again', () => {
    expect(sent({ underReview: 'false', registrationId: 'r' }).fields).toEqual({
      Title: 'Ours',
      Source: 'direct',
      Kind: 'deal',
    })
    expect(sent({ underReview: 'true', partnerId: 'p' }).fields).toEqual({
      Title: 'Ours',
      Source: 'direct',
      Stage: 'A',
      Held: true,
      Kind: 'deal',
    })
  })

  it('is never emptied of its stage', () => {
    expect(sent({ underReview: 'true', stage: null }).fields).toEqual({ Held: true })
  })
})

it('can be held where the mapping lets us say so', () => {
  expect(canHold(mapping)).toBe(true)
  expect(canHold({ ...mapping, fields: mapping.fields.slice(0, 3) })).toBe(false)
  expect(canHold(undefined)).toBe(false)
})

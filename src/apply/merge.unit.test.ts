import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FieldMapping, ObjectMapping, Wins } from '../mapping/definition.ts'
import { merge, type Sides } from './merge.ts'

const names = ['a', 'b', 'c'] as const
const rules: Wins[] = ['vendor', 'ledger', 'newest', 'ask']

const field = (name: string, wins: Wins, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: name,
  path: name.toUpperCase(),
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins,
  ...more,
})
const mapping = (...fields: FieldMapping[]): ObjectMapping => ({ object: 'o', kind: 'deal', fields })

const [early, late] = ['2026-01-01T10:00:00.000Z', '2026-01-01T11:00:00.000Z']
const sides = (more: Partial<Sides>): Sides => ({
  theirs: {},
  base: {},
  ours: {},
  held: new Set(),
  theirsAt: early,
  oursAt: {},
  ...more,
})

const value = fc.option(fc.constantFrom('x', 'y', 'z', 'w'), { nil: null })
const record = fc.record({ a: value, b: value, c: value })
const instants = fc.constantFrom(early, late)
const anything = fc.record({
  wins: fc.tuple(...names.map(() => fc.constantFrom(...rules))),
  base: fc.option(record, { nil: null }),
  theirs: record,
  ours: record,
  theirsAt: instants,
  oursAt: fc.record({ a: instants, b: instants, c: instants }, { requiredKeys: [] }),
  held: fc.subarray([...names]).map((held) => new Set<string>(held)),
})

describe('whatever the rules and whatever both sides say', () => {
  it('loses no value: what a side changed is in the ledger afterwards or in a clash', () => {
    fc.assert(
      fc.property(anything, ({ wins, ...given }) => {
        const result = merge(mapping(...names.map((name, n) => field(name, wins[n] ?? 'ask'))), given)
        for (const name of names) {
          const [theirs, ours] = [given.theirs[name], given.ours[name]]
          const base = given.base === null ? null : given.base[name]
          const after = name in result.changed ? result.changed[name] : ours
          const kept = result.clashes
            .filter((clash) => clash.field === name)
            .flatMap((clash) => [clash.ours, clash.theirs])
          for (const changed of [theirs, ours].filter((v) => v !== base && (given.base !== null || v !== null)))
            expect([after, ...kept]).toContain(changed)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('makes a clash of what both changed to different values, once, and of nothing else', () => {
    fc.assert(
      fc.property(anything, ({ wins, ...given }) => {
        const result = merge(mapping(...names.map((name, n) => field(name, wins[n] ?? 'ask'))), given)
        for (const [n, name] of names.entries()) {
          const [theirs, ours] = [given.theirs[name], given.ours[name]]
          const base = given.base === null ? null : given.base[name]
          const isReal = theirs !== ours && ours !== base && theirs !== base
          const isHeld = given.held.has(name)
          const told = result.clashes.filter((clash) => clash.field === name)
          expect(told).toHaveLength((isHeld ? theirs !== ours : isReal) ? 1 : 0)
          expect(told.every(({ winner }) => (winner === 'open') === (isHeld || wins[n] === 'ask'))).toBe(true)
          expect(result.agreed.includes(name)).toBe(isHeld && theirs === ours)
          expect(told.some(({ winner }) => winner === 'open') && name in result.changed).toBe(false)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('comes to rest: merging once more changes nothing', () => {
    fc.assert(
      fc.property(anything, ({ wins, ...given }) => {
        const fields = mapping(...names.map((name, n) => field(name, wins[n] ?? 'ask')))
        const first = merge(fields, given)
        const held = new Set([...given.held, ...first.clashes.flatMap((c) => (c.winner === 'open' ? [c.field] : []))])
        const again = merge(fields, { ...given, held, base: given.theirs, ours: { ...given.ours, ...first.changed } })
        expect(again.changed).toEqual({})
        expect(again.clashes.filter(({ winner }) => winner !== 'open')).toEqual([])
      }),
    )
  })
})

const both = { base: { a: 'old' }, ours: { a: 'ours' }, theirs: { a: 'theirs' } }
const judged = (wins: Wins, more: Partial<Sides> = {}) => merge(mapping(field('a', wins)), sides({ ...both, ...more }))

describe('a field that both sides changed', () => {
  it('is decided by its rule, and keeps the value that lost', () => {
    expect(judged('vendor')).toMatchObject({ changed: { a: 'theirs' }, clashes: [{ ours: 'ours', winner: 'theirs' }] })
    expect(judged('ledger')).toMatchObject({
      changed: {},
      ledgerWon: true,
      clashes: [{ theirs: 'theirs', winner: 'ours' }],
    })
    expect(judged('ask')).toMatchObject({
      changed: {},
      ledgerWon: false,
      clashes: [{ base: 'old', ours: 'ours', theirs: 'theirs', winner: 'open' }],
    })
  })

  it('goes to the later one; to the vendor when both are of one instant or ours is of no known one', () => {
    for (const [theirsAt, oursAt, winner] of [
      [early, { a: late }, 'ours'],
      [late, { a: early }, 'theirs'],
      [late, { a: late }, 'theirs'],
      [early, { b: late }, 'theirs'],
    ] as const)
      expect(judged('newest', { theirsAt, oursAt }).clashes).toMatchObject([{ winner }])
  })

  it('is none when our value is only kept in another form there', () => {
    const values = { won: 'Closed', lost: 'Closed' }
    const result = merge(
      mapping(field('a', 'ask', { values })),
      sides({ base: { a: 'won' }, ours: { a: 'lost' }, theirs: { a: 'open' } }),
    )
    expect(result).toMatchObject({ changed: { a: 'open' }, clashes: [] })
  })
})

const first = (wins: Wins, ours: string | null, theirs: string | null) =>
  merge(mapping(field('a', wins)), sides({ base: null, ours: { a: ours }, theirs: { a: theirs } }))

describe('at first sight', () => {
  it('takes an empty field for silence, on either side', () => {
    for (const wins of rules) {
      expect(first(wins, null, 'theirs')).toMatchObject({ changed: { a: 'theirs' }, clashes: [] })
      expect(first(wins, 'ours', null)).toMatchObject({ changed: {}, ledgerWon: true, clashes: [] })
    }
  })

  it('keeps the value that loses when two systems already differ', () => {
    expect(first('vendor', 'ours', 'theirs').clashes).toMatchObject([{ ours: 'ours', winner: 'theirs' }])
    expect(first('ask', 'ours', 'theirs').clashes).toMatchObject([{ winner: 'open' }])
  })
})

it('does not take the fallback of one who left for a new owner', () => {
  const owner = field('a', 'vendor', { conversion: { as: 'lookup', of: 'user', object: 'users', fallback: 'F' } })
  const lookups = {
    toOurs: (_: string, id: string) => `our-${id}`,
    toTheirs: (_: string, id: string) => (id === 'our-left' ? undefined : id.slice(4)),
  }
  const taken = (ours: string) =>
    merge(mapping(owner), sides({ base: null, ours: { a: ours }, theirs: { a: 'our-F' } }), lookups)
  expect(taken('our-left')).toEqual({ changed: {}, ledgerWon: false, clashes: [], agreed: [] })
  expect(taken('our-U')).toMatchObject({ changed: { a: 'our-F' } })
})

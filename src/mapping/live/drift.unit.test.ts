import { describe, expect, it } from 'vitest'
import type { Capability, FieldSchema } from '../../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import { doomedBy, sentenceOf } from './doomed.ts'
import { breaksOf, differencesBetween, missingFrom, standsStill, type SchemaDifference } from './drift.ts'

const field = (name: string, more: Partial<FieldSchema> = {}): FieldSchema => ({
  name,
  label: name,
  type: 'string',
  required: false,
  writable: true,
  values: null,
  maxLength: 80,
  ...more,
})
const picked = (values: string[]) => field('stage', { type: 'picklist', values, restricted: true })

const capability: Capability = {
  object: 'deals',
  kinds: ['deal'],
  roles: ['crm'],
  read: 'changes',
  deletes: 'feed',
  write: 'upsert',
  update: true,
  key: 'our_id',
  batch: 10,
  group: null,
  conditional: false,
  visibleAfterMs: 0,
}

const maps = (name: string, path: string, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: name,
  path,
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  ...more,
})
const mapping = (...fields: FieldMapping[]): ObjectMapping => ({ object: 'deals', kind: 'deal', fields })

/** What changed, between which descriptions of a field, what is mapped to it, and what breaks (null: nothing). */
const cases: [SchemaDifference['kind'], FieldSchema | null, FieldSchema | null, FieldMapping[], string[] | null][] = [
  ['field-removed', field('note'), null, [maps('reason', 'note')], ['reason']],
  ['field-removed', field('note'), null, [maps('name', 'title')], null],
  ['type-changed', field('note'), field('note', { type: 'number' }), [maps('reason', 'note')], ['reason']],
  [
    'type-changed',
    field('note'),
    field('note', { type: 'number' }),
    [maps('reason', 'note', { create: 'in', update: 'in' })],
    null,
  ],
  ['length-changed', field('note'), field('note', { maxLength: 20 }), [maps('reason', 'note')], ['reason']],
  ['rule-added', field('note'), field('note', { rules: ['MIN_LENGTH 5'] }), [maps('reason', 'note')], null],
  ['rule-removed', field('note', { rules: ['MIN_LENGTH 5'] }), field('note'), [maps('reason', 'note')], null],
  ['length-changed', field('note'), field('note', { maxLength: 120 }), [maps('reason', 'note')], null],
  [
    'length-changed',
    field('note'),
    field('note', { maxLength: 20 }),
    [maps('reason', 'note', { create: 'in', update: 'in' })],
    null,
  ],
  ['became-required', field('note'), field('note', { required: true }), [maps('reason', 'note')], ['reason']],
  ['became-required', field('note'), field('note', { required: true }), [maps('name', 'title')], []],
  [
    'became-required',
    field('note'),
    field('note', { required: true }),
    [maps('reason', 'note', { initial: 'none' })],
    null,
  ],
  ['field-added', null, field('note', { required: true }), [maps('name', 'title')], []],
  ['field-added', null, field('note'), [maps('name', 'title')], null],
  ['became-optional', field('note', { required: true }), field('note'), [maps('reason', 'note')], null],
  ['became-read-only', field('note'), field('note', { writable: false }), [maps('reason', 'note')], ['reason']],
  [
    'became-read-only',
    field('note'),
    field('note', { writable: false }),
    [maps('reason', 'note', { create: 'in', update: 'in' })],
    null,
  ],
  ['became-writable', field('note', { writable: false }), field('note'), [maps('reason', 'note')], null],
  [
    'value-removed',
    picked(['New', 'Won']),
    picked(['New']),
    [maps('stage', 'stage', { values: { won: 'Won' } })],
    ['stage'],
  ],
  [
    'value-removed',
    picked(['New', 'Won']),
    picked(['New']),
    [maps('stage', 'stage', { values: { open: 'New' } })],
    null,
  ],
  ['value-removed', picked(['New', 'Won']), picked(['New']), [maps('stage', 'stage')], ['stage']],
  [
    'value-added',
    picked(['New']),
    picked(['New', 'Won']),
    [maps('stage', 'stage', { values: { open: 'New' }, unpaired: 'park' })],
    ['stage'],
  ],
  ['value-added', picked(['New']), picked(['New', 'Won']), [maps('stage', 'stage')], null],
]

describe('what a change breaks', () => {
  it.each(cases)('%s: %j → %j under %j: %j', (kind, before, after, fields, breaks) => {
    const found = differencesBetween(before === null ? [] : [before], after === null ? [] : [after])
    expect(found.map((one) => one.kind)).toEqual([kind])
    const [difference] = found
    if (difference === undefined) throw new Error('nothing differs')
    expect(breaksOf(difference, [mapping(...fields)], capability)).toEqual(breaks)
    expect(sentenceOf(difference)).toContain(difference.path)
  })

  it.each(cases.filter(([, , , , breaks]) => breaks !== null))(
    '%s: %j → %j stands while the vendor keeps to it, and is over once it is undone',
    (_, before, after) => {
      const [difference] = differencesBetween(before === null ? [] : [before], after === null ? [] : [after])
      if (difference === undefined) throw new Error('nothing differs')
      expect(standsStill(difference, after === null ? [] : [after])).not.toBeNull()
      expect(standsStill(difference, before === null ? [] : [before])).toBeNull()
    },
  )

  it('is nothing where the descriptions are the same', () => {
    expect(differencesBetween([field('note'), picked(['a'])], [picked(['a']), field('note')])).toEqual([])
  })

  it('a field that a mapping names and that was never there is told of as gone', () => {
    const missing = missingFrom([mapping(maps('reason', 'note'), maps('name', 'title'))], [field('title')])
    expect(missing).toMatchObject([{ kind: 'field-removed', path: 'note' }])
  })
})

describe('what is not sent in vain', () => {
  const one = (kind: SchemaDifference['kind'], after: FieldSchema | null, value: string | null = null) => [
    { id: 1, kind, path: 'note', value, before: field('note'), after },
  ]

  it.each([
    [one('field-removed', null), { note: 'x' }, { title: 'x' }],
    [one('became-read-only', field('note', { writable: false })), { note: 'x' }, { title: 'x' }],
    [one('became-required', field('note', { required: true })), { note: null }, { note: 'x' }],
    [one('length-changed', field('note', { maxLength: 3 })), { note: 'long' }, { note: 'fit' }],
    [one('value-removed', null, 'Won'), { note: 'Won' }, { note: 'Lost' }],
    [one('value-removed', null, 'Won'), { note: 'Lost;Won' }, { note: 'Lost;Open' }],
    [one('type-changed', field('note', { type: 'number' })), { note: 'word' }, { note: '12.50' }],
    [one('type-changed', field('note', { type: 'date' })), { note: 'word' }, { note: '2026-11-23' }],
    [one('type-changed', field('note', { type: 'boolean' })), { note: 'word' }, { note: true }],
  ])('%j: %j and not %j', (breaks, doomed, fine) => {
    expect(doomedBy(doomed, false, breaks)).toBe(breaks[0])
    expect(doomedBy(fine, false, breaks)).toBeNull()
  })

  it('what a vendor demands by now is missed in a new record, also where nothing is sent of it', () => {
    const demanded = one('became-required', field('note', { required: true }))
    expect(doomedBy({ title: 'x' }, true, demanded)).toBe(demanded[0])
    expect(doomedBy({ title: 'x' }, false, demanded)).toBeNull()
  })
})

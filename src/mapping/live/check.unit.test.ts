/** One test for each finding: what is said, of which field, at which line, and what would mend it. */
import { describe, expect, it } from 'vitest'
import type { Capability, FieldSchema } from '../../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import { checkAgainst } from './check.ts'
import type { Live } from './saying.ts'

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

const text = (name: string, more: Partial<FieldSchema> = {}): FieldSchema => ({
  name,
  label: name,
  type: 'string',
  required: false,
  writable: true,
  values: null,
  ...more,
})

const schema: FieldSchema[] = [
  text('our_id', { unique: true, maxLength: 255 }),
  text('name', { required: true, maxLength: 120 }),
  text('amount', { type: 'number' }),
  text('closes', { type: 'date' }),
  text('stage', { type: 'picklist', values: ['New', 'Won', 'Lost'], restricted: true }),
  text('type', { type: 'picklist', values: ['Partner', 'Customer'], restricted: true }),
  text('note', { type: 'textarea', maxLength: 20 }),
  text('account', { type: 'reference', refersTo: ['accounts'], relation: 'Account' }),
  text('score', { type: 'double', writable: false, computed: true }),
  text('locked', { writable: false }),
]

const both = (field: string, path: string, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field,
  path,
  conversion: { as: 'text' },
  create: 'both',
  update: 'both',
  wins: 'vendor',
  ...more,
})

const mapping = (fields: FieldMapping[], more: Partial<ObjectMapping> = {}): ObjectMapping => ({
  object: 'deals',
  kind: 'deal',
  fields: [both('name', 'name'), ...fields],
  ...more,
})

const check = (one: ObjectMapping, more: Partial<Live> = {}) => checkAgainst([one], { capability, schema, ...more })

const twelve: Live['lineOf'] = (_, field, key) => (field === 'amount' && key === 'path' ? 12 : null)

it('has nothing to say of a mapping that fits', () => {
  const fitting = mapping(
    [
      both('amount', 'amount', { conversion: { as: 'decimal' } }),
      both('closeDate', 'closes', { conversion: { as: 'date' } }),
      both('stage', 'stage', { values: { open: 'New', won: 'Won', lost: 'Lost' } }),
      both('accountId', 'account', { conversion: { as: 'lookup', of: 'account', object: 'accounts' } }),
    ],
    { fixed: { type: 'Partner' }, when: { path: 'type', in: ['Partner'] } },
  )
  expect(check(fitting)).toEqual([])
})

it('a field that does not exist, with the name that comes nearest, at its line', () => {
  expect(check(mapping([both('amount', 'ammount')]), { lineOf: twelve })).toEqual([
    {
      severity: 'error',
      code: 'CW_MAPPING_PATH_UNKNOWN',
      line: 12,
      field: 'amount',
      path: 'ammount',
      reason: 'the vendor has no field ammount, or does not show it to the integration’s user',
      proposal: 'Write `path: amount`.',
    },
  ])
})

it('a field that is named by its label is proposed by its name', () => {
  const labelled = [...schema, text('x_17', { label: 'Region' })]
  expect(check(mapping([both('custom.region', 'Region')]), { schema: labelled })).toMatchObject([
    { code: 'CW_MAPPING_PATH_UNKNOWN', proposal: 'Write `path: x_17`.' },
  ])
})

it('a field that only an expression reads, by the name that comes nearest', () => {
  const ways = { create: 'in', update: 'in' } as const
  const known = both('custom.label', 'name', { ...ways, transform: { in: 'name & amount & Account.Name & $$.closes' } })
  expect(check(mapping([known]))).toEqual([])
  const unknown = both('custom.label', 'name', { ...ways, transform: { in: 'name & ammount & "x"' } })
  expect(check(mapping([unknown]))).toMatchObject([
    {
      severity: 'error',
      code: 'CW_MAPPING_PATH_UNKNOWN',
      field: 'custom.label',
      path: 'ammount',
      proposal: 'Write amount.',
    },
  ])
})

it('nothing that comes near: no name is made up', () => {
  const [finding] = check(mapping([both('amount', 'Zygote')]))
  expect(finding?.proposal).toContain('Make the field at the vendor')
})

it('a path through a reference is read, and never written', () => {
  expect(check(mapping([both('custom.type', 'Account.Type', { create: 'in', update: 'in' })]))).toEqual([])
  expect(check(mapping([both('custom.type', 'Account.Type')]))).toMatchObject([
    { code: 'CW_MAPPING_READ_ONLY', path: 'Account.Type' },
  ])
})

describe('a type that the conversion does not fit', () => {
  it.each([
    [both('amount', 'stage', { conversion: { as: 'decimal' } }), 'Write `as: text`.'],
    [both('name', 'amount'), 'Write `as: decimal`.'],
    [both('protectedUntil', 'closes', { conversion: { as: 'instant' } }), 'Write `as: date`.'],
    [both('closeDate', 'amount', { conversion: { as: 'date' } }), 'Write `as: decimal`.'],
    [both('custom.done', 'name', { conversion: { as: 'boolean' } }), 'Write `as: text`.'],
    [
      both('partnerId', 'amount', { conversion: { as: 'lookup', of: 'partner', object: 'accounts' } }),
      'Write `as: decimal`.',
    ],
  ])('%j', (field, proposal) => {
    expect(check(mapping([field]))).toMatchObject([{ severity: 'error', code: 'CW_MAPPING_TYPE', proposal }])
  })

  it('is judged only the way that it flows, and not where a transformation makes the value', () => {
    expect(check(mapping([both('custom.n', 'amount', { create: 'in', update: 'in' })]))).toEqual([])
    const made = both('custom.n', 'amount', { create: 'out', update: 'out', transform: { out: '1' } })
    expect(check(mapping([made]))).toEqual([])
  })
})

describe('too short', () => {
  it('for what the ledger holds', () => {
    const longest = new Map([['deal.reason', 45]])
    expect(check(mapping([both('reason', 'note')]), { longest })).toMatchObject([
      {
        severity: 'warning',
        code: 'CW_MAPPING_TOO_SHORT',
        reason: 'note takes 20 characters, and reason has up to 45',
      },
    ])
    expect(check(mapping([both('reason', 'note')]), { longest: new Map([['deal.reason', 20]]) })).toEqual([])
  })

  it('for what the form of the value needs', () => {
    const until = both('protectedUntil', 'note', { conversion: { as: 'instant' } })
    expect(check(mapping([until]))).toMatchObject([{ code: 'CW_MAPPING_TOO_SHORT' }])
  })
})

describe('a rule of the vendor’s administrators', () => {
  const ruled = text('code', { rules: ['MIN_LENGTH 5', 'REGEX [A-Z]+'] })

  it('is named for each field that is written under it', () => {
    expect(check(mapping([both('reason', 'code')]), { schema: [...schema, ruled] })).toMatchObject([
      {
        severity: 'warning',
        code: 'CW_MAPPING_RULE',
        field: 'reason',
        reason:
          'code is under the vendor’s rules MIN_LENGTH 5 and REGEX [A-Z]+: a record whose value breaks it is refused',
      },
    ])
  })

  it('is no matter of what is only read', () => {
    const read = both('reason', 'code', { create: 'in', update: 'in' })
    expect(check(mapping([read]), { schema: [...schema, ruled] })).toEqual([])
  })
})

describe('picklists, both ways', () => {
  it('a value that the vendor does not have, with the one that comes nearest', () => {
    expect(
      check(mapping([both('stage', 'stage', { values: { won: 'Wonn', lost: 'Lost', open: 'New' } })])),
    ).toMatchObject([
      { severity: 'error', code: 'CW_MAPPING_VALUE_UNKNOWN', field: 'stage', proposal: 'Write "Won".' },
      { severity: 'warning', code: 'CW_MAPPING_VALUE_UNPAIRED' },
    ])
  })

  it('a value of an open picklist is only warned of', () => {
    const open = schema.map((field) => (field.name === 'stage' ? { ...field, restricted: false } : field))
    const out = both('stage', 'stage', { create: 'out', update: 'out', initial: 'Begun' })
    expect(check(mapping([out]), { schema: open })).toMatchObject([
      { severity: 'warning', code: 'CW_MAPPING_VALUE_UNKNOWN' },
    ])
  })

  it('values of the vendor’s without a pair', () => {
    const found = check(mapping([both('stage', 'stage', { values: { won: 'Won' }, unpaired: 'park' })]))
    expect(found).toMatchObject([
      {
        severity: 'warning',
        code: 'CW_MAPPING_VALUE_UNPAIRED',
        reason: 'stage has values without a pair (a record that has one is parked): "New", "Lost"',
      },
    ])
    expect(check(mapping([both('stage', 'stage', { values: { won: 'Won' }, unpaired: 'leave' })]))).toEqual([])
  })

  it('fixed values, and those that tell kinds apart', () => {
    const found = check(mapping([], { fixed: { type: 'Partners' }, when: { path: 'type', in: ['Custommer'] } }))
    expect(found).toMatchObject([
      { severity: 'error', code: 'CW_MAPPING_VALUE_UNKNOWN', path: 'type', proposal: 'Write "Partner".' },
      { severity: 'warning', code: 'CW_MAPPING_VALUE_UNKNOWN', path: 'type', proposal: 'Write "Customer".' },
    ])
  })

  it('fixed values and conditions of fields that are not there', () => {
    expect(check(mapping([], { fixed: { tpye: 'Partner' }, when: { path: 'typ', in: ['x'] } }))).toMatchObject([
      { code: 'CW_MAPPING_PATH_UNKNOWN', path: 'tpye', proposal: 'Write `path: type`.' },
      { code: 'CW_MAPPING_PATH_UNKNOWN', path: 'typ' },
    ])
  })
})

describe('what the vendor demands', () => {
  const demanding = [...schema, text('region', { required: true, type: 'picklist', values: ['EMEA'] })]

  it('is missed where nothing fills it', () => {
    expect(check(mapping([]), { schema: demanding })).toMatchObject([
      {
        severity: 'error',
        code: 'CW_MAPPING_REQUIRED',
        path: 'region',
        proposal: 'Map a field to it that flows out on create, or say `fixed: { region: EMEA }`.',
      },
    ])
  })

  it('is not missed where it is mapped, fixed or defaulted, or where nothing is made', () => {
    expect(check(mapping([both('custom.region', 'region')]), { schema: demanding })).toEqual([])
    expect(check(mapping([], { fixed: { region: 'EMEA' } }), { schema: demanding })).toEqual([])
    const defaulted = demanding.map((field) => (field.name === 'region' ? { ...field, defaulted: true } : field))
    expect(check(mapping([]), { schema: defaulted })).toEqual([])
    expect(check(mapping([], { mode: 'update-only' }), { schema: demanding })).toEqual([])
  })
})

it('a read-only field that flows out', () => {
  expect(check(mapping([both('reason', 'locked')]))).toMatchObject([
    {
      severity: 'error',
      code: 'CW_MAPPING_READ_ONLY',
      proposal: 'Let it flow in only: `create: in` and `update: in`.',
    },
  ])
  expect(check(mapping([], { fixed: { locked: 'yes' } }))).toMatchObject([{ code: 'CW_MAPPING_READ_ONLY' }])
})

it('a computed field that flows in is warned of, and refused where it flows out', () => {
  const score = both('custom.score', 'score', { conversion: { as: 'decimal' }, create: 'in', update: 'in' })
  expect(check(mapping([score]))).toMatchObject([{ severity: 'warning', code: 'CW_MAPPING_COMPUTED' }])
  expect(check(mapping([{ ...score, update: 'both' }])).map(({ code }) => code)).toEqual([
    'CW_MAPPING_READ_ONLY',
    'CW_MAPPING_COMPUTED',
  ])
})

describe('the field that holds our ids', () => {
  const withKey = (more: Partial<FieldSchema>) =>
    schema.map((field) => (field.name === 'our_id' ? { ...field, ...more } : field))

  it.each([
    [withKey({ unique: false }), 'is not unique'],
    [withKey({ writable: false }), 'cannot be written'],
    [withKey({ maxLength: 20 }), 'takes 20 characters'],
    [schema.filter(({ name }) => name !== 'our_id'), 'has no field our_id'],
  ])('%#: %s', (changed, reason) => {
    expect(check(mapping([]), { schema: changed })).toMatchObject([
      { severity: 'error', code: 'CW_MAPPING_KEY', path: 'our_id', reason: expect.stringContaining(reason) as unknown },
    ])
  })

  it('is nothing to a mapping that writes nothing', () => {
    const reading = { ...mapping([]), fields: [both('name', 'name', { create: 'in', update: 'in' })] }
    expect(check(reading, { schema: withKey({ unique: false }) })).toEqual([])
  })
})

it('a lookup that points at another object', () => {
  const elsewhere = both('accountId', 'account', { conversion: { as: 'lookup', of: 'account', object: 'companies' } })
  expect(check(mapping([elsewhere]))).toMatchObject([
    { severity: 'error', code: 'CW_MAPPING_LOOKUP_OBJECT', reason: 'account points at accounts, not at companies' },
  ])
})

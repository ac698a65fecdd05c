import { describe, expect, it } from 'vitest'
import type { Capability } from '../../../connectors/contract.ts'
import type { ObjectMapping } from '../definition.ts'
import { checkDocument } from './check.ts'
import type { Surroundings } from './surroundings.ts'

const capability: Capability = {
  object: 'Deal',
  kinds: ['deal', 'lead'],
  roles: ['crm'],
  read: 'changes',
  deletes: 'feed',
  write: 'upsert',
  update: true,
  key: 'Key',
  batch: 200,
  group: null,
  conditional: false,
  visibleAfterMs: 0,
}
const flow = { create: 'both', update: 'both', wins: 'vendor' } as const
const defaults: ObjectMapping[] = [
  {
    object: 'Deal',
    kind: 'deal',
    fields: [
      { field: 'name', path: 'Name', conversion: { as: 'text' }, ...flow, mandatory: true },
      { field: 'amount', path: 'Amount', conversion: { as: 'decimal' }, ...flow },
    ],
  },
]
const others: ObjectMapping[] = [
  {
    object: 'Account',
    kind: 'account',
    fields: [{ field: 'name', path: 'Name', conversion: { as: 'text' }, ...flow }],
  },
]
const around: Surroundings = { connection: 'sales', object: 'Deal', capability, defaults, others }

const HEAD = 'mapping: 1\nconnection: sales\nobject: Deal\n'
const found = (source: string, at: Partial<Surroundings> = {}) =>
  checkDocument(source, { ...around, ...at }).findings.map(({ code, line, field, reason, proposal }) => ({
    code,
    line,
    field,
    reason,
    proposal,
  }))
const mapped = (source: string) => {
  const { mappings, findings } = checkDocument(source, around)
  expect(findings).toEqual([])
  return mappings
}

describe('what a document says', () => {
  it('is the default where it says nothing', () => {
    expect(mapped(`${HEAD}extends: default\nrecords: {}\n`)).toEqual(defaults)
  })

  it('is laid over the default key by key, and keeps its order', () => {
    const [deal] =
      mapped(`${HEAD}extends: default
records:
  deal:
    mode: update-only
    fields:
      custom.region: { path: Region, create: in, update: in }
      name: { update: in, mandatory: false }
`) ?? []
    expect(deal).toMatchObject({ mode: 'update-only' })
    expect(deal?.fields.map(({ field, update }) => [field, update])).toEqual([
      ['name', 'in'],
      ['amount', 'both'],
      ['custom.region', 'in'],
    ])
  })

  it('takes a field or a kind away', () => {
    const said = mapped(`${HEAD}extends: default\nrecords:\n  deal: { fields: { amount: off } }\n`)
    expect(said?.[0]?.fields.map(({ field }) => field)).toEqual(['name'])
    expect(mapped(`${HEAD}extends: default\nrecords: { deal: off }\n`)).toEqual([])
  })

  it('takes away with null what the default says of a field', () => {
    const values = { ...defaults[0], kind: 'deal' as const, object: 'Deal', when: { path: 'Type', in: ['a'] } }
    const fields = (defaults[0]?.fields ?? []).map((field) => ({ ...field, values: { a: 'b' }, initial: 'a' }))
    const { mappings } = checkDocument(
      `${HEAD}extends: default\nrecords: { deal: { when: null, fields: { name: { values: null, initial: null } } } }\n`,
      { ...around, defaults: [{ ...values, fields }] },
    )
    expect(mappings?.[0]).not.toHaveProperty('when')
    expect(mappings?.[0]?.fields[0]).not.toHaveProperty('values')
    expect(mappings?.[0]?.fields[0]).not.toHaveProperty('initial')
    expect(mappings?.[0]?.fields[1]).toHaveProperty('initial', 'a')
  })

  it('may be JSON', () => {
    const json = { mapping: 1, connection: 'sales', object: 'Deal', extends: 'default', records: {} }
    expect(mapped(JSON.stringify(json, null, '\t'))).toEqual(defaults)
  })
})

describe('what is found is named, located and mendable', () => {
  it.each([
    [
      'a tab',
      `${HEAD}records:\n\tdeal: {}\n`,
      { code: 'CW_MAPPING_SYNTAX', line: 5, reason: /tab/, proposal: /two spaces/ },
    ],
    [
      'a key said twice',
      `${HEAD}records:\n  deal:\n    mode: upsert\n    mode: create-only\n`,
      { code: 'CW_MAPPING_SYNTAX', line: 7, reason: /found mode a second time/, proposal: /one of the two/ },
    ],
    [
      'an alias of nothing',
      `${HEAD}records:\n  deal: *base\n`,
      { code: 'CW_MAPPING_SYNTAX', line: 5, reason: /\*base: there is no anchor/, proposal: /itself/ },
    ],
    [
      'a text that is no YAML',
      `${HEAD}records: { deal: \n`,
      { code: 'CW_MAPPING_SYNTAX', line: 4, reason: /./, proposal: /mapping show/ },
    ],
    [
      'no format',
      'connection: sales\nobject: Deal\nrecords: {}\n',
      {
        code: 'CW_MAPPING_FORMAT',
        line: 1,
        reason: /found no `mapping:`, expected `mapping: 1`/,
        proposal: /mapping show/,
      },
    ],
    [
      'an older format',
      '# mine\nmapping: 0\nfields: []\n',
      { code: 'CW_MAPPING_FORMAT', line: 2, reason: /found `mapping: 0`/, proposal: /prints format 1/ },
    ],
    [
      'a newer format',
      'mapping: 2\n',
      { code: 'CW_MAPPING_FORMAT', line: 1, reason: /found `mapping: 2`/, proposal: /update Causeway/ },
    ],
    [
      'a name that nothing may have',
      `${HEAD}records:
  deal:
    fixed: { __proto__: a }
`,
      { code: 'CW_MAPPING_SYNTAX', line: 6, reason: /__proto__: nothing may have this name/, proposal: /./ },
    ],
    [
      'an unknown key',
      `${HEAD}extend: default\nrecords: {}\n`,
      { code: 'CW_MAPPING_INVALID', line: 4, reason: /extend is nothing/, proposal: 'Write extends.' },
    ],
    [
      'a key that resembles none',
      `${HEAD}zygote: 1\nrecords: {}\n`,
      { code: 'CW_MAPPING_INVALID', line: 4, reason: /zygote is nothing/, proposal: /Leave it out; .*records/ },
    ],
    [
      'a word that resembles none',
      `${HEAD}records:\n  deal: { mode: zygote }\n`,
      {
        code: 'CW_MAPPING_INVALID',
        line: 5,
        reason: /mode/,
        proposal: 'Write one of create-only, update-only, upsert.',
      },
    ],
    [
      'an unknown kind',
      `${HEAD}records:\n  deals: {}\n`,
      { code: 'CW_MAPPING_INVALID', line: 5, reason: /deals is nothing/, proposal: 'Write deal.' },
    ],
    [
      'an unknown key of a field',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      amount:\n        updates: in\n`,
      { code: 'CW_MAPPING_INVALID', line: 9, field: 'amount', reason: /updates is nothing/, proposal: 'Write update.' },
    ],
    [
      'an unknown direction',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      amount: { update: inn }\n`,
      { code: 'CW_MAPPING_INVALID', line: 8, field: 'amount', reason: /"in"/, proposal: 'Write in.' },
    ],
    [
      'a value that needs quotes',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      amount: { values: { a: 1 } }\n`,
      { code: 'CW_MAPPING_INVALID', line: 8, field: 'amount', reason: /found a number/, proposal: /quotes/ },
    ],
    [
      'an unknown field',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      ammount: { path: A, create: in, update: in }\n`,
      {
        code: 'CW_MAPPING_FIELD_UNKNOWN',
        line: 8,
        field: 'ammount',
        reason: /a deal has no field ammount/,
        proposal: 'Write amount, or custom.ammount for a field of your own.',
      },
    ],
    [
      'a custom field with a strange name',
      `${HEAD}records:\n  deal:\n    fields:\n      custom.Deal Region: { path: A, create: in, update: in }\n`,
      {
        code: 'CW_MAPPING_FIELD_UNKNOWN',
        line: 7,
        field: 'custom.Deal Region',
        reason: /custom\./,
        proposal: 'Write custom.dealRegion.',
      },
    ],
    [
      'a field without a path',
      `${HEAD}records:\n  deal:\n    fields:\n      amount: { create: in, update: in }\n`,
      { code: 'CW_MAPPING_INVALID', line: 7, field: 'amount', reason: /no `path`/, proposal: /extends: default/ },
    ],
    [
      'two fields that write one path',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      custom.label: { path: Name, create: out, update: none }\n`,
      {
        code: 'CW_MAPPING_PATH_TWICE',
        line: 8,
        field: 'custom.label',
        reason: 'Name is written by custom.label and by name on create',
        proposal: /path of its own/,
      },
    ],
    [
      'a field that writes what is fixed',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fixed: { Amount: 1 }\n`,
      {
        code: 'CW_MAPPING_PATH_TWICE',
        line: null,
        field: 'amount',
        reason: /by a fixed value/,
        proposal: /flow in only/,
      },
    ],
    [
      'a scale of nothing, by which every number would be lost',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      amount: { scale: "-0.00" }\n`,
      { code: 'CW_MAPPING_INVALID', line: 8, field: 'amount', reason: /not 0/, proposal: /what is expected/ },
    ],
    [
      'a scale of what is no number',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      custom.share:\n        path: S\n        create: in\n        update: in\n        scale: "0.01"\n`,
      {
        code: 'CW_MAPPING_INVALID',
        line: 12,
        field: 'custom.share',
        reason: 'scale says something of numbers, and custom.share is kept as text',
        proposal: /as: decimal/,
      },
    ],
    [
      'a lookup of a kind that is kept elsewhere',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      accountId:\n        path: A\n        as: { lookup: account, object: Accounts }\n        create: in\n        update: in\n`,
      {
        code: 'CW_MAPPING_LOOKUP_UNKNOWN',
        line: 10,
        field: 'accountId',
        reason: /keeps none/,
        proposal: 'Write `object: Account`.',
      },
    ],
    [
      'a lookup of a kind that is kept nowhere',
      `${HEAD}extends: default\nrecords:\n  deal:\n    fields:\n      partnerId: { path: A, as: { lookup: partner, object: Account }, create: in, update: in }\n`,
      {
        code: 'CW_MAPPING_LOOKUP_UNKNOWN',
        line: 8,
        field: 'partnerId',
        reason: /keeps no partner at all/,
        proposal: /set partnerId to off/,
      },
    ],
    [
      'a kind that the object does not hold',
      `${HEAD}extends: default\nrecords:\n  party: { when: { path: Type, in: [Party] } }\n`,
      { code: 'CW_MAPPING_INVALID', line: 6, reason: /holds no records of kind party/, proposal: 'Write deal.' },
    ],
    [
      'kinds that nothing tells apart',
      `${HEAD}extends: default\nrecords:\n  lead: {}\n`,
      { code: 'CW_MAPPING_INVALID', line: 6, reason: /nothing tells a lead from a deal/, proposal: /when/ },
    ],
    [
      'another object’s document',
      'mapping: 1\nconnection: sales\nobject: Account\nrecords: {}\n',
      { code: 'CW_MAPPING_INVALID', line: 3, reason: /for object Account, expected Deal/, proposal: /object: Deal/ },
    ],
    [
      'nothing at all',
      '',
      { code: 'CW_MAPPING_FORMAT', line: 1, reason: /found no `mapping:`/, proposal: /mapping show/ },
    ],
    [
      'a list',
      '- 1\n',
      { code: 'CW_MAPPING_FORMAT', line: 1, reason: /found no `mapping:`/, proposal: /mapping show/ },
    ],
  ])('%s', (_, source, expected) => {
    const [first, ...more] = found(source)
    expect(more).toEqual([])
    const { reason, proposal, ...rest } = expected
    expect(first).toMatchObject(rest)
    expect(first?.reason).toMatch(reason)
    expect(first?.proposal).toMatch(proposal)
  })

  it('aliases that multiply without measure', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
    for (let at = 1; at < 9; at += 1)
      bomb.push(`a${at}: &a${at} [${Array.from({ length: 9 }, () => `*a${at - 1}`).join(',')}]`)
    expect(found(`mapping: 1\n${bomb.join('\n')}\n`)).toMatchObject([
      { code: 'CW_MAPPING_SYNTAX', reason: 'its aliases multiply without measure' },
    ])
  })

  it('everything at once, in the order of the lines', () => {
    const source = `${HEAD}extends: default\nrecords:\n  deal:\n    mod: upsert\n    fields:\n      amount: { update: inn, pth: x }\n`
    expect(found(source).map(({ line }) => line)).toEqual([7, 9, 9])
  })

  it('a direction into an object that takes no changes', () => {
    const source = `${HEAD}records:\n  deal:\n    fields:\n      amount: { path: Amount, as: decimal, create: out, update: both }\n`
    expect(found(source, { capability: { ...capability, update: false } })).toMatchObject([
      { code: 'CW_MAPPING_DIRECTION', line: 7, field: 'amount', proposal: 'Write `update: in`.' },
    ])
    expect(found(source, { capability: { ...capability, write: 'none' } })).toMatchObject([
      { code: 'CW_MAPPING_DIRECTION', proposal: 'Write `create: none`.' },
    ])
  })
})

const named = (of: 'account' | 'deal', object: string, required: string) =>
  `{ path: Ref, as: { lookup: ${of}, object: ${object} }, create: in, update: in, required: ${required} }`
const naming = (required: boolean): ObjectMapping[] => [
  {
    object: 'Account',
    kind: 'account',
    fields: [
      {
        field: 'custom.deal',
        path: 'Deal',
        conversion: { as: 'lookup', of: 'deal', object: 'Deal' },
        create: 'both',
        update: 'in',
        wins: 'vendor',
        required,
      },
    ],
  },
]
const circular = (required: string) =>
  `${HEAD}records:\n  deal:\n    fields:\n      accountId: ${named('account', 'Account', required)}\n`

const own = (required: string) =>
  `${HEAD}records:\n  deal:\n    fields:\n      custom.parent: ${named('deal', 'Deal', required)}\n`

describe('lookups in a circle', () => {
  it('are refused where every record would wait for another', () => {
    const [circle, ...more] = checkDocument(circular('true'), { ...around, others: naming(true) }).findings
    expect(more).toEqual([])
    expect(circle).toMatchObject({ severity: 'error', code: 'CW_MAPPING_LOOKUP_CIRCLE', line: 7, field: 'accountId' })
    expect(circle?.reason).toContain('deal.accountId → account.custom.deal → deal')
  })

  it('are warned of where only records that name each other would wait', () => {
    expect(checkDocument(circular('known'), { ...around, others: naming(false) }).findings).toMatchObject([
      { severity: 'warning', code: 'CW_MAPPING_LOOKUP_CIRCLE' },
    ])
  })

  it('are none where one of the lookups may follow later', () => {
    expect(found(circular('false'), { others: naming(true) })).toEqual([])
  })

  it('are refused where a record must name another of its own kind, and are a tree where it may', () => {
    expect(found(own('true'))).toMatchObject([{ code: 'CW_MAPPING_LOOKUP_CIRCLE', line: 7 }])
    expect(found(own('known'))).toEqual([])
  })
})

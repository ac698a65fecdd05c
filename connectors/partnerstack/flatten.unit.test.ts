import { expect, it } from 'vitest'
import { dealRecord, partnershipRecord } from './records.ts'
import { flatten } from './flatten.ts'
import { settings } from './settings.ts'

const config = settings.parse({ publicKey: 'pk_1', secretKey: 'sk_1', currency: 'EUR' })

it('flattens objects by dots and leaves out statistics', () => {
  const flat = flatten({
    key: 'k',
    team: { key: 't', name: 'Team' },
    tags: ['a', 'b'],
    stats: { clicks: 9 },
    offers: [{}],
  })
  expect(flat).toEqual({ key: 'k', 'team.key': 't', 'team.name': 'Team', tags: ['a', 'b'] })
})

it('reads custom fields wherever they are, `fields[]` first', () => {
  const flat = flatten({
    meta: {},
    mdata: { old: 'mdata', both: 'mdata', all: 'mdata' },
    field_data: { both: 'field_data', all: 'field_data' },
    fields: [
      { api_name: 'all', internal_name: 'all_1', value: 'fields' },
      { internal_name: 'nameless', value: 7 },
      { api_name: 'choice', value: { name: 'Gold', value: 'gold' } },
      { api_name: 'empty', value: null },
      { value: 'lost' },
    ],
  })
  expect(flat).toEqual({
    'fields.old': 'mdata',
    'fields.both': 'field_data',
    'fields.all': 'fields',
    'fields.nameless': 7,
    'fields.choice': 'gold',
    'fields.empty': null,
  })
})

it('makes a deal’s contact, sender and currency of what the vendor splits or leaves out', () => {
  const raw = {
    key: 'deal_1',
    external_key: 'ours',
    created_at: 1_795_000_000_000,
    updated_at: 1_795_000_060_000,
    account_name: { name: 'Prospect' },
    contact_first_name: 'Ada',
    contact_last_name: null,
    team_member: { email: '', first_name: 'Sam', last_name: 'Seller' },
  }
  const record = dealRecord(config)(raw, [
    'account_name',
    'contact_name',
    'submitted_by',
    'currency',
    'created_at',
    'amount',
  ])
  expect(record).toEqual({
    object: 'deals',
    id: 'deal_1',
    key: 'ours',
    version: '1795000060000',
    modifiedAt: new Date(1_795_000_060_000).toISOString(),
    deleted: false,
    mergedInto: null,
    fields: {
      account_name: 'Prospect',
      contact_name: 'Ada',
      submitted_by: 'Sam Seller',
      currency: 'EUR',
      created_at: 1_795_000_000_000,
      amount: null,
    },
  })
})

it.each([
  [{ company: { name: 'Acme GmbH' }, team: { name: 'Team' }, first_name: 'Ada' }, 'Acme GmbH'],
  [{ company: { name: '' }, team: { name: 'Team' }, first_name: 'Ada' }, 'Team'],
  [{ first_name: 'Ada', last_name: 'Lovelace' }, 'Ada Lovelace'],
  [{}, null],
])('names a partner by company, team or person: %j', (raw, name) => {
  expect(partnershipRecord(config)({ key: 'part_1', ...raw }, []).fields['name']).toBe(name)
})

it('identifies a partner as deals do, and by its own key where it has no other', () => {
  const both = { key: 'part_1', partner_key: 'acme' }
  expect(partnershipRecord(config)(both, []).id).toBe('acme')
  expect(partnershipRecord({ ...config, partnerReference: 'key' })(both, []).id).toBe('part_1')
  expect(partnershipRecord(config)({ key: 'part_1', partner_key: '' }, []).id).toBe('part_1')
})

it.each([
  [{ is_archived: true }, true],
  [{ archived: 'true' }, true],
  [{ archived: 'false', is_archived: false }, false],
])('takes an archived record for a deleted one: %j', (raw, deleted) => {
  expect(dealRecord(config)({ key: 'deal_1', ...raw }, []).deleted).toBe(deleted)
})

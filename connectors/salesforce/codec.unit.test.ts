/** The small codecs: numbers, ids, error bodies, limit headers, settings, mappings. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idOf } from '../../sandbox/salesforce/ids.ts'
import { recordFields } from '../../src/domain/records.ts'
import { parseExact, plainDecimal, rawNumber } from './exact-json.ts'
import { longId } from './ids.ts'
import { mappings } from './mapping.ts'
import { faultFrom, problemsSchema } from './refusal.ts'
import { settings } from './settings.ts'
import { usage } from './usage.ts'

describe('numbers', () => {
  it.each([
    ['9007199254740993.55', '9007199254740993.55'],
    ['1234567890123456.78', '1234567890123456.78'],
    ['125000.0', '125000'],
    ['0.1', '0.1'],
    ['1.25E7', '12500000'],
    ['1.2345678901234567E15', '1234567890123456.7'],
    ['-5e-3', '-0.005'],
    ['0.0', '0'],
    ['-0.0', '0'],
    ['1E2', '100'],
  ])('%s becomes %s', (source, plain) => {
    expect(parseExact(`{"Amount":${source}}`)).toEqual({ Amount: plain })
    expect(plainDecimal(plain)).toBe(plain)
  })

  it('keeps every digit out and in', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 16n }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
        const amount = plainDecimal(`${whole.toString()}.${String(cents).padStart(2, '0')}`)
        expect(parseExact(JSON.stringify({ Amount: rawNumber(amount) }))).toEqual({ Amount: amount })
      }),
    )
  })
})

describe('ids', () => {
  it.each([
    ['001A0000006Vm9r', '001A0000006Vm9rIAC'],
    ['001A0000006Vm9rIAC', '001A0000006Vm9rIAC'],
    ['001a0000006vm9riac', '001A0000006Vm9rIAC'],
    ['001A0000006Vm9rIAD', null],
    ['deal-1', null],
    ['', null],
  ])('%j is %j', (given, long) => {
    expect(longId(given)).toBe(long)
  })

  it('agrees with the sandbox on every checksum', () => {
    fc.assert(
      fc.property(fc.nat(3_000_000_000), (n) => {
        const id = idOf('006', n)
        expect(longId(id.slice(0, 15))).toBe(id)
      }),
    )
  })
})

const read = (body: unknown) => faultFrom(problemsSchema.parse(body))
const rule = (field: string) => ({ errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: field, fields: [field] })

describe('error bodies', () => {
  it.each([
    ['UNABLE_TO_LOCK_ROW', 'CW_VENDOR_LOCKED', true, 'record'],
    ['ENTITY_IS_LOCKED', 'CW_VENDOR_LOCKED', true, 'record'],
    ['ENTITY_IS_DELETED', 'CW_RECORD_GONE', false, 'record'],
    ['REQUEST_LIMIT_EXCEEDED', 'CW_VENDOR_QUOTA', true, 'connection'],
    ['DUPLICATE_VALUE', 'CW_RECORD_DUPLICATE', false, 'record'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'CW_RECORD_INVALID', false, 'record'],
    ['SOMETHING_NEW', 'CW_RECORD_INVALID', false, 'record'],
    ['SERVER_UNAVAILABLE', 'CW_VENDOR_UNAVAILABLE', true, 'batch'],
  ])('%s is %s', (statusCode, code, retry, scope) => {
    expect(read([{ statusCode, message: 'm', fields: [] }])).toMatchObject({
      retry,
      fault: { code, scope, vendorCode: statusCode },
    })
  })

  it('takes a deleted record that a lookup names for a wrong value', () => {
    expect(read([{ statusCode: 'ENTITY_IS_DELETED', message: 'm', fields: ['AccountId'] }]).fault).toMatchObject({
      code: 'CW_RECORD_INVALID',
      fields: ['AccountId'],
    })
  })

  it.each(['duplicateResut', 'duplicateResult'])('finds the duplicates under %s', (key) => {
    const details = { matchResults: [{ matchRecords: [{ record: { Id: '001A0000006Vm9rIAC' } }] }] }
    expect(read([{ errorCode: 'DUPLICATES_DETECTED', message: 'm', [key]: details }]).fault).toMatchObject({
      code: 'CW_RECORD_DUPLICATE',
      existingIds: ['001A0000006Vm9rIAC'],
    })
  })

  it('gives the fields of several broken rules at once', () => {
    expect(read([rule('Amount'), rule('CloseDate')]).fault.fields).toEqual(['Amount', 'CloseDate'])
  })
})

describe('usage', () => {
  it.each([
    ['api-usage=18/5000', { dailyUsed: 18, dailyLimit: 5000, windowRemaining: null }],
    ['api-usage=10018/100000; api-bursts=1/750', { dailyUsed: 10_018, dailyLimit: 100_000, windowRemaining: 749 }],
    ['per-app-api-usage=17/250(appName=x)', null],
    ['', null],
  ])('%j', (info, expected) => {
    expect(usage({ 'sforce-limit-info': info })).toEqual(expected)
  })
})

describe('settings', () => {
  const base = { loginUrl: 'https://meridian.my.salesforce.com/', clientId: 'id' }

  it('want a secret, or a key and a user', () => {
    expect(settings.safeParse(base).success).toBe(false)
    expect(settings.parse({ ...base, clientSecret: 's' })).toMatchObject({
      loginUrl: 'https://meridian.my.salesforce.com',
      apiVersion: '67.0',
      fields: { key: 'Causeway_Id__c' },
    })
    expect(settings.safeParse({ ...base, privateKey: 'k', username: 'u' }).success).toBe(true)
  })

  it.each([
    { loginUrl: 'https://meridian.lightning.force.com' },
    { apiVersion: '67' },
    { fields: { key: 'Id FROM User' } },
    { pageSize: 5000 },
    { nope: 1 },
  ])('refuse %j', (wrong) => {
    expect(settings.safeParse({ ...base, clientSecret: 's', ...wrong }).success).toBe(false)
  })

  it('map canonical fields only, each once at the birth of a record and once later', () => {
    for (const more of [{}, { multiCurrency: true, ownerFallback: '0055g00000ABCDE' }]) {
      for (const mapping of mappings(settings.parse({ ...base, clientSecret: 's', ...more }))) {
        expect(recordFields[mapping.kind]).toEqual(expect.arrayContaining(mapping.fields.map((f) => f.field)))
        for (const event of ['create', 'update'] as const) {
          const names = mapping.fields.filter((f) => f[event] !== 'none').map((f) => f.field)
          expect(new Set(names).size).toBe(names.length)
        }
      }
    }
  })

  it('name the objects in use, and nothing of those that are not', () => {
    const kinds = (objects: string[]) =>
      mappings(settings.parse({ ...base, clientSecret: 's', objects })).map((m) => m.kind)
    expect(kinds([])).toEqual(['partner', 'account', 'deal'])
    expect(kinds(['Lead', 'User'])).toEqual(['partner', 'account', 'deal', 'user', 'lead'])
    const without = mappings(settings.parse({ ...base, clientSecret: 's', objects: [] })).flatMap((m) => m.fields)
    expect(without.filter((f) => f.conversion.as === 'lookup' && f.conversion.of === 'user')).toEqual([])
  })

  it('let owners out only where somebody is named who gets what is nobody’s', () => {
    expect(owners({})).toEqual([
      'account ownerId in in',
      'deal ownerId in in',
      'deal managerId in in',
      'user managerId in in',
      'lead ownerId in in',
    ])
    expect(owners({ ownerFallback: '0055g00000ABCDE' })).toEqual([
      'account ownerId in in',
      'deal ownerId both in',
      'deal managerId both both',
      'user managerId in in',
      'lead ownerId both in',
    ])
  })
})

/** Fields that name users, and which way they flow. */
function owners(more: object): string[] {
  return mappings(
    settings.parse({ loginUrl: 'https://meridian.my.salesforce.com', clientId: 'id', clientSecret: 's', ...more }),
  )
    .flatMap((m) => m.fields.map((f) => ({ kind: m.kind, ...f })))
    .filter((f) => ['ownerId', 'managerId'].includes(f.field))
    .map((f) => `${f.kind} ${f.field} ${f.create} ${f.update}`)
}

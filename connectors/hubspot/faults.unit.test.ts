import { describe, expect, it } from 'vitest'
import { faultOfAnswer, faultOfRow } from './faults.ts'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})
const fault = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  faultOfAnswer(answer(status, body, headers), 'POST /x', 'write', Date.UTC(2026, 0, 1))

describe('refusals', () => {
  it('name the properties that were refused', () => {
    const errors = [
      { message: 'm', code: 'PROPERTY_DOESNT_EXIST', context: { propertyName: ['nope'] } },
      { in: 'amount', code: 'INVALID_LONG' },
    ]
    expect(fault(400, { category: 'VALIDATION_ERROR', errors })).toMatchObject({
      code: 'CW_RECORD_INVALID',
      vendorCode: 'PROPERTY_DOESNT_EXIST',
      fields: ['nope', 'amount'],
      scope: 'batch',
    })
  })

  it('take every field of an error for optional', () => {
    expect(fault(400, {})).toMatchObject({ code: 'CW_RECORD_INVALID', vendorCode: 'HTTP 400', fields: [] })
    expect(fault(409, { context: null, errors: 'odd', category: 5 })).toMatchObject({ code: 'CW_RECORD_DUPLICATE' })
  })

  it('show the id of the record in the way as evidence, and need none', () => {
    const conflict = { category: 'CONFLICT', message: 'Company already exists. Existing ID: 4711' }
    expect(fault(409, conflict)).toMatchObject({ code: 'CW_RECORD_DUPLICATE', existingIds: ['4711'] })
    expect(fault(409, { category: 'CONFLICT', message: 'Gibt es schon' })).toMatchObject({
      code: 'CW_RECORD_DUPLICATE',
      existingIds: [],
    })
  })

  it('name the missing scopes', () => {
    const body = { category: 'MISSING_SCOPES', context: { requiredGranularScopes: ['crm.objects.deals.write'] } }
    expect(fault(403, body)).toMatchObject({
      code: 'CW_VENDOR_SCOPE',
      scope: 'connection',
      fields: ['crm.objects.deals.write'],
    })
  })

  it('wait at least two seconds for a lock, and as long as a move of the account takes', () => {
    expect(fault(423, {})).toMatchObject({ code: 'CW_VENDOR_LOCKED', retryAfterMs: 2000 })
    expect(fault(423, '', { 'retry-after': '7' })).toMatchObject({ code: 'CW_VENDOR_LOCKED', retryAfterMs: 7000 })
    expect(fault(477, '', { 'retry-after': '86400' })).toMatchObject({
      code: 'CW_VENDOR_UNAVAILABLE',
      scope: 'connection',
      retryAfterMs: 86_400_000,
    })
  })

  it('tell the daily allowance from the short one', () => {
    expect(fault(429, { policyName: 'DAILY' })).toMatchObject({ code: 'CW_VENDOR_QUOTA', scope: 'connection' })
    expect(fault(429, { policyName: 'TEN_SECONDLY_ROLLING' })).toMatchObject({ code: 'CW_VENDOR_THROTTLED' })
  })

  it('take a page that is no HubSpot error for what it is', () => {
    for (const status of [302, 400, 401, 403, 404]) expect(fault(status, '<html></html>').code).toBe('CW_VENDOR_ANSWER')
  })

  it('never repeat what HubSpot said', () => {
    expect(JSON.stringify(fault(400, { category: 'VALIDATION_ERROR', message: 'SECRET' }))).not.toContain('SECRET')
  })
})

describe('rows of a 207', () => {
  it('judge what is known, and leave open what is not', () => {
    expect(faultOfRow({ category: 'OBJECT_NOT_FOUND' })).toMatchObject({
      status: 'rejected',
      fault: { code: 'CW_RECORD_GONE', scope: 'record' },
    })
    expect(faultOfRow({ category: 'RATE_LIMITS' })).toMatchObject({ status: 'retry' })
    expect(faultOfRow({ category: 'INTERNAL_ERROR' })).toBeNull()
  })
})

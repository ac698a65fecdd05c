import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { ConnectorError, faultOf } from '../../connectors/contract.ts'
import { silentLog } from '../../connectors/log.ts'
import { CausewayError } from '../errors.ts'
import { codeOf, failingByCode } from './activity-failure.ts'

const database = Object.assign(new Error('duplicate key (ana@acme.com)'), {
  code: '23505',
  detail: 'Key (email)=(ana@acme.com)',
})
const query = new TypeError('Failed query: insert … params: Acme, ana@acme.com', { cause: database })

function fail(error: unknown): Promise<never> {
  return new Promise(() => {
    throw error
  })
}

describe('a failed activity', () => {
  it.each<[unknown, string]>([
    [new CausewayError('CW_PARTNER_UNKNOWN', 'There is no partner Acme', { company: 'Acme' }), 'CW_PARTNER_UNKNOWN'],
    [new ConnectorError(faultOf('CW_VENDOR_AUTH', 'token of Acme refused'), 'no'), 'CW_VENDOR_AUTH'],
    [query, 'TypeError 23505'],
    [Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
    [Object.assign(new Error('x'), { code: 'Acme of Hamburg', name: 'Acme' }), 'Error'],
    ['Acme', 'unknown'],
    [undefined, 'unknown'],
  ])('is known by its code alone', async (error, code) => {
    expect(codeOf(error)).toBe(code)
    let failed: unknown
    try {
      await failingByCode(() => fail(error), silentLog)
    } catch (thrown) {
      failed = thrown
    }
    const kept = defaultFailureConverter.errorToFailure(failed, defaultPayloadConverter)
    expect(kept).toMatchObject({ message: code, applicationFailureInfo: { type: code, nonRetryable: false } })
    expect(JSON.stringify(kept)).not.toMatch(/acme|hamburg|10\.0|activity-failure/i)
  })

  it('stays final where it was, and cancelled where it was', async () => {
    const final = failingByCode(() => fail(ApplicationFailure.nonRetryable('Acme')), silentLog)
    await expect(final).rejects.toMatchObject({ nonRetryable: true, message: 'ApplicationFailure' })
    const cancelled = failingByCode(() => fail(new CancelledFailure('Acme')), silentLog)
    await expect(cancelled).rejects.toBeInstanceOf(CancelledFailure)
    const aborted = failingByCode(() => fail(new DOMException('Acme', 'AbortError')), silentLog)
    await expect(aborted).rejects.toMatchObject({ message: 'cancelled' })
  })

  it('leaves what succeeds as it is', async () => {
    expect(await failingByCode(() => Promise.resolve(7), silentLog)).toBe(7)
  })
})

/** Probes: each finds out where the sandbox's switch stands, and leaves nothing behind. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { seed } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

const probe = async (name: string) => {
  const found = org.connector.probes?.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no probe ${name}`)
  return found.run(ctx())
}
const marked = async (object: string) => {
  const page = await org.connector.list?.({ object, cursor: null, fields: ['Name'] }, ctx())
  return page?.records.filter(({ fields }) => String(fields.Name).startsWith('Causeway certify'))
}

describe('probes', () => {
  it.each<[string, SwitchSet, string | RegExp, object?]>([
    ['upsert-answer', {}, 'a body (200) with the id'],
    ['upsert-answer', { upsertUpdateAnswer: '204' }, 'an empty answer (204), without the id'],
    ['key-case', {}, 'without case: the two forms are one record'],
    ['stamp-precision', {}, 'whole seconds'],
    ['stamp-precision', { stampPrecision: 'millisecond' }, 'milliseconds'],
    ['visibility', {}, 'at once', { visibleAfterMs: 0 }],
    ['numbers', {}, 'plain: 1234567890.55'],
    ['numbers', { numbers: 'exponent' }, 'with an exponent: 1.23456789055E9'],
    ['currencies', {}, 'no: all amounts are in the org’s one currency', { multiCurrency: false }],
    ['currencies', { multiCurrency: true }, 'yes', { multiCurrency: true }],
    ['duplicates', {}, 'no rule of the org refuses it'],
    ['row-locks', {}, 'not in three calls of twenty deals at a time'],
    ['row-locks', { rowLockWindowMs: 60_000 }, 'yes: 40 of 60 deals were refused with a lock'],
    ['replication-lag', { feedLagSeconds: 120 }, /^12[01] s$/],
    ['bulk-results', {}, 'yes; every value is quoted'],
    ['bulk-results', { bulkQuotes: 'needed' }, 'yes; only values that need it are quoted'],
    ['bulk-results', { bulkEnd: 'failed' }, /^no: The bulk job ended as Failed/],
    ['composite-queries', {}, '5'],
    ['composite-queries', { compositeQueries: 4 }, 'fewer than 5'],
    ['composite-queries', { compositeQueries: 25 }, 'at least 6'],
    ['partner-features', {}, 'no'],
    [
      'partner-features',
      { partnerFeatures: true },
      'yes: Account.IsPartner, Lead.PartnerAccountId, Opportunity.PartnerAccountId',
    ],
    ['change-events', { changeEvents: false }, 'no: the org publishes none', { changeEvents: false }],
    ['change-events', {}, /^yes, after \d+ ms; our own writes are marked as ours$/, { changeEvents: true }],
    ['change-events', { changeOriginClient: false }, /are not told apart$/, { changeEvents: true }],
  ])('%s, %j: %s', async (name, switches, answer, setting) => {
    await org.sandbox.control.switches.set(switches)
    const finding = await probe(name)
    const isAsSaid = typeof answer === 'string' ? finding.answer === answer : answer.test(finding.answer)
    expect({ ...finding, isAsSaid }).toMatchObject({ isAsSaid: true })
    expect(finding.setting).toEqual(setting)
    expect([await marked('Account'), await marked('Opportunity')]).toEqual([[], []])
  })

  it.each([
    ['as-asked', /^yes: all 9 rows/],
    ['smaller', /^no: 7 of 9/],
  ])('query-page: %s', async (queryPage, answer) => {
    await seed(org, { accounts: Array.from({ length: 9 }, (_, n) => ({ Name: String(n) })) })
    await org.sandbox.control.switches.set({ queryPage })
    expect((await probe('query-page')).answer).toMatch(answer)
  })

  it('key-case finds a field that is set to case-sensitive', async () => {
    await seed(org, { removeFields: [{ object: 'Account', name: 'Causeway_Id__c' }] })
    await seed(org, {
      fields: [
        {
          object: 'Account',
          name: 'Causeway_Id__c',
          type: 'string',
          externalId: true,
          unique: true,
          caseSensitive: true,
        },
      ],
    })
    expect((await probe('key-case')).answer).toContain('two records')
    expect(await marked('Account')).toEqual([])
  })

  it.each(['duplicateResut', 'none'])('duplicates: details under %s', async (duplicateDetails) => {
    await org.sandbox.control.switches.set({ duplicateDetails })
    await seed(org, { duplicateRules: [{ object: 'Account', match: ['Name'], name: 'Name' }] })
    expect((await probe('duplicates')).answer).toContain(duplicateDetails === 'none' ? 'not naming' : ', naming')
  })

  it('removes its records also when it fails', async () => {
    await seed(org, { duplicateRules: [{ object: 'Account', match: ['Name'], name: 'Name' }] })
    await expect(probe('stamp-precision')).rejects.toMatchObject({ fault: { code: 'CW_RECORD_DUPLICATE' } })
    expect(await marked('Account')).toEqual([])
  })

  it('partner-features: an org with partner programs', async () => {
    await org.sandbox.control.faults.add({
      route: 'GET *sobjects/ChannelProgram/describe',
      kind: 'status',
      status: 200,
      body: { name: 'ChannelProgram', fields: [] },
    })
    expect((await probe('partner-features')).answer).toBe('yes: ChannelProgram')
  })

  it('composite-queries: an org that refuses a part of the call', async () => {
    await org.sandbox.control.faults.add({
      route: 'POST *composite',
      kind: 'status',
      status: 200,
      body: { compositeResponse: [200, 200, 200, 200, 400].map((httpStatusCode) => ({ httpStatusCode, body: [] })) },
    })
    expect((await probe('composite-queries')).answer).toBe('fewer than 5')
  })
})

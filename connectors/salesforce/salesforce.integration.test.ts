import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fields, Outcome, Write } from '../contract.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

const write = (n: number, fields: Fields, more: Partial<Write> = {}): Write => ({
  ref: `w${String(n)}`,
  object: 'Opportunity',
  mode: 'upsert',
  id: null,
  key: `deal-${String(n)}`,
  ifVersion: null,
  fields: { Name: `Deal ${String(n)}`, ...fields },
  ...more,
})
const stored = (outcome: Outcome | undefined) => (outcome?.status === 'done' ? outcome.stored : null)

describe('the true path', () => {
  it('writes an account and a deal, each in one request, and reads them as changes', async () => {
    const [account] = await org.connector.write(
      [write(1, { Name: 'Acme', Website: 'acme.example' }, { object: 'Account', key: 'acct-1' })],
      ctx(),
    )
    expect(account).toMatchObject({
      status: 'done',
      stored: { key: 'acct-1', fields: { Name: 'Acme', Website: 'acme.example' } },
    })
    const accountId = account?.status === 'done' ? account.id : ''
    org.exchanges.length = 0
    const [deal] = await org.connector.write(
      [write(1, { Amount: '125000.10', AccountId: accountId, CloseDate: '2027-03-31' })],
      ctx(),
    )
    expect(org.exchanges.map((e) => e.route)).toEqual(['POST /composite'])
    expect(stored(deal)).toMatchObject({
      key: 'deal-1',
      fields: { Amount: '125000.1', StageName: 'Qualification', StageStatus: 'open', AccountId: accountId },
    })
    const page = await org.connector.changes(
      { object: 'Opportunity', cursor: null, from: null, fields: ['Name', 'Amount', 'StageStatus'] },
      ctx(),
    )
    expect(page).toMatchObject({
      more: false,
      records: [{ key: 'deal-1', deleted: false, fields: { Name: 'Deal 1', Amount: '125000.1', StageStatus: 'open' } }],
    })
  })
})

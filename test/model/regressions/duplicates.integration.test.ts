/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('leaves a company as it is when its duplicate in the same CRM is deleted', async () => {
  expect(
    await findings([
      'world of 2: vendor/ask/vendor ledger/ask/ledger, page 50, batch 20 tells',
      'create: alpha accounts 3',
      'create: beta accounts 3',
      'create: beta accounts 3',
      'round',
      'erase: beta accounts#1',
    ]),
  ).toEqual([])
})

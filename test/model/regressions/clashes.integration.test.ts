/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('keeps the value that lost a clash when the vendor record of the clash is deleted and made anew', async () => {
  expect(
    await findings([
      'world of 2: newest/ask/ask ledger/vendor/ledger, page 50, batch 3 tells',
      'create: beta accounts 3',
      'create: alpha accounts 3',
      'round',
      'remake: beta accounts#2',
    ]),
  ).toEqual([])
})

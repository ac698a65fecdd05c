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

it('keeps the value that lost when people already held the record that was being made there', async () => {
  expect(
    await findings([
      'world of 2: ask/newest/ledger ask/newest/ask, page 50, batch 20 tells mirrors',
      'create: alpha accounts 3',
      'create: beta accounts 3',
      'create: beta deals 3',
      'work: pull beta deals',
      'work: pull beta accounts',
      'fault: alpha write break x1',
      'work: drain alpha',
    ]),
  ).toEqual([])
})

/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('asks for no record in the name of a stub that turned out to be another one', async () => {
  expect(
    await findings([
      'world of 2: vendor/ask/vendor ledger/vendor/newest, page 50, batch 20 tells mirrors',
      'create: alpha accounts 3',
      'create: beta accounts 3',
      'create: alpha deals 5',
      'work: pull beta accounts',
      'work: pull alpha deals',
      'work: drain beta',
    ]),
  ).toEqual([])
})

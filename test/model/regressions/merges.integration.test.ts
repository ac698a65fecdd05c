/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('follows a merge that is applied together with the first sight of its records', async () => {
  expect(
    await findings([
      'world of 1: newest/ledger/newest, page 50, batch 20 tells observed',
      'create: alpha accounts 4',
      'create: alpha accounts 1',
      'work: pull alpha accounts killed after 20',
      'merge: alpha accounts#0 into #1',
    ]),
  ).toEqual([])
})

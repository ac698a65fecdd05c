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

it('takes for gone what a restored record refers to and another record has taken the place of', async () => {
  expect(
    await findings([
      'world of 1: newest/newest/vendor, page 50, batch 20 tells mirrors',
      'create: alpha accounts 3',
      'create: alpha deals 1',
      'create: alpha accounts 5',
      'round',
      'remake: alpha deals#2',
      'erase: alpha accounts#1',
      'work: pull alpha deals + pull alpha deals | turns 11 1 1 | at 10 remake: alpha accounts#3',
      'restore: alpha deals#2',
    ]),
  ).toEqual([])
})

/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('goes on when a record is made anew while it is not known what became of a write to the old one', async () => {
  expect(
    await findings([
      'world of 2: newest/ledger/vendor newest/newest/vendor, page 50, batch 20 tells mirrors',
      'create: beta accounts 1',
      'create: alpha accounts 1',
      'round',
      'edit: beta accounts#0 0',
      'work: pull beta accounts',
      'fault: alpha write crash x1',
      'work: drain alpha',
      'remake: alpha accounts#1',
    ]),
  ).toEqual([])
})

it('leaves a deal at the account that its home says when its mirror’s account takes another one’s place', async () => {
  expect(
    await findings([
      'world of 2: vendor/vendor/ask ledger/ledger/newest, page 50, batch 20 tells observed mirrors',
      'create: alpha accounts 3',
      'create: beta accounts 3',
      'create: beta accounts 3',
      'create: beta deals 1',
      'round',
      'vanish: alpha accounts#4',
    ]),
  ).toEqual([])
})

const copied = [
  'world of 2: newest/ask/ask ledger/ask/newest, page 50, batch 20 tells',
  'create: alpha accounts 3',
  'create: beta accounts 3',
  'create: beta accounts 3',
  'round',
  'remake: beta accounts#0',
  'edit: alpha accounts#4 2',
  'edit: beta accounts#4 2',
]

it('knows a record that was made anew by our key on it, and not by the domain of another one', async () => {
  expect(await findings(copied)).toEqual([])
})

it('knows it also where it was heard of before the end of the old one', async () => {
  expect(await findings([...copied, 'hint: beta accounts#1 x1', 'work: pull beta accounts'])).toEqual([])
})

it('keeps a user’s value that a request of ours had overwritten, where the record is made anew before it is put back', async () => {
  expect(
    await findings([
      'world of 2: ledger/vendor/vendor vendor/ask/ask, page 50, batch 20 tells',
      'create: portal partners 0',
      'round',
      'edit: beta firms#3 0',
      'work: pull beta firms',
      'work: drain alpha + pull alpha firms | turns 7 10 7 3 | at 34 edit: alpha firms#3 0',
      'turn: #3',
      'remake: alpha firms#1',
    ]),
  ).toEqual([])
})

/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('hears of a batch that fails while the next one is claimed, and does not end the process', async () => {
  expect(
    await findings([
      'world of 2: newest/vendor/vendor newest/newest/vendor, page 50, batch 20 tells',
      'create: portal partners 0',
      'create: beta accounts 2',
      'round',
      'round',
      'edit: alpha deals#3 0',
      'edit: alpha firms#3 0',
      'work: pull alpha firms',
      'work: drain beta killed after 41',
    ]),
  ).toEqual([])
})

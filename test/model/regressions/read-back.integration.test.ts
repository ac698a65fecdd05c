/** Scripts that the model found, each named for what it showed. */
import { expect, it } from 'vitest'
import { theatre } from '../theatre.test-support.ts'

const { findings } = theatre()

it('does not take a user’s edit of a field that only we write for the vendor’s form of our value', async () => {
  // The edit falls before, between and after our write and its reading back, as the two jobs' steps alternate.
  for (const [turns, at] of [
    [8, 36],
    [8, 37],
    [8, 38],
    [8, 39],
    [3, 38],
    [15, 38],
  ]) {
    const found = await findings([
      'world of 2: ask/ask/vendor ledger/newest/ask, page 50, batch 20 mirrors',
      'create: portal partners 0',
      'round',
      'edit: beta firms#1 1',
      'work: pull beta firms',
      `work: drain beta + pull beta firms | turns ${String(turns)} | at ${String(at)} edit: beta firms#1 1`,
    ])
    expect({ turns, at, found }).toEqual({ turns, at, found: [] })
  }
})

import { expect, it } from 'vitest'
import { deletesLeft } from './delete-brake.ts'

it.each([
  ['few records', 5, 0, 20],
  ['many records', 10_000, 0, 1000],
  ['some deleted a moment ago', 9500, 500, 500],
  ['the whole share deleted a moment ago', 900, 100, 0],
  ['more than its share deleted a moment ago', 0, 30, -10],
])('lets pass what people delete by hand: %s', (_, live, recent, left) => {
  expect(deletesLeft({ live, recent })).toBe(left)
})

import { expect, it } from 'vitest'
import { nearest } from './near-miss.ts'

const fields = ['amount', 'currency', 'closeDate', 'partnerId', 'state', 'stage', 'status']

it.each([
  ['ammount', 'amount'],
  ['amuont', 'amount'],
  ['close_date', 'closeDate'],
  ['CLOSEDATE', 'closeDate'],
  ['partnerID', 'partnerId'],
  ['statuss', 'status'],
  ['curency', 'currency'],
])('%s is probably %s', (word, meant) => {
  expect(nearest(word, fields)).toBe(meant)
})

it.each(['price', 'x', 'Opportunity', ''])('%j is nobody’s neighbour', (word) => {
  expect(nearest(word, fields)).toBeNull()
})

it('prefers the nearest, and of equally near ones the first', () => {
  expect(nearest('stag', ['state', 'stage'])).toBe('stage')
  expect(nearest('stade', ['state', 'stage'])).toBe('state')
})

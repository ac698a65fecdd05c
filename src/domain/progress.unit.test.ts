import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextRate, progressOf } from './progress.ts'

it('follows the movement of late and not the mean since the beginning', () => {
  let rate = nextRate(null, 100, 1_000)
  expect(rate).toBe(100)
  for (let page = 0; page < 300; page += 1) rate = nextRate(rate, 10, 1_000)
  expect(rate).toBeGreaterThan(9.9)
  expect(rate).toBeLessThan(11)
})

it('does not care in how many pieces the same movement comes', () => {
  const inOne = nextRate(50, 1_000, 10_000)
  let inTen = 50
  for (let piece = 0; piece < 10; piece += 1) inTen = nextRate(inTen, 100, 1_000)
  expect(inTen).toBeCloseTo(inOne, 6)
})

it('says how long the rest takes, and nothing where it cannot know', () => {
  expect(progressOf(400, 1_000, 20, 0)).toEqual({ done: 400, total: 1_000, rate: 20, leftMs: 30_000 })
  expect(progressOf(400, null, 20, 0).leftMs).toBeNull()
  expect(progressOf(0, 1_000, null, 0).leftMs).toBeNull()
  expect(progressOf(1_000, 1_000, null, 0).leftMs).toBe(0)
  // A total that was told earlier may be smaller than what was read.
  expect(progressOf(1_010, 1_000, 20, 0).leftMs).toBe(0)
})

it('becomes slower while nothing moves', () => {
  const rates = [0, 60_000, 120_000, 600_000].map((idleMs) => progressOf(1, 100, 20, idleMs).rate ?? 0)
  expect(rates[0]).toBe(20)
  expect(rates[1]).toBe(20)
  expect(rates[2]).toBeLessThan(8)
  expect(rates[3]).toBeLessThan(0.01)
})

it('stays between the slowest and the fastest movement', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ records: fc.nat({ max: 500 }), ms: fc.integer({ min: 1, max: 120_000 }) }), {
        minLength: 1,
      }),
      (moves) => {
        const rates = moves.map(({ records, ms }) => (records * 1_000) / ms)
        let rate: number | null = null
        for (const { records, ms } of moves) rate = nextRate(rate, records, ms)
        expect(rate).toBeGreaterThanOrEqual(Math.min(...rates) - 1e-9)
        expect(rate).toBeLessThanOrEqual(Math.max(...rates) + 1e-9)
      },
    ),
  )
})

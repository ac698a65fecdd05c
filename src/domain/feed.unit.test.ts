import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgeFeed, type Feed } from './feed.ts'
import { plus } from './time.ts'

const t0 = '2026-11-23T10:00:00.000Z'
const calm: Feed = { untold: {}, unhinted: 0, silentSince: null }
/** Looks a second apart from each other, unless `at` says otherwise. */
function after(looks: { hinted?: string[]; found?: string[]; s: number }[], feed = calm): Feed {
  return looks.reduce(
    (before, { hinted = [], found = [], s }) => judgeFeed(before, { hinted, found, now: plus(t0, s * 1_000) }),
    feed,
  )
}

it('is silent when three changes in a row stay untold for a minute', () => {
  const looks = [{ found: ['a'], s: 0 }, { found: ['b'], s: 30 }, { found: ['c'], s: 60 }, { s: 90 }]
  expect(after(looks)).toMatchObject({ unhinted: 2, silentSince: null })
  expect(after([...looks, { s: 120 }])).toEqual({ untold: {}, unhinted: 3, silentSince: plus(t0, 120_000) })
  // Since when is kept.
  expect(after([...looks, { s: 120 }, { found: ['d'], s: 121 }, { s: 200 }]).silentSince).toBe(plus(t0, 120_000))
})

it('gives a hint time to come after the poll that found its change', () => {
  const late = ['a', 'b', 'c', 'd'].flatMap((id, i) => [
    { found: [id], s: i * 100 },
    { hinted: [id], s: i * 100 + 50 },
  ])
  expect(after([...late, { s: 1_000 }])).toEqual(calm)
})

it('ends with the next hint, of whatever record', () => {
  const silent: Feed = { untold: {}, unhinted: 7, silentSince: t0 }
  expect(judgeFeed(silent, { hinted: ['z'], found: [], now: plus(t0, 1_000) })).toEqual(calm)
})

it('needs three in a row: a hint between begins anew', () => {
  const looks = [
    { found: ['a', 'b'], s: 0 },
    { s: 60 },
    { hinted: ['x'], s: 61 },
    { found: ['c', 'd'], s: 62 },
    { s: 130 },
  ]
  expect(after(looks)).toMatchObject({ unhinted: 2, silentSince: null })
})

it('counts a change once, however often it is found before its grace is over', () => {
  expect(after([{ found: ['a'], s: 0 }, { found: ['a'], s: 30 }, { s: 60 }, { s: 90 }]).unhinted).toBe(1)
})

it('never takes a feed that tells of every change for silent, however late within the grace', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 59 }), fc.nat({ max: 300 })), { minLength: 1, maxLength: 30 }),
      (times) => {
        const looks: { hinted?: string[]; found?: string[]; s: number }[] = []
        let s = 0
        for (const [i, [lateS, gapS]] of times.entries()) {
          looks.push({ found: [String(i)], s })
          s += lateS
          looks.push({ hinted: [String(i)], s })
          s += gapS
        }
        expect(after(looks).silentSince).toBeNull()
      },
    ),
  )
})

it('remembers little, however much is found', () => {
  const found = Array.from({ length: 5_000 }, (_, i) => String(i))
  expect(Object.keys(after([{ found, s: 0 }]).untold).length).toBeLessThanOrEqual(50)
})

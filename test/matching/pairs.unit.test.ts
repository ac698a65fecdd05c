/** How good the matcher is: on the pairs to work with, and on those that were put aside before there was a matcher. */
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readPairs } from '../../src/cli/pairs-file.ts'
import { profile } from '../../src/domain/matching/company.ts'
import { match } from '../../src/domain/matching/match.ts'
import { measure } from '../../src/domain/matching/measure.ts'

const textOf = (part: string) => readFileSync(new URL(`./pairs/${part}.csv`, import.meta.url), 'utf8')
const labels = (part: string) =>
  z
    .array(z.looseObject({ category: z.string(), same: z.enum(['true', 'false']) }))
    .parse(parse(textOf(part), { columns: true }))

const judged = (part: string) =>
  readPairs(part, textOf(part)).map(({ a, b, same }) => ({
    verdict: match(profile(a), profile(b)).verdict,
    same: same === true,
  }))

describe('the labelled pairs', () => {
  it('are enough, in named categories, half of them hard negatives, split evenly and without a pair in both parts', () => {
    const [working, heldOut] = [labels('working'), labels('held-out')]
    const all = [...working, ...heldOut]
    expect(all.length).toBeGreaterThanOrEqual(300)
    expect(all.filter(({ category }) => category.startsWith('hard-')).length * 2).toBeGreaterThanOrEqual(all.length)
    expect(all.filter(({ category, same }) => category.startsWith('hard-') && same === 'true')).toEqual([])
    const counts = (part: typeof all) =>
      Object.fromEntries(
        [...Map.groupBy(part, ({ category, same }) => `${category} ${same}`)].map(([key, rows]) => [key, rows.length]),
      )
    const [left, right] = [counts(working), counts(heldOut)]
    const uneven = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
      (key) => Math.abs((left[key] ?? 0) - (right[key] ?? 0)) > 1,
    )
    expect(uneven).toEqual([])
    const lines = new Set(textOf('working').split('\n').slice(1).filter(Boolean))
    expect(
      textOf('held-out')
        .split('\n')
        .slice(1)
        .filter((line) => lines.has(line)),
    ).toEqual([])
  })

  it('are found with precision 0.97 and recall 0.93, also those that the matcher was never tuned on', () => {
    const figures = Object.fromEntries(['working', 'held-out'].map((part) => [part, measure(judged(part))]))
    console.log(
      Object.entries(figures)
        .map(
          ([part, { pairs, precision, recall, certainPrecision }]) =>
            `${part}: ${String(pairs)} pairs, precision ${precision?.toFixed(3) ?? '-'}, recall ${recall?.toFixed(3) ?? '-'}, of the certain ones ${certainPrecision?.toFixed(3) ?? '-'}`,
        )
        .join('\n'),
    )
    for (const { precision, recall, certainPrecision } of Object.values(figures)) {
      expect(precision).toBeGreaterThanOrEqual(0.97)
      expect(certainPrecision).toBeGreaterThanOrEqual(0.97)
      expect(recall).toBeGreaterThanOrEqual(0.93)
    }
  })
})

/** The registry of codes: nothing in it is dead, and each parked record has a way out. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errors, isErrorCode, personal } from '../../src/errors.ts'
import { retryWaitsS } from '../../src/domain/patience.ts'
import { root } from './fences.ts'

const sources = ['src', 'connectors', 'activities', 'workflows'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter(
      (path) => path.endsWith('.ts') && !/\.(test|test-support|child)\.ts$/.test(path) && path !== 'src/errors.ts',
    ),
)
const text = sources.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')

describe('the registry of errors', () => {
  it('has no code that the product does not use', () => {
    expect(Object.keys(errors).filter((code) => !text.includes(`'${code}'`))).toEqual([])
  })

  it('holds each code that the product names', () => {
    const named = [...text.matchAll(/'(CW_[A-Z_]+)'/g)].map(([, code = '']) => code)
    expect(named.filter((code) => !isErrorCode(code))).toEqual([])
  })

  it('says of each parked record what a person does, or that it goes on by itself', () => {
    const records = Object.entries(errors).filter(([, error]) => error.class === 'record')
    expect(records.length).toBeGreaterThan(personal.length)
    expect(retryWaitsS.length).toBeGreaterThan(0)
    for (const [code, error] of records) {
      const unasked = !personal.some((one) => one === code)
      // Whoever waits for a person must be told a deed; what goes on by itself must name its cause or say so.
      const deed =
        /retry|skip|mend|compare|break|shorten|onboard|fill|make|link|restore|accept|causeway |nothing to do/i
      expect(error.remedy, code).toMatch(
        unasked ? /by itself|then retry|and retry|tried again|retry when|shorten|skip/i : deed,
      )
    }
  })
})

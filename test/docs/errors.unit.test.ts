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
    expect(Object.keys(errors).filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([])
  })

  it('holds each code that the product names', () => {
    const named = [...text.matchAll(/'(CW_[A-Z_]+)'/g)].map(([, code = '']) => code)
    expect(named.filter((code) => !isErrorCode(code))).toEqual([])
  })

  it('tries every parked record again by itself, but for those that could double an effect or overrule somebody', () => {
    expect(retryWaitsS.every((wait, place) => wait >= (retryWaitsS[place - 1] ?? 1))).toBe(true)
    expect(personal.toSorted()).toEqual([
      'CW_DELETE_BRAKE',
      'CW_MATCH_PROPOSED',
      'CW_NOTICE_REFUSED',
      'CW_SKIPPED',
      'CW_UNDO_EDITED',
      'CW_WRITE_UNCLEAR',
    ])
  })

  it('tells a person the way out of each, and the page who takes it', () => {
    const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8').split('\n')
    for (const [code, error] of Object.entries(errors)) {
      if (error.class !== 'record') continue
      const row = page.find((line) => line.includes(`\`${code}\``)) ?? ''
      const who = error.again === 'waits' ? 'by itself' : 'by a person'
      expect([code, row.includes(error.remedy), row.split('|').at(-2)?.trim()]).toEqual([code, true, who])
    }
  })
})

import { expect, it } from 'vitest'
import type { FieldMapping } from '../definition.ts'
import { checkTransformations } from './check.ts'

const field = (more: Partial<FieldMapping>): FieldMapping => ({
  field: 'amount',
  path: 'Amount',
  conversion: { as: 'decimal' },
  create: 'in',
  update: 'in',
  wins: 'vendor',
  ...more,
})
const check = (...fields: FieldMapping[]) => checkTransformations({ object: 'Deal', kind: 'deal', fields })
const both = { create: 'both', update: 'both' } as const

it('names field, path, side and character of a fault', () => {
  expect(check(field({}), field({ transform: { in: '$rond(Amount)' } }))).toEqual([
    {
      severity: 'error',
      code: 'CW_TRANSFORM_INVALID',
      line: null,
      field: 'amount',
      path: 'Amount',
      reason: 'transform.in, character 1: $rond is not known',
      proposal: '$round',
    },
  ])
})

it('has a way out of what resembles nothing', () => {
  const faults = check(field({ transform: { in: '$zygote(Amount)' } }), field({ transform: { in: 'Amount +' } }))
  expect(faults).toHaveLength(2)
  for (const { proposal } of faults) expect(proposal).toMatch(/mapping preview/)
})

it('finds nothing in what can be evaluated', () => {
  expect(check(field({ transform: { in: 'Amount * Rate' } }))).toEqual([])
  expect(check(field({ ...both, transform: { in: '$number(Amount) / 100', out: '$number(amount) * 100' } }))).toEqual(
    [],
  )
})

it('finds an expression for a way that the field does not go', () => {
  expect(check(field({ transform: { in: 'Amount', out: 'amount' } })).map(({ reason }) => reason)).toEqual([
    'transform.out is said of a field that never flows out',
  ])
  const out = field({ create: 'out', update: 'out', transform: { in: 'Amount', out: 'amount' } })
  expect(check(out).map(({ reason }) => reason)).toEqual(['transform.in is said of a field that never flows in'])
})

it('finds what would come back otherwise, because other fields are read than the one that is written', () => {
  const [found] = check(field({ ...both, transform: { in: 'First & Amount', out: 'amount' } }))
  expect(found?.reason).toContain('reads First besides Amount')
})

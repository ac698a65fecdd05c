import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { parseExpression } from './expression.ts'
import { functions, refused } from './functions.ts'
import { LONGEST_EXPRESSION } from './bounds.ts'

it.each([
  ['$round(Score__c / 10)', ['Score__c']],
  ['First & " " & Last', ['First', 'Last']],
  ['Owner.Name & `account.name`', ['Owner.Name', 'account.name']],
  ['Type = "Partner" ? Region : Country', ['Type', 'Region', 'Country']],
  ['Tags[$ = Wanted].$uppercase($)', ['Tags']],
  ['$map(Tags, function($t) { $t & Name })', ['Tags', 'Name']],
  ['$$.X + $.Y', ['X', 'Y']],
  ['($n := Amount; $n * Rate)', ['Amount', 'Rate']],
  ['Items.(Price * Count)', ['Items']],
  ['Items^(>Price){Name: Count}', ['Items']],
  ['"always this"', []],
  ['$join([A, B], "; ")', ['A', 'B']],
  ['A ~> $uppercase', ['A']],
  ['A ?? B', ['A', 'B']],
  ['$lookup($, "Score")', 'all'],
  ['$lookup("Score")', 'all'],
  ['$keys()', 'all'],
  ['*', 'all'],
  ['$string($)', 'all'],
])('reads from %s that it uses %j', (text, inputs) => {
  expect(parseExpression(text)).toEqual({ faults: [], inputs })
})

it.each([
  ['A +', 3, /unexpected end/, null],
  ['(A & B', 6, /expected "\)"/, null],
  ['$rond(A)', 1, /\$rond is not known/, '$round'],
  ['$trim($trimm(A))', 7, /\$trimm is not known/, '$trim'],
  ['A & $quite_other', 5, /\$quite_other is not known/, null],
  ['$now()', 1, /\$now may not be used: .* another value each time/, null],
  ['($f := $random; $f())', 8, /\$random may not be used/, null],
  ['$shuffle(A)', 1, /\$shuffle may not be used/, null],
  ['$eval("1")', 1, /\$eval may not be used: .* cannot be checked/, null],
  ['$millis()', 1, /\$millis may not be used/, null],
])('finds the fault of %s at character %i', (text, at, reason, proposal) => {
  const { faults } = parseExpression(text)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatchObject({ at, proposal })
  expect(faults[0]?.reason).toMatch(reason)
})

it('tells every unknown function of an expression', () => {
  expect(parseExpression('$aaaaa(X) & $bbbbb(Y)').faults.map(({ at }) => at)).toEqual([1, 13])
})

it('reads no expression of any length', () => {
  expect(parseExpression(`"${'x'.repeat(LONGEST_EXPRESSION)}"`).faults[0]?.reason).toMatch(/at most 4000/)
  expect(parseExpression('('.repeat(LONGEST_EXPRESSION)).faults).toHaveLength(1)
})

it('knows the functions of the release of JSONata that is installed', () => {
  const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8')
  const bound = [...source.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)', defineFunction/g)].map(
    ([, name]) => name,
  )
  expect(bound.length).toBeGreaterThan(50)
  expect(new Set([...functions, ...Object.keys(refused)])).toEqual(new Set(bound))
})

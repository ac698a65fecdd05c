import { describe, expect, it } from 'vitest'
import { Decimal } from './exact-json.ts'
import { freshOrg, place } from './org.ts'
import { parseQuery } from './soql-parse.ts'
import { runQuery, valueOf } from './soql-run.ts'

const nowMs = Date.UTC(2026, 10, 23, 12)
const org = freshOrg()
const acme = place(
  org,
  'Account',
  { Name: 'Acme 50%_off', Type: 'Customer', NumberOfEmployees: new Decimal('10') },
  nowMs,
)
place(org, 'Account', { Name: "O'Brien", Type: 'Partner', NumberOfEmployees: new Decimal('9') }, nowMs - 86_400_000)
place(org, 'Account', { Name: 'zeta', ParentId: acme }, nowMs)

const names = (rest: string): unknown[] => {
  const { def, rows } = runQuery(org, parseQuery(`SELECT Name FROM Account ${rest}`), false, nowMs)
  const field = def.fields.find((f) => f.name === 'Name')
  return rows.map((row) => (field === undefined ? null : valueOf(org, row, field)))
}

describe('conditions', () => {
  it.each([
    ["WHERE Type = 'customer'", ['Acme 50%_off']],
    ["WHERE Type != 'Customer'", ["O'Brien", 'zeta']],
    ['WHERE Type = null', ['zeta']],
    ["WHERE Type NOT IN ('Customer', 'Partner')", ['zeta']],
    ["WHERE Name IN ('ZETA', 'O\\'Brien')", ["O'Brien", 'zeta']],
    ["WHERE NOT Type = 'Partner' AND NumberOfEmployees >= 10", ['Acme 50%_off']],
    ['WHERE NumberOfEmployees < 10', ["O'Brien"]],
    ["WHERE (Name = 'zeta' OR Name LIKE 'acme%') AND ParentId = null", ['Acme 50%_off']],
    ["WHERE Name LIKE '%50\\%\\_off'", ['Acme 50%_off']],
    ["WHERE Name LIKE '%50\\_\\_off'", []],
    ["WHERE Parent.Name = 'acme 50%_off'", ['zeta']],
    [`WHERE ParentId = '${acme.slice(0, 15)}'`, ['zeta']],
    ['WHERE SystemModstamp >= TODAY', ['Acme 50%_off', 'zeta']],
    ['WHERE SystemModstamp = LAST_N_DAYS:1', []],
    ['WHERE SystemModstamp < 2026-11-23T12:00:00.000+01:00', ["O'Brien"]],
    ['WHERE IsDeleted = true', []],
  ])('%s', (rest, expected) => {
    expect(names(rest)).toEqual(expected)
  })
})

describe('order and limits', () => {
  it.each([
    ['ORDER BY Name DESC', ['zeta', "O'Brien", 'Acme 50%_off']],
    ['ORDER BY NumberOfEmployees', ['zeta', "O'Brien", 'Acme 50%_off']],
    ['ORDER BY NumberOfEmployees DESC NULLS LAST', ['Acme 50%_off', "O'Brien", 'zeta']],
    ['ORDER BY SystemModstamp DESC, Name DESC LIMIT 1 OFFSET 1', ['Acme 50%_off']],
  ])('%s', (rest, expected) => {
    expect(names(rest)).toEqual(expected)
  })
})

describe('what is no query', () => {
  it.each([
    'SELECT FROM Account',
    'SELECT Id Account',
    'SELECT Id FROM Account WHERE',
    'SELECT Id FROM Account WHERE Name',
    "SELECT Id FROM Account WHERE Name ~ 'a'",
    "SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'",
    'SELECT Id FROM Account WHERE Name IN ()',
    "SELECT Id FROM Account WHERE Name = '\\q'",
    'SELECT Id FROM Account LIMIT many',
    'SELECT Id FROM Account; DELETE',
    'SELECT Id FROM Account WHERE (Name = null',
    'SELECT Id FROM Account OFFSET 3000',
    'DELETE FROM Account',
  ])('%s', (soql) => {
    expect(() => parseQuery(soql)).toThrow(expect.objectContaining({ status: 400 }))
  })
})

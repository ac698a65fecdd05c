import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../sandbox/salesforce/soql-parse.ts'
import { instant, isOneOf, lists, name, quoted, select } from './soql.ts'

const meant = (soql: string) => {
  const { where } = parseQuery(soql)
  return where?.op === 'compare' ? where.values : where
}
const where = (text: string) => `SELECT Id FROM Account WHERE Name = ${quoted(text)}`

describe('quoted', () => {
  it.each([
    "' OR Name != '",
    String.raw`\' OR Name != '`,
    '\\',
    String.raw`\\'`,
    "''",
    'a\nb\tc',
    '%_',
    "O'Brien \\ Sons",
    '“”—😀',
    "x') OR (Name != 'y",
  ])('keeps %j inside its string', (text) => {
    expect(meant(where(text))).toEqual([{ kind: 'string', text }])
  })

  it('keeps any text inside its string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(meant(where(text))).toEqual([{ kind: 'string', text }])
      }),
    )
  })
})

describe('select', () => {
  it('names fields once, and orders and limits', () => {
    expect(
      select({
        fields: ['Id', 'Account.Name', 'Id'],
        object: 'Opportunity',
        where: 'Amount > 1',
        order: ['Id'],
        limit: 5,
      }),
    ).toBe('SELECT Id, Account.Name FROM Opportunity WHERE Amount > 1 ORDER BY Id LIMIT 5')
  })

  it.each(['Id FROM User', 'Name,Id', '', 'a.b.c', '1x'])('takes no field named %j', (field) => {
    expect(() => name(field)).toThrow('is not the API name')
  })

  it('asks for no empty list', () => {
    expect(() => isOneOf('Id', [])).toThrow('an empty list')
  })

  it('writes instants in UTC and refuses what is none', () => {
    expect(instant('2026-11-23T11:00:00+01:00')).toBe('2026-11-23T10:00:00.000Z')
    expect(() => instant('soon')).toThrow(RangeError)
  })
})

describe('lists', () => {
  it('keeps 200 keys together, cuts what an address cannot hold, and loses nothing', () => {
    const keys = Array.from({ length: 200 }, (_, i) => `0198c1de-0000-7000-8000-${String(i).padStart(12, '0')}`)
    expect(lists(keys).length).toBeLessThanOrEqual(2)
    const long = Array.from({ length: 200 }, (_, i) => `${String(i)}${'é'.repeat(200)}`)
    const cut = lists(long)
    expect(cut.flat()).toEqual(long)
    for (const list of cut) expect(encodeURIComponent(isOneOf('Causeway_Id__c', list)).length).toBeLessThan(16_000)
  })
})

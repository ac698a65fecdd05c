import { describe, expect, it } from 'vitest'
import { clippedTo, columnsOf } from './columns.ts'
import { facts, table, wrapped } from './print.ts'

describe('a text in a terminal', () => {
  it.each([
    ['Werft', 5],
    ['船舶', 4],
    ['ｱ', 1],
    ['e\u0301', 1],
    ['👩‍👩‍👧‍👦', 2],
    ['❤️', 2],
    ['חברה', 4],
    ['a\u200db', 2],
  ])('%j takes %i columns', (text, columns) => expect(columnsOf(text)).toBe(columns))

  it('is cut between signs', () => {
    expect(clippedTo('船舶公司', 5)).toBe('船舶…')
    expect(clippedTo('Werft', 5)).toBe('Werft')
  })
})

describe('a table', () => {
  it('stands in columns whatever its letters are, and no name pushes the others out of sight', () => {
    const rows = [
      ['船舶公司', 'open', 1],
      ['Emoji 👩‍👩‍👧‍👦 Ltd', 'won', 22],
      ['W'.repeat(500), 'lost', 333],
    ]
    const lines = table(['COMPANY', 'STATE', 'N'], rows).split('\n')
    const places = lines.map((line) => columnsOf(/^.*?(?=STATE|open|won|lost)/.exec(line)?.[0] ?? ''))
    expect(new Set(places)).toEqual(new Set([62]))
    expect(lines[3]).toContain(`${'W'.repeat(59)}…  lost`)
  })

  it('keeps names from turning the words around them, and gives a program the name as it is', () => {
    const rows = [['חברה', 'open']]
    expect(table(['COMPANY', 'STATE'], rows, true)).toContain('\u2068חברה\u2069     open')
    expect(table(['COMPANY', 'STATE'], rows)).toContain('חברה     open')
    expect(facts([['Company', 'Bank\u202egro.elpmaxe']])).toBe('Company  Bankgro.elpmaxe')
    expect(wrapped('船'.repeat(30).concat(' ', '舶'.repeat(30)))).toContain('\n')
  })
})

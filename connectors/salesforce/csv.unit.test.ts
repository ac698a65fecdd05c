/** Bulk data as CSV: what is written is read again as it was, and what is no CSV is not guessed at. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv as sandboxReads, writeCsv as sandboxWrites } from '../../sandbox/salesforce/csv.ts'
import { readCsv, writeCsv } from './csv.ts'

const value = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ';', '|', '^', '`', '\t', ' ', 'ü', '😀') })
const rows = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 5 })
const header = ['Id', 'Name', 'Note']

describe('csv', () => {
  it('keeps every value, whatever stands in it', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const text = writeCsv([header, ...given])
        expect(sandboxReads(text)).toEqual({ header, rows: given })
        expect(readCsv(text)).toEqual(given.map(([Id, Name, Note]) => ({ Id, Name, Note })))
      }),
    )
  })

  it.each(['always', 'needed'] as const)('reads results that quote %s', (quotes) => {
    fc.assert(
      fc.property(rows, (given) => {
        expect(readCsv(sandboxWrites([header, ...given], quotes))).toEqual(
          given.map(([Id, Name, Note]) => ({ Id, Name, Note })),
        )
      }),
    )
  })

  it.each([
    ['unquoted values with other separators', 'Id,Name\n1,a;b|c^d`e\tf\n', [{ Id: '1', Name: 'a;b|c^d`e\tf' }]],
    ['line ends of Windows', 'Id,Name\r\n1,a\r\n', [{ Id: '1', Name: 'a' }]],
    ['no line end at the end', 'Id,Name\n1,', [{ Id: '1', Name: '' }]],
    ['a header alone', '"Id","Name"\n', []],
    ['nothing', '', []],
  ])('reads %s', (_, text, expected) => {
    expect(readCsv(text)).toEqual(expected)
  })

  it.each([
    ['a row that is too short', 'Id,Name\n1\n'],
    ['a quote that does not end', 'Id,Name\n1,"a\n'],
    ['a quote inside a value', 'Id,Name\n1,a"b\n'],
    ['something behind a quoted value', 'Id,Name\n1,"a"b\n'],
    ['a name that is there twice', 'Id,Id\n1,2\n'],
    ['a page', '<html><body>We will be right back, soon</body>\n</html>'],
  ])('takes %s for no CSV', (_, text) => {
    expect(readCsv(text)).toBeNull()
  })
})

import { expect, it } from 'vitest'
import { csv } from './csv.ts'

it('quotes what needs it, leaves numbers alone, and lets no value be a formula', () => {
  expect(
    csv(
      ['A', 'B'],
      [
        ['Hafen, "Kai"', '-12.50'],
        ['=1+1', null],
        ['@x', 'two\nlines'],
      ],
    ),
  ).toBe('A,B\r\n"Hafen, ""Kai""",-12.50\r\n\'=1+1,\r\n\'@x,"two\nlines"')
})

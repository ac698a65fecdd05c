import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { plainText } from '../../connectors/channels/contract.ts'
import { render } from '../process/notices/render.ts'
import { readNoticeTexts } from './notice-texts.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'causeway-texts-'))
})
afterEach(() => rmSync(home, { recursive: true }))

function write(name: string, text: string): void {
  const file = join(home, 'texts', name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
const read = () => readNoticeTexts('texts', join(home, 'causeway.yaml'))
const shown = (language: string) =>
  render(
    'registration.won',
    'partner',
    { company: 'Werft', partner: 'Nord' },
    { language, timeZone: 'UTC' },
    { texts: read() },
  )

it('stand in the place of ours, in their language alone', () => {
  write('registration.won/partner.de.txt', 'Subject: Glückwunsch zu {company}\n\nDas war {partner}.\n')
  const german = shown('de')
  expect(german?.subject).toBe('Glückwunsch zu Werft')
  expect(german === null ? '' : plainText(german)).toBe('Das war Nord.\n')
  expect(shown('en')?.subject).toBe('Won: Werft')
})

it.each([
  ['registration.won/partner.en.txt', 'Won {compny}\n\nOh', /partner\.en\.txt:1 there is no fact \{compny\}/],
  [
    'registration.won/partner.en.txt',
    'Won\n\nOne line\n{why}',
    /partner\.en\.txt:4 a partner may not be shown \{why\}/,
  ],
  ['registration.won/partner.en.txt', 'Won\n\nOne {company', /partner\.en\.txt:3 the braces cannot be read/],
  ['registration.won/partner.en.txt', 'Won', /:1 expected a subject/],
  ['registration.won/rep.en.txt', 'Won\n\nOh', /there is no such text/],
  ['of.no.kind/partner.en.txt', 'Won\n\nOh', /there is no such text/],
])('are refused by line: %s with %j', (name, text, expected) => {
  write(name, text)
  expect(read).toThrow(expected)
})

it('need their folder', () => {
  expect(read).toThrow(/is not there/)
  expect(readNoticeTexts(null, join(home, 'causeway.yaml')).size).toBe(0)
})

/** How answers look to a person: aligned tables, instants in UTC to the minute, nothing where there is nothing. */
import { styleText } from 'node:util'
import { isolated, uncontrolled } from '../domain/direction.ts'
import { clippedTo, columnsOf } from './columns.ts'

/** `causeway init` sets three columns before each line. */
const LINE = 76

export type Cell = string | number | boolean | null | undefined

/** Wider than this no column but the last becomes: one name of 500 letters would push all others out of sight. */
const WIDEST = 60

/** Columns by their heading; a column of numbers stands to the right. */
export function table(headings: string[], rows: Cell[][], colour = false): string {
  if (rows.length === 0) return 'Nothing found.'
  const cells = rows.map((row) =>
    headings.map((_, column) => {
      const text = shown(row[column])
      return column === headings.length - 1 ? text : clippedTo(text, WIDEST)
    }),
  )
  const widths = headings.map((heading, column) =>
    Math.max(columnsOf(heading), ...cells.map((row) => columnsOf(row[column] ?? ''))),
  )
  const numeric = headings.map(
    (_, column) =>
      rows.every((row) => typeof row[column] === 'number' || row[column] == null) &&
      rows.some((row) => typeof row[column] === 'number'),
  )
  const line = (row: string[]) =>
    row
      .map((cell, column) => {
        const rest = ' '.repeat((widths[column] ?? 0) - columnsOf(cell))
        // A terminal that turns words round leaves the columns beside a name alone; a program gets the name as it is.
        const text = colour ? isolated(cell) : cell
        return numeric[column] ? `${rest}${text}` : `${text}${rest}`
      })
      .join('  ')
      .trimEnd()
  const head = line(headings)
  return [colour ? styleText('bold', head, { validateStream: false }) : head, ...cells.map(line)].join('\n')
}

/** Names and values under each other; what has no value is left out. */
export function facts(pairs: [string, Cell][]): string {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
  const width = Math.max(0, ...known.map(([name]) => columnsOf(name)))
  return known.map(([name, value]) => `${name}${' '.repeat(width - columnsOf(name))}  ${shown(value)}`).join('\n')
}

/** Breaks a text between words, so that it is readable in a terminal of 80 columns; every line begins with `indent`. */
export function wrapped(text: string, indent = ''): string {
  const lines = ['']
  for (const word of shown(text).split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && indent.length + columnsOf(line) + 1 + columnsOf(word) > LINE) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => indent + line).join('\n')
}

/** An instant for a person: `2026-11-23 10:00Z`. */
export function instant(text: string | null | undefined): string | null {
  return text == null ? null : `${text.slice(0, 10)} ${text.slice(11, 16)}Z`
}

/** A span of time for a person: `450 ms`, `30 s`, `2 min 30 s`, `1 h 5 min`. */
export function span(ms: number | null | undefined): string | null {
  if (ms == null) return null
  const sign = ms < 0 ? '-' : ''
  const whole = Math.abs(Math.round(ms))
  if (whole < 1_000) return `${sign}${whole} ms`
  const s = Math.round(whole / 1_000)
  const [big, small, unit, part] =
    s < 3_600
      ? [Math.floor(s / 60), s % 60, 'min', 's']
      : [Math.floor(s / 3_600), Math.floor((s % 3_600) / 60), 'h', 'min']
  return `${sign}${[big > 0 ? `${big} ${unit}` : '', small > 0 ? `${small} ${part}` : ''].filter((t) => t !== '').join(' ')}`
}

export function money(amount: string | null | undefined, currency: string | null | undefined): string | null {
  return amount == null ? null : `${amount} ${currency ?? ''}`.trimEnd()
}

function shown(cell: Cell): string {
  if (cell === null || cell === undefined) return '-'
  // Names come from outside: a control character must not steer the terminal, nor turn the words around it.
  return uncontrolled(String(cell)).replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')
}

/** What a benchmark found, in the one form that is printed, kept as JSON and written into the documentation. */

export interface Table {
  caption: string
  head: string[]
  rows: (string | number)[][]
}

export interface Section {
  name: string
  title: string
  /** What was measured and how, for who reads the figures. */
  notes: string[]
  tables: Table[]
}

export interface Report {
  /** When the run began, ISO UTC. */
  at: string
  command: string
  machine: string
  sections: Section[]
}

/** The summary of a sample: nearest-rank quantiles, so that every figure is one that was measured. */
export interface Spread {
  n: number
  min: number
  p50: number
  p95: number
  max: number
}

/** @throws RangeError for an empty sample */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    if (value === undefined) throw new RangeError('nothing was measured')
    return value
  }
  return { n: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
export const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MB`

/** For a terminal: columns as wide as their widest cell. */
export function printed({ at, command, machine, sections }: Report): string {
  const parts = sections.map(({ title, notes, tables }) =>
    [`\n${title}\n${'='.repeat(title.length)}`, ...notes, ...tables.map(printedTable)].join('\n'),
  )
  return [`${command}, ${at}, ${machine}`, ...parts].join('\n')
}

function printedTable({ caption, head, rows }: Table): string {
  const lines = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const line = (cells: string[]) => `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()
  const [first = [], ...others] = lines
  return ['', caption, line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n')
}

/** One section for the documentation, with the command that measured it, the day and the machine. */
export function markdown(
  { at, command, machine }: Omit<Report, 'sections'>,
  { title, notes, tables }: Section,
): string {
  const source = `Measured by \`${command}\` on ${at.slice(0, 10)}, on ${machine}.`
  return [`## ${title}`, notes.map(escaped).join(' '), ...tables.map(markdownTable), source].join('\n\n')
}

function markdownTable({ caption, head, rows }: Table): string {
  const line = (cells: (string | number)[]) => `| ${cells.map((cell) => escaped(String(cell))).join(' | ')} |`
  return [`**${escaped(caption)}**`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*').replaceAll('<', '\\<')
}
